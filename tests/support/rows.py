"""A plausible row for every table, made from what the database itself says of its columns."""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import count
from typing import Any, Final
from uuid import UUID, uuid4

import psycopg
from psycopg import sql
from sqlalchemy import Column, ForeignKeyConstraint, Table

from domain.tables.catalogue import METADATA

Row = dict[str, Any]
Rows = dict[str, dict[UUID, Row]]
"""By table, by tenant."""

ONE_OF: Final = re.compile(r'\("?(\w+)"? = ANY \(ARRAY\[(.+?)\]\)\)')
AS_PHONE: Final = re.compile(r"\((\w+) ~ '\^\\\+\[1-9\]")
HOUSE: Final = UUID(int=0)
"""Stands for nobody's row: catalogue tables, and the house's own."""

PLAIN: Final[Mapping[str, str]] = {
    "boolean": "true",
    "jsonb": "{}",
    "ARRAY": "{}",
    "timestamp with time zone": "2026-11-20 12:00+00",
    "date": "2026-11-20",
    "time without time zone": "09:00",
    "inet": "192.0.2.1",
    "tstzrange": "[2026-11-20 12:00+00,2026-11-20 13:00+00)",
}

LATER: Final[Mapping[str, str]] = {
    "timestamp with time zone": "2026-11-20 13:00+00",
    "date": "2026-11-21",
    "time without time zone": "17:00",
}
"""For what ends: an end is after its start."""


def fill(connection: psycopg.Connection[Any], users: Sequence[UUID]) -> Rows:
    """Write one row into every table for each tenant, parents first; as somebody who may."""
    words = dict(_allowed(connection))
    types = _types(connection)
    numbers = count(1)
    made: Rows = {}
    for table in METADATA.sorted_tables:
        owners = users if owner_column(table) else [HOUSE]
        for user in owners:
            row = _plausible(table, user, made, words, types[table.name], numbers)
            made.setdefault(table.name, {})[user] = _insert(connection, table, row)
    return made


def owner_column(table: Table) -> str | None:
    """Name the column that says whose row it is."""
    if table.name == "users":
        return "id"
    return "user_id" if "user_id" in table.columns else None


def foreign_keys(table: Table) -> Iterator[ForeignKeyConstraint]:
    """List what of it points to another row of a tenant, by the tenant and the row together."""
    for key in table.foreign_key_constraints:
        if len(key.columns) > 1:
            yield key


def _plausible(  # what a row is made of; read in one place only
    table: Table,
    user: UUID,
    made: Rows,
    words: Mapping[tuple[str, str], str],
    types: Mapping[str, str],
    numbers: Iterator[int],
) -> Row:
    row: Row = {}
    for key in table.foreign_key_constraints:
        row |= _parent(key, user, made)
    if (mine := owner_column(table)) is not None:
        row[mine] = user
    for column in table.columns:
        if column.name not in row and _is_asked_for(column):
            known = words.get((table.name, column.name))
            row[column.name] = known or _plain(column.name, types[column.name], next(numbers))
            if known == "+":
                row[column.name] = f"+4670{next(numbers):07d}"
    return row


def _parent(key: ForeignKeyConstraint, user: UUID, made: Rows) -> Row:
    rows = made.get(key.referred_table.name, {})
    anybody = next(iter(rows.values()), None) if user == HOUSE else None
    parent = rows.get(user, rows.get(HOUSE, anybody))
    if parent is None:
        return {}
    return {
        local.name: parent[there.column.name]
        for local, there in zip(key.columns, key.elements, strict=True)
    }


def _is_asked_for(column: Column[Any]) -> bool:
    computed = column.computed is not None
    return not (column.nullable or column.server_default is not None or computed)


def _plain(name: str, kind: str, number: int) -> object:
    if kind in LATER and (name.startswith("end_") or name.endswith("_end")):
        return LATER[kind]
    if kind == "uuid":
        return uuid4()
    if kind == "bytea":
        return number.to_bytes(8, "big")
    if kind == "integer":
        return number % 5 + 1  # a rating, a day of the week: what is counted is often bounded
    is_number = kind in ("bigint", "smallint", "numeric", "double precision")
    return number if is_number else PLAIN.get(kind, f"w{number}")


def _insert(connection: psycopg.Connection[Any], table: Table, row: Row) -> Row:
    columns = sql.SQL(", ").join(map(sql.Identifier, row))
    values = sql.SQL(", ").join(sql.Placeholder() * len(row))
    line = sql.SQL("INSERT INTO {} ({}) VALUES ({}) RETURNING *").format(
        sql.Identifier(table.name), columns, values
    )
    cursor = connection.execute(line, list(row.values()))
    names = [each.name for each in cursor.description or ()]
    return dict(zip(names, cursor.fetchone() or (), strict=True))


def _allowed(connection: psycopg.Connection[Any]) -> Iterator[tuple[tuple[str, str], str]]:
    """Read the first allowed word of every column that allows only some; `+` means a phone."""
    for table, words in connection.execute(
        "SELECT conrelid::regclass::text, pg_get_constraintdef(oid) FROM pg_constraint"
        " WHERE contype = 'c' AND connamespace = 'frontdesk'::regnamespace"
    ):
        for column, listed in ONE_OF.findall(words):
            yield (table, column), listed.split("'")[1]
        for column in AS_PHONE.findall(words):
            yield (table, column), "+"


def _types(connection: psycopg.Connection[Any]) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for table, column, kind in connection.execute(
        "SELECT table_name, column_name, data_type FROM information_schema.columns"
        " WHERE table_schema = 'frontdesk'"
    ):
        found.setdefault(table, {})[column] = kind
    return found
