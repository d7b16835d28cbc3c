"""A promise that is broken is told with its rows, and ends by itself when it is kept again."""

from typing import Any
from uuid import UUID

import psycopg
import pytest
from sqlalchemy import text

from domain.billing import watching
from domain.database import SYSTEM, Begin
from domain.work import invariants, upkeep
from tests.support.databases import Database
from workers.kinds import KINDS

USER = UUID(int=7)
ACCOUNT, CALL, EVENT, MESSAGE = UUID(int=11), UUID(int=12), UUID(int=13), UUID(int=14)


def open_alerts(begin: Begin) -> dict[str, Any]:
    query = "SELECT subject, severity, details FROM ops_alerts WHERE resolved_at IS NULL"
    with begin(SYSTEM) as session:
        return {row[0]: (row[1], row[2]) for row in session.execute(text(query))}


def look(begin: Begin) -> dict[str, Any]:
    invariants.watch(begin)
    watching.watch(begin)
    return open_alerts(begin)


BREAKS = {
    "slots": (
        (
            "INSERT INTO call_service_providers (id, name, type, provider, concurrency_limit)"
            f" VALUES ('{ACCOUNT}', 'vapi', 'voice', 'vapi', 1);"
            "INSERT INTO call_queue (id, user_id, recipient_number)"
            f" SELECT CAST(lpad(n::text, 32, '0') AS uuid), '{USER}', '+1212555010' || n"
            " FROM generate_series(1, 2) n;"
            "INSERT INTO call_attempts (user_id, call_queue_id, provider_id, recipient_number,"
            " state)"
            f" SELECT '{USER}', id, '{ACCOUNT}', recipient_number, 'live' FROM call_queue"
        ),
        "UPDATE call_attempts SET state = 'completed', ended_at = now()",
        f"account {ACCOUNT}",
    ),
    "leases": (
        (
            "INSERT INTO calls (id, user_id, phone_number, transcript, ai_processing_status,"
            f" lease_token, lease_expires_at) VALUES ('{CALL}', '{USER}', '+12125550142', 'Hello.',"
            " 'processing', app_uuid7(), now() - interval '6 minutes')"
        ),
        (
            "UPDATE calls SET ai_processing_status = 'failed', lease_token = NULL,"
            " lease_expires_at = NULL"
        ),
        f"call {CALL}",
    ),
    "turns": (
        (
            "INSERT INTO call_queue (user_id, recipient_number, scheduled_time)"
            f" VALUES ('{USER}', '+12125550142', now() - interval '10 minutes');"
            "UPDATE tenant_turns SET is_waiting = false, due_at = now() - interval '10 minutes'"
        ),
        "UPDATE tenant_turns SET is_waiting = true",
        f"tenant {USER}",
    ),
    "reminders": (
        (
            "INSERT INTO events (id, user_id, title, status, start_time, end_time, timezone)"
            f" VALUES ('{EVENT}', '{USER}', 'Boiler', 'scheduled', now() + interval '3 hours',"
            " now() + interval '4 hours', 'UTC');"
            "INSERT INTO messages (id, user_id, event_id, channel, direction, to_number, body,"
            " rule, identity, event_start, due_at, status)"
            f" SELECT '{MESSAGE}', user_id, id, 'sms', 'outbound', '+12125550142', 'See you.',"
            " 'reminder_1h', 'once', start_time, now() + interval '1 hour', 'pending' FROM events;"
            "ALTER TABLE events DISABLE TRIGGER USER;"
            "UPDATE events SET status = 'cancelled';"
            "ALTER TABLE events ENABLE TRIGGER USER"
        ),
        "UPDATE messages SET status = 'void'",
        f"message {MESSAGE}",
    ),
    "budgets": (
        (
            "INSERT INTO ai_budgets (id, user_id, period_start, hard_limit)"
            f" VALUES ('{EVENT}', '{USER}', date_trunc('month', now()), 10);"
            "INSERT INTO budget_reservations (id, user_id, budget_id, key, amount, expires_at)"
            f" VALUES ('{CALL}', '{USER}', '{EVENT}', 'once', 1, now() - interval '10 minutes')"
        ),
        "DELETE FROM budget_reservations",
        f"reservation {CALL}",
    ),
    "counters": (
        f"INSERT INTO usage_limits (user_id, call_used_seconds) VALUES ('{USER}', 61)",
        "UPDATE usage_limits SET call_used_seconds = 0, updated_at = now() - interval '1 hour'",
        f"tenant {USER}",
    ),
}
"""By promise: what breaks it, what mends it, and the row that is named."""


@pytest.fixture
def sql(database: Database) -> Any:
    with database.connect() as connection:
        connection.execute(
            f"INSERT INTO users (id, business_name, timezone) VALUES ('{USER}', 'Pipe', 'UTC')"
        )
        yield connection


def test_a_broken_promise_is_told_with_its_rows_and_ends_by_itself(
    begin_for_real: Begin, sql: psycopg.Connection[Any]
) -> None:
    whole = look(begin_for_real)
    for breaks, _, _ in BREAKS.values():
        for statement in breaks.split(";"):
            sql.execute(statement.encode())

    look(begin_for_real)
    told = look(begin_for_real)
    for _, mends, _ in BREAKS.values():
        sql.execute(mends.encode())
    mended = look(begin_for_real)

    assert whole == {}
    assert {name: severity for name, (severity, _) in told.items()} == dict.fromkeys(
        BREAKS, "critical"
    )
    assert {name: rows["rows"][0]["what"] for name, (_, rows) in told.items()} == {
        name: row for name, (_, _, row) in BREAKS.items()
    }
    assert mended == {}


def test_every_work_table_is_watched_for_leases_that_ran_out() -> None:
    assert {table for _, table, _ in invariants.LEASED} == {kind.table for kind in KINDS.values()}
    assert {name for name, _, _ in invariants.LEASED} == set(KINDS)
    busy = {kind.table: f"{kind.state} = '{kind.states.working}'" for kind in KINDS.values()}
    assert {table: words for _, table, words in invariants.LEASED} == busy


def slots(begin: Begin, *ago: int) -> None:
    with begin(SYSTEM) as session:
        for minutes in ago:
            session.execute(
                text(
                    "INSERT INTO periodic_runs (name, slot, rung_by, finished_at) VALUES"
                    " ('upkeep.overdue', date_trunc('minute', now()) - :ago * interval '1 minute',"
                    " 'b', now())"
                ),
                {"ago": minutes},
            )


def test_a_timetable_that_stands_still_is_told_until_a_beat_takes_a_slot(begin: Begin) -> None:
    upkeep.notice_no_beat(begin)
    never_begun = open_alerts(begin)
    slots(begin, 5)

    upkeep.notice_no_beat(begin)
    told = open_alerts(begin)
    slots(begin, 0)
    upkeep.notice_no_beat(begin)

    assert never_begun == {}
    assert told["timetable"][0] == "critical"
    assert open_alerts(begin) == {}


def test_slots_that_were_missed_are_told_for_a_quarter_of_an_hour(begin: Begin) -> None:
    slots(begin, 9, 8, 2, 1)
    upkeep.notice_missed_slots(begin)
    told = open_alerts(begin)
    with begin(SYSTEM) as session:
        session.execute(text("UPDATE periodic_runs SET slot = slot - interval '10 minutes'"))
    upkeep.notice_missed_slots(begin)

    assert told["timetable"][0] == "warning"
    assert open_alerts(begin) == {}
