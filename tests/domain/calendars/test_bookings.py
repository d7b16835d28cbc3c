"""One hour goes to one caller, and what is said to be free is free."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.calendars import bookings, hours
from domain.calendars.bookings import Taken, Wish
from domain.calendars.hours import Opening, Span
from domain.database import Scope
from tests.support.diary import HOUR, SOON, Diary

STOCKHOLM = ZoneInfo("Europe/Stockholm")
NEW_YORK = ZoneInfo("America/New_York")
LORD_HOWE = ZoneInfo("Australia/Lord_Howe")
NINE_TO_FIVE = [Opening(day, time(9), time(17)) for day in range(7)]


def wish(start: datetime = SOON) -> Wish:
    return Wish(title="Visit", start=start, end=start + HOUR)


def test_of_64_callers_one_gets_the_hour(book: Diary, measured: Callable[[str], None]) -> None:
    booked: list[object] = []
    lost: list[object] = []
    gate = threading.Barrier(64)

    def call() -> None:
        gate.wait()
        try:
            booked.append(bookings.book(book.desk, book.user, wish()))
        except Taken as error:
            lost.append(error)

    threads = [threading.Thread(target=call) for _ in range(64)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    book.sync(times=2)

    assert (len(booked), len(lost)) == (1, 63)
    assert [one["summary"] for one in book.person.all()] == ["Visit"]
    measured(f"64 callers for one hour: {len(booked)} got it, {len(lost)} were told")


def rival(book: Diary) -> None:
    """Let a call book the same hour: it asks for no hold."""
    book.book("By a call", SOON + HOUR / 2)


@pytest.mark.parametrize("is_late", [False, True], ids=["before it is written", "after"])
def test_a_call_that_books_the_hour_meanwhile_is_given_way(book: Diary, *, is_late: bool) -> None:
    met: list[str] = []

    @contextmanager
    def begin(scope: Scope) -> Iterator[Session]:
        with book.begin(scope) as session:
            yield session
            ours = "SELECT id FROM events WHERE source = 'booking'"
            if is_late and not met and session.scalar(text(ours)):
                met.append("the commit of ours")
                rival(book)

    class Asked:
        def __getattr__(self, name: str) -> object:
            if name == "busy" and not is_late:
                met.append("the look")
                rival(book)
            return getattr(book.desk.agendas["google"], name)

    agendas: Any = {"google": Asked()}
    desk = replace(book.desk, begin=begin, agendas=agendas)

    with pytest.raises(Taken):
        bookings.book(desk, book.user, wish())
    book.sync(times=2)

    assert met
    assert [one["summary"] for one in book.person.all()] == ["By a call"]
    held = "SELECT count(*) FROM booking_holds WHERE released_at IS NULL"
    assert book.row(held)["count"] == 0


def test_what_the_owner_has_just_written_there_is_asked_for_anew(book: Diary) -> None:
    book.sync()
    book.person.write("Dentist", SOON + HOUR / 2)

    with pytest.raises(Taken):
        bookings.book(book.desk, book.user, wish())

    bookings.book(book.desk, book.user, wish(SOON + 2 * HOUR))


def test_an_hour_that_was_called_off_or_moved_away_is_free_again(book: Diary) -> None:
    first = bookings.book(book.desk, book.user, wish())
    book.sync()
    with pytest.raises(Taken):
        bookings.book(book.desk, book.user, wish())

    book.change(first, start_time=SOON + 5 * HOUR, end_time=SOON + 6 * HOUR)
    book.sync()
    second = bookings.book(book.desk, book.user, wish())
    book.sync()
    book.change(second, status="cancelled")
    book.sync()

    assert bookings.book(book.desk, book.user, wish())


def test_a_hold_that_ran_out_stands_in_nobodys_way(book: Diary) -> None:
    span = Span(SOON, SOON + HOUR)
    first = bookings.hold(book.begin, book.user, span, lasts=timedelta(milliseconds=1))
    assert first is not None

    assert bookings.hold(book.begin, book.user, span) is not None
    assert bookings.hold(book.begin, book.user, span) is None


def test_free_is_what_is_open_and_not_busy_here_or_there(book: Diary) -> None:
    day = (SOON + timedelta(days=3)).date()
    local = datetime.combine(day, time(10), STOCKHOLM)
    book.do(
        "INSERT INTO availability_slots (user_id, day_of_week, start_time, end_time)"
        " VALUES (:user, :day, '09:00', '17:00')",
        user=book.user,
        day=day.isoweekday() % 7,
    )
    book.do('UPDATE users SET settings = \'{"buffer_minutes": 15, "travel_minutes": 30}\'')
    visit = book.book("At a customer's", local)
    book.change(visit, location_type="address")
    book.person.write("Lunch", local + timedelta(hours=2))
    book.person.write("Birthday", local + timedelta(hours=4), transparency="transparent")
    book.sync(times=2)

    found = bookings.free(book.begin, book.user, day, lasts=timedelta(minutes=30))

    spans = [(at(span.start), at(span.end)) for span in found.free]
    assert spans == [("09:00", "09:15"), ("13:15", "17:00")]
    assert found.fresh_as_of is not None
    assert at(found.starts[0]) == "13:15"


def at(moment: datetime) -> str:
    return f"{moment.astimezone(STOCKHOLM):%H:%M}"


@pytest.mark.parametrize(
    ("zone", "day", "long"),
    [
        (STOCKHOLM, date(2026, 3, 29), 2),
        (STOCKHOLM, date(2026, 10, 25), 4),
        (NEW_YORK, date(2026, 3, 8), 2),
        (NEW_YORK, date(2026, 11, 1), 4),
        (LORD_HOWE, date(2026, 10, 4), 2.5),
        (LORD_HOWE, date(2027, 4, 4), 3.5),
    ],
)
def test_a_night_on_which_the_clock_changes_has_other_hours(
    zone: ZoneInfo, day: date, long: float
) -> None:
    [span] = hours.opened(day, zone, [Opening(0, time(1), time(4))])

    assert span.end - span.start == timedelta(hours=long)


@pytest.mark.parametrize(
    ("said", "openings"),
    [
        ({"monday": {"open": "09:00", "close": "17:00"}}, [Opening(1, time(9), time(17))]),
        ({"sun": ["10:00", "14:30"]}, [Opening(0, time(10), time(14, 30))]),
        ({"monday": {"open": "17:00", "close": "09:00"}, "tuesday": "always"}, []),
        ({"monday": {"open": "09:00", "close": "17:00", "closed": True}}, []),
        ({"friday": ["nine", "five"]}, []),
        (None, []),
    ],
)
def test_hours_that_cannot_be_read_are_closed(said: object, openings: list[Opening]) -> None:
    assert hours.openings(said) == openings  # pyright: ignore[reportArgumentType]  # whatever stands there


def test_starts_lie_on_quarters_and_not_in_the_past() -> None:
    nine = datetime(2026, 12, 1, 9, tzinfo=UTC)
    spans = [Span(nine, nine + 2 * HOUR), Span(nine + 3 * HOUR, nine + 3.5 * HOUR)]

    found = hours.starts(spans, HOUR, after=nine + timedelta(minutes=20))

    assert [one - nine for one in found] == [timedelta(minutes=m) for m in (30, 45, 60)]
