"""The schema goes up, down and up again, and equals the models."""

import os
import shutil
import tempfile
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import Connection, Engine, event

from config.home import Home
from domain.errors import Refusal
from tests.embedded.holders import Running
from tests.support.databases import Database, drop_database, make_database
from tests.support.waiting import wait_until
from workers import migration
from workers.embedded import seat


def test_the_models_and_the_migrations_agree(database: Database) -> None:
    migration.differences(database.url("postgres"))


def test_up_and_down_and_up_again(database: Database) -> None:
    down = migration.migrate(database.url("postgres"), to="base")
    up = migration.migrate(database.url("postgres"))

    assert down.after is None
    assert up.after == migration.head()


def test_a_second_migrate_finds_nothing_to_do(database: Database) -> None:
    done = migration.migrate(database.url("postgres"))

    assert done.before == done.after == migration.head()


def test_a_schema_with_strangers_tables_is_refused(database: Database) -> None:
    migration.migrate(database.url("postgres"), to="base")
    with database.connect() as connection:
        connection.execute("CREATE TABLE frontdesk.stranger ()")

    with pytest.raises(Refusal, match="stranger"):
        migration.migrate(database.url("postgres"))


def test_who_waits_for_its_turn_does_not_hold_up_the_one_before(database: Database) -> None:
    with ThreadPoolExecutor(1) as second, database.connect() as first:
        first.execute("SELECT pg_advisory_lock(%s)", [migration.ONE_AT_A_TIME])
        waiting = second.submit(migration.migrate, database.url("postgres"))
        wait_until(lambda: _looks(first), within=10)

        first.execute("SET lock_timeout = '5s'")
        first.execute("CREATE INDEX CONCURRENTLY ON frontdesk.calls (id)")

        first.execute("SELECT pg_advisory_unlock_all()")
        assert waiting.result(10).after == migration.head()


def _looks(connection: psycopg.Connection[Any]) -> bool:
    found = connection.execute(
        "SELECT 1 FROM pg_stat_activity WHERE datname = current_database()"
        " AND pid <> pg_backend_pid() AND (query LIKE '%%advisory%%' OR query = 'ROLLBACK')"
    )
    return found.fetchone() is not None


def test_an_unknown_revision_is_told(database: Database) -> None:
    with pytest.raises(Refusal, match="no revision 9999"):
        migration.migrate(database.url("postgres"), to="9999")


def test_an_alert_cannot_stand_twice(database: Database) -> None:
    insert = "INSERT INTO ops_alerts (alert_type, message) VALUES ('a', 'b')"
    with database.connect() as connection:
        connection.execute(insert)

        with pytest.raises(psycopg.errors.UniqueViolation, match="one_while_it_lasts"):
            connection.execute(insert)


@pytest.mark.slow
def test_a_migration_broken_off_before_any_index_goes_on(servers: Home) -> None:
    """What was made before an index that is made apart is committed already."""
    made = make_database(servers, f"broken_off_{os.getpid()}")
    broken: set[str] = set()

    def break_once(  # what SQLAlchemy hands over
        connection: Connection, _cursor: object, said: str, _facts: object, _c: object, _m: object
    ) -> None:
        is_ours = connection.engine.url.database == made.name
        if is_ours and "CONCURRENTLY" in said and said not in broken:
            broken.add(said)
            raise InterruptedError

    event.listen(Engine, "before_cursor_execute", break_once)
    try:
        while migrated_to(made) != migration.head():
            assert len(broken) < 200
    finally:
        event.remove(Engine, "before_cursor_execute", break_once)
        drop_database(made)

    assert len(broken) > 20


def migrated_to(made: Database) -> str | None:
    try:
        return migration.migrate(made.url("postgres")).after
    except InterruptedError:
        return None


@pytest.mark.slow
def test_a_new_database_may_be_migrated_by_several_at_once(servers: Home) -> None:
    made = make_database(servers, f"several_{os.getpid()}")
    try:
        with ProcessPoolExecutor(3, get_context("spawn")) as others:
            done = list(others.map(migration.migrate, [made.url("postgres")] * 3))
    finally:
        drop_database(made)

    assert sorted(outcome.before is None for outcome in done) == [False, False, True]


@pytest.mark.slow
def test_the_databases_of_one_new_server_may_be_migrated_at_once() -> None:
    place = Path(tempfile.mkdtemp(prefix="fd-"))  # short: a socket lies in it
    home = Home(place / "home")
    others = ProcessPoolExecutor(4, get_context("spawn"))
    with seat(home, durable=False), others:
        made = [make_database(home, f"at_once_{number}") for number in range(4)]

        done = others.map(migration.migrate, [each.url("postgres") for each in made])

        assert [outcome.after for outcome in done] == [migration.head()] * 4
    assert Running(home).end_within(5)
    shutil.rmtree(place)
