"""Every table and column of the five documents has its place, and takes what they put there."""

import tomllib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any, Final
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import Column
from sqlalchemy.dialects.postgresql import JSONB

from domain.tables.catalogue import METADATA
from tests.support import seeds
from tests.support.commands import ROOT
from tests.support.databases import Database
from tests.support.rows import Rows, fill
from tests.support.seeds import SeedTable

TABLES: Final = seeds.kept()
MAP: Final[Mapping[str, Any]] = tomllib.loads((ROOT / "migrations" / "seed_map.toml").read_text())
SPELLINGS: Final[Mapping[str, Mapping[str, str]]] = MAP.get("spellings", {})
MOST_LEFT_OUT: Final = 20
EACH: Final = pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
NOON: Final = datetime(2026, 11, 20, 12, tzinfo=UTC)
NUMBERS: Final = count(1)

Target = tuple[str, str]
"""A table of ours and its column."""


def entries(table: SeedTable) -> Mapping[str, str]:
    """Return what the map says of a seed table's columns."""
    document, _, name = table.name.partition(".")
    return MAP.get(document, {}).get(name, {})


def targets(entry: str) -> list[Target]:
    """Return where an entry points: one place, or one of some; nowhere for what is left out."""
    if entry.startswith("none: "):
        return []
    return [(place.split(".")[0], place.split(".")[1]) for place in entry.split("|")]


def home(table: SeedTable) -> str:
    """Name the table of ours whose rows its rows become."""
    return targets(entries(table)[table.columns[0]])[0][0]


def place(table: SeedTable, column: str) -> Column[Any]:
    """Return the column of ours in its row's own table."""
    for name, ours in targets(entries(table)[column]):
        if name == home(table):
            return METADATA.tables[name].columns[ours]
    raise AssertionError(f"{table.name}.{column} is required, and stands outside {home(table)}")


def test_the_copy_says_what_the_documents_say(measured: Callable[[str], None]) -> None:
    measured(f"{len(TABLES)} tables, {sum(len(table.columns) for table in TABLES)} columns")
    if not seeds.documents():
        pytest.skip("the documents are not here: set FRONTDESK_SHARED")

    assert seeds.parsed() == TABLES


@EACH
def test_every_column_has_its_entry(table: SeedTable) -> None:
    assert list(entries(table)) == list(table.columns)


def test_the_map_speaks_of_the_documents_tables_only_and_in_their_order() -> None:
    said = [f"{part}.{name}" for part in sorted(MAP) if part != "spellings" for name in MAP[part]]

    assert said == [table.name for table in TABLES if entries(table)]
    assert list(MAP) == [*sorted(set(MAP) - {"spellings"}), "spellings"]


@EACH
def test_every_entry_points_to_a_column_that_is_there(
    own_database: Database, table: SeedTable
) -> None:
    with own_database.connect() as connection:
        there = set(
            connection.execute(
                "SELECT table_name, column_name FROM information_schema.columns"
                " WHERE table_schema = 'frontdesk'"
            )
        )

    for column, entry in entries(table).items():
        assert entry.startswith("none: ") or set(targets(entry)) <= there, f"{column} = {entry}"


def test_little_is_left_out_and_each_with_its_reason(measured: Callable[[str], None]) -> None:
    left_out = [
        f"{table.name}.{column} = {entry}"
        for table in TABLES
        for column, entry in entries(table).items()
        if not targets(entry)
    ]

    measured(f"{len(left_out)} columns left out")
    assert len(left_out) <= MOST_LEFT_OUT
    assert all(len(entry.partition("none: ")[2]) > 10 for entry in left_out)


@dataclass(frozen=True, slots=True)
class Desk:
    """A tenant with a row in every table; the connection is a superuser's."""

    user: UUID
    rows: Rows
    connection: psycopg.Connection[Any]

    @contextmanager
    def without(self, table: str) -> Iterator[UUID]:
        """Work as the tenant, or as the house where tenants may not write; nothing stays."""
        with self.connection.transaction(force_rollback=True):
            user = uuid4() if table == "users" else self.user
            if table != "users":
                self.connection.execute(f"DELETE FROM {table}")
            self.connection.execute("SELECT set_config('app.user_id', %s, true)", [str(user)])
            may = "SELECT has_table_privilege('frontdesk_tenant', %s, 'INSERT')"
            (allowed,) = self.connection.execute(may, [table]).fetchone() or (False,)
            role = "frontdesk_tenant" if allowed else "frontdesk_system"
            self.connection.execute(f"SET LOCAL ROLE {role}")
            yield user

    def insert(self, table: str, row: Mapping[str, object], *, back: str) -> object:
        """Write a row, and read one of its columns back."""
        line = sql.SQL("INSERT INTO {} ({}) VALUES ({}) RETURNING {}").format(
            sql.Identifier(table),
            sql.SQL(", ").join(map(sql.Identifier, row)),
            sql.SQL(", ").join(sql.Placeholder() * len(row)),
            sql.Identifier(back),
        )
        (value,) = self.connection.execute(line, list(row.values())).fetchone() or (None,)
        return value

    def least(self, table: SeedTable, user: UUID) -> dict[str, object]:
        """Return what its document demands of a row, and nothing else."""
        row: dict[str, object] = {"id": user} if home(table) == "users" else {}
        for name in table.required:
            column = place(table, name)
            values = table.values.get(name)
            row[column.name] = values[0] if values else self.sample(column, user)
        return row

    def sample(self, column: Column[Any], user: UUID) -> object:
        """Return something that fits: the tenant's own row where a row is meant."""
        for key in column.foreign_keys:
            there = key.column.table.name
            if there != "users" and key.column.name == "id":
                return next(iter(self.rows[there].values()))["id"]
        return user if column.name == "user_id" else plain(column)


SAMPLES: Final[Mapping[type, object]] = {
    bool: True,
    Decimal: Decimal("9.99"),
    date: NOON.date(),
    list: "{}",
}


def plain(column: Column[Any]) -> object:
    if isinstance(column.type, JSONB):
        return "{}"
    kind, number = column.type.python_type, next(NUMBERS)
    if kind is str:
        is_phone = "phone" in column.name or "number" in column.name
        return f"+4670{number:07d}" if is_phone else f"w{number}"
    if kind is datetime:
        return NOON + timedelta(hours="end" in column.name)
    if kind is UUID:
        return uuid4()
    return SAMPLES.get(kind, number)


@pytest.fixture(scope="module")
def desk(own_database: Database) -> Iterator[Desk]:
    user = uuid4()
    with own_database.connect() as connection:
        yield Desk(user, fill(connection, [user]), connection)


@EACH
def test_a_row_with_what_its_document_demands_is_taken(desk: Desk, table: SeedTable) -> None:
    with desk.without(home(table)) as user:
        row = desk.least(table, user) or {"user_id": user}

        taken = desk.insert(home(table), row, back=next(iter(row)))

    assert taken is not None


@EACH
def test_every_value_of_its_document_is_stored_and_read_back(desk: Desk, table: SeedTable) -> None:
    for name, values in table.values.items():
        column = place(table, name)
        ours = SPELLINGS.get(f"{home(table)}.{column.name}", {})
        for value in values:
            with desk.without(home(table)) as user:
                row = desk.least(table, user) | {column.name: value}

                back = desk.insert(home(table), row, back=column.name)

            assert back == ours.get(value, value), name


def test_nothing_is_demanded_that_a_document_does_not_demand() -> None:
    fed = [table for table in TABLES if entries(table)]
    for name in {home(table) for table in fed}:
        demanded = {
            column.name
            for column in METADATA.tables[name].columns
            if not (column.nullable or column.server_default or column.computed)
        }
        for table in (table for table in fed if home(table) == name):
            given = {place(table, column).name for column in table.required}
            assert demanded <= given, f"{name} demands more than {table.name} does"
