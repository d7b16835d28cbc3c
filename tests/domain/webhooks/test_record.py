"""What vendors told of calls and texts stands as a tenant's own record, once."""

import pytest

from domain.work.names import TaskName
from tests.support.hall import Hall, heard, twilio
from tests.support.notices import OURS, SENDERS, THEIRS, text

CALLS = ["twilio", "vapi", "retell", "telnyx", "bland"]


@pytest.mark.parametrize("name", CALLS)
def test_each_notice_of_a_call_is_one_event_of_its_tenant(hall: Hall, name: str) -> None:
    sender = hall.mine(SENDERS[name])

    for event in sender.events:
        hall.take_in(sender.post(event), sender.post(event))
    hall.work()

    notices = hall.scalar("SELECT count(*) FROM webhook_queue WHERE result = 'done'")
    rows = hall.rows("SELECT user_id, provider, provider_call_id, direction FROM telephony_events")
    assert len(rows) == notices > 0
    assert {(user, vendor) for user, vendor, _, _ in rows} == {(hall.user, name)}
    assert {call for _, _, call, _ in rows} == {hall.scalar("SELECT provider_call_id FROM calls")}


def test_texts_both_ways_are_recorded_without_their_words(hall: Hall) -> None:
    hall.message()

    hall.take_in(twilio(hall, text("delivered")), twilio(hall, heard("My knee again"), own=True))
    hall.work()

    rows = hall.rows(
        "SELECT direction, status, from_number, to_number, body FROM telephony_events ORDER BY 1"
    )
    assert rows == [
        ("inbound", "received", THEIRS, OURS, None),
        ("outbound", "delivered", None, None, None),
    ]


def test_what_is_taken_again_adds_nothing(hall: Hall) -> None:
    sender = hall.mine(SENDERS["vapi"])
    hall.take_in(*[sender.post(event) for event in sender.events])
    hall.work()
    before = hall.rows("SELECT id FROM telephony_events ORDER BY id")

    hall.connection.execute("UPDATE webhook_queue SET processed_at = NULL, state = 'pending'")
    hall.work()

    assert hall.rows("SELECT id FROM telephony_events ORDER BY id") == before
    assert TaskName.TRANSCRIPTS_SWEEP in hall.caused.names


def test_news_that_waits_or_is_nobodys_is_not_recorded(hall: Hall) -> None:
    hall.take_in(twilio(hall, text("delivered")), twilio(hall, heard("Hello?")))
    hall.work()

    assert hall.scalar("SELECT count(*) FROM telephony_events") == 0
