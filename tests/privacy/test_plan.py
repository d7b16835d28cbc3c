"""Every table says whom it knows; what is erased is nowhere, in no table, under no name."""

import json
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg import sql
from psycopg.types.json import Jsonb

from domain.database import Begin
from domain.privacy import clear_values, erasure, persons, traces
from domain.privacy.plan import NOBODY, PARTS
from domain.privacy.plan.part import Part
from domain.tables.catalogue import METADATA
from tests.support.people import EMAIL, PHONE, RING, Town
from tests.support.rows import HOUSE, fill

SOON = timedelta(seconds=5)
NAME = "Annabel Canary-Lee"
TEXTS = ("text", "jsonb", "bytea", "ARRAY", "inet")
CLOSED = {
    "calls": {"ai_processing_status": "completed"},
    "messages": {"status": "sent"},
    "call_attempts": {"state": "completed"},
    "webhook_deliveries": {"state": "delivered"},
    "webhook_queue": {"state": "done"},
}
"""States in which nobody works on a row."""

LINKS = {
    "sync_logs": ("subject_id", "events"),
    "webhook_deliveries": ("object_id", "events"),
}
"""What points to a row of a person's though no foreign key says so."""

Column = tuple[str, str]


def tables(town: Town) -> set[str]:
    """Name every table of ours; months of one table are that table."""
    found = town.rows(
        "SELECT relname FROM pg_class WHERE relnamespace = 'frontdesk'::regnamespace"
        " AND relkind IN ('r', 'p') AND NOT relispartition AND relname <> 'alembic_version'"
    )
    return {name for (name,) in found}


def texts_of(town: Town, table: str) -> list[Column]:
    """List the columns of a table that can hold words, and their types."""
    found = town.rows(
        "SELECT column_name, data_type FROM information_schema.columns"
        " WHERE table_schema = 'frontdesk' AND table_name = %s AND is_generated = 'NEVER'",
        table,
    )
    return [(name, kind) for name, kind in found if kind in TEXTS]


def test_every_table_is_in_the_plan_once(town: Town) -> None:
    planned = [part.table for part in PARTS] + list(NOBODY)

    assert len(set(planned)) == len(planned)
    assert set(planned) == tables(town) == set(METADATA.tables)


@pytest.mark.parametrize("part", [part for part in PARTS if part.blanks], ids=lambda p: p.table)
def test_of_a_blanked_row_every_text_goes_or_stays_for_a_reason(town: Town, part: Part) -> None:
    texts = {name for name, _ in texts_of(town, part.table)}

    assert not set(part.blanks) & part.keeps
    assert texts - set(part.blanks) - part.keeps == set()
    assert part.keeps <= texts


def words_for(name: str, kind: str) -> object:
    """Return what of a person could stand in a column."""
    if kind == "jsonb":
        return Jsonb({"said": f"{NAME} {PHONE} {EMAIL}"})
    if kind == "ARRAY":
        return [NAME]
    if kind == "bytea":
        return f"From={PHONE}&Name={NAME}".encode()
    if "phone" in name or "number" in name:
        return PHONE
    return EMAIL if "email" in name else NAME


def write_down(town: Town, part: Part, row: UUID) -> list[str]:
    """Write a person into whatever column of a row takes it; return those columns."""
    written: list[str] = []
    for name, kind in texts_of(town, part.table):
        if name in part.keeps or name.endswith(("_sealed", "_hash", "_hashes", "_with")):
            continue
        line = sql.SQL("UPDATE {} SET {} = %s WHERE id = %s").format(
            sql.Identifier(part.table), sql.Identifier(name)
        )
        try:
            town.connection.execute(line, [words_for(name, kind), row])
        except psycopg.IntegrityError:
            continue  # a column of closed words, or one of ours
        written.append(name)
    for name, word in CLOSED.get(part.table, {}).items():
        town.connection.execute(f"UPDATE {part.table} SET {name} = %s WHERE id = %s", [word, row])
    return written


def told_of(town: Town) -> dict[str, list[str]]:
    """Return each table whose rows tell of the person anywhere, whatever column it is."""
    needles = [NAME, PHONE, EMAIL, EMAIL.lower(), PHONE.removeprefix("+")]
    needles += [needle.encode().hex() for needle in needles]
    found: dict[str, list[str]] = {}
    for table in sorted(tables(town)):
        for (row,) in town.rows(f"SELECT to_json(t)::text FROM {table} t"):
            told = [needle for needle in needles if needle in row]
            if told:
                found.setdefault(table, []).append(row)
    return found


class World:
    """Two tenants that know the same person, in every column that takes it."""

    def __init__(self, town: Town, begin: Begin) -> None:
        self.town, self.begin = town, begin
        self.users = [uuid4(), uuid4()]
        rows = fill(town.connection, self.users)
        self.written = {
            part.table: [write_down(town, part, rows[part.table][user]["id"]) for user in owners]
            for part in PARTS
            for owners in [[user for user in (*self.users, HOUSE) if user in rows[part.table]]]
        }
        for table, (column, other) in LINKS.items():
            for user in self.users:
                bound = [rows[other][user]["id"], rows[table][user]["id"]]
                town.connection.execute(f"UPDATE {table} SET {column} = %s WHERE id = %s", bound)
        payload, notice = self.notice()
        town.connection.execute(
            "UPDATE webhook_payloads SET webhook_id = %s, body = %s WHERE id = %s",
            [notice, json.dumps({"From": PHONE, "Name": NAME}).encode(), payload],
        )
        clear_values.take_in(begin, RING)
        traces.note(begin, RING)

    def notice(self) -> tuple[UUID, UUID]:
        (payload,) = self.town.rows("SELECT id FROM webhook_payloads LIMIT 1")
        (notice,) = self.town.rows("SELECT id FROM webhook_queue WHERE user_id = %s", self.users[0])
        return payload[0], notice[0]

    def person(self) -> persons.Person:
        return persons.named(self.begin, RING, PHONE, user_id=self.users[0])


@pytest.fixture
def world(town: Town, begin_for_real: Begin) -> World:
    return World(town, begin_for_real)


def test_a_person_is_found_in_every_table_of_the_plan(world: World) -> None:
    known = persons.find(world.begin, RING, world.person())

    assert {part.table for part in PARTS} == set(known.rows)


def test_nothing_is_left_of_who_was_erased_and_others_keep_what_they_know(world: World) -> None:
    before = told_of(world.town)
    assert len(before) >= len(PARTS) - 3  # links of ids alone tell nobody's name

    done = erasure.erase(world.begin, RING, world.person(), actor="a test", patience=SOON)

    assert not done.left
    other = str(world.users[1])
    left = [row for rows in told_of(world.town).values() for row in rows]
    assert [row for row in left if other not in row] == []
    for table in ("customers", "events", "leads"):
        sealed = world.town.rows(
            f"SELECT to_jsonb(t) FROM {table} t WHERE user_id = %s", world.users[0]
        )
        for (row,) in sealed:
            assert {name for name, value in row.items() if value and name.endswith("_sealed")} == (
                set()
            )


def test_what_is_handed_out_is_the_tenants_own_and_opened(world: World) -> None:
    known = persons.find(world.begin, RING, world.person())

    told = persons.export(world.begin, RING, known)

    words = json.dumps(told, default=str)
    assert str(world.users[1]) not in words
    assert told["customers"][0]["phone"] == PHONE
    assert told["events"][0]["customer_email"] == EMAIL
    assert "_sealed" not in words
    assert "_hash" not in words
    assert PHONE in str(told["webhook_payloads"][0]["body"])


def test_who_is_erased_twice_is_erased_once(world: World) -> None:
    erasure.erase(world.begin, RING, world.person(), actor="a test", patience=SOON)

    again = erasure.erase(world.begin, RING, world.person(), actor="a test", patience=SOON)

    assert (again.deleted.total(), again.blanked.total()) == (0, 0)
    entries: Any = world.town.one("SELECT count(*) FROM suppressions WHERE reason = 'erasure'")
    assert entries == 2
