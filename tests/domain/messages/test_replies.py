"""What people write back is acted on once, at once, and answered."""

import json
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from domain.database import SYSTEM
from domain.messages import heard, replies, threads
from domain.messages.heard import Incoming
from tests.support.message_desk import PHONE, MessageDesk
from tests.support.slice import KEYS, FakeReader

NOON = datetime(2026, 12, 4, 17, 0, tzinfo=UTC)
SHARED = "+12125550000"


@pytest.fixture
def event(desk: MessageDesk) -> UUID:
    made = desk.event(NOON)
    desk.work()
    return made


def status_of(desk: MessageDesk, event: UUID) -> str:
    return desk.one("SELECT status FROM events WHERE id = %s", event)


def test_yes_confirms_and_is_thanked_for(desk: MessageDesk, event: UUID) -> None:
    desk.hear("Yes")
    desk.work()

    assert status_of(desk, event) == "confirmed"
    assert "noted that you are coming" in desk.sent()[-1][1]


def test_c_cancels_and_what_was_to_come_does_not(desk: MessageDesk, event: UUID) -> None:
    desk.hear("C")
    desk.work()
    desk.put(NOON - timedelta(hours=24))
    desk.work()

    assert status_of(desk, event) == "cancelled"
    assert [rule for rule, _ in desk.sent()] == ["confirmation", "reply"]


def test_who_perhaps_cancels_is_asked(desk: MessageDesk, event: UUID) -> None:
    desk.hear("I can't make it on Friday, sorry")
    desk.work()

    assert status_of(desk, event) == "scheduled"
    assert "shall we cancel your booking" in desk.sent()[-1][1]
    assert desk.one("SELECT count(*) FROM owner_notices WHERE kind = 'reply'") == 1


def test_a_question_goes_to_the_owner(desk: MessageDesk, event: UUID) -> None:
    made = desk.hear("Do I have to be at home?")

    assert desk.one("SELECT event_id FROM messages WHERE id = %s", made) == event
    assert desk.one("SELECT key FROM owner_notices WHERE kind = 'reply'") == str(made)


@pytest.mark.usefixtures("event")
def test_a_stop_holds_before_its_answer_and_for_all_that_waits(desk: MessageDesk) -> None:
    desk.hear("please leave me alone")
    states = desk.states()
    assert states["reminder_24h"] == "void"
    assert desk.one("SELECT count(*) FROM sms_opt_outs WHERE phone_number = %s", PHONE) == 1
    desk.event(NOON + timedelta(days=3))
    desk.work()
    desk.put(NOON - timedelta(hours=24))
    desk.work()

    assert [rule for rule, _ in desk.sent()] == ["confirmation", "stopped"]
    assert desk.why("confirmation") == "they said stop (tenant)"


@pytest.mark.usefixtures("event")
def test_a_carrier_that_answers_a_stop_by_itself_is_not_doubled(desk: MessageDesk) -> None:
    desk.hear("STOP")
    desk.work()

    assert [rule for rule, _ in desk.sent()] == ["confirmation"]


@pytest.mark.usefixtures("event")
def test_who_starts_again_is_written_to_again(desk: MessageDesk) -> None:
    desk.hear("STOP")
    desk.pass_by(timedelta(minutes=1))
    desk.hear("START")
    desk.event(NOON + timedelta(days=3))
    desk.work()

    assert [rule for rule, _ in desk.sent()] == ["confirmation", "reply", "confirmation"]


@pytest.mark.usefixtures("event")
def test_who_starts_again_is_reminded_of_what_the_stop_called_off(desk: MessageDesk) -> None:
    desk.hear("STOP")
    assert desk.states()["reminder_24h"] == "void"

    desk.pass_by(timedelta(minutes=1))
    desk.hear("START")
    desk.work()

    assert desk.states()["reminder_24h"] == "pending"
    assert [rule for rule, _ in desk.sent()] == ["confirmation", "reply"]


def test_a_message_read_again_changes_nothing(desk: MessageDesk, event: UUID) -> None:
    made = desk.hear("Yes")
    desk.one("UPDATE events SET status = 'scheduled' RETURNING id")

    replies.receive(desk.post, made, desk.classifiers)
    desk.work()

    assert status_of(desk, event) == "scheduled"
    assert [rule for rule, _ in desk.sent()].count("reply") == 1


@pytest.mark.usefixtures("event")
def test_two_machines_that_talk_are_answered_once(desk: MessageDesk) -> None:
    for _ in range(12):
        desk.hear("Help")
        desk.pass_by(timedelta(seconds=5))
    desk.work()

    texts = [body for rule, body in desk.sent() if rule == "reply"]
    assert len(texts) == 6
    assert sum("a person will answer" in body for body in texts) == 1


@pytest.mark.usefixtures("event")
def test_a_stop_is_heard_however_many_came_before(desk: MessageDesk) -> None:
    for _ in range(8):
        desk.hear("Help")

    desk.hear("STOP")

    assert desk.one("SELECT count(*) FROM sms_opt_outs") == 1


def incoming(body: str, reference: str) -> Incoming:
    return Incoming(
        vendor="twilio",
        reference=reference,
        ours=SHARED,
        theirs=PHONE,
        body=body,
        segments=1,
    )


def hear(desk: MessageDesk, body: str, reference: str) -> heard.Heard:
    with desk.begin(SYSTEM) as session:
        return heard.receive(session, KEYS, incoming(body, reference), user_id=None)


def test_a_thread_on_a_shared_number_is_whose_it_was_for_72_hours(desk: MessageDesk) -> None:
    desk.texts.sender = SHARED
    desk.event(NOON)
    desk.work()
    other = desk.tenant("Brush Ltd")
    desk.event(NOON, user_id=other)
    desk.work()

    told = hear(desk, "When exactly?", "SM1")

    assert told.user_id == desk.user
    desk.pass_by(timedelta(hours=73))
    assert hear(desk, "When exactly?", "SM2").user_id is None


def test_where_two_may_be_meant_the_person_says_whom(desk: MessageDesk) -> None:
    desk.texts.sender = SHARED
    desk.event(NOON + timedelta(days=10))
    other = desk.tenant("Brush Ltd")
    desk.event(NOON + timedelta(days=10), user_id=other)
    desk.work()
    desk.pass_by(timedelta(hours=96))

    assert hear(desk, "Where is it?", "SM1").is_nobodys
    desk.work()

    assert "This number serves several. Reply 1 for" in desk.sent()[-1][1]
    with desk.begin(SYSTEM) as session:
        among = threads.candidates(session, ours=SHARED, theirs=PHONE)
    first = min(among, key=lambda one: str(one.user_id))
    desk.one("UPDATE sms_thread_locks SET locked_until = clock_timestamp() RETURNING id")
    assert hear(desk, "1", "SM2").user_id == first.user_id
    assert hear(desk, "Where is it?", "SM3").user_id == first.user_id


@pytest.mark.parametrize(
    ("tongue", "said"),
    [
        ("sv", "Numret används av flera. Svara 1 för"),
        ("es", "Este número es de varios. Responda 1"),
    ],
)
def test_whom_they_mean_is_asked_in_the_tenants_language(
    desk: MessageDesk, tongue: str, said: str
) -> None:
    desk.texts.sender = SHARED
    desk.tenant("Brush Ltd")
    desk.one(f'UPDATE users SET settings = \'{{"language": "{tongue}"}}\' RETURNING id')
    for (user,) in desk.all("SELECT id FROM users"):
        desk.event(NOON + timedelta(days=10), user_id=user)
    desk.work()
    desk.pass_by(timedelta(hours=96))

    hear(desk, "Where is it?", "SM1")
    desk.work()

    assert desk.sent()[-1][1].startswith(said)


def test_a_stop_on_a_shared_number_holds_for_all_who_wrote_from_it(desk: MessageDesk) -> None:
    desk.texts.sender = SHARED
    desk.event(NOON)
    other = desk.tenant("Brush Ltd")
    desk.event(NOON, user_id=other)
    desk.work()

    hear(desk, "STOP", "SM1")
    desk.work()

    assert desk.one("SELECT count(DISTINCT user_id) FROM sms_opt_outs") == 2


def test_a_text_of_a_stranger_is_nobodys(desk: MessageDesk) -> None:
    assert hear(desk, "Hello?", "SM1").is_nobodys


@pytest.mark.usefixtures("event")
def test_words_of_their_own_are_classified_with_a_line_in_the_ledger_and_only_told(
    desk: MessageDesk,
) -> None:
    told = {"kind": "cancel", "sentiment": "neutral", "mentions": []}
    desk.models.append(FakeReader(json.dumps(told)))

    desk.hear("I doubt that I can make it, what do you think?")
    desk.hear("Yes")

    assert desk.all("SELECT purpose, outcome FROM ai_usage_logs") == [("message", "read")]
    assert desk.all(
        "SELECT verdict->>'kind' FROM messages WHERE direction = 'inbound' ORDER BY created_at"
    ) == [("cancel",), (None,)]
    assert desk.all("SELECT facts->>'kind' FROM owner_notices WHERE kind = 'reply'") == [
        ("cancel",)
    ]
    assert desk.all("SELECT count(*) FROM events WHERE status = 'cancelled'") == [(0,)]
