"""Tenant A against every table: nothing of tenant B is read, changed, deleted or referred to."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg import sql
from psycopg.types.json import Jsonb
from sqlalchemy import Column, Table
from sqlalchemy.dialects.postgresql import JSONB

from domain.tables.catalogue import METADATA
from tests.support.databases import Database
from tests.support.rows import Rows, fill, foreign_keys, owner_column

OWNED = [table for table in METADATA.sorted_tables if owner_column(table)]


@dataclass(frozen=True, slots=True)
class World:
    """Two tenants with a row each in every table; the connection is A's."""

    mine: UUID
    theirs: UUID
    rows: Rows
    connection: psycopg.Connection[Any]

    @property
    def role(self) -> str:
        (name,) = self.connection.execute("SELECT current_user").fetchone() or ("",)
        return str(name)

    def tried(self, words: str, *values: object, **names: str) -> int:
        """Return how many rows a statement touched; a refusal touches none."""
        line = sql.SQL(words).format(**{k: sql.Identifier(v) for k, v in names.items()})
        try:
            return self.connection.execute(line, values).rowcount
        except (
            psycopg.errors.InsufficientPrivilege,
            psycopg.errors.ForeignKeyViolation,
        ):
            return 0

    def planted(self, table: Table) -> int:
        """Write a copy of their row under a key of its own."""
        row = dict(self.rows[table.name][self.theirs])
        if "id" in row and table.name != "users":
            row["id"] = uuid4()
        given = [name for name in row if table.columns[name].computed is None]
        line = sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(
            sql.Identifier(table.name),
            sql.SQL(", ").join(map(sql.Identifier, given)),
            sql.SQL(", ").join(sql.Placeholder() * len(given)),
        )
        values = [as_written(table.columns[name], row[name]) for name in given]
        try:
            return self.connection.execute(line, values).rowcount
        except (psycopg.errors.InsufficientPrivilege, psycopg.errors.ForeignKeyViolation):
            return 0


def as_written(column: Column[Any], value: object) -> object:
    """Wrap what psycopg reads from jsonb, so that it writes jsonb again."""
    return Jsonb(value) if isinstance(column.type, JSONB) and value is not None else value


OURS = "SELECT set_config('app.user_id', '{user}', false)"
SUPABASE = """SELECT set_config('request.jwt.claims', '{{"sub": "{user}"}}', false)"""
LOGINS = {
    "another service": ("frontdesk_tenant", (OURS,)),
    "a session of Supabase": ("frontdesk_tenant", (SUPABASE,)),
    "a worker for a tenant": ("frontdesk_worker", ("SET ROLE frontdesk_tenant", OURS)),
    "a worker that forgot its role": ("frontdesk_worker", (OURS,)),
}


@pytest.fixture(scope="module")
def filled(own_database: Database) -> tuple[UUID, UUID, Rows]:
    mine, theirs = uuid4(), uuid4()
    with own_database.connect() as connection:
        return mine, theirs, fill(connection, [mine, theirs])


@pytest.fixture(scope="module", params=LOGINS)
def world(
    own_database: Database, filled: tuple[UUID, UUID, Rows], request: pytest.FixtureRequest
) -> Iterator[World]:
    role, first = LOGINS[request.param]
    mine, theirs, rows = filled
    with own_database.connect(role) as connection:
        for line in first:
            connection.execute(line.format(user=mine).encode())
        yield World(mine, theirs, rows, connection)


@pytest.mark.parametrize("table", OWNED, ids=lambda table: table.name)
def test_nothing_of_theirs_is_touched(world: World, table: Table) -> None:
    owner = owner_column(table) or ""
    names = {"table": table.name, "owner": owner}

    seen = world.tried("SELECT 1 FROM {table} WHERE {owner} = %s", world.theirs, **names)
    changed = world.tried(
        "UPDATE {table} SET {owner} = {owner} WHERE {owner} = %s", world.theirs, **names
    )
    given = world.tried("UPDATE {table} SET {owner} = %s", world.theirs, **names)
    deleted = world.tried("DELETE FROM {table} WHERE {owner} = %s", world.theirs, **names)
    planted = world.planted(table)

    assert (seen, changed, given, deleted, planted) == (0, 0, 0, 0, 0)


def test_a_tenant_has_its_own_rows_and_a_worker_without_a_role_none(world: World) -> None:
    seen = {
        table.name
        for table in OWNED
        if world.tried(
            "SELECT 1 FROM {table} WHERE {owner} = %s",
            world.mine,
            table=table.name,
            owner=owner_column(table) or "",
        )
    }

    if world.role == "frontdesk_tenant":
        assert seen >= {"users", "calls", "events", "messages", "customers", "effects"}
    else:
        assert seen == set()


@pytest.mark.parametrize("table", OWNED, ids=lambda table: table.name)
def test_nothing_of_theirs_is_referred_to(world: World, table: Table) -> None:
    for key in foreign_keys(table):
        column = next(each.name for each in key.columns if each.name != owner_column(table))
        parent = world.rows[key.referred_table.name][world.theirs]

        referred = world.tried(
            "UPDATE {table} SET {column} = %s",
            parent["id"],
            table=table.name,
            column=column,
        )

        assert referred == 0, column
