"""Who is a guest there, how owners are reminded, and what a customer's no does: as is set."""

from typing import Any
from uuid import UUID

import pytest

from domain.calendars import service
from tests.support.diary import Diary

CUSTOMER = "customer@example.com"


def with_customer(book: Diary, **settings: Any) -> UUID:
    """Have an event of a customer's in the calendar, as its owner has set it."""
    for name, value in settings.items():
        book.do(f"UPDATE calendar_integrations SET {name} = :value", value=value)
    event = book.book()
    book.change(event, customer_email=CUSTOMER)
    book.sync(times=2)
    return event


def guests(book: Diary, event: UUID) -> dict[str, str]:
    there = book.there(event).get("attendees", [])
    return {one["email"]: one["responseStatus"] for one in there}


def decline(book: Diary, event: UUID, said: str = "declined") -> None:
    everybody = {**guests(book, event), CUSTOMER: said}
    several = [{"email": who, "responseStatus": answer} for who, answer in everybody.items()]
    book.person.edit(book.link(event)["remote_id"], attendees=several)


def test_nobody_is_a_guest_unless_their_owner_wants_it(book: Diary) -> None:
    event = with_customer(book)

    assert guests(book, event) == {}


def test_a_customer_is_a_guest_who_has_said_yes_where_the_owner_wants_it(book: Diary) -> None:
    event = with_customer(book, invites=True)

    assert guests(book, event) == {CUSTOMER: "accepted"}
    assert book.writes() == 1


def test_a_guest_whom_the_owner_takes_out_stays_out(book: Diary) -> None:
    event = with_customer(book, invites=True)
    friend = [{"email": "friend@example.com", "responseStatus": "tentative"}]
    book.person.edit(book.link(event)["remote_id"], attendees=friend)

    book.change(event, title="Longer visit")
    book.sync(times=2)

    assert guests(book, event) == {"friend@example.com": "tentative"}
    assert book.there(event)["summary"] == "Longer visit"


def test_another_address_is_another_guest_beside_those_who_are_there(book: Diary) -> None:
    event = with_customer(book, invites=True)
    friend = {"email": "friend@example.com", "responseStatus": "tentative"}
    own = {"email": CUSTOMER, "responseStatus": "accepted"}
    book.person.edit(book.link(event)["remote_id"], attendees=[own, friend])

    book.change(event, customer_email="other@example.com", title="Visit, new address")
    book.sync(times=2)

    assert set(guests(book, event)) == {CUSTOMER, "friend@example.com", "other@example.com"}


@pytest.mark.parametrize(
    ("minutes", "shown"), [([60, 15], [60, 15]), ([], []), (None, None)], ids=str
)
def test_owners_are_reminded_as_they_have_set_it(
    book: Diary, minutes: list[int] | None, shown: list[int] | None
) -> None:
    event = with_customer(book, reminders=minutes)

    said = book.there(event).get("reminders")
    found = None if said is None else [one["minutes"] for one in said["overrides"]]
    assert found == shown


def test_reminders_that_the_owner_changes_there_stay_theirs(book: Diary) -> None:
    event = with_customer(book, reminders=[60])
    theirs = {"useDefault": False, "overrides": [{"method": "popup", "minutes": 5}]}
    book.person.edit(book.link(event)["remote_id"], reminders=theirs)

    book.change(event, title="Longer visit")
    book.sync(times=2)

    assert book.there(event)["reminders"] == theirs
    assert book.there(event)["summary"] == "Longer visit"


@pytest.mark.parametrize(
    ("rule", "status", "questions"),
    [("ask", "confirmed", 1), ("follow", "cancelled", 0), ("ignore", "confirmed", 0)],
)
def test_a_customers_no_does_what_its_owner_has_set(
    book: Diary, rule: str, status: str, questions: int
) -> None:
    event = with_customer(book, invites=True, outside_decline=rule)
    decline(book, event)

    book.sync(times=3)

    assert book.event(event)["status"] == status
    assert len(book.questions()) == questions
    assert (book.there(event)["status"] == "cancelled") == (status == "cancelled")


@pytest.mark.parametrize(("choice", "status"), [("ours", "confirmed"), ("theirs", "cancelled")])
def test_the_owner_decides_about_a_no_once(book: Diary, choice: str, status: str) -> None:
    event = with_customer(book, invites=True)
    decline(book, event)
    book.sync(times=2)
    [question] = book.questions()
    assert question["field"] == "calendar.declined"

    service.answer(book.desk, question["id"], choice)
    book.sync(times=3)
    if status == "confirmed":
        book.change(event, title="It stands")
        book.sync(times=2)
        assert book.there(event)["summary"] == "It stands"

    assert book.event(event)["status"] == status
    assert book.questions() == []


def test_what_is_changed_while_the_owner_is_asked_about_a_no_is_carried_all_the_same(
    book: Diary,
) -> None:
    event = with_customer(book, invites=True)
    decline(book, event)
    book.sync(times=2)

    book.change(event, title="Longer visit")
    book.person.edit(book.link(event)["remote_id"], location="Storgatan 1")
    book.sync(times=3)

    assert book.there(event)["summary"] == "Longer visit"
    assert book.event(event)["location"] == "Storgatan 1"
    assert len(book.questions()) == 1


def test_a_no_that_was_taken_back_may_be_said_again(book: Diary) -> None:
    event = with_customer(book, invites=True, outside_decline="ignore")
    decline(book, event)
    book.sync(times=2)
    decline(book, event, "accepted")
    book.sync(times=2)
    book.do("UPDATE calendar_integrations SET outside_decline = 'follow'")

    decline(book, event)
    book.sync(times=3)

    assert book.event(event)["status"] == "cancelled"
