"""What is changed on one side is on the other, once; and nothing of either is lost."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from domain.calendars import service
from tests.support.diary import HOUR, SOON, Diary


def moment(facts: dict[str, str]) -> datetime:
    return datetime.fromisoformat(facts["dateTime"])


def test_a_booking_stands_in_the_owners_calendar(book: Diary) -> None:
    event = book.book("Roof repair")

    book.sync(times=3)

    there = book.there(event)
    assert there["summary"] == "Roof repair"
    assert (moment(there["start"]), moment(there["end"])) == (SOON, SOON + HOUR)
    assert len(book.person.all()) == 1
    assert book.writes() == 1
    assert book.link(event)["state"] == "done"


def test_what_we_change_is_changed_there(book: Diary) -> None:
    event = book.book()
    book.sync()

    book.change(event, title="Longer visit", location="Storgatan 1", end_time=SOON + 2 * HOUR)
    book.sync(times=3)

    there = book.there(event)
    assert (there["summary"], there["location"]) == ("Longer visit", "Storgatan 1")
    assert moment(there["end"]) == SOON + 2 * HOUR
    assert book.writes() == 2


def test_what_a_person_moves_there_is_moved_here_and_its_messages_are_owed_anew(
    book: Diary,
) -> None:
    event = book.book()
    book.sync(times=2)
    before = book.event(event)["generation"]

    book.person.move(book.link(event)["remote_id"], SOON + timedelta(days=1))
    book.sync(times=4)

    after = book.event(event)
    assert after["start_time"] == SOON + timedelta(days=1)
    assert after["generation"] == before + 1
    owed = "SELECT count(*) FROM errands WHERE task = 'messages.plan' AND subject_id = :id"
    assert book.row(owed, id=event)["count"] == 2
    assert book.writes() == 2  # ours, and the person's: nothing comes back to them


def test_a_cancelled_event_leaves_the_calendar_and_may_come_back(book: Diary) -> None:
    event = book.book()
    book.sync()

    book.change(event, status="cancelled")
    book.sync(times=2)
    assert book.person.all() == []

    book.change(event, status="confirmed")
    book.sync(times=2)
    assert [one["summary"] for one in book.person.all()] == ["Visit"]


def test_a_cancelled_event_may_be_marked_instead(book: Diary) -> None:
    book.do("UPDATE calendar_integrations SET on_cancel = 'mark'")
    event = book.book()
    book.sync()

    book.change(event, status="cancelled")
    book.sync(times=3)

    there = book.there(event)
    assert (there["summary"], there["transparency"]) == ("Cancelled: Visit", "transparent")
    assert book.event(event)["title"] == "Visit"
    assert book.writes() == 2

    book.change(event, status="confirmed")
    book.sync(times=3)
    assert book.there(event)["summary"] == "Visit"


def test_what_is_deleted_there_is_cancelled_here(book: Diary) -> None:
    event = book.book()
    book.sync()

    book.person.delete(book.link(event)["remote_id"])
    book.sync(times=3)

    assert book.event(event)["status"] == "cancelled"
    assert book.person.all() == []


def test_an_owner_who_is_to_be_asked_is_asked_about_what_was_deleted(book: Diary) -> None:
    book.do("UPDATE calendar_integrations SET outside_cancel = 'ask'")
    event = book.book()
    book.sync()
    book.person.delete(book.link(event)["remote_id"])
    book.sync(times=3)
    [question] = book.questions()
    assert (question["field"], book.event(event)["status"]) == ("calendar.gone", "confirmed")

    book.do("UPDATE questions SET answer = 'ours', answered_at = clock_timestamp()")
    book.sync(times=2)

    assert [one["summary"] for one in book.person.all()] == ["Visit"]
    assert book.event(event)["status"] == "confirmed"


def test_both_may_change_different_things(book: Diary) -> None:
    event = book.book()
    book.sync()

    book.change(event, title="Our title")
    book.person.move(book.link(event)["remote_id"], SOON + 3 * HOUR)
    book.sync(times=3)

    there, here = book.there(event), book.event(event)
    assert (there["summary"], here["title"]) == ("Our title", "Our title")
    assert moment(there["start"]) == here["start_time"] == SOON + 3 * HOUR
    assert book.questions() == []


def test_two_edits_of_one_thing_are_asked_about_and_neither_is_lost(book: Diary) -> None:
    event = book.book()
    book.sync()

    book.change(event, start_time=SOON + HOUR, end_time=SOON + 2 * HOUR)
    book.person.move(book.link(event)["remote_id"], SOON + 5 * HOUR)
    book.sync(times=4)

    assert moment(book.there(event)["start"]) == SOON + 5 * HOUR
    assert book.event(event)["start_time"] == SOON + HOUR
    [question] = book.questions()
    assert question["field"] == "calendar.time"
    conflict = "SELECT count(*) FROM sync_logs WHERE status = 'conflict'"
    assert book.row(conflict)["count"] == 1

    book.change(event, title="Another title")  # what is not in question goes on
    book.sync(times=2)
    assert book.there(event)["summary"] == "Another title"
    assert moment(book.there(event)["start"]) == SOON + 5 * HOUR

    book.do("UPDATE questions SET answer = 'ours', answered_at = clock_timestamp()")
    book.sync(times=3)
    assert moment(book.there(event)["start"]) == book.event(event)["start_time"] == SOON + HOUR
    assert book.questions() == []


def test_the_owner_may_answer_for_the_other_side(book: Diary) -> None:
    event = book.book()
    book.sync()
    book.change(event, title="Ours")
    book.person.edit(book.link(event)["remote_id"], summary="Theirs")
    book.sync(times=2)

    book.do("UPDATE questions SET answer = 'theirs', answered_at = clock_timestamp()")
    book.sync(times=2)

    assert (book.event(event)["title"], book.there(event)["summary"]) == ("Theirs", "Theirs")


def test_the_same_change_from_outside_a_third_time_stops_the_link(book: Diary) -> None:
    event = book.book()
    book.sync()

    for _ in range(3):
        book.person.edit(book.link(event)["remote_id"], summary="Robot")
        book.sync(times=2)
        if book.link(event)["state"] != "stopped":
            book.change(event, title="Ours")
            book.sync(times=2)

    assert book.link(event)["state"] == "stopped"
    assert book.event(event)["title"] == "Ours"
    writes = book.writes()
    book.change(event, title="Once more")
    book.sync(times=3)
    assert book.writes() == writes


class Died(BaseException):
    """The process is gone."""


@pytest.mark.parametrize("is_made", [True, False], ids=["once it is there", "before it is"])
def test_who_dies_while_putting_back_what_the_owner_wants_is_carried_on(
    book: Diary, *, is_made: bool
) -> None:
    event = book.book()
    book.sync()
    book.change(event, title="Ours")
    book.person.delete(book.link(event)["remote_id"])
    book.sync()
    [question] = book.questions()
    service.answer(book.desk, question["id"], "ours")

    class Fatal:
        def __getattr__(self, name: str) -> Any:
            return getattr(book.desk.agendas["google"], name)

        def insert(self, *given: Any, **named: Any) -> Any:
            if is_made:
                book.desk.agendas["google"].insert(*given, **named)
            raise Died

    agendas: Any = {"google": Fatal()}
    with pytest.raises(Died):
        replace(book, desk=replace(book.desk, agendas=agendas)).push()
    book.do(
        "UPDATE calendar_event_links SET lease_expires_at = lease_expires_at - interval '1 hour'"
    )
    book.sync(times=3)

    assert book.questions() == []
    assert [one["summary"] for one in book.person.all()] == ["Ours"]
    book.change(event, status="cancelled")
    book.sync(times=2)
    assert book.person.all() == []
