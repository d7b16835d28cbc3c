"""What a carrier lists and what we wrote down are the same, or a number says by how much not."""

from datetime import UTC, datetime, timedelta

import pytest

from domain.messages import comparing, pacing
from domain.messages.comparing import Difference
from domain.messages.ports import Taken
from tests.support.message_desk import MessageDesk

NOON = datetime(2026, 12, 4, 17, 0, tzinfo=UTC)
SPAN = timedelta(hours=2)
ALERTS = "SELECT subject, message FROM ops_alerts WHERE resolved_at IS NULL"


@pytest.fixture
def sent(desk: MessageDesk) -> MessageDesk:
    """Three texts that went out an hour ago, as both sides know."""
    for number in range(3):
        desk.event(NOON + timedelta(hours=number))
    desk.work()
    rows = desk.all(
        "SELECT provider_message_id, sent_at FROM messages"
        " WHERE status = 'sent' AND channel = 'sms'"
    )
    desk.texts.listed = [Taken(*row) for row in rows]
    desk.pass_by(timedelta(hours=1))
    return desk


def test_where_nothing_differs_nothing_is_told(sent: MessageDesk) -> None:
    found = comparing.compare(sent.post, SPAN)

    assert found[pacing.bucket(sent.texts)] == Difference(0, 0)
    assert sent.all(ALERTS) == []


def test_what_either_side_lacks_is_counted_until_it_is_there(sent: MessageDesk) -> None:
    whole = list(sent.texts.listed)
    at = whole[0].at
    sent.texts.listed = [*whole[1:], Taken("SM-a", at), Taken("SM-b", at)]

    found = comparing.compare(sent.post, SPAN)

    name = pacing.bucket(sent.texts)
    assert found[name] == Difference(unknown_to_us=2, unknown_to_them=1)
    [(subject, message)] = sent.all(ALERTS)
    assert subject == name
    assert message.startswith("2 messages stand at fake that we do not know, and 1 with us")
    sent.texts.listed = whole
    comparing.compare(sent.post, SPAN)
    assert sent.all(ALERTS) == []


def test_what_has_just_gone_out_is_left_to_the_next_time(sent: MessageDesk) -> None:
    sent.texts.listed.append(Taken("SM-new", sent.now()))
    sent.event(NOON + timedelta(hours=9))
    sent.work()

    assert comparing.compare(sent.post, SPAN)[pacing.bucket(sent.texts)] == Difference(0, 0)


def test_a_carrier_that_cannot_be_asked_proves_nothing(sent: MessageDesk) -> None:
    sent.texts.busy = True

    assert comparing.compare(sent.post, SPAN) == {}
    assert sent.all(ALERTS) == []
