"""`make chaos` judges by the vendor's ledger, and says plainly what it found."""

import json
import subprocess
import sys
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import psycopg

from benchmarks.chaos import moments, report
from benchmarks.chaos.every import TRIALS
from benchmarks.chaos.matrix import FAULTS
from benchmarks.chaos.trial import side
from benchmarks.chaos.verdict import Side, Verdict
from tests.support import history, judge, rows_judge
from tests.support.databases import Database
from tests.support.processes import ROOT

NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)
WELL = Side(owed=2, lost=0, doubled=0, seconds=1.0)
FINE = Verdict(
    name="flushed", seed=1, ours=WELL, control=WELL, strikes=1, moments={moments.ASKED: 1}
)


def test_what_never_came_and_what_came_twice_is_counted_by_person() -> None:
    at = "2026-11-27T10:00:05+00:00"
    taken = [{"to": "+12125550101", "at": at}] * 3 + [{"to": "+12125550102", "at": at}]

    found = side(["+12125550101", "+12125550102", "+12125550103"], taken, 1_795_773_600.0)

    assert (found.owed, found.lost, found.doubled) == (3, 1, 2)
    assert found.seconds == 5.0


def test_a_run_is_broken_by_one_text_of_ours_and_not_by_the_controls() -> None:
    assert not report.is_broken(replace(FINE, control=replace(WELL, lost=2, doubled=1)))
    assert report.is_broken(replace(FINE, ours=replace(WELL, lost=1)))
    assert report.is_broken(replace(FINE, ours=replace(WELL, doubled=1)))
    assert report.is_broken(replace(FINE, open=1))
    assert report.is_broken(replace(FINE, faults={"sent after a stop": ["+12125550101"]}))


def test_a_trial_whose_strikes_met_nothing_is_invalid_and_fails() -> None:
    assert report.is_broken(replace(FINE, moments={moments.IDLE: 3}))
    assert report.is_broken(replace(FINE, name="busy", moments={}, struck=0))
    assert not report.is_broken(replace(FINE, name="busy", moments={}, struck=2))


def test_what_could_not_be_run_is_told_and_not_taken_for_well() -> None:
    left_out = Verdict(name="host dies", seed=1, not_run="ip is not installed")

    assert "NOT RUN: ip is not installed" in report.line(left_out)


def test_a_verdict_survives_being_told_to_another_process() -> None:
    assert Verdict.read(json.loads(json.dumps(asdict(FINE)))) == FINE


def test_a_trial_that_is_none_is_told_with_those_that_are() -> None:
    words = [sys.executable, "-m", "benchmarks.chaos", "--only"]

    listed = subprocess.run([*words, "list"], cwd=ROOT, capture_output=True, text=True, check=True)
    wrong = subprocess.run(
        [*words, "earthquake"], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert all(name in listed.stdout for name in TRIALS)
    assert wrong.returncode == 2
    assert "There is no trial 'earthquake'" in wrong.stderr


def test_every_fault_is_shown_by_what_there_is() -> None:
    for fault in FAULTS:
        assert fault.trials or fault.tests, fault.what
        assert set(fault.trials) <= set(TRIALS), fault.what
        assert all((ROOT / "tests" / name).exists() for name in fault.tests), fault.what
    shown = {name for fault in FAULTS for name in fault.trials}
    assert set(TRIALS) - shown == {"nothing", "rung five times"}


def test_a_strike_is_counted_by_the_moment_that_it_met() -> None:
    second = timedelta(seconds=1)
    life = (NOON, NOON + second, NOON + 2 * second, NOON + 4 * second)

    def met(after: float) -> list[str]:
        return list(moments.met([NOON + after * second], [life], takes=1))

    assert met(-1) == met(5) == [moments.IDLE]
    assert met(0.5) == [moments.DUE]
    assert met(1.5) == [moments.INTENDED]
    assert met(2.5) == [moments.ASKED]
    assert met(3.5) == [moments.ANSWERED]


def test_what_was_sent_too_fast_or_too_early_is_found() -> None:
    lines = [
        {"to": f"+{n}", "at": (NOON + timedelta(seconds=n / 10)).isoformat()} for n in range(9)
    ]

    assert judge.too_fast(lines, rate=10, burst=1) == []
    assert judge.too_fast(lines, rate=1, burst=3)
    assert judge.sent_before(lines, {"+3": NOON + timedelta(seconds=1)}) == ["+3"]


def test_history_knows_an_edge_that_is_not_drawn_a_stale_token_and_another_owner(
    database: Database,
) -> None:
    with database.connect() as connection:
        history.begin(connection)
        try:
            rows = _spoil(connection)
            found = rows_judge.misled(connection)
        finally:
            connection.execute("DROP FUNCTION public.note_change CASCADE")
            connection.execute("DROP TABLE public.history")

    assert found["off the drawn edges"] == [f"messages {rows[0]}: pending -> sent"]
    assert found["written with a stale token"] == [f"effect of {rows[1]}: intended -> done"]
    assert found["given to another tenant"] == [f"messages {rows[2]}"]


def _spoil(connection: psycopg.Connection[Any]) -> list[UUID]:
    """Do to three texts what nobody may; a fourth goes as it should."""
    user, other = (
        connection.execute("INSERT INTO users DEFAULT VALUES RETURNING id").fetchall()[0][0]
        for _ in range(2)
    )
    ids = [
        connection.execute(
            "INSERT INTO messages (user_id, to_number, body, due_at)"
            " VALUES (%s, %s, 'Hello', now()) RETURNING id",
            [user, f"+1212555010{n}"],
        ).fetchall()[0][0]
        for n in range(4)
    ]
    connection.execute("UPDATE messages SET status = 'sent' WHERE id = %s", [ids[0]])
    for row, token in ((ids[1], uuid4()), (ids[3], None)):
        mine = uuid4()
        connection.execute(
            "UPDATE messages SET status = 'sending', lease_token = %s WHERE id = %s", [mine, row]
        )
        connection.execute(
            "INSERT INTO effects (key, kind, row_id, vendor, token)"
            " VALUES (%s, 'message', %s, 'twilio', %s)",
            [f"message:{row}", row, token or mine],
        )
        with connection.transaction():
            connection.execute(
                "UPDATE messages SET status = 'sent', lease_token = NULL WHERE id = %s", [row]
            )
            connection.execute("UPDATE effects SET state = 'done' WHERE row_id = %s", [row])
    connection.execute("UPDATE messages SET user_id = %s WHERE id = %s", [other, ids[2]])
    return ids
