"""What was changed, by whom: put on record whoever writes, and never taken back."""

import time
from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from sqlalchemy import text

from domain.database import SYSTEM, Begin, acting_as
from migrations.audit import RECORDS
from tests.support.databases import Database
from tests.support.figures import Measured
from tests.support.rows import fill

SECRETS = ("Ada Lovelace", "+46701234567", "ada@example.org", "sk-live-1", "ring first")


@pytest.fixture
def tenant(database: Database) -> Iterator[tuple[UUID, psycopg.Connection[Any]]]:
    """Another service, that has said for whom it works."""
    user = uuid4()
    with database.connect() as connection:
        connection.execute("INSERT INTO users (id, timezone) VALUES (%s, 'UTC')", (user,))
    with database.connect("frontdesk_tenant") as connection:
        connection.execute("SELECT set_config('app.user_id', %s, false)", (str(user),))
        yield user, connection


def records(database: Database, table: str) -> list[dict[str, Any]]:
    with database.connect() as connection:
        cursor = connection.cursor(row_factory=psycopg.rows.dict_row)
        return cursor.execute(
            "SELECT * FROM audit_logs WHERE resource_type = %s ORDER BY created_at", (table,)
        ).fetchall()


def an_event(connection: psycopg.Connection[Any]) -> UUID:
    (row,) = connection.execute(
        "INSERT INTO events (title, status, owes_nothing, customer_name, customer_phone,"
        " customer_email, notes) VALUES ('Ada Lovelace', 'scheduled', true, 'Ada Lovelace',"
        " '+46701234567', 'ada@example.org', 'ring first') RETURNING id"
    ).fetchall()
    return row[0]


def test_a_change_is_told_with_old_and_new_and_who(
    database: Database, tenant: tuple[UUID, psycopg.Connection[Any]]
) -> None:
    user, connection = tenant
    event = an_event(connection)

    connection.execute("SET app.actor = 'booking page'")
    connection.execute("UPDATE events SET status = 'cancelled', notes = NULL")
    connection.execute("DELETE FROM events")

    made, changed, deleted = records(database, "events")
    assert [one["action"] for one in (made, changed, deleted)] == ["insert", "update", "delete"]
    assert {one["resource_id"] for one in (made, changed, deleted)} == {event}
    assert {one["user_id"] for one in (made, changed, deleted)} == {user}
    assert [one["actor"] for one in (made, changed)] == ["frontdesk_tenant", "booking page"]
    assert changed["old_values"] == {"status": "scheduled"}
    assert changed["new_values"] == {"status": "cancelled"}
    assert sorted(changed["metadata"]["changed"]) == ["notes", "status"]
    assert changed["metadata"]["login"] == "frontdesk_tenant"


def test_what_is_personal_or_secret_is_named_and_never_shown(
    database: Database, tenant: tuple[UUID, psycopg.Connection[Any]]
) -> None:
    _, connection = tenant
    an_event(connection)
    connection.execute("UPDATE events SET customer_name = 'Grace', customer_phone = '+46700000001'")
    connection.execute("INSERT INTO sms_opt_outs (phone_number) VALUES ('+46701234567')")
    connection.execute(
        "INSERT INTO user_ai_settings (openrouter_api_key_encrypted) VALUES ('sk-live-1')"
    )
    connection.execute("UPDATE users SET email = 'ada@example.org', status = 'inactive'")

    with database.connect() as reader:
        told = str(reader.execute("SELECT audit_logs::text FROM audit_logs").fetchall())

    assert not [secret for secret in (*SECRETS, "Grace", "+46700000001") if secret in told]
    for word in ("customer_name", "customer_phone", "phone_number", "api_key", "email"):
        assert word in told


def test_a_keyed_hash_that_the_row_has_is_shown(
    database: Database, tenant: tuple[UUID, psycopg.Connection[Any]]
) -> None:
    _, connection = tenant
    an_event(connection)

    connection.execute("UPDATE events SET customer_phone_hash = '\\x0102'")

    assert records(database, "events")[-1]["new_values"] == {"customer_phone_hash": "\\x0102"}


def test_what_changes_nothing_that_matters_leaves_no_record(
    database: Database, tenant: tuple[UUID, psycopg.Connection[Any]]
) -> None:
    _, connection = tenant
    an_event(connection)

    connection.execute("UPDATE events SET status = status, follow_up_required = true")

    assert len(records(database, "events")) == 1


def test_our_workers_seal_quietly_and_nobody_else_does(
    database: Database, tenant: tuple[UUID, psycopg.Connection[Any]]
) -> None:
    user, connection = tenant
    an_event(connection)
    seal = "UPDATE events SET customer_phone_sealed = '\\x01', customer_phone = NULL"
    with database.connect("frontdesk_worker") as worker:
        worker.execute("SET ROLE frontdesk_tenant")
        worker.execute("SELECT set_config('app.user_id', %s, false)", (str(user),))
        worker.execute(seal)
    quiet = len(records(database, "events"))

    connection.execute(seal.replace("x01", "x02"))

    assert quiet == 1
    assert records(database, "events")[-1]["metadata"]["changed"] == ["customer_phone_sealed"]


def test_a_task_and_a_command_are_named(database: Database, begin_for_real: Begin) -> None:
    user = uuid4()
    with begin_for_real(SYSTEM) as session:
        session.execute(text("INSERT INTO users (id) VALUES (:id)"), {"id": user})

    with acting_as("task upkeep.seal"), begin_for_real(user) as session:
        session.execute(text("UPDATE users SET status = 'suspended'"))
    with begin_for_real(user) as session:
        session.execute(text("UPDATE users SET status = 'active'"))

    assert [one["actor"] for one in records(database, "users")] == [
        "frontdesk_worker",
        "task upkeep.seal",
        "frontdesk_worker",
    ]


@pytest.mark.parametrize("role", ["frontdesk_tenant", "frontdesk_system"])
@pytest.mark.parametrize(
    "attempt",
    [
        "UPDATE audit_logs SET actor = 'somebody else'",
        "DELETE FROM audit_logs",
        "TRUNCATE audit_logs",
        "DELETE FROM audit_logs_default",
        "DROP TRIGGER keep_record ON events",
        "ALTER TABLE events DISABLE TRIGGER ALL",
        "SET session_replication_role = replica",
        "INSERT INTO audit_logs (action, seen_by_database) VALUES ('x', true)",
        "SELECT app_keep_record()",
    ],
)
def test_nobody_takes_back_or_forges_what_the_database_saw(
    database: Database,
    tenant: tuple[UUID, psycopg.Connection[Any]],
    role: str,
    attempt: str,
) -> None:
    user, connection = tenant
    an_event(connection)

    with database.connect("frontdesk_worker") as other:
        other.execute(f"SET ROLE {role}".encode())
        other.execute("SELECT set_config('app.user_id', %s, false)", (str(user),))
        with pytest.raises(
            (psycopg.errors.InsufficientPrivilege, psycopg.errors.FeatureNotSupported)
        ):
            other.execute(attempt.encode())

    assert [one["seen_by_database"] for one in records(database, "events")] == [True]


def test_another_service_adds_records_of_its_own(
    database: Database, tenant: tuple[UUID, psycopg.Connection[Any]]
) -> None:
    user, connection = tenant

    connection.execute("INSERT INTO audit_logs (action, resource_type) VALUES ('login', 'page')")

    (one,) = records(database, "page")
    assert (one["user_id"], one["seen_by_database"]) == (user, False)


def test_a_temporary_table_catches_no_record(
    database: Database, tenant: tuple[UUID, psycopg.Connection[Any]]
) -> None:
    _, connection = tenant
    connection.execute("CREATE TEMP TABLE audit_logs (LIKE frontdesk.audit_logs)")
    connection.execute("SET search_path = pg_temp, frontdesk")

    an_event(connection)

    assert len(records(database, "events")) == 1


CHANGES = {
    "events": "status = 'confirmed'",
    "sms_opt_outs": "opted_in_at = now()",
    "users": "status = 'suspended'",
    "user_ai_settings": "openrouter_api_key_encrypted = 'other'",
    "calendar_integrations": "is_active = false",
    "integrations": "is_active = false",
    "subscriptions": "tier = 'other'",
    "usage_limits": "force_pause = true",
    "churn_alerts": "acknowledged_at = now()",
}


def test_every_table_of_the_promise_is_on_record(database: Database) -> None:
    with database.connect() as connection:
        fill(connection, [uuid4()])
        for table, change in CHANGES.items():
            connection.execute(f"UPDATE {table} SET {change}")
        told = connection.execute(
            "SELECT resource_type, action FROM audit_logs WHERE seen_by_database"
        ).fetchall()

    assert set(told) >= {(table, what) for table in CHANGES for what in ("insert", "update")}
    assert {record.table for record in RECORDS} == set(CHANGES)


def test_what_was_used_up_is_no_change_of_a_limit(database: Database) -> None:
    with database.connect() as connection:
        fill(connection, [uuid4()])
        connection.execute("UPDATE usage_limits SET call_used_seconds = 60, sms_used = 3")

    assert len(records(database, "usage_limits")) == 1


ROWS = 20_000


@pytest.mark.slow
def test_a_record_costs_little(database: Database, measured: Measured) -> None:
    took: dict[str, float] = {}
    with database.connect() as connection:
        user = uuid4()
        connection.execute("INSERT INTO users (id) VALUES (%s)", (user,))
        connection.execute(
            "INSERT INTO events (user_id, title, owes_nothing)"
            " SELECT %s, 'x', true FROM generate_series(1, %s)",
            (user, ROWS),
        )
        for number in range(3):
            for name, column, trigger in (
                ("on record", "urgency_level", "ENABLE"),
                ("of what is not on record", "follow_up_reason", "ENABLE"),
                ("without a trigger", "urgency_level", "DISABLE"),
            ):
                connection.execute(f"ALTER TABLE events {trigger} TRIGGER keep_record_of_change")
                connection.execute("VACUUM events")
                word = ("low", "medium", "high")[number] if trigger == "ENABLE" else "emergency"
                began = time.monotonic()
                connection.execute(f"UPDATE events SET {column} = %s", (word,))
                micros = (time.monotonic() - began) / ROWS * 1e6
                took[name] = min(took.get(name, micros), micros)

    measured(
        "an update of an event: "
        + ", ".join(f"{name} {micros:.0f} us" for name, micros in took.items())
    )
    assert took["on record"] < 10 * took["without a trigger"]
