"""Databases of a test's own."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg

from config.home import Home


@dataclass(frozen=True, slots=True)
class Database:
    """A migrated database of one's own."""

    name: str
    home: Home

    def url(self, role: str = "frontdesk_worker") -> str:
        return self.home.database_url(role, self.name)

    @contextmanager
    def connect(self, role: str = "postgres") -> Iterator[psycopg.Connection[Any]]:
        url = self.url(role).replace("+psycopg", "")
        # Our schema before PostgreSQL's own, or a test's rows would not go by the test's clock.
        path = "-c search_path=frontdesk,pg_catalog"
        with psycopg.connect(url, autocommit=True, options=path) as connection:
            yield connection


def make_database(home: Home, name: str, template: str | None = None) -> Database:
    with psycopg.connect(
        home.database_url("postgres", "postgres").replace("+psycopg", ""), autocommit=True
    ) as connection:
        words = f" TEMPLATE {template}" if template else ""
        connection.execute(f"CREATE DATABASE {name}{words}")
    return Database(name, home)


def drop_database(made: Database) -> None:
    with psycopg.connect(
        made.home.database_url("postgres", "postgres").replace("+psycopg", ""), autocommit=True
    ) as connection:
        connection.execute(f"DROP DATABASE {made.name} WITH (FORCE)")
