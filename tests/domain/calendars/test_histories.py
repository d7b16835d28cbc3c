"""Random histories of two sides that edit one calendar, with all that goes wrong between them.

Whatever the order: in the end both sides are equal but for nothing, no edit is lost outside the
written rule, and we have written there no more often than we had something to say.
"""

import os
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from domain.calendars.ports import Grant
from domain.database import Begin
from tests.support.diary import HOUR, SOON, Diary, diary
from tests.support.stand_ins import StandIns

LONG = bool(os.environ.get("LONG"))
EXAMPLES = int(os.environ.get("HISTORIES", "200" if LONG else "40"))
STEPS = 50
FIELDS = st.sampled_from(["title", "location", "notes", "time"])
THEIR_WORDS = {"title": "summary", "location": "location", "notes": "description"}
WHICH = st.integers(0, 7)
ROUNDS = 12


@dataclass
class Told:
    """What either side has said last of an event, by field."""

    ours: dict[str, Any] = field(default_factory=dict)
    theirs: dict[str, Any] = field(default_factory=dict)
    deleted: bool = False
    cancelled: bool = False


@dataclass
class Totals:
    edits: int = 0
    asked: int = 0
    histories: int = 0


class History(RuleBasedStateMachine):
    """One owner, one tenant, and an afternoon."""

    def __init__(self, begin: Begin, stand_ins: StandIns, totals: Totals) -> None:
        super().__init__()
        self.stack = ExitStack()
        self.book: Diary = self.stack.enter_context(diary(begin, stand_ins))
        self.totals = totals
        self.events: list[UUID] = []
        self.told: dict[UUID, Told] = {}
        self.foreign: set[str] = set()
        self.number = 0
        self.said_by_us = 0
        self.said_by_them = 0
        totals.histories += 1

    def fresh(self, what: str) -> Any:
        """Return a value that nobody has used: the same words thrice would stop a link."""
        self.number += 1
        return SOON + self.number * HOUR if what == "time" else f"{what} {self.number}"

    def pick(self, which: int) -> UUID | None:
        return self.events[which % len(self.events)] if self.events else None

    @rule()
    def we_book(self) -> None:
        if len(self.events) >= 8:
            return
        title, start = self.fresh("title"), self.fresh("time")
        event = self.book.book(title, start)
        self.events.append(event)
        told = {"title": title, "time": start, "location": None, "notes": None}
        self.told[event] = Told(ours=told)
        self._said("us")

    @rule(which=WHICH, what=FIELDS)
    def we_change(self, which: int, what: str) -> None:
        event = self.pick(which)
        if event is None:
            return
        value = self.fresh(what)
        columns = {"start_time": value, "end_time": value + HOUR}
        self.book.change(event, **(columns if what == "time" else {what: value}))
        self.told[event].ours[what] = value
        self._said("us")

    @rule(which=WHICH, status=st.sampled_from(["cancelled", "confirmed"]))
    def we_cancel_or_confirm(self, which: int, status: str) -> None:
        event = self.pick(which)
        if event is not None:
            self.book.change(event, status=status)
            self.told[event].cancelled = True
            self._said("us")

    @rule(which=WHICH, what=FIELDS)
    def they_change(self, which: int, what: str) -> None:
        event = self.pick(which)
        there = self.book.there(event) if event else None
        if event is None or there is None or there.get("status", "cancelled") == "cancelled":
            return
        value = self.fresh(what)
        if what == "time":
            self.book.person.move(there["id"], value)
        else:
            self.book.person.edit(there["id"], **{THEIR_WORDS[what]: value})
        self.told[event].theirs[what] = value
        self._said("them")

    @rule(which=WHICH)
    def they_delete(self, which: int) -> None:
        event = self.pick(which)
        there = self.book.there(event) if event else None
        if event and there is not None and there.get("status", "cancelled") != "cancelled":
            self.book.person.delete(there["id"])
            self.told[event].deleted = True
            self._said("them")

    @rule()
    def they_write_something_of_their_own(self) -> None:
        self.foreign.add(self.fresh("private"))
        self.book.person.write(f"private {self.number}", SOON + self.number * HOUR)
        self._said("them")

    @rule(
        kind=st.sampled_from(["drop_reply", "reset", "status"]),
        route=st.sampled_from(["events.insert", "events.patch", "events.delete", "events.get"]),
    )
    def something_breaks(self, kind: str, route: str) -> None:
        self.book.stand_ins.fault(kind, "google", route, times=1, status=503)

    @rule(status=st.sampled_from([410, 503, 403]))
    def a_list_is_refused(self, status: int) -> None:
        code = {410: "fullSyncRequired", 403: "userRateLimitExceeded"}.get(status)
        self.book.stand_ins.fault(
            "status", "google", "events.list", status=status, code=code, times=1
        )

    @rule()
    def a_token_runs_out(self) -> None:
        with self.book.begin(self.book.user) as session:
            grant = Grant("wrong", "1//refresh", timedelta(hours=1))
            self.book.desk.purse.connect(session, self.book.calendar, grant)

    @rule(how=st.sampled_from(["pull", "push", "sync", "sync", "sync"]))
    def a_sweep_runs(self, how: str) -> None:
        getattr(self.book, how)()

    @rule(choice=st.sampled_from(["ours", "theirs"]))
    def the_owner_answers(self, choice: str) -> None:
        self.answer(choice)

    def answer(self, choice: str) -> int:
        asked = len(self.book.questions())
        self.book.do(
            "UPDATE questions SET answer = :choice, answered_at = clock_timestamp()"
            " WHERE answered_at IS NULL",
            choice=choice,
        )
        self.said_by_us += asked
        self.totals.asked += asked
        return asked

    def _said(self, who: str) -> None:
        self.totals.edits += 1
        if who == "us":
            self.said_by_us += 1
        else:
            self.said_by_them += 1

    def teardown(self) -> None:
        try:
            self.settle()
            self.judge()
        finally:
            self.stack.close()

    def settle(self) -> None:
        for route in ("insert", "patch", "delete", "get", "list"):
            for kind in ("drop_reply", "reset", "status"):
                self.book.stand_ins.fault(kind, "google", f"events.{route}", rate=0)
        for _ in range(ROUNDS):
            self.book.sync(times=2)
            if not self.answer("theirs"):
                break
        assert self.book.questions() == []

    def judge(self) -> None:
        before = self.writes()
        self.book.sync(times=2)
        assert self.writes() == before, "an echo"
        assert before - self.said_by_them <= self.said_by_us, "more was written than was said"
        there = self.book.person.all()
        ours = [one for one in there if "extendedProperties" in one]
        theirs = {one["summary"] for one in there if "extendedProperties" not in one}
        assert theirs == self.foreign
        standing = [key for key in self.events if self.book.event(key)["status"] == "confirmed"]
        assert len(ours) == len(standing), "a copy, or one lost"
        for event in standing:
            self.same(event)

    def same(self, event: UUID) -> None:
        here, there, told = self.book.event(event), self.book.there(event), self.told[event]
        assert self.book.link(event)["state"] == "done"
        start = datetime.fromisoformat(there["start"]["dateTime"])
        seen = {
            "title": there["summary"],
            "time": start,
            "location": there.get("location") or None,
            "notes": there.get("description") or None,
        }
        held = {
            "title": here["title"],
            "time": here["start_time"],
            "location": here["location"] or None,
            "notes": here["notes"] or None,
        }
        assert seen == held
        for name, value in held.items():
            said = [told.ours[name]] + ([told.theirs[name]] if name in told.theirs else [])
            assert value in said, f"{name}: {value} was said by nobody last"

    def writes(self) -> int:
        made = self.book.stand_ins.effects("google")
        name = self.book.person.calendar
        kinds = {"created", "changed", "deleted"}
        return sum(one["kind"] in kinds and one["calendar"] == name for one in made)


@pytest.mark.slow
@pytest.mark.timeout(1200 if LONG else 400)
def test_both_sides_end_equal_whatever_happens(
    begin_for_all: Begin, vendors: StandIns, measured: Callable[[str], None]
) -> None:
    totals = Totals()

    run_state_machine_as_test(
        lambda: History(begin_for_all, vendors, totals),
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            derandomize=not LONG,
            database=None,
            suppress_health_check=list(HealthCheck),
            print_blob=False,
        ),
    )

    measured(
        f"{totals.edits} edits in {totals.histories} histories: both sides equal,"
        f" {totals.asked} questions answered, no echo"
    )
