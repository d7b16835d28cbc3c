"""What keeps going by itself: channels, weekly comparisons, a window that rolls, moved events."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from domain.calendars import pulls, rules, service, shelf
from domain.calendars.desk import Desk, Told
from domain.calendars.ports import Grant
from domain.database import SYSTEM
from domain.work import batch
from tests.support.diary import SOON, Diary, Person
from tests.support.stand_ins import Ear, ear

ROW = "SELECT *, clock_timestamp() AS now FROM calendar_integrations WHERE id = :id"


def row(book: Diary, calendar: UUID | None = None) -> Any:
    return book.row(ROW, id=calendar or book.calendar)


@pytest.fixture
def listener() -> Iterator[Ear]:
    with ear() as hearing:
        yield hearing


@pytest.fixture
def told(book: Diary, listener: Ear) -> Desk:
    """A desk that Google can tell of changes."""
    return replace(book.desk, told=lambda *_: Told(listener.url, "a secret of ours"))


def test_a_channel_is_opened_and_another_before_it_ends(book: Diary, told: Desk) -> None:
    service.renew(told)
    first = row(book)
    assert first["watch_ends_at"] > first["now"]
    assert first["now"] < first["watch_due_at"] < first["watch_ends_at"]

    service.renew(told)
    assert row(book)["watch_name"] == first["watch_name"]  # it is good for a while

    book.do("UPDATE calendar_integrations SET watch_due_at = clock_timestamp()")
    service.renew(told)

    second = row(book)
    assert second["watch_name"] != first["watch_name"]
    assert second["watch_due_at"] > second["now"]


def test_a_calendar_whose_changes_are_told_is_read_all_the_same_but_less_often(
    book: Diary, told: Desk
) -> None:
    book.pull()
    seen = row(book)
    assert timedelta() < seen["due_at"] - seen["now"] <= rules.EVERY

    service.renew(told)
    book.pull()

    seen = row(book)
    assert rules.EVERY < seen["due_at"] - seen["now"] <= rules.WATCHED


def test_where_vendors_cannot_reach_us_no_channel_is_asked_for_again(book: Diary) -> None:
    service.renew(book.desk)

    assert book.row("SELECT watch_due_at = 'infinity' AS never FROM calendar_integrations")["never"]


def test_a_calendar_is_compared_once_a_week(book: Diary) -> None:
    owed = "SELECT count(*) FROM errands WHERE task = 'calendars.compare' AND subject_id = :id"
    service.owe_comparisons(book.desk)
    assert book.row(owed, id=book.calendar)["count"] == 0  # connected a moment ago

    book.do("UPDATE calendar_integrations SET compared_at = clock_timestamp() - interval '8 days'")
    service.owe_comparisons(book.desk)
    service.owe_comparisons(book.desk)

    assert book.row(owed, id=book.calendar)["count"] == 1


def test_the_window_is_made_anew_before_it_is_used_up_and_nothing_known_is_lost(
    book: Diary,
) -> None:
    book.person.write("Dentist", SOON)
    event = book.book()
    book.sync(times=2)
    first = row(book)
    assert first["window_end"] > first["now"] + rules.AHEAD

    book.do("UPDATE calendar_integrations SET window_end = clock_timestamp() + interval '364 days'")
    book.sync(times=2)

    second = row(book)
    assert second["window_end"] > second["now"] + rules.AHEAD
    with book.begin(book.user) as session:
        query = "SELECT title FROM calendar_events WHERE status <> 'cancelled' ORDER BY title"
        assert list(session.scalars(text(query))) == ["Dentist", "Visit"]
    assert book.event(event)["status"] == "confirmed"


def second_calendar(book: Diary) -> tuple[UUID, Person]:
    """Give the owner another calendar, into which nothing of ours is put."""
    key = uuid4()
    person = Person(book.person.url, f"second-{key}@example.com")
    book.do(
        "INSERT INTO calendar_integrations (id, user_id, integration_type, calendar_id, zone,"
        " writes) VALUES (:id, :user, 'google', :name, 'UTC', false)",
        id=key,
        user=book.user,
        name=person.calendar,
    )
    with book.begin(book.user) as session:
        book.desk.purse.connect(session, key, Grant("ours", "1//refresh", None))
    return key, person


def read(book: Diary, calendar: UUID) -> None:
    with book.begin(SYSTEM) as session:
        shelf.now(session, calendar)
    batch.work_one(book.shop, pulls.job(book.desk), calendar)


def test_an_event_that_its_owner_moves_to_another_calendar_is_followed(book: Diary) -> None:
    key, other = second_calendar(book)
    read(book, key)
    event = book.book()
    book.sync(times=2)
    there = book.there(event)
    kept = ("summary", "start", "end", "extendedProperties")

    moved = other.ask("POST", body={name: there[name] for name in kept})["id"]
    book.person.delete(there["id"])
    book.pull()
    read(book, key)
    book.sync()

    assert book.event(event)["status"] == "confirmed"
    assert book.link(event)["calendar_integration_id"] == key
    book.change(event, title="Longer visit")
    book.sync()
    assert other.find(moved)["summary"] == "Longer visit"
    assert [one["status"] for one in book.person.all()] == []
