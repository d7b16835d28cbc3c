"""Letters end when somebody says so, by one click or by a complaint, and none goes out after."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from domain.database import SYSTEM
from domain.messages import heard, unsubscribing
from domain.messages.ports import Delivery, OptedOut
from tests.support.message_desk import MessageDesk
from tests.support.slice import KEYS

NOON = datetime(2026, 12, 4, 17, 0, tzinfo=UTC)
LETTERS = '{"messages": {"channels": ["email"]}}'


@pytest.fixture
def letter(desk: MessageDesk) -> UUID:
    """A confirmation that went out by letter, to somebody who is reached by letter alone."""
    desk.one("UPDATE users SET settings = %s RETURNING id", LETTERS)
    desk.event(NOON, customer_email="Ann@example.org")
    desk.work()
    return desk.one("SELECT id FROM messages WHERE rule = 'confirmation'")


def forged(token: str) -> str:
    return token[:-4] + ("AAAA" if token[-4:] != "AAAA" else "BBBB")


def cut(token: str) -> str:
    return token[:10]


def foreign(_: str) -> str:
    return "ä"


def again(desk: MessageDesk) -> None:
    desk.event(NOON + timedelta(days=2), customer_email="ann@example.org")
    desk.work()


def test_one_click_ends_letters_and_calls_off_those_that_wait(
    desk: MessageDesk, letter: UUID
) -> None:
    token = unsubscribing.token(KEYS, letter)

    assert unsubscribing.unsubscribe(desk.begin, KEYS, token)
    assert unsubscribing.unsubscribe(desk.begin, KEYS, token)
    assert desk.states()["reminder_24h"] == "void"
    again(desk)

    assert len(desk.mails.sent) == 1
    assert desk.why("confirmation") == "they said stop (person)"


@pytest.mark.parametrize("spoil", [forged, cut, foreign])
def test_a_link_that_we_did_not_make_ends_nothing(
    desk: MessageDesk, letter: UUID, spoil: Callable[[str], str]
) -> None:
    given = spoil(unsubscribing.token(KEYS, letter))

    assert not unsubscribing.unsubscribe(desk.begin, KEYS, given)
    again(desk)

    assert len(desk.mails.sent) == 2


@pytest.mark.parametrize("status", ["bounced", "complained"])
def test_after_a_bounce_or_a_complaint_no_letter_is_sent(
    desk: MessageDesk, letter: UUID, status: str
) -> None:
    reference = desk.one("SELECT provider_message_id FROM messages WHERE id = %s", letter)
    told = Delivery(status=status, reference=reference)

    with desk.begin(SYSTEM) as session:
        heard.move(session, told, vendor="fake mail", key=None, is_young=False)
    desk.work()
    again(desk)

    assert len(desk.mails.sent) == 1
    assert desk.sent() == [] or status == "bounced"


def test_who_told_the_carrier_to_stop_is_not_written_to_again(desk: MessageDesk) -> None:
    desk.texts.answers.append(OptedOut("this person has told Twilio to stop: code 21610"))
    desk.event(NOON, customer_email="ann@example.org")
    desk.work()
    desk.event(NOON + timedelta(days=2))

    desk.work()

    assert desk.sent() == []
    assert desk.mails.sent == []
    assert desk.why("confirmation") == "they said stop (tenant)"
