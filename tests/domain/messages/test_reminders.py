"""Reminders are rows: owed once, sent on time, and never when they should not be."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text

from domain.errors import Refusal, Rejected
from domain.messages import agreeing
from tests.support.message_desk import PHONE, MessageDesk

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
MOVE = "UPDATE events SET start_time = %s, end_time = NULL WHERE id = %s RETURNING id"
NOON = datetime(2026, 12, 4, 17, 0, tzinfo=UTC)
"""Noon of the Friday, in New York."""


def test_an_event_is_confirmed_and_reminded_of_a_day_and_two_hours_before(
    desk: MessageDesk,
) -> None:
    desk.event(NOON)

    for at in (NOON - 3 * DAY, NOON - 24 * HOUR, NOON - 2 * HOUR, NOON):
        desk.put(at)
        desk.work()

    assert [rule for rule, _ in desk.sent()] == ["confirmation", "reminder_24h", "reminder_2h"]
    assert "tomorrow, Friday, December 4 at 12:00 PM" in desk.sent()[1][1]
    assert "today, Friday, December 4 at 12:00 PM" in desk.sent()[2][1]


def test_a_booking_made_after_a_reminders_moment_is_not_reminded_of_then(
    desk: MessageDesk,
) -> None:
    desk.put(NOON - 3 * HOUR)
    desk.event(NOON)

    desk.work()

    assert desk.states() == {"confirmation": "sent", "reminder_2h": "pending"}


def test_a_reminder_that_is_late_is_sent_while_it_is_of_use(desk: MessageDesk) -> None:
    desk.event(NOON)
    desk.work()
    desk.put(NOON - 20 * HOUR)  # 4 PM; the workers were down since before noon

    desk.work()

    assert desk.states()["reminder_24h"] == "sent"


def test_a_reminder_that_is_of_no_use_any_more_is_dropped_with_the_reason(
    desk: MessageDesk,
) -> None:
    desk.event(NOON)
    desk.work()
    desk.put(NOON - timedelta(minutes=20))

    desk.work()

    assert desk.states() == {
        "confirmation": "sent",
        "reminder_24h": "void",
        "reminder_2h": "void",
    }
    assert (desk.why("reminder_2h") or "").startswith("of no use since ")
    assert desk.one("SELECT verdict ->> 'why' FROM messages WHERE rule = 'reminder_2h'") == (
        "too_late"
    )


def test_what_would_come_at_night_comes_the_evening_before(desk: MessageDesk) -> None:
    early = datetime(2026, 12, 4, 13, 30, tzinfo=UTC)  # half past eight: two hours before is night
    desk.event(early)
    desk.work()

    due = desk.one("SELECT due_at FROM messages WHERE rule = 'reminder_2h'")

    assert due.astimezone(UTC) == datetime(2026, 12, 4, 1, 59, tzinfo=UTC)  # 8:59 PM


def test_what_answers_nobody_waits_for_the_morning(desk: MessageDesk) -> None:
    desk.put(datetime(2026, 12, 2, 4, 0, tzinfo=UTC))  # 11 PM
    desk.event(NOON)

    desk.work()

    assert desk.sent() == []
    due = desk.one("SELECT due_at FROM messages WHERE rule = 'confirmation'")
    assert due.astimezone(UTC).replace(microsecond=0) == datetime(2026, 12, 2, 13, tzinfo=UTC)
    desk.put(datetime(2026, 12, 2, 13, 1, tzinfo=UTC))
    desk.work()
    assert [rule for rule, _ in desk.sent()] == ["confirmation"]


def test_moved_there_and_back_the_person_is_told_where_it_stands(desk: MessageDesk) -> None:
    event = desk.event(NOON)
    desk.work()

    for start in (NOON + DAY, NOON):
        desk.one(MOVE, start, event)
        desk.work()

    told = [body for rule, body in desk.sent() if rule == "confirmation"]
    assert ["December 4" in told[0], "December 5" in told[1], "December 4" in told[2]] == [True] * 3
    assert len(told) == 3


def test_what_was_called_off_and_is_on_again_is_reminded_of(desk: MessageDesk) -> None:
    event = desk.event(NOON)
    desk.work()
    move = "UPDATE events SET status = %s WHERE id = %s RETURNING id"
    desk.one(move, "cancelled", event)
    assert desk.states() == {
        "confirmation": "sent",
        "reminder_24h": "void",
        "reminder_2h": "void",
    }
    desk.work()

    desk.one(move, "scheduled", event)
    desk.work()
    desk.put(NOON - 24 * HOUR)
    desk.work()

    assert [rule for rule, _ in desk.sent()] == ["confirmation", "reminder_24h"]


def test_a_tenant_chooses_when_and_how(desk: MessageDesk) -> None:
    desk.one(
        "UPDATE users SET settings = %s WHERE id = %s RETURNING id",
        '{"language": "sv", "messages": {"before_hours": [48], "channels": ["sms", "email"],'
        ' "event_types": {"demo": {"before_hours": []}}}}',
        desk.user,
    )
    desk.event(NOON, event_type="meeting", customer_email="ann@example.org")
    desk.event(NOON, event_type="demo", title="En demo")

    desk.work()

    rows = desk.all(
        "SELECT rule, channel, status FROM messages WHERE rule <> 'owner_booking' ORDER BY 1, 2"
    )
    assert rows == [
        ("confirmation", "email", "sent"),
        ("confirmation", "sms", "sent"),
        ("confirmation", "sms", "sent"),
        ("reminder_48h", "email", "pending"),
        ("reminder_48h", "sms", "pending"),
    ]
    mail = desk.mails.sent[0]
    assert mail.subject == "Bokat: möte, fredag 4 december kl. 12:00"
    assert "BEGIN:VEVENT" in (mail.calendar or "")
    assert "DTSTART:20261204T170000Z" in (mail.calendar or "")


@pytest.mark.parametrize(
    ("number", "word"),
    [("+19005550123", "not_this_number"), ("+870773111632", "not_this_number")],
)
def test_premium_and_satellite_numbers_are_not_written_to(
    desk: MessageDesk, number: str, word: str
) -> None:
    desk.event(NOON, customer_phone=number)

    desk.work()

    assert desk.sent() == []
    assert desk.states()["confirmation"] == "held"
    assert desk.one("SELECT verdict ->> 'why' FROM messages WHERE rule = 'confirmation'") == word


def test_a_country_that_the_tenant_did_not_allow_is_not_written_to(desk: MessageDesk) -> None:
    desk.one('UPDATE users SET settings = \'{"messages": {"countries": ["SE"]}}\' RETURNING id')
    desk.event(NOON)

    desk.work()

    assert desk.states()["confirmation"] == "held"


def test_no_more_texts_than_the_plan_allows(desk: MessageDesk) -> None:
    desk.one(
        "INSERT INTO usage_limits (user_id, sms_cap, sms_used, period_end) VALUES (%s, 10, 8, %s)"
        " RETURNING user_id",
        *(desk.user, NOON + 5 * DAY),
    )
    for hours in range(4):
        desk.event(NOON + hours * HOUR)

    desk.work()

    assert len(desk.sent()) == 2
    assert desk.one("SELECT count(*) FROM messages WHERE verdict ->> 'why' = 'text_cap'") == 2


def test_a_tenant_that_is_stopped_hard_sends_nothing_until_the_stop_ends(
    desk: MessageDesk,
) -> None:
    desk.one(
        "INSERT INTO usage_limits (user_id, hard_stop_active) VALUES (%s, true) RETURNING user_id",
        desk.user,
    )
    desk.event(NOON)

    desk.work()

    assert desk.sent() == []
    assert desk.states()["confirmation"] == "pending"
    assert "stopped hard" in (desk.why("confirmation") or "")
    desk.one("UPDATE usage_limits SET hard_stop_active = false RETURNING user_id")
    desk.pass_by(timedelta(minutes=16))
    desk.work()
    assert [rule for rule, _ in desk.sent()] == ["confirmation"]


def test_a_stop_that_outlasts_a_messages_use_ends_it_with_the_reason(desk: MessageDesk) -> None:
    desk.one(
        "INSERT INTO usage_limits (user_id, hard_stop_active, period_end)"
        " VALUES (%s, true, %s) RETURNING user_id",
        *(desk.user, NOON + 20 * DAY),
    )
    desk.event(NOON)
    desk.work()
    assert desk.states()["confirmation"] == "pending"  # the stop may end tomorrow

    desk.put(NOON - timedelta(minutes=10))
    desk.work()

    assert desk.states()["confirmation"] == "void"
    assert "of no use" in (desk.why("confirmation") or "")


def test_no_more_is_spent_on_texts_than_the_tenant_wants(desk: MessageDesk) -> None:
    desk.one('UPDATE users SET settings = \'{"messages": {"spend_cap": 0.10}}\' RETURNING id')
    desk.one(  # the last text cost three cents a segment
        "INSERT INTO messages (user_id, channel, to_number, body, status, sent_at, segments, cost,"
        " currency) VALUES (%s, 'sms', %s, 'x', 'delivered', clock_timestamp(), 1, 0.03, 'USD')"
        " RETURNING id",
        *(desk.user, PHONE),
    )
    for hours in range(4):
        desk.event(NOON + hours * HOUR)

    desk.work()

    assert len(desk.sent()) == 2  # nine cents with what was spent; the carrier's word is to come
    assert desk.one("SELECT count(*) FROM messages WHERE verdict ->> 'why' = 'spend_cap'") == 2
    desk.one('UPDATE users SET settings = \'{"messages": {"spend_cap": 1}}\' RETURNING id')
    desk.pass_by(timedelta(minutes=16))
    desk.work()
    assert len(desk.sent()) == 4


def test_a_tenants_pace_holds_for_all_workers(desk: MessageDesk) -> None:
    desk.one('UPDATE users SET settings = \'{"messages": {"per_minute": 3}}\' RETURNING id')
    for number in range(6):
        desk.event(NOON + number * HOUR)

    desk.work()

    assert len(desk.sent()) == 3
    desk.pass_by(timedelta(minutes=1))
    desk.work()
    assert len(desk.sent()) == 6


def test_a_no_show_is_written_to_and_one_that_came_after_all_is_not(desk: MessageDesk) -> None:
    desk.one('UPDATE users SET settings = \'{"messages": {"no_show": true}}\' RETURNING id')
    event = desk.event(NOON)
    desk.work()
    desk.put(NOON + 2 * HOUR)
    move = "UPDATE events SET status = %s WHERE id = %s RETURNING id"

    desk.one(move, "no_show", event)
    desk.work()
    assert desk.states()["no_show"] == "sent"

    desk.put(NOON + 12 * HOUR)  # midnight
    other = desk.event(NOON + HOUR, status="no_show")
    desk.work()
    desk.one(move, "completed", other)
    desk.put(NOON + 22 * HOUR)
    desk.work()
    assert [rule for rule, _ in desk.sent()].count("no_show") == 1


def test_who_is_on_the_way_says_so_once(desk: MessageDesk) -> None:
    event = desk.event(NOON)
    desk.work()
    desk.put(NOON - HOUR)
    out = "UPDATE events SET on_my_way_at = clock_timestamp() WHERE id = %s RETURNING id"

    desk.one(out, event)
    desk.work()
    desk.one(out, event)
    desk.work()

    assert [rule for rule, _ in desk.sent()].count("on_my_way") == 1


def test_a_call_that_ended_owes_its_text_a_minute_later(desk: MessageDesk) -> None:
    desk.one("UPDATE users SET post_call_sms_enabled = true RETURNING id")
    desk.one(
        "INSERT INTO calls (user_id, phone_number, status, started_at, duration)"
        " VALUES (%s, %s, 'completed', clock_timestamp() - interval '3 minutes', 180)"
        " RETURNING id",
        *(desk.user, PHONE),
    )

    desk.work()
    assert desk.sent() == []
    desk.pass_by(timedelta(seconds=61))
    desk.work()

    assert [rule for rule, _ in desk.sent()] == ["post_call"]


VOUCHED = '{"messages": {"marketing_consent": "our booking form"}}'


def completed(desk: MessageDesk, **more: Any) -> None:
    """Have a visit be over, of a tenant that asks for reviews."""
    desk.one("UPDATE users SET review_request_enabled = true RETURNING id")
    event = desk.event(NOON, **more)
    desk.put(NOON + HOUR)
    desk.one(
        "UPDATE events SET status = 'completed', completed_at = clock_timestamp()"
        " WHERE id = %s RETURNING id",
        event,
    )
    desk.work()
    assert desk.states()["review_request"] == "pending"
    desk.put(NOON + 25 * HOUR + timedelta(minutes=1))
    desk.work()


def test_a_review_is_asked_for_a_day_after_where_the_tenant_vouches_for_consent(
    desk: MessageDesk,
) -> None:
    desk.one("UPDATE users SET settings = %s RETURNING id", VOUCHED)

    completed(desk)

    assert desk.states()["review_request"] == "sent"


def test_a_wish_for_a_review_waits_for_a_consent_that_is_on_record(desk: MessageDesk) -> None:
    customer = desk.one(
        "INSERT INTO customers (user_id, phone) VALUES (%s, %s) RETURNING id", desk.user, PHONE
    )
    completed(desk, customer_id=customer)
    assert desk.states()["review_request"] == "held"
    assert desk.why("review_request") == "no consent to a marketing text"

    waiting = [row[0] for row in desk.all("SELECT id FROM messages WHERE status = 'held'")]
    with desk.begin(desk.user) as session:
        many = agreeing.agree(
            session, customers=[customer], messages=waiting, source="said so on the phone"
        )
    desk.work()

    assert many == 1
    assert desk.states()["review_request"] == "sent"


def test_a_consent_that_another_service_writes_lets_go_what_waited(desk: MessageDesk) -> None:
    customer = desk.one(
        "INSERT INTO customers (user_id, phone) VALUES (%s, %s) RETURNING id", desk.user, PHONE
    )
    completed(desk, customer_id=customer)
    assert desk.states()["review_request"] == "held"

    desk.one("UPDATE customers SET name = 'Ann' RETURNING id")
    desk.work()
    assert desk.states()["review_request"] == "held"
    with desk.begin(desk.user) as session:
        session.execute(text("UPDATE customers SET marketing_consent_at = clock_timestamp()"))
    desk.work()

    assert desk.states()["review_request"] == "sent"


def test_whom_nobody_knows_cannot_have_agreed(desk: MessageDesk) -> None:
    with desk.begin(desk.user) as session, pytest.raises(Refusal):
        agreeing.agree(session, customers=[uuid4()], messages=[], source="a form")


def test_what_failed_by_text_goes_by_letter(desk: MessageDesk) -> None:
    desk.texts.answers.append(Rejected("the carrier refused the text: code 30006"))
    desk.event(NOON, customer_email="ann@example.org")

    desk.work()

    assert [mail.to for mail in desk.mails.sent] == ["ann@example.org"]


def test_the_owner_hears_of_a_booking_a_move_and_its_end_once_each(desk: MessageDesk) -> None:
    desk.one("UPDATE users SET email = 'owner@example.org' RETURNING id")
    event = desk.event(NOON)
    desk.work()
    desk.one(MOVE, NOON + DAY, event)
    desk.work()
    desk.one("UPDATE events SET status = 'cancelled' WHERE id = %s RETURNING id", event)
    desk.work()
    desk.work()

    said = [mail.text for mail in desk.mails.sent]
    assert [text.split(":")[0] for text in said] == ["New booking", "Moved", "Cancelled"]


def test_in_the_owners_quiet_hours_news_is_gathered_for_the_morning(desk: MessageDesk) -> None:
    desk.one(
        "INSERT INTO owner_notification_settings (user_id, email, quiet_hours_start,"
        " quiet_hours_end) VALUES (%s, 'owner@example.org', '21:00', '07:00') RETURNING user_id",
        desk.user,
    )
    desk.put(datetime(2026, 12, 2, 4, 0, tzinfo=UTC))  # 11 PM
    for hours in range(3):
        desk.event(NOON + hours * HOUR)
        desk.work()
    assert desk.mails.sent == []

    desk.put(datetime(2026, 12, 2, 12, 1, tzinfo=UTC))  # a minute past seven
    desk.work()

    assert len(desk.mails.sent) == 1
    assert desk.mails.sent[0].text.count("New booking") == 3
