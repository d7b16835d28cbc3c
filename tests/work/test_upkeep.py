"""What the house notices of itself, tells once, and throws away."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from domain.database import SYSTEM, Begin
from domain.ids import new_id
from domain.tables.ops import Severity
from domain.work import alerts, presence, upkeep
from domain.work.errors_seen import by_cause, resolve

HOUR = timedelta(hours=1)


def open_alerts(begin: Begin) -> list[tuple[Any, ...]]:
    with begin(SYSTEM) as session:
        query = "SELECT alert_type, subject, seen FROM ops_alerts WHERE resolved_at IS NULL"
        return [tuple(row) for row in session.execute(text(f"{query} ORDER BY 1, 2"))]


def tell(begin: Begin, subject: str, severity: Severity = Severity.WARNING) -> None:
    with begin(SYSTEM) as session:
        alerts.tell(session, "odd", subject=subject, message="It is odd.", severity=severity)


def report(begin: Begin, *, silent_for: timedelta = timedelta(0)) -> UUID:
    key = new_id()
    said = presence.Report(id=key, host="h", hostname="here", pid=1, children=[{"post": "fast"}])
    with begin(SYSTEM) as session:
        presence.report(session, said)
        session.execute(
            text("UPDATE supervisors SET seen_at = seen_at - CAST(:s AS interval) WHERE id = :id"),
            {"s": silent_for, "id": key},
        )
    return key


def test_an_alert_is_told_once_while_it_lasts(begin: Begin) -> None:
    for _ in range(3):
        tell(begin, "a")
    while_it_lasts = open_alerts(begin)
    with begin(SYSTEM) as session:
        alerts.settle(session, "odd", subject="a")
        alerts.settle(session, "odd", subject="never told")
    settled = open_alerts(begin)
    tell(begin, "a")

    assert while_it_lasts == [("odd", "a", 3)]
    assert settled == []
    assert open_alerts(begin) == [("odd", "a", 1)]


def test_an_alert_that_somebody_took_up_stays_open_until_its_cause_is_gone(begin: Begin) -> None:
    tell(begin, "a", Severity.WARNING)
    tell(begin, "b", Severity.CRITICAL)
    with begin(SYSTEM) as session:
        gravest, other = alerts.listed(session)
        assert alerts.acknowledge(session, gravest["id"], by="ann", note="I look at it")
        taken = alerts.one(session, gravest["id"])
        alerts.settle(session, "odd", subject="b")
        assert not alerts.acknowledge(session, gravest["id"], by="ben", note="")
        assert [one["id"] for one in alerts.listed(session)] == [other["id"]]
        assert len(alerts.listed(session, also_resolved=True)) == 2
        assert alerts.one(session, new_id()) is None

    assert taken
    assert taken["resolved_at"] is None
    assert taken["details"]["acknowledged"] == {"by": "ann", "note": "I look at it"}


def test_errors_of_other_services_are_one_cause_until_somebody_resolves_it(begin: Begin) -> None:
    with begin(SYSTEM) as session:
        session.execute(
            text(
                "INSERT INTO error_logs (error_type, endpoint) VALUES ('Timeout', '/a'),"
                " ('Timeout', '/a'), ('Timeout', '/b'), (NULL, '/a')"
            )
        )
        causes = {(one["cause"], one["endpoint"]): one["seen"] for one in by_cause(session)}
        assert resolve(session, "Timeout", endpoint="/a", note="mended") == 2
        assert resolve(session, "Timeout", endpoint=None, note="") == 1
        left = by_cause(session)

    assert causes == {("Timeout", "/a"): 2, ("Timeout", "/b"): 1, ("unknown", "/a"): 1}
    assert [one["cause"] for one in left] == ["unknown"]


def test_an_alert_ends_for_those_who_are_well_again(begin: Begin) -> None:
    for subject in ("a", "b", "c"):
        tell(begin, subject)

    with begin(SYSTEM) as session:
        alerts.settle_others(session, "odd", still=["b"])
        alerts.settle_others(session, "another type", still=[])

    assert open_alerts(begin) == [("odd", "b", 1)]


def test_a_supervisor_that_falls_silent_is_told_and_one_that_left_is_not(begin: Begin) -> None:
    silent, gone = report(begin, silent_for=HOUR), report(begin, silent_for=HOUR)
    report(begin)
    with begin(SYSTEM) as session:
        presence.leave(session, gone)

    for _ in range(2):
        upkeep.notice_silence(begin)
    told = open_alerts(begin)
    with begin(SYSTEM) as session:
        presence.report(
            session, presence.Report(id=silent, host="h", hostname="here", pid=1, children=[])
        )
    upkeep.notice_silence(begin)

    assert told == [("supervisor_silent", str(silent), 2)]
    assert open_alerts(begin) == []


def test_a_supervisor_silent_for_a_day_is_forgotten_and_its_alert_with_it(begin: Begin) -> None:
    report(begin, silent_for=timedelta(hours=25))
    upkeep.notice_silence(begin)
    before = open_alerts(begin)

    upkeep.throw_away(begin)
    upkeep.notice_silence(begin)

    assert len(before) == 1
    assert open_alerts(begin) == []


def test_a_late_run_is_told_until_it_is_done(begin: Begin) -> None:
    with begin(SYSTEM) as session:
        session.execute(
            text(
                "INSERT INTO periodic_runs (name, slot, rung_by, finished_at) VALUES"
                " ('late', clock_timestamp() - interval '6 minutes', 'b', NULL),"
                " ('young', clock_timestamp() - interval '4 minutes', 'b', NULL),"
                " ('done', clock_timestamp() - interval '6 minutes', 'b', clock_timestamp())"
            )
        )

    upkeep.notice_late_runs(begin)
    told = open_alerts(begin)
    with begin(SYSTEM) as session:
        session.execute(text("UPDATE periodic_runs SET finished_at = clock_timestamp()"))
    upkeep.notice_late_runs(begin)

    assert told == [("run_late", "late", 1)]
    assert open_alerts(begin) == []


def test_a_vendor_that_refuses_more_than_it_does_is_told_until_it_does_again(begin: Begin) -> None:
    def effects(state: str, many: int, vendor: str = "twilio") -> None:
        with begin(SYSTEM) as session:
            session.execute(
                text(
                    "INSERT INTO effects (key, kind, row_id, vendor, token, state, last_error)"
                    " SELECT app_uuid7()::text, 'message', app_uuid7(), :vendor, app_uuid7(),"
                    " :state, 'Twilio refused: code 21606' FROM generate_series(1, :many)"
                ),
                {"state": state, "many": many, "vendor": vendor},
            )

    effects("rejected", 2)
    upkeep.notice_refusals(begin)
    one_bad_number_or_two = open_alerts(begin)
    effects("rejected", 1)
    effects("done", 1)
    effects("done", 5, "resend")
    upkeep.notice_refusals(begin)
    told = open_alerts(begin)
    with begin(SYSTEM) as session:
        words = session.scalar(text("SELECT message FROM ops_alerts"))
    effects("done", 5)
    upkeep.notice_refusals(begin)

    assert one_bad_number_or_two == []
    assert told == [("vendor_refuses", "twilio", 1)]
    assert "refused 3 of 4" in words
    assert "code 21606" in words
    assert open_alerts(begin) == []


@pytest.mark.slow
def test_a_year_of_slots_is_thrown_away_in_batches(begin_for_real: Begin) -> None:
    with begin_for_real(SYSTEM) as session:
        session.execute(
            text(
                "INSERT INTO periodic_runs (name, slot, rung_by, finished_at) SELECT 'a',"
                " clock_timestamp() - n * interval '10 minutes', 'b', clock_timestamp()"
                " FROM generate_series(1, 40000) n"
            )
        )
        tell(begin_for_real, "old")
    with begin_for_real(SYSTEM) as session:
        session.execute(text("UPDATE ops_alerts SET resolved_at = now() - interval '181 days'"))

    upkeep.throw_away(begin_for_real)

    with begin_for_real(SYSTEM) as session:
        left = session.scalar(text("SELECT count(*) FROM periodic_runs"))
        alerts_left = session.scalar(text("SELECT count(*) FROM ops_alerts"))
    assert left in (14 * 144, 14 * 144 - 1)
    assert alerts_left == 0
