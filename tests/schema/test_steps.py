"""Every step of the schema, down and up again, with rows in every table and people at work."""

import threading
import time
from collections.abc import Callable
from itertools import pairwise
from uuid import uuid4

import psycopg
import pytest

from tests.support.databases import Database
from tests.support.rows import fill
from workers import migration

MANY = 20_000
PATIENCE = 2.0
"""Seconds that a person's write may wait for a migration; a lock is given up after five."""


def counts(database: Database) -> dict[str, int]:
    """Count the rows of every table; what is a table's, not a partition's."""
    with database.connect() as connection:
        names = connection.execute(
            "SELECT relname FROM pg_class WHERE relnamespace = 'frontdesk'::regnamespace"
            " AND relkind IN ('r', 'p') AND NOT relispartition AND relname <> 'alembic_version'"
        ).fetchall()
        found = {}
        for (name,) in names:
            row = connection.execute(f"SELECT count(*) FROM {name}").fetchone()
            found[name] = row[0] if row else 0
    return found


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_every_step_goes_down_and_up_with_rows_in_every_table(database: Database) -> None:
    url = database.url("postgres")
    with database.connect() as connection:
        fill(connection, [uuid4(), uuid4()])
    assert min(counts(database).values()) > 0

    for later, earlier in pairwise(reversed(migration.steps())):
        migration.migrate(url, to=earlier)
        before = counts(database)
        migration.migrate(url, to=later)
        after = counts(database)
        migration.migrate(url, to=earlier)

        lost = [name for name in before if after[name] < before[name]]
        assert not lost, later
    migration.migrate(url)
    migration.differences(url)


@pytest.mark.slow
def test_nobody_waits_long_while_the_schema_grows(
    database: Database, measured: Callable[[str], None]
) -> None:
    user = uuid4()
    first = "0009"
    migration.migrate(database.url("postgres"), to=first)
    with database.connect() as connection:
        connection.execute("INSERT INTO users (id) VALUES (%s)", (user,))
        connection.execute(
            "INSERT INTO calls (user_id, ai_processing_status)"
            " SELECT %s, 'completed' FROM generate_series(1, %s)",
            (user, MANY),
        )
        connection.execute(
            "INSERT INTO events (user_id, title, owes_nothing)"
            " SELECT %s, 'x', true FROM generate_series(1, %s)",
            (user, MANY),
        )
        connection.execute(
            "INSERT INTO messages (user_id, body) SELECT %s, 'x' FROM generate_series(1, %s)",
            (user, MANY),
        )
    done = threading.Event()
    waits: list[float] = []

    def write() -> None:
        with database.connect() as connection:
            connection.execute("SET lock_timeout = '30s'")
            while not done.is_set():
                began = time.monotonic()
                keep_writing(connection)
                waits.append(time.monotonic() - began)

    person = threading.Thread(target=write)
    person.start()
    migration.migrate(database.url("postgres"))
    done.set()
    person.join()

    measured(f"{len(waits)} writes beside the migration, the slowest waited {max(waits):.2f} s")
    assert len(waits) > 5
    assert max(waits) < PATIENCE
    assert counts(database)["calls"] == MANY


def keep_writing(connection: psycopg.Connection) -> None:
    for table, change in (
        ("calls", "main_topic = 'x'"),
        ("events", "notes = 'x'"),
        ("messages", "subject = 'x'"),
    ):
        connection.execute(
            f"UPDATE {table} SET {change} WHERE id = (SELECT id FROM {table} LIMIT 1)"
        )
