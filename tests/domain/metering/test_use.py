"""What is used is counted once, in its own period, and stops where the plan stops."""

import threading
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from domain.database import SYSTEM
from domain.messages import store
from domain.messages.outcomes import Carried
from domain.metering import use
from domain.metering.use import TextUse, What
from domain.transcripts import calls
from domain.work.kinds import Settled
from tests.support.payer import END, NOON, START, Payer


def test_a_call_that_is_told_twice_counts_once(payer: Payer) -> None:
    payer.limit()

    payer.call(90, name="c1")
    payer.call(90, name="c1")

    assert payer.used == (90, 0)
    assert payer.one("SELECT count(*) FROM usage_calls") == 1
    assert payer.rows("SELECT calls_used, seconds_used, minutes_used FROM user_call_usage") == [
        (1, 90, 2)
    ]


def test_a_call_without_limits_stands_in_the_ledger(payer: Payer) -> None:
    payer.call(90)

    assert payer.one("SELECT sum(seconds) FROM usage_calls") == 90
    assert payer.stopped() is None


def test_a_late_call_counts_in_the_period_that_it_was_made_in(payer: Payer) -> None:
    before = START - timedelta(days=30)
    payer.limit()
    payer.connection.execute(
        "INSERT INTO user_call_usage (user_id, billing_period_start, billing_period_end)"
        " VALUES (%s, %s, %s)",
        (payer.user, before, START),
    )

    payer.call(60, at=START - timedelta(seconds=1))
    payer.call(30, at=START)

    assert payer.used == (30, 0)
    assert payer.rows(
        "SELECT billing_period_start, calls_used, seconds_used FROM user_call_usage ORDER BY 1"
    ) == [(before, 1, 60), (START, 1, 30)]


def test_what_is_used_after_a_period_that_did_not_roll_counts_against_it(payer: Payer) -> None:
    payer.limit(calls=100)

    payer.call(100, at=END + timedelta(days=2))

    assert payer.used == (100, 0)
    assert payer.stopped()
    assert payer.rows("SELECT seconds_used FROM user_call_usage") == []


def test_the_stop_comes_with_the_last_second_and_goes_with_a_top_up(payer: Payer) -> None:
    payer.limit(calls=100, grace_seconds=20)

    payer.call(100)
    assert payer.state == ("hard", False)
    assert payer.stopped() is None
    payer.call(20)
    assert payer.state == ("hard", True)
    assert payer.stopped() == "what its plan gives for this period is used up"
    payer.connection.execute("UPDATE usage_limits SET call_credit = 300")

    assert payer.state == ("under", False)
    assert payer.stopped() is None


def test_credit_and_rollover_count_and_a_plan_without_a_cap_stops_nobody(payer: Payer) -> None:
    payer.limit(calls=100, texts=None, call_credit=50, rollover_seconds=30)

    payer.call(179)
    payer.text(1000)

    assert payer.stopped() is None
    assert payer.stopped(What.TEXT) is None
    assert payer.state == ("soft", False)
    assert payer.told == [("call", 80)]
    payer.call(1)
    assert payer.stopped()


def test_a_kind_that_the_plan_does_not_give_is_stopped_and_alarms_nobody(payer: Payer) -> None:
    payer.limit(texts=0)

    payer.call(60)

    assert payer.stopped(What.TEXT)
    assert payer.stopped(What.CALL) is None
    assert payer.state == ("under", False)


@pytest.mark.parametrize("column", ["force_pause = true", "stopped_for = 'unpaid'"])
def test_who_is_paused_or_does_not_pay_is_stopped(payer: Payer, column: str) -> None:
    payer.limit()

    payer.connection.execute(f"UPDATE usage_limits SET {column}")

    assert payer.stopped()
    assert payer.state == ("under", True)


def test_an_owner_is_told_of_each_mark_once_a_period(payer: Payer) -> None:
    payer.limit(calls=100)

    for _ in range(11):
        payer.call(10)
    payer.connection.execute("UPDATE usage_limits SET call_used_seconds = 0")
    payer.call(90)

    assert payer.told == [("call", 80), ("call", 100)]
    assert payer.one("SELECT count(*) FROM errands WHERE task = 'messages.plan'") == 2


def test_a_call_past_both_marks_tells_of_the_further_one(payer: Payer) -> None:
    payer.limit(calls=100)

    payer.call(500)

    assert payer.told == [("call", 100)]


def test_many_who_note_at_once_lose_nothing_and_do_not_block_each_other(payer: Payer) -> None:
    others: list[UUID] = [payer.user]
    payer.limit(calls=None, texts=None)
    for _ in range(3):
        user = payer.one("INSERT INTO users (timezone) VALUES ('UTC') RETURNING id")
        payer.connection.execute(
            "INSERT INTO usage_limits (user_id, period_start, period_end) VALUES (%s, %s, %s)",
            (user, START, END + timedelta(days=3650)),
        )
        others.append(user)

    def note(turn: int) -> None:
        for _ in range(15):
            order = others[turn % 4 :] + others[: turn % 4]
            uses = [
                TextUse(user_id=user, provider="twilio", message_id=uuid4().hex, segments=2)
                for user in order
            ]
            with payer.begin(SYSTEM) as session:
                use.note_texts(session, uses)

    threads = [threading.Thread(target=note, args=(turn,)) for turn in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert payer.rows("SELECT DISTINCT sms_used FROM usage_limits") == [(180,)]


def test_a_text_that_was_called_off_counts_for_nothing(payer: Payer) -> None:
    payer.limit()
    uses = [
        TextUse(user_id=payer.user, provider="twilio", message_id=name, segments=3)
        for name in ("SM1", "SM2")
    ]
    with payer.begin(SYSTEM) as session:
        use.note_texts(session, uses)

    for _ in range(2):
        with payer.begin(SYSTEM) as session:
            use.take_back_text(session, provider="twilio", name="SM1")
            use.take_back_text(session, provider="telnyx", name="SM2")

    assert payer.used == (0, 3)
    assert payer.one("SELECT sms_used FROM user_call_usage") == 3
    assert payer.rows("SELECT provider_message_id, segments FROM usage_sms ORDER BY 1") == [
        ("SM1", 3),
        ("SM1 called off", -3),
        ("SM2", 3),
    ]


def test_a_call_that_a_vendor_tells_of_is_used_when_it_has_ended(payer: Payer) -> None:
    payer.limit()

    def tell(status: str, seconds: int | None) -> None:
        facts = calls.CallFacts(
            provider="vapi",
            call_id="v1",
            status=status,
            is_outbound=False,
            phone_number=None,
            started_at=NOON,
            duration=None if seconds is None else timedelta(seconds=seconds),
            transcript=None,
            recording_url=None,
            cost=None,
            told_at=NOON,
        )
        with payer.begin(SYSTEM) as session:
            calls.hear(session, facts, user_id=payer.user)

    tell("in_progress", None)
    assert payer.used == (0, 0)
    for _ in range(2):
        tell("completed", None)
        tell("completed", 75)

    assert payer.used == (75, 0)
    assert payer.rows("SELECT provider_call_id, direction FROM usage_calls") == [("v1", "inbound")]


def test_a_text_that_its_carrier_accepted_is_used_in_its_segments(payer: Payer) -> None:
    payer.limit()
    message = payer.one(
        "INSERT INTO messages (user_id, channel, to_number, body, status, identity, direction,"
        " provider_message_id) VALUES (%s, 'sms', '+15550100200', %s, 'sent', 'x', 'outbound',"
        " 'SM1') RETURNING id",
        *(payer.user, "a" * 161),
    )
    settled = Settled(
        id=message, user_id=payer.user, state="sent", reference="SM1", facts=Carried("twilio")
    )

    for _ in range(2):
        with payer.begin(SYSTEM) as session:
            note = store.kind().also
            assert note
            note(session, [settled])

    assert payer.used[1] == 2
    assert payer.rows("SELECT provider, provider_message_id, segments FROM usage_sms") == [
        ("twilio", "SM1", 2)
    ]
