"""Every minute of two years, everywhere: the shipped table against one written by hand.

`LONG=1` also asks `may_contact` itself at every one of these minutes (a quarter of an hour).
"""

import os
import random
from datetime import UTC, datetime, timedelta

import pytest

from domain.consent.hours import may_contact, spans
from domain.consent.jurisdictions import Contact, shipped
from domain.consent.places import Evidence, locate
from tests.support import law_by_hand as by_hand

TABLE = shipped()
UNTIL = by_hand.SINCE + timedelta(minutes=by_hand.MINUTES)
PLACES = [*by_hand.COUNTRIES, *(f"US-{part}" for part in by_hand.PARTS)]


def living_in(place: str) -> Evidence:
    country, _, part = place.partition("-")
    # The country alone would mean every state; in New York nothing is added to it.
    region = part or ("NY" if country == "US" else None)
    return Evidence(country=country, region=region)


def at(minute: int) -> datetime:
    return by_hand.moment(minute).replace(tzinfo=UTC)


def minute_of(moment: datetime) -> int:
    return int((moment - at(0)).total_seconds()) // 60


def minutes_of_the_product(kind: Contact, place: str) -> bytes:
    minutes = bytearray(by_hand.MINUTES)
    for start, end in spans(kind, living_in(place), since=at(0), until=UNTIL.replace(tzinfo=UTC)):
        assert start.second == end.second == 0
        minutes[minute_of(start) : minute_of(end)] = b"\1" * (minute_of(end) - minute_of(start))
    return bytes(minutes)


def first_difference(left: bytes, right: bytes) -> datetime | None:
    if left == right:
        return None
    return at(next(i for i in range(by_hand.MINUTES) if left[i] != right[i]))


def test_the_table_by_hand_has_every_row_that_is_shipped() -> None:
    assert set(PLACES) == set(TABLE.rows)


@pytest.mark.parametrize("place", PLACES)
def test_no_minute_of_two_years_is_against_the_law(place: str) -> None:
    found = locate(living_in(place), TABLE)
    for kind in Contact:
        expected = by_hand.minutes_open(place, kind.value, found.zones)
        shipped_minutes = minutes_of_the_product(kind, place)

        assert first_difference(shipped_minutes, expected) is None, (place, kind)


@pytest.mark.parametrize("place", PLACES)
def test_what_is_asked_at_an_edge_is_answered_by_the_same_table(place: str) -> None:
    chance = random.Random(place)
    for kind in Contact:
        minutes = minutes_of_the_product(kind, place)
        edges = [i for i in range(1, by_hand.MINUTES) if minutes[i] != minutes[i - 1]]
        tried = {*chance.sample(edges, 40), *chance.sample(range(by_hand.MINUTES - 99_999), 60)}
        for minute in sorted(tried | {edge - 1 for edge in tried if edge}):
            verdict = may_contact(kind, at(minute), living_in(place))

            assert verdict.allowed == bool(minutes[minute]), (place, kind, at(minute))
            if verdict.next_moment is not None and at(minute) < UNTIL.replace(tzinfo=UTC):
                then = minute_of(verdict.next_moment)
                assert then >= by_hand.MINUTES or minutes.find(1, minute) == then


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.skipif(not os.environ.get("LONG"), reason="LONG=1 asks at every minute")
@pytest.mark.parametrize("place", PLACES)
def test_no_answer_at_any_minute_is_against_the_law(place: str) -> None:
    person = living_in(place)
    for kind in Contact:
        minutes = minutes_of_the_product(kind, place)
        wrong = [
            at(minute)
            for minute in range(by_hand.MINUTES)
            if may_contact(kind, at(minute), person).allowed != bool(minutes[minute])
        ]
        assert not wrong
