"""What is past keeping goes, a little at a time, and nothing else does."""

import threading
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from structlog.testing import capture_logs

from domain.database import SYSTEM, Begin
from domain.work import batch, retention, upkeep
from domain.work.keeping import Line
from domain.work.lifetimes import LINES
from domain.work.shop import Shop, Threads
from tests.support.databases import Database
from tests.support.desk import Desk
from tests.support.figures import Measured
from tests.support.parcels import TABLE, owe_parcels
from tests.support.rows import fill

NOW = timedelta(0)
LONG = timedelta(minutes=5)


def line(name: str) -> Line:
    return next(one for one in LINES if one.name == name)


def throw_away(begin: Begin, *names: str, lines: Sequence[Line] = ()) -> bool:
    return retention.work(
        begin,
        lines=[*lines, *(line(name) for name in names)],
        rest=NOW,
        within_time=LONG,
        wait=lambda _: None,
    )


def a_tenant(
    connection: psycopg.Connection[Any], *, industry: str | None = None, settings: str = "{}"
) -> UUID:
    user = uuid4()
    connection.execute(
        "INSERT INTO users (id, industry, settings) VALUES (%s, %s, %s)", (user, industry, settings)
    )
    return user


def a_call(
    connection: psycopg.Connection[Any], user: UUID, *, days: int, state: str = "completed"
) -> UUID:
    (row,) = connection.execute(
        "INSERT INTO calls (user_id, transcript, recording_url, ai_processing_status, started_at)"
        " VALUES (%s, 'Hello', 'https://x.example/1', %s, now() - %s * interval '1 day')"
        " RETURNING id",
        (user, state, days),
    ).fetchall()
    return row[0]


def with_words(connection: psycopg.Connection[Any]) -> set[UUID]:
    rows = connection.execute("SELECT id FROM calls WHERE transcript IS NOT NULL").fetchall()
    return {row[0] for row in rows}


def test_what_was_said_goes_by_the_tenants_own_rule_and_the_call_stays(
    database: Database, begin_for_real: Begin
) -> None:
    with database.connect() as connection:
        plain, medical, legal = (
            a_tenant(connection, industry=industry) for industry in (None, "medical", "legal")
        )
        choosing = a_tenant(
            connection, industry="legal", settings='{"retention":{"transcripts":7}}'
        )
        calls = {
            (user, days): a_call(connection, user, days=days)
            for user in (plain, medical, legal, choosing)
            for days in (5, 40, 100, 3000)
        }

        throw_away(begin_for_real, "transcripts")

        kept = {key for key, call in calls.items() if call in with_words(connection)}
        assert kept == {
            *((plain, days) for days in (5, 40)),
            (medical, 5),
            *((legal, days) for days in (5, 40, 100)),
            (choosing, 5),
        }
        assert connection.execute("SELECT count(*) FROM calls").fetchone() == (16,)
        assert connection.execute(
            "SELECT count(*) FROM calls WHERE recording_url IS NOT NULL"
        ).fetchone() == (16,)


@pytest.mark.parametrize("state", ["pending", "processing"])
def test_a_call_that_waits_to_be_read_keeps_its_words(
    database: Database, begin_for_real: Begin, state: str
) -> None:
    with database.connect() as connection:
        call = a_call(connection, a_tenant(connection), days=400, state=state)

        throw_away(begin_for_real, "transcripts", "recordings")

        assert with_words(connection) == {call}


def a_message(
    connection: psycopg.Connection[Any], user: UUID, *, status: str, days: int, ahead: int = -1
) -> UUID:
    (row,) = connection.execute(
        "INSERT INTO messages (user_id, body, status, identity, created_at, event_start)"
        " VALUES (%s, 'Hello', %s, gen_random_uuid()::text, now() - %s * interval '1 day',"
        " now() + %s * interval '1 day') RETURNING id",
        (user, status, days, ahead),
    ).fetchall()
    return row[0]


def test_a_message_goes_only_when_nothing_is_left_to_do_and_its_event_is_over(
    database: Database, begin_for_real: Begin
) -> None:
    states = ("pending", "sending", "held", "unknown", "sent", "delivered", "failed", "void")
    with database.connect() as connection:
        user = a_tenant(connection)
        old = {state: a_message(connection, user, status=state, days=1500) for state in states}
        ahead = a_message(connection, user, status="sent", days=1500, ahead=3)
        young = a_message(connection, user, status="sent", days=1400)

        throw_away(begin_for_real, "messages", "message bodies")

        rows = dict(connection.execute("SELECT id, body FROM messages").fetchall())
    assert set(rows) == {*(old[state] for state in states[:4]), ahead, young}
    assert {rows[old[state]] for state in states[:4]} == {"Hello"}
    assert (rows[ahead], rows[young]) == ("", "")


def test_a_receipt_stays_as_long_as_what_it_is_for_and_while_it_is_unknown(
    database: Database, begin_for_real: Begin
) -> None:
    with database.connect() as connection:
        message = a_message(connection, a_tenant(connection), status="sent", days=1500, ahead=3)
        for state, row in (
            *(("done", message), ("done", uuid4()), ("rejected", uuid4())),
            *(("unknown", uuid4()), ("intended", uuid4())),
        ):
            connection.execute(
                "INSERT INTO effects (key, kind, row_id, vendor, state, token, intended_at) VALUES"
                " (gen_random_uuid()::text, 'message', %s, 'v', %s, %s, now() - interval '500 d')",
                (row, state, uuid4()),
            )

        throw_away(begin_for_real, "receipts")

        left = connection.execute("SELECT state, row_id FROM effects ORDER BY 1").fetchall()
    assert [state for state, _ in left] == ["done", "intended", "unknown"]
    assert left[0][1] == message


def test_open_work_of_the_house_stays_and_closed_work_goes(
    database: Database, begin_for_real: Begin
) -> None:
    with database.connect() as connection:
        for state in ("pending", "working", "done", "failed"):
            for days in (10, 400):
                connection.execute(
                    "INSERT INTO errands (task, subject_id, state, created_at) VALUES"
                    " ('upkeep.sweep', %s, %s, now() - %s * interval '1 day')",
                    (uuid4(), state, days),
                )
                connection.execute(
                    "INSERT INTO webhook_queue (provider, idempotency_key, state, received_at)"
                    " VALUES ('v', %s, %s, now() - %s * interval '1 day')",
                    (str(uuid4()), state, days),
                )

        throw_away(begin_for_real, "errands", "notices")

        for table in ("errands", "webhook_queue"):
            left = connection.execute(f"SELECT state, count(*) FROM {table} GROUP BY 1").fetchall()
            assert dict(left) == {"pending": 2, "working": 2, "done": 1, "failed": 1}


def test_the_newest_slot_of_each_name_stays(database: Database, begin_for_real: Begin) -> None:
    with database.connect() as connection:
        connection.execute(
            "INSERT INTO periodic_runs (name, slot, rung_by) SELECT name,"
            " now() - days * interval '1 day', 'b' FROM unnest(ARRAY['a', 'b']) name,"
            " unnest(ARRAY[20, 30, 40]) days UNION ALL SELECT 'a', now(), 'b'"
        )

        throw_away(begin_for_real, "slots of the timetable")

        left = connection.execute("SELECT name, slot > now() - interval '21 d' FROM periodic_runs")
        assert sorted(left.fetchall()) == [("a", True), ("b", True)]


def test_months_stay_as_long_as_the_tenant_that_keeps_them_longest(
    database: Database, begin_for_real: Begin
) -> None:
    with database.connect() as connection:
        for name in ("telephony_events", "latency_logs"):
            for (month,) in connection.execute(
                "SELECT name FROM app_partitions(%s)", (name,)
            ).fetchall():
                connection.execute(f"DROP TABLE {month}")
            with connection.transaction():
                connection.execute("SET LOCAL ROLE frontdesk_owner")
                connection.execute(
                    "SELECT app_step_partitions_at(%s, 0, NULL, now() - interval '200 days')",
                    (name,),
                )
        plain = a_tenant(connection)
        keeping = a_tenant(connection, settings='{"retention": {"telephony_events": 400}}')
        for user in (plain, keeping):
            connection.execute(
                "INSERT INTO telephony_events (user_id, created_at)"
                " VALUES (%s, now() - interval '200 days')",
                (user,),
            )

        throw_away(begin_for_real, "telephony events")
        upkeep.keep_months(begin_for_real)
        kept = connection.execute("SELECT user_id FROM telephony_events").fetchall()
        connection.execute("UPDATE users SET settings = '{}'")
        upkeep.keep_months(begin_for_real)

        left = connection.execute("SELECT count(*) FROM telephony_events").fetchone()
    assert kept == [(keeping,)]
    assert left == (0,)
    with begin_for_real(SYSTEM) as session:
        totals = {one.rule: one.total_rows for one in retention.standing(session)}
    assert totals["telephony events"] == 2
    assert totals["latencies"] == 0


def test_notices_go_to_the_day_though_they_lie_in_months(
    database: Database, begin_for_real: Begin
) -> None:
    with database.connect() as connection:
        for days in (1, 29, 31, 400):
            connection.execute(
                "INSERT INTO webhook_payloads (id, webhook_id, body, created_at)"
                " SELECT overlay(app_uuid7()::text PLACING lpad(to_hex("
                "  (extract(epoch FROM moment) * 1000)::bigint >> 16), 8, '0') FROM 1 FOR 8)::uuid,"
                " gen_random_uuid(), 'x', moment"
                " FROM (SELECT now() - %s * interval '1 day') t(moment)",
                (days,),
            )

        throw_away(begin_for_real, "notices as they came")

        left = connection.execute("SELECT now() - created_at < '30 days' FROM webhook_payloads")
        assert left.fetchall() == [(True,), (True,)]


def test_a_queued_call_stays_while_an_attempt_of_it_is_live(
    database: Database, begin_for_real: Begin
) -> None:
    with database.connect() as connection:
        user = a_tenant(connection)
        for state in ("completed", "unknown"):
            (row,) = connection.execute(
                "INSERT INTO call_queue (user_id, recipient_number, status, created_at) VALUES"
                " (%s, '+46701234567', 'completed', now() - interval '2000 days') RETURNING id",
                (user,),
            ).fetchall()
            connection.execute("UPDATE call_queue SET due_at = created_at")
            connection.execute(
                "INSERT INTO call_attempts (user_id, call_queue_id, recipient_number, state)"
                " VALUES (%s, %s, '+46701234567', %s)",
                (user, row[0], state),
            )

        throw_away(begin_for_real, "calls that were queued")

        left = connection.execute("SELECT state FROM call_attempts").fetchall()
    assert left == [("unknown",)]


def test_every_line_is_a_statement_that_leaves_young_rows_alone(
    database: Database, begin_for_real: Begin
) -> None:
    with database.connect() as connection:
        fill(connection, [uuid4(), uuid4()])
        tables = sorted({one.table for one in LINES})
        count = " UNION ALL ".join(f"SELECT '{table}', count(*) FROM {table}" for table in tables)
        before = dict(connection.execute(count).fetchall())

        throw_away(begin_for_real, lines=LINES)

        after = dict(connection.execute(count).fetchall())
    past = {name for name, rows in before.items() if after[name] < rows}
    assert past <= {"sms_thread_locks"}  # a plausible row's moment lies on a day of its own


def test_only_a_count_is_left(database: Database, begin_for_real: Begin) -> None:
    with database.connect() as connection:
        user = a_tenant(connection)
        for _ in range(3):
            a_call(connection, user, days=100)

    throw_away(begin_for_real, "transcripts")
    throw_away(begin_for_real, "transcripts")

    with begin_for_real(SYSTEM) as session:
        (standing,) = retention.standing(session)
    assert (standing.rule, standing.finished_rows, standing.total_rows) == ("transcripts", 0, 3)
    assert standing.finished_at is not None
    assert not standing.is_behind


def test_a_round_that_is_broken_off_goes_on_where_it_was(
    database: Database, begin_for_real: Begin
) -> None:
    with database.connect() as connection:
        for _ in range(2 * retention.MOST_TENANTS):
            a_call(connection, a_tenant(connection), days=100)

    started = retention.work(
        begin_for_real,
        lines=[line("transcripts")],
        rest=NOW,
        within_time=timedelta(seconds=1),
        wait=lambda _: time.sleep(1),
    )

    with begin_for_real(SYSTEM) as session:
        (midway,) = retention.standing(session)
    assert started
    assert midway.rows == retention.MOST_TENANTS
    assert not throw_away(begin_for_real, "transcripts")
    with begin_for_real(SYSTEM) as session:
        (through,) = retention.standing(session)
    assert through.finished_rows == 2 * retention.MOST_TENANTS


def test_a_line_that_was_gone_through_lately_rests(
    database: Database, begin_for_real: Begin
) -> None:
    throw_away(begin_for_real, "transcripts")
    with database.connect() as connection:
        call = a_call(connection, a_tenant(connection), days=100)

        retention.work(begin_for_real, lines=[line("transcripts")], wait=lambda _: None)

        assert with_words(connection) == {call}


def test_two_at_once_share_no_batch_and_a_held_row_is_passed_over(
    database: Database, begin_for_real: Begin
) -> None:
    with database.connect() as connection:
        user = a_tenant(connection)
        calls = [a_call(connection, user, days=100) for _ in range(30)]
        with database.connect() as holder, holder.transaction():
            holder.execute("SELECT FROM calls WHERE id = %s FOR UPDATE", (calls[0],))

            people = [
                threading.Thread(target=throw_away, args=(begin_for_real, "transcripts"))
                for _ in range(4)
            ]
            for one in people:
                one.start()
            for one in people:
                one.join(20)

            assert with_words(connection) == {calls[0]}
    with begin_for_real(SYSTEM) as session:
        assert retention.standing(session)[0].total_rows == 29


def test_a_line_that_fails_keeps_no_other_waiting(
    database: Database, begin_for_real: Begin
) -> None:
    broken = replace(line("errands"), name="a broken one", past="w.state = 1 / 0")
    with database.connect() as connection, capture_logs() as said:
        call = a_call(connection, a_tenant(connection), days=100)

        throw_away(begin_for_real, "transcripts", lines=[broken])

        assert call not in with_words(connection)
    assert [one["rule"] for one in said if one["event"] == "retention.broken_off"] == [broken.name]


def test_who_falls_behind_is_told(database: Database, begin_for_real: Begin) -> None:
    throw_away(begin_for_real, "errands")
    with database.connect() as connection:
        connection.execute("UPDATE retention_rounds SET finished_at = now() - interval '3 days'")
        upkeep.notice_fallen_behind(begin_for_real)
        told = connection.execute("SELECT subject FROM ops_alerts WHERE resolved_at IS NULL")
        assert told.fetchall() == [("errands",)]

    throw_away(begin_for_real, "errands")
    upkeep.notice_fallen_behind(begin_for_real)

    with database.connect() as connection:
        open_ones = connection.execute("SELECT FROM ops_alerts WHERE resolved_at IS NULL")
        assert open_ones.fetchall() == []


MANY = 200_000
PARCELS = 3000


@pytest.mark.slow
def test_claims_go_on_beside_retention(
    database: Database, begin_for_real: Begin, measured: Measured
) -> None:
    with database.connect() as connection:
        connection.execute(TABLE)
        connection.execute(
            "INSERT INTO errands (task, subject_id, state, created_at) SELECT 'upkeep.sweep',"
            " gen_random_uuid(), 'done', now() - interval '60 days' + n * interval '1 s'"
            " FROM generate_series(1, %s) n",
            (MANY,),
        )
        connection.execute("ANALYZE errands")
    waits: list[float] = []
    done = threading.Event()

    def claim() -> None:
        with database.connect("frontdesk_worker") as worker:
            worker.execute("SET ROLE frontdesk_system")
            while not done.is_set():
                began = time.monotonic()
                worker.execute(
                    "INSERT INTO errands (task, subject_id) VALUES ('upkeep.sweep', %s)",
                    (uuid4(),),
                )
                worker.execute(
                    "UPDATE errands SET state = 'working', attempts = attempts + 1"
                    " WHERE id = (SELECT id FROM errands WHERE area = 'upkeep'"
                    " AND state = 'pending' AND due_at <= clock_timestamp()"
                    " ORDER BY due_at LIMIT 1 FOR UPDATE SKIP LOCKED)"
                )
                waits.append(time.monotonic() - began)

    claimer = threading.Thread(target=claim)
    claimer.start()
    began = time.monotonic()
    throw_away(begin_for_real, "errands")
    took = time.monotonic() - began
    done.set()
    claimer.join()

    with database.connect() as connection:
        left = connection.execute("SELECT count(*) FROM errands WHERE state = 'done'").fetchone()
    measured(
        f"retention: {MANY / took:,.0f} rows/s without its pauses; beside it {len(waits)} claims,"
        f" the slowest took {max(waits) * 1000:.0f} ms"
    )
    assert left == (0,)
    assert max(waits) < 1


def test_a_worker_and_retention_do_not_meet(database: Database, begin_for_real: Begin) -> None:
    desk = Desk()
    with database.connect() as connection:
        connection.execute(TABLE)
        owe_parcels(connection, 50)
        connection.execute(
            "ALTER TABLE parcels ADD created_at timestamptz DEFAULT now() - interval '1 year'"
        )
    parcels = replace(line("errands"), name="parcels", table="parcels", past="w.state = 'sent'")
    shop = Shop(begin=begin_for_real, hands=Threads(4))
    working = threading.Thread(target=batch.work, args=(shop, desk.job()))

    working.start()
    while working.is_alive():
        throw_away(begin_for_real, lines=[parcels])
    working.join()
    throw_away(begin_for_real, lines=[parcels])

    assert len(desk.ledger) == len(set(desk.ledger)) == 50
    with database.connect() as connection:
        assert connection.execute("SELECT count(*) FROM parcels").fetchone() == (0,)


def test_a_tenant_with_more_than_a_batch_is_gone_on_with(
    database: Database, begin_for_real: Begin
) -> None:
    with database.connect() as connection:
        user = a_tenant(connection)
        connection.execute(
            "INSERT INTO calls (user_id, transcript, ai_processing_status, started_at)"
            " SELECT %s, 'Hello', 'completed', now() - interval '200 days'"
            " FROM generate_series(1, 2100)",
            (user,),
        )

        throw_away(begin_for_real, "transcripts")

        assert with_words(connection) == set()
