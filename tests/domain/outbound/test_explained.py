"""What an operator is told of a call that waits, and of a dial."""

from typing import Any
from uuid import UUID

from domain.database import SYSTEM
from tests.support.phones import Phones
from workers import stories


def story(phones: Phones, kind: str, row: UUID) -> dict[str, Any]:
    with phones.begin(SYSTEM) as session:
        return {one.title: one.rows for one in stories.tell(session, kind, row)}


def test_a_call_that_waits_says_why_and_who_is_before_it(phones: Phones) -> None:
    phones.account(limit=1)
    user = phones.tenant(consent=None)
    row = phones.queue(user)[0]
    phones.decide()

    told = story(phones, "queued_call", row)

    [why] = told["Decided when it was last looked at"]
    assert (why["answer"], why["why"]) == ("held", "no_consent")
    [turn] = told["Its tenant's turn"]
    assert (turn["live"], turn["before_it"]) == (0, 0)
    assert "Dials" not in told


def test_a_dial_says_by_which_law_it_was_made_and_what_came_of_it(phones: Phones) -> None:
    phones.account()
    row = phones.queue(phones.tenant())[0]
    phones.drain()
    phones.end_all()
    attempt = phones.one("SELECT id FROM call_attempts")

    wanted, told = story(phones, "queued_call", row), story(phones, "call_attempt", attempt)

    [dial] = wanted["Dials"]
    assert (dial["id"], dial["state"], dial["duration"]) == (attempt, "completed", 61)
    assert told["Why it may be called"][0]["version"] == "open"
    assert told["Call"][0]["status"] == "completed"
    assert told["What was used"][0]["seconds"] == 61


def test_no_story_of_a_call_tells_a_number(phones: Phones) -> None:
    phones.account()
    number = phones.number()
    row = phones.queue(phones.tenant(), recipient_number=number)[0]
    phones.drain()
    attempt = phones.one("SELECT id FROM call_attempts")

    told = f"{story(phones, 'queued_call', row)} {story(phones, 'call_attempt', attempt)}"

    assert number not in told
