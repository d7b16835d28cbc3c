"""The schema goes up, down and up again, and equals the models."""

import psycopg
import pytest

from domain.errors import Refusal
from tests.support.databases import Database
from workers import migration


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
