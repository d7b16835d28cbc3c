"""Tenants and the people they know, written as another service would: clear."""

import base64
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import psycopg

from domain.sealing import Keyring

PHONE = "+12125550200"
EMAIL = "Ann.Lee@Example.com"


def a_ring(*names: str) -> Keyring:
    """Return a keyring of keys with these names, newest first; a name is a key."""
    secrets = (base64.b64encode(name.encode().ljust(32, b"-")).decode() for name in names)
    return Keyring.parse(
        ",".join(f"{name}:{key}" for name, key in zip(names, secrets, strict=True))
    )


RING = a_ring("k1")


class Town:
    """A database as the outside sees it."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self.connection = connection

    def add(self, table: str, **facts: Any) -> UUID:
        names, marks = ", ".join(facts), ", ".join(["%s"] * len(facts))
        row = self.connection.execute(
            f"INSERT INTO {table} ({names}) VALUES ({marks}) RETURNING id", [*facts.values()]
        ).fetchone()
        assert row is not None
        return row[0]

    def tenant(self, name: str = "Pipe & Co") -> UUID:
        return self.add("users", business_name=name)

    def rows(self, query: str, *given: Any) -> Sequence[tuple[Any, ...]]:
        return self.connection.execute(query, given).fetchall()

    def one(self, query: str, *given: Any) -> Any:
        (row,) = self.rows(query, *given)
        return row[0] if len(row) == 1 else row
