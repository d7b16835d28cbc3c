"""What a call agrees on stands once the owner's calendar was asked, and for one caller alone."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.calendars import bookings, service
from domain.calendars.bookings import Taken, Wish
from domain.calendars.drafts import PATIENCE, Drafts
from domain.database import Begin, Scope
from domain.errors import Retryable
from domain.transcripts import review
from domain.transcripts import service as transcripts
from domain.work import batch, errands
from domain.work.names import Area, TaskName
from domain.work.shop import Shop, Threads
from tests.support.diary import HOUR, Diary
from tests.support.slice import TALK, FakeReader, a_booking, readers, tomorrow_at_two

STOCKHOLM = ZoneInfo("Europe/Stockholm")
CALLERS = 64


class Line:
    """A tenant with a calendar whose calls are read."""

    def __init__(self, book: Diary) -> None:
        self.book = book
        reader = FakeReader(a_booking().model_dump_json())
        self.tools = readers(book.begin, reader, diary=Drafts())
        self.shop = Shop(begin=book.begin, hands=Threads(4))
        [self.two] = [
            one.start.astimezone(UTC)
            for one in tomorrow_at_two("tomorrow at two", datetime.now(UTC), STOCKHOLM, None)
        ]

    def call(self, *, callers: int = 1) -> None:
        """Have callers agree on tomorrow at two."""
        self.book.do(
            "INSERT INTO calls (user_id, phone_number, transcript, started_at)"
            " SELECT :user, '+1212555' || (1000 + n), :talk, now() FROM generate_series(1, :n) n",
            user=self.book.user,
            talk=TALK,
            n=callers,
        )

    def read(self) -> None:
        while batch.work(self.shop, transcripts.job(self.tools)):
            pass

    def settle(self) -> None:
        """Do what is owed to calendars."""
        self.book.do("UPDATE errands SET due_at = clock_timestamp() WHERE state = 'pending'")
        self.book.push_owed()

    def answer(self, words: str) -> None:
        assert review.answer(self.book.begin, self.question()["id"], words)
        handlers = {TaskName.TRANSCRIPTS_ANSWER: lambda key: review.apply(self.tools, key)}
        errands.work(self.book.shop, Area.TRANSCRIPTS, handlers)

    def statuses(self) -> list[str]:
        with self.book.begin(self.book.user) as session:
            return list(session.scalars(text("SELECT status FROM events ORDER BY status")))

    def question(self) -> Any:
        return self.book.row("SELECT * FROM questions WHERE answered_at IS NULL")

    def held(self) -> int:
        query = "SELECT count(*) FROM booking_holds WHERE released_at IS NULL"
        return self.book.row(query)["count"]

    def open_all_day(self) -> None:
        self.book.do(
            "INSERT INTO availability_slots (user_id, day_of_week, start_time, end_time)"
            " SELECT :user, n, '00:00', '23:59' FROM generate_series(0, 6) n",
            user=self.book.user,
        )


@pytest.fixture
def line(book: Diary) -> Line:
    return Line(book)


def test_a_booking_stands_once_the_calendar_says_that_it_is_free(line: Line) -> None:
    line.call()
    line.read()
    assert line.statuses() == ["extracted"]  # nobody is told of it yet
    assert line.book.row("SELECT appointment_booked FROM leads")["appointment_booked"] is False

    line.settle()
    line.book.push()

    assert line.statuses() == ["confirmed"]
    assert [one["summary"] for one in line.book.person.all()] == ["A visit"]
    assert line.book.row("SELECT status FROM leads")["status"] == "booked"


def test_what_the_owner_has_just_written_there_makes_a_question_with_times_that_are_free(
    line: Line,
) -> None:
    line.open_all_day()
    line.book.sync()
    line.call()
    line.read()
    line.book.person.write("Dentist", line.two - HOUR / 2)  # after all that we know

    line.settle()

    assert line.statuses() == ["extracted"]
    assert line.held() == 0
    asked = line.question()
    assert asked["field"] == "start_time"
    assert "14:00. The calendar shows that time as taken." in asked["question"]
    line.book.pull()
    line.answer("1")
    line.book.push()
    chosen = datetime.fromisoformat(asked["candidates"][0]["start"])
    assert chosen != line.two
    assert line.statuses() == ["confirmed"]
    assert line.book.row("SELECT start_time FROM events")["start_time"] == chosen


def test_of_64_calls_for_one_hour_one_is_confirmed(
    line: Line, measured: Callable[[str], None]
) -> None:
    line.open_all_day()
    line.call(callers=CALLERS)
    workers = [threading.Thread(target=line.read) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    line.settle()
    line.book.push()

    assert line.statuses() == ["confirmed", *["extracted"] * (CALLERS - 1)]
    assert [one["summary"] for one in line.book.person.all()] == ["A visit"]
    query = "SELECT count(*), min(jsonb_array_length(candidates)) AS offered FROM questions"
    asked = line.book.row(query)
    assert asked["count"] == CALLERS - 1
    assert asked["offered"] == 5
    measured(f"{CALLERS} calls for one hour: one confirmed, {asked['count']} owners asked")


def test_a_booking_by_command_and_a_call_do_not_meet(line: Line) -> None:
    line.call()
    line.read()

    with pytest.raises(Taken):
        bookings.book(
            line.book.desk,
            line.book.user,
            Wish(title="By command", start=line.two, end=line.two + HOUR),
        )
    line.settle()

    assert line.statuses() == ["confirmed"]


def test_an_owner_gives_no_hour_away_twice(line: Line) -> None:
    line.call(callers=2)
    line.read()
    line.settle()
    assert line.statuses() == ["confirmed", "extracted"]

    line.answer(line.two.isoformat())
    again = line.question()
    assert "another booking has that time" in again["problem"]
    line.answer((line.two + HOUR).isoformat())

    assert line.statuses() == ["confirmed", "confirmed"]
    starts = "SELECT count(DISTINCT start_time) FROM events"
    assert line.book.row(starts)["count"] == 2


def test_the_owner_may_book_over_what_stands_in_their_own_calendar(line: Line) -> None:
    line.book.person.write("The visit, as I wrote it down myself", line.two)
    line.book.sync()
    line.call()
    line.read()
    assert "That time is taken." in line.question()["question"]

    line.answer(line.two.isoformat())

    assert line.statuses() == ["confirmed"]


def test_a_calendar_that_cannot_be_asked_is_asked_again_and_then_its_owner_is(line: Line) -> None:
    line.call()
    line.read()
    line.book.stand_ins.fault("status", "google", "freebusy", status=503, code="")

    line.settle()
    assert line.statuses() == ["extracted"]
    assert line.question() is None
    assert line.held() == 1
    line.book.do(
        "UPDATE booking_holds SET created_at = created_at - CAST(:age AS interval)", age=PATIENCE
    )
    line.settle()

    assert "could not be asked" in line.question()["question"]
    assert line.held() == 0


def test_a_calendar_that_is_to_be_connected_again_leaves_it_to_the_owner(line: Line) -> None:
    line.book.do("UPDATE calendar_integrations SET status = 'needs_reconnect'")
    line.call()
    line.read()

    line.settle()

    assert line.statuses() == ["extracted"]
    assert "could not be asked" in line.question()["question"]


def test_what_is_called_off_while_the_calendar_is_asked_stays_so(line: Line) -> None:
    line.call()
    line.read()

    class Asked:
        def __getattr__(self, name: str) -> object:
            if name == "busy":
                line.book.do("UPDATE events SET status = 'cancelled'")
            return getattr(line.book.desk.agendas["google"], name)

    agendas: Any = {"google": Asked()}
    service.push(replace(line.book.desk, agendas=agendas), _event(line))

    assert line.statuses() == ["cancelled"]
    assert bookings.hold(line.book.begin, line.book.user, _span(line)) is not None


def test_a_draft_that_another_service_moves_is_kept_at_its_new_time(line: Line) -> None:
    line.call()
    line.read()
    later = line.two + 3 * HOUR
    line.book.change(_event(line), start_time=later, end_time=later + HOUR)

    line.settle()

    assert line.statuses() == ["confirmed"]
    assert line.held() == 1
    assert bookings.hold(line.book.begin, line.book.user, _span(line)) is not None


def test_a_call_that_is_read_again_holds_and_asks_nothing_more(line: Line) -> None:
    line.call(callers=2)
    line.read()
    line.settle()
    before = (line.statuses(), line.held(), line.question()["id"])
    line.book.do("UPDATE calls SET ai_processing_status = 'pending', transcribed_at = now()")

    line.read()
    line.settle()

    assert (line.statuses(), line.held(), line.question()["id"]) == before


def test_a_tenant_without_a_calendar_is_booked_at_once(line: Line) -> None:
    line.book.do("UPDATE calendar_integrations SET is_active = false")
    line.call()

    line.read()

    assert line.statuses() == ["confirmed"]


class Died(BaseException):
    """The process is gone."""


def _dying(begin: Begin, at: int, *, after: bool) -> tuple[Begin, list[int]]:
    """Return transactions of which one kills the process, before or after its commit."""
    counted: list[int] = []

    @contextmanager
    def begun(scope: Scope) -> Iterator[Session]:
        with begin(scope) as session:
            yield session
            counted.append(1)
            if len(counted) == at and not after:
                raise Died
        if len(counted) == at and after:
            raise Died

    return begun, counted


@pytest.mark.parametrize("after", [False, True], ids=["before a commit", "after it"])
@pytest.mark.parametrize("is_busy", [False, True], ids=["free", "taken"])
def test_whoever_dies_on_the_way_leaves_what_the_next_carries_on(
    line: Line, *, after: bool, is_busy: bool
) -> None:
    for at in range(1, 6):
        line.book.do("DELETE FROM booking_holds")
        line.book.do("DELETE FROM questions")
        line.book.do("DELETE FROM calls")
        line.book.do("UPDATE events SET status = 'cancelled'")
        line.call()
        line.read()
        if is_busy and at == 1:
            line.book.person.write("Dentist", line.two)
        event = _event(line)
        begun, counted = _dying(line.book.begin, at, after=after)
        try:
            service.push(replace(line.book.desk, begin=begun), event)
        except Died:
            service.push(line.book.desk, event)
        assert counted

        status = line.book.event(event)["status"]
        assert status == ("extracted" if is_busy else "confirmed")
        assert (line.question() is not None) == is_busy
        assert line.held() == (0 if is_busy else 1)


def test_a_vendor_that_asks_us_to_wait_is_not_waited_for_beyond_our_patience(line: Line) -> None:
    line.call()
    line.read()
    line.book.stand_ins.fault(
        "status", "google", "freebusy", status=429, code="", retry_after="3000"
    )

    with pytest.raises(Retryable) as raised:
        service.push(line.book.desk, _event(line))

    assert raised.value.after is not None
    assert raised.value.after <= timedelta(seconds=30)


def _event(line: Line) -> UUID:
    return line.book.row("SELECT id FROM events WHERE status = 'extracted'")["id"]


def _span(line: Line) -> Any:
    return bookings.Span(line.two, line.two + HOUR)
