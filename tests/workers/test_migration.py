"""The schema goes up, down and up again, and equals the models."""

import shutil
import tempfile
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import psycopg
import pytest

from config.home import Home
from domain.errors import Refusal
from tests.embedded.holders import Running
from tests.support.databases import Database, make_database
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
