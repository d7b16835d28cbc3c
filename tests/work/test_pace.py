"""A vendor's pace is one for all workers: lowered by a complaint, and grown out of again."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from domain.database import SYSTEM, Begin
from domain.work import pace

VENDOR = "model:openai"


def rests(begin: Begin, interval: str) -> None:
    """Let time pass for the vendor."""
    with begin(SYSTEM) as session:
        session.execute(
            text(
                "UPDATE pace_buckets SET refilled_at = refilled_at - CAST(:some AS interval)"
                " WHERE bucket = :vendor"
            ),
            {"some": interval, "vendor": VENDOR},
        )


def take(begin: Begin, many: int) -> pace.Turn:
    with begin(SYSTEM) as session:
        return pace.take(session, VENDOR, many)


def complain(begin: Begin, *, after: timedelta | None = None) -> None:
    with begin(SYSTEM) as session:
        pace.slow(session, VENDOR, after=after)


def test_without_a_complaint_there_is_no_limit(begin: Begin) -> None:
    assert take(begin, 500) == pace.Turn(500, timedelta(), timedelta())


def test_after_a_complaint_nobody_asks_before_the_vendor_said(begin: Begin) -> None:
    complain(begin, after=timedelta(seconds=20))

    turn = take(begin, 3)

    assert turn.granted == 0
    assert timedelta(seconds=19) < turn.wait < timedelta(seconds=21)


def test_a_few_a_second_go_then_and_the_others_wait_their_turn(begin: Begin) -> None:
    complain(begin)
    rests(begin, "2 seconds")

    first, second = take(begin, 3), take(begin, 3)

    assert first.granted == 3
    assert second.granted <= 1
    assert second.wait < timedelta(seconds=1)
    assert second.apart < timedelta(seconds=0.3)


def test_what_many_hear_at_once_is_one_complaint_and_a_later_one_halves(begin: Begin) -> None:
    for _ in range(16):
        complain(begin)
    rests(begin, "2 seconds")
    together = take(begin, 1).apart
    rests(begin, "2 seconds")
    complain(begin)
    rests(begin, "1 second")

    again = take(begin, 1).apart

    assert together.total_seconds() == pytest.approx(1 / pace.BEGIN, rel=0.2)
    assert again.total_seconds() == pytest.approx(2 / pace.BEGIN, rel=0.3)


@pytest.mark.parametrize("peace", ["5 minutes", "5 hours", "200 days"])
def test_in_peace_it_grows_until_there_is_no_limit_left(begin: Begin, peace: str) -> None:
    complain(begin)
    rests(begin, peace)

    assert take(begin, 500).granted == 500
    with begin(SYSTEM) as session:
        assert not session.scalar(text("SELECT count(*) FROM pace_buckets"))
