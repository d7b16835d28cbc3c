"""What is not as it must be is told at the door, and by the doctor."""

from celery import Celery

import celeryconfig
from config.settings import Settings
from tests.support.databases import Database
from workers import checks, migration
from workers.checks import Level


def settings_for(database: Database, role: str = "frontdesk_worker") -> Settings:
    return Settings(database_url=database.url(role), frontdesk_home=database.home.path)


def levels(database: Database, role: str = "frontdesk_worker") -> dict[str, Level]:
    return {one.name: one.level for one in checks.database(settings_for(database, role))}


def test_a_migrated_database_is_well(database: Database) -> None:
    assert set(levels(database).values()) == {Level.OK}


def test_the_owners_login_is_refused(database: Database) -> None:
    assert levels(database, "postgres")["role"] is Level.FAULT


def test_an_older_schema_is_refused_with_what_to_do(database: Database) -> None:
    migration.migrate(database.url("postgres"), to="0003")

    found = {one.name: one for one in checks.database(settings_for(database))}

    assert found["schema"].level is Level.FAULT
    assert found["schema"].advice == "Run `frontdesk migrate`."


def test_a_newer_schema_is_worked_on_and_told(database: Database) -> None:
    with database.connect() as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")

    found = {one.name: one for one in checks.database(settings_for(database))}

    assert found["schema"].level is Level.WARNING
    checks.refuse_if_unfit(settings_for(database))


def test_a_table_that_was_opened_by_hand_is_a_fault(database: Database) -> None:
    with database.connect() as connection:
        connection.execute("ALTER TABLE users NO FORCE ROW LEVEL SECURITY")

    assert levels(database)["isolation"] is Level.FAULT


def test_months_that_run_out_are_told(database: Database) -> None:
    with database.connect() as connection:
        months = connection.execute("SELECT name FROM app_partitions('audit_logs')").fetchall()
        for (name,) in months:
            connection.execute(f"DROP TABLE {name}")

    assert levels(database)["months"] is Level.WARNING


def test_what_is_kept_for_too_long_is_told(database: Database) -> None:
    with database.connect() as connection:
        connection.execute(
            "INSERT INTO retention_rounds (rule, finished_at)"
            " VALUES ('transcripts', now() - interval '3 days')"
        )

    assert levels(database)["retention"] is Level.WARNING


def test_an_unreachable_database_is_told_in_one_sentence() -> None:
    nowhere = Settings(database_url="postgresql://frontdesk_worker@127.0.0.1:1/nowhere")

    found = checks.database(nowhere)

    assert [one.level for one in found] == [Level.FAULT]
    assert "\n" not in found[0].words


def test_celery_is_set_up_as_promised() -> None:
    app = Celery("as it stands", set_as_current=False)
    app.config_from_object(celeryconfig)

    assert checks.queue(app).level is Level.OK


def test_a_celery_that_was_set_up_otherwise_is_refused() -> None:
    app = Celery("otherwise", set_as_current=False)
    app.config_from_object(celeryconfig)
    app.conf.task_acks_late = True

    found = checks.queue(app)

    assert found.level is Level.FAULT
    assert "task_acks_late" in found.words
