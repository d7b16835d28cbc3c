"""Random lives of an event, with what the carrier took as the judge.

No text is doubled, none goes out after a cancellation, a move or a stop, none at night, and none
is lost: whatever happens to the event, to the person's wishes and to our workers.
"""

import os
from datetime import datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.support.message_desk import PHONE, MessageDesk

LONG = os.environ.get("LONG") == "1"
LIVES = 150 if LONG else 6
HOUR = timedelta(hours=1)
YORK, STOCKHOLM = "America/New_York", "Europe/Stockholm"
BEGINNINGS = st.sampled_from(
    [
        datetime(2026, 12, 1, 15, tzinfo=ZoneInfo("UTC")),
        datetime(2026, 10, 30, 18, tzinfo=ZoneInfo("UTC")),  # before the clocks go back
        datetime(2027, 3, 12, 16, tzinfo=ZoneInfo("UTC")),  # before they go forward
    ]
)
DEEDS = st.one_of(
    st.tuples(st.just("pass"), st.sampled_from([1, 2, 5, 9, 13, 24])),
    st.tuples(st.just("down"), st.sampled_from([2, 6, 20])),
    st.tuples(st.just("move"), st.sampled_from([-24, -3, 1, 26, 72])),
    st.tuples(st.sampled_from(["cancel", "revive", "stop", "start", "zone", "ring"]), st.just(0)),
)


class Life:
    """One event, and what may happen to it."""

    def __init__(self, desk: MessageDesk, at: datetime) -> None:
        self.desk = desk
        for table in ("messages", "events", "errands", "effects", "sms_opt_outs", "pace_buckets"):
            desk.connection.execute(f"DELETE FROM {table}".encode())
        desk.texts.took.clear()
        desk.put(at)
        self.zone = YORK
        self.event = desk.event(at + 50 * HOUR, zone=self.zone)
        self.booked = desk.now()
        self.judge()

    def do(self, deed: str, hours: int) -> None:
        getattr(self, f"do_{deed}")(hours)
        if deed != "down":
            self.judge()

    def do_pass(self, hours: int) -> None:
        for _ in range(hours):  # a sweep every hour, as far as a test has time
            self.desk.pass_by(HOUR)
            if self.is_due():
                self.judge()

    def do_down(self, hours: int) -> None:
        self.desk.pass_by(hours * HOUR)

    def do_move(self, hours: int) -> None:
        self.change("start_time = start_time + %s, end_time = NULL", hours * HOUR)

    def do_cancel(self, _: int) -> None:
        self.change("status = %s", "cancelled")

    def do_revive(self, _: int) -> None:
        self.change("status = %s", "scheduled")

    def do_zone(self, _: int) -> None:
        self.zone = STOCKHOLM if self.zone == YORK else YORK
        self.desk.one("UPDATE events SET timezone = %s RETURNING id", self.zone)

    def do_stop(self, _: int) -> None:
        self.desk.hear("please stop texting me")

    def do_start(self, _: int) -> None:
        self.desk.hear("START")

    def do_ring(self, _: int) -> None:
        self.desk.work()

    def change(self, what: str, given: object) -> None:
        before = self.desk.one("SELECT generation FROM events")
        self.desk.connection.execute(f"UPDATE events SET {what}".encode(), [given])
        if self.desk.one("SELECT generation FROM events") != before:
            self.booked = self.desk.now()

    def is_due(self) -> bool:
        return bool(
            self.desk.one(
                "SELECT EXISTS (SELECT FROM messages WHERE status = 'pending'"
                " AND due_at <= clock_timestamp()) OR EXISTS (SELECT FROM errands"
                " WHERE state = 'pending' AND due_at <= clock_timestamp())"
            )
        )

    def judge(self) -> None:
        """Let the sweep work, and look at every text that left in it."""
        known = len(self.desk.texts.took)
        self.desk.work()
        start, status = self.desk.all("SELECT start_time, status FROM events")[0]
        stopped = self.is_stopped()
        for at, _, body in self.desk.texts.took[known:]:
            if "no more texts" in body:
                continue
            assert not stopped, f"after the stop: {body}"
            if "texts from" in body:
                continue
            assert status == "scheduled", f"after the {status}: {body}"
            assert at < start, f"too late: {body}"
            for zone in (self.zone, YORK):
                hour = at.astimezone(ZoneInfo(zone)).hour
                assert 8 <= hour < 21, f"at {hour} in {zone}: {body}"
            local = start.astimezone(ZoneInfo(self.zone))
            assert f"{local:%A, %B} {local.day}" in body, f"it says another day: {body}"
        self.nothing_is_doubled()
        if status == "scheduled" and not stopped:
            self.nothing_is_lost(start)

    def is_stopped(self) -> bool:
        return bool(
            self.desk.one(
                "SELECT EXISTS (SELECT FROM sms_opt_outs WHERE phone_number = %s"
                " AND (opted_in_at IS NULL OR opted_in_at < opted_out_at))",
                PHONE,
            )
        )

    def nothing_is_doubled(self) -> None:
        rows = self.desk.all(
            "SELECT rule, event_start FROM messages WHERE sent_at IS NOT NULL"
            " AND event_id IS NOT NULL AND direction = 'outbound' ORDER BY rule, sent_at"
        )
        for before, after in pairwise(rows):
            assert before != after, f"twice in a row: {after}"

    def nothing_is_lost(self, start: datetime) -> None:
        now = self.desk.now()
        wanted = [("confirmation", self.booked, start)]
        wanted += [
            (f"reminder_{hours}h", start - hours * HOUR, start - hours * HOUR / 4)
            for hours in (24, 2)
        ]
        for rule, due, until in wanted:
            if now < until and (due > self.booked or rule == "confirmation"):
                found = self.desk.all(
                    "SELECT status, last_error FROM messages WHERE rule = %s AND event_start = %s",
                    *(rule, start),
                )
                states = {state for state, _ in found}
                why = " ".join(str(reason) for _, reason in found)
                is_there = states & {"sent", "pending"} or "no use" in why
                assert is_there, f"lost: {rule} for {start} at {now}: {found}"


@pytest.mark.slow
def test_whatever_happens_nothing_is_doubled_lost_or_sent_when_it_should_not_be(
    desk: MessageDesk,
) -> None:
    @settings(
        max_examples=LIVES,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=[HealthCheck.too_slow],
    )
    @given(BEGINNINGS, st.lists(DEEDS, min_size=3, max_size=9))
    def live(at: datetime, deeds: list[tuple[str, int]]) -> None:
        life = Life(desk, at)
        for deed, hours in deeds:
            life.do(deed, hours)

    live()
