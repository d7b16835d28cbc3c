"""A carrier that has too much to do is asked for less, by all workers, on that line alone."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from domain.errors import Retryable
from domain.messages import pacing
from domain.work import pace
from tests.support.message_desk import MessageDesk

NOON = datetime(2026, 12, 4, 17, 0, tzinfo=UTC)


@dataclass
class Line:
    vendor: str
    line: str


def crowded(after: timedelta | None = None) -> Retryable:
    return Retryable("slow down", after=after, is_crowded=True)


def test_one_complaint_slows_the_whole_line_and_nothing_is_lost(desk: MessageDesk) -> None:
    for number in range(12):
        desk.event(NOON + timedelta(hours=number))
    desk.texts.answers = [crowded(timedelta(seconds=20))]

    desk.work()

    first = len(desk.sent())
    assert first == 11  # they were on their way when the complaint came
    desk.event(NOON + timedelta(hours=20))
    desk.work()
    assert len(desk.sent()) == first  # another sweep keeps to it
    assert "too much to do" in (desk.why("confirmation") or "")
    attempts = "SELECT max(attempts) FROM messages WHERE status = 'pending' AND rule = %s"
    assert desk.one(attempts, "confirmation") <= 1  # who waits has not tried
    for _ in range(4):
        desk.pass_by(timedelta(seconds=30))
        desk.work()
    assert len(desk.sent()) == 13


def test_complaints_halve_the_pace_and_peace_brings_it_back(desk: MessageDesk) -> None:
    name = pacing.bucket(desk.texts)
    for _ in range(3):
        with pytest.raises(Retryable):
            pacing.heeding(desk.begin, desk.texts, _complain)
        desk.pass_by(timedelta(seconds=5))

    assert desk.one("SELECT rate FROM pace_buckets WHERE bucket = %s", name) < pace.BEGIN
    desk.pass_by(timedelta(minutes=10))
    desk.event(NOON)
    desk.work()
    assert len(desk.sent()) == 1
    assert desk.one("SELECT 1 FROM pace_buckets WHERE bucket = %s", name) is None


def test_another_sender_is_not_slowed(desk: MessageDesk) -> None:
    with pytest.raises(Retryable):
        pacing.heeding(desk.begin, desk.texts, _complain)
    desk.texts.line = "+12125550999"
    desk.event(NOON)

    desk.work()

    assert [rule for rule, _ in desk.sent()] == ["confirmation"]


def test_an_ordinary_trouble_slows_nobody(desk: MessageDesk) -> None:
    def broken() -> None:
        raise Retryable("could not be reached")

    with pytest.raises(Retryable):
        pacing.heeding(desk.begin, desk.texts, broken)  # type: ignore[arg-type]

    assert desk.all("SELECT bucket FROM pace_buckets") == []


def _complain() -> None:
    raise crowded(timedelta(seconds=1))


def test_all_tenants_of_a_campaign_keep_to_what_it_may_send_a_minute(desk: MessageDesk) -> None:
    desk.texts.per_minute = 24
    other = desk.tenant("Drain & Co")
    for number in range(30):
        user = other if number % 2 else desk.user
        desk.event(NOON + timedelta(hours=number), user_id=user)

    for _ in range(12):
        desk.work()
        desk.pass_by(timedelta(seconds=5))

    first_minute = len([at for at, _, body in desk.texts.took if "is booked" in body])
    assert 20 <= first_minute <= 26
    assert "no more a minute" in (desk.why("confirmation") or "")
    for _ in range(24):
        desk.pass_by(timedelta(seconds=5))
        desk.work()
    assert len([1 for _, _, body in desk.texts.took if "is booked" in body]) == 30


def test_an_answer_waits_for_no_campaign(desk: MessageDesk) -> None:
    desk.texts.per_minute = 1
    desk.event(NOON)
    desk.event(NOON + timedelta(hours=3))
    desk.work()
    assert len(desk.sent()) == 1

    desk.hear("HELP")
    desk.work()

    assert [rule for rule, _ in desk.sent()] == ["confirmation", "reply"]


SLOW = 'UPDATE users SET settings = \'{"messages": {"per_minute": 1}}\' WHERE id = %s'


def test_who_stops_is_told_so_though_the_tenants_pace_is_used_up(desk: MessageDesk) -> None:
    desk.connection.execute(SLOW, [desk.user])
    desk.event(NOON)
    desk.event(NOON + timedelta(hours=3))
    desk.work()
    assert len(desk.sent()) == 1

    desk.hear("please stop texting me")
    desk.work()

    assert [rule for rule, _ in desk.sent()] == ["confirmation", "stopped"]


def test_a_clock_that_is_set_back_holds_nobody_for_longer_than_the_pace(desk: MessageDesk) -> None:
    desk.connection.execute(SLOW, [desk.user])
    desk.event(NOON)
    desk.work()
    assert len(desk.sent()) == 1

    desk.pass_by(-timedelta(hours=2))
    desk.event(NOON + timedelta(hours=3))
    desk.work()
    desk.pass_by(timedelta(seconds=61))
    desk.work()

    assert len(desk.sent()) == 2


def test_who_may_send_no_more_now_keeps_nobody_waiting(desk: MessageDesk) -> None:
    loud, quiet = desk.tenant("Loud"), desk.tenant("Quiet")
    desk.connection.execute(SLOW, [loud])
    owe = (
        "INSERT INTO messages (user_id, to_number, body, rule, identity, due_at, answers_at)"
        " SELECT %s, '+1212555' || (%s + n), 'Hello', 'confirmation', %s || n, clock_timestamp(),"
        " clock_timestamp() FROM generate_series(1, %s) n"
    )
    desk.connection.execute(owe, [loud, 1000, "loud ", 1])
    desk.work()
    desk.connection.execute(owe, [loud, 2000, "still loud ", 120])
    desk.connection.execute(owe, [quiet, 3000, "quiet ", 1])

    desk.work()

    due = "SELECT count(*) FROM messages WHERE user_id = %s AND status = %s AND attempts = 0"
    due += " AND due_at <= clock_timestamp()"
    assert desk.one("SELECT status FROM messages WHERE user_id = %s", quiet) == "sent"
    assert desk.one(due, loud, "pending") == 120  # none was taken up only to be put off
    desk.pass_by(timedelta(seconds=61))
    desk.work()
    sent = "SELECT count(*) FROM messages WHERE user_id = %s AND status = 'sent'"
    assert desk.one(sent, loud) == 2
