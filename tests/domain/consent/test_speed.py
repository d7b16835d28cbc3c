"""What it costs to ask, so that it may be asked inside every claim."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from domain.consent.hours import may_contact
from domain.consent.jurisdictions import Contact
from domain.consent.places import Evidence
from domain.consent.words import read
from domain.messages.segments import count, repair

NOON = datetime(2026, 11, 20, 17, tzinfo=UTC)


def micros(act: Callable[[int], object], *, times: int = 300) -> float:
    """Return what one call takes, of the quietest of twenty rounds: others work here too."""
    rounds: list[float] = []
    for _ in range(20):
        began = time.perf_counter()
        for i in range(times):
            act(i)
        rounds.append((time.perf_counter() - began) / times * 1e6)
    return min(rounds)


def test_asking_for_somebody_known_takes_less_than_fifty_microseconds() -> None:
    known = Evidence(number="+13055550123", zone="America/New_York")
    minutes = [NOON + timedelta(minutes=7 * i) for i in range(300)]

    at_noon = micros(lambda _: may_contact(Contact.MARKETING_TEXT, NOON, known))
    at_any_hour = micros(lambda i: may_contact(Contact.MARKETING_TEXT, minutes[i], known))

    print(f"may_contact: {at_noon:.1f} us at noon, {at_any_hour:.1f} us at any hour")
    assert at_noon < 50
    assert at_any_hour < 50


def test_asking_for_somebody_new_takes_less_than_a_millisecond() -> None:
    numbers = iter(f"+1305{555 + i // 10_000:03}{i % 10_000:04}" for i in range(20_000))

    new = micros(
        lambda _: may_contact(Contact.MARKETING_TEXT, NOON, Evidence(number=next(numbers)))
    )

    print(f"may_contact for a new number: {new:.0f} us")
    assert new < 1000


def test_reading_a_reply_and_counting_a_text_take_less_than_five_milliseconds() -> None:
    reply = "Can I change my appointment to Friday at three please?"
    text = "It\u2019s on \u201cFriday\u201d \u2013 ten sharp\u2026 " * 5

    reading, counting = micros(lambda _: read(reply)), micros(lambda _: count(repair(text)))

    print(f"read: {reading:.0f} us, repair and count: {counting:.0f} us")
    assert max(reading, counting) < 5000
