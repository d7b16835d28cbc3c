"""Which number calls: one from where somebody is, and the load spread over those that fit."""

from collections import Counter
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.consent.jurisdictions import shipped
from domain.outbound import presence

TABLE = shipped()
NEW_YORK, BUFFALO, AUSTIN, DALLAS = "+12125550101", "+17165550101", "+15125550101", "+12145550101"
STOCKHOLM = "+46850550101"


@dataclass(frozen=True)
class Number:
    full_number: str
    is_default: bool = False


OURS = [Number(NEW_YORK), Number(AUSTIN), Number(STOCKHOLM, is_default=True)]


@pytest.mark.parametrize(
    ("recipient", "caller"),
    [
        ("+12125557777", NEW_YORK),
        ("+17165557777", NEW_YORK),  # Buffalo: the same state
        ("+12145557777", AUSTIN),  # Dallas
        ("+13105557777", STOCKHOLM),  # California: the default
        ("+46850557777", STOCKHOLM),
        ("+442079460000", STOCKHOLM),
        ("+15005550006", STOCKHOLM),  # a number of no place
    ],
)
def test_the_nearest_number_calls_else_the_default(recipient: str, caller: str) -> None:
    assert presence.choose(OURS, recipient, TABLE).full_number == caller


def test_numbers_that_are_equally_near_share_the_load() -> None:
    ours = [Number(f"+1212555{n:04}") for n in range(5)]

    chosen = Counter(
        presence.choose(ours, f"+1212556{n:04}", TABLE).full_number for n in range(2000)
    )

    assert len(chosen) == 5
    assert all(300 < count < 500 for count in chosen.values()), chosen


def test_without_a_default_or_anything_near_any_number_calls() -> None:
    ours = [Number(NEW_YORK), Number(AUSTIN)]

    chosen = {presence.choose(ours, f"+4470000{n:05}", TABLE).full_number for n in range(50)}

    assert chosen == {NEW_YORK, AUSTIN}


@given(
    st.permutations([NEW_YORK, BUFFALO, AUSTIN, DALLAS]), st.integers(2_010_000_000, 9_899_999_999)
)
def test_the_same_person_is_called_from_the_same_number(order: list[str], digits: int) -> None:
    recipient = f"+1{digits}"
    first = presence.choose(
        [Number(NEW_YORK), Number(BUFFALO), Number(AUSTIN), Number(DALLAS)], recipient, TABLE
    )

    assert presence.choose([Number(each) for each in order], recipient, TABLE) == first


def test_a_mobile_of_a_country_without_area_codes_has_none() -> None:
    assert presence.area("+46701740605") is None
    assert presence.area("nonsense") is None
    assert presence.area(STOCKHOLM) == "46 8"
