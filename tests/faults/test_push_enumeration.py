"""Carrying an event to its owner's calendar: at every point, by every fault.

It stands there once, as it is here; what both changed is on both sides; and what was called off
is gone, whether or not anybody heard that it had been there.
"""

from collections.abc import Iterator

import pytest

from config.home import Home
from tests.faults.test_enumeration import FAULTS, assert_sound
from tests.support import slice_ground
from tests.support.enumeration import Case
from tests.support.points import Fault
from tests.support.push_trials import (
    GUARDS,
    event_agreed_on,
    event_called_off,
    event_changed,
    event_changed_by_both,
    event_put_there,
    event_that_stands_again,
    with_new_names,
    without_notes,
)
from tests.support.runners import (
    Making,
    Mutation,
    Runners,
    complaints,
    running_runners,
    some,
    strikes,
)

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def runners(servers: Home, template: str) -> Iterator[Runners]:
    guards = slice_ground.GUARDS + GUARDS
    sandbox = slice_ground.sandbox
    with running_runners(servers, template, 2, vending=sandbox, guards=guards) as made:
        yield made


@pytest.mark.parametrize(
    ("making", "faults"),
    [
        (event_put_there, FAULTS),
        (event_agreed_on, FAULTS),
        (event_changed, FAULTS),
        (event_changed_by_both, (Fault.MEDDLE,)),
        (event_called_off, (Fault.KILL, Fault.STOP)),
        (event_that_stands_again, (Fault.KILL, Fault.STOP)),
    ],
)
def test_both_sides_are_in_step_whatever_strikes(
    runners: Runners, making: Making, faults: tuple[Fault, ...]
) -> None:
    points = runners.count(making)

    struck = [Case(s) for s in strikes(len(points), faults)]
    verdicts = runners.try_all(making, some(struck, of=20))

    assert_sound(making.__name__, points, verdicts)


@pytest.mark.parametrize(
    ("mutation", "making", "what"),
    [
        (with_new_names, event_put_there, "too often"),
        (without_notes, event_called_off, "not in step"),
        (without_notes, event_that_stands_again, "lost"),
    ],
)
def test_without_a_safeguard_it_is_caught(
    runners: Runners, mutation: Mutation, making: Making, what: str
) -> None:
    points = runners.count(making)
    sent = max(n for n, name in enumerate(points) if name == "after bytes to 127.0.0.1")
    struck = [Case(s) for s in strikes(len(points), (Fault.KILL,))[sent : sent + 2]]

    sound = complaints(runners.try_all(making, struck))
    caught = complaints(runners.try_all(making, struck, mutation))

    assert not sound
    assert any(what in complaint for complaint in caught), caught
