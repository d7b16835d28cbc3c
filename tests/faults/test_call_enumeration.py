"""Calls at every point, by every fault: each is placed once, ends once, and is counted once."""

import pytest

from tests.support import slice_ground
from tests.support.call_trials import (
    CLAIMED,
    GUARDS,
    call_that_has_ended,
    call_that_waits,
    calls_that_wait,
    without_last_look,
)
from tests.support.enumeration import Case
from tests.support.points import Fault, Strike
from tests.support.runners import (
    FAULTS,
    Runners,
    assert_sound,
    complaints,
    is_long,
    pool_of,
    some,
    strikes,
)
from tests.support.slice_ground import sandbox

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

runners = pool_of(2, vending=sandbox, guards=slice_ground.GUARDS + GUARDS)


def test_a_call_is_placed_once_whatever_strikes(runners: Runners) -> None:
    points = runners.count(call_that_waits)

    cases = [Case(s) for s in strikes(len(points), (*FAULTS, Fault.MEDDLE))]
    verdicts = runners.try_all(call_that_waits, some(cases, of=10))

    print("\n" + "\n".join(points))  # the proof is these figures
    assert_sound("a call that waits", points, verdicts)


def test_an_end_is_written_once_whatever_strikes(runners: Runners) -> None:
    points = runners.count(call_that_has_ended)

    cases = [Case(s) for s in strikes(len(points), FAULTS)]
    verdicts = runners.try_all(call_that_has_ended, some(cases, of=5))

    assert_sound("a call that has ended", points, verdicts)


@pytest.mark.skipif(not is_long(), reason="the same steps for three; LONG=1 tries them")
def test_three_calls_are_placed_once_whatever_strikes(runners: Runners) -> None:
    points = runners.count(calls_that_wait)

    cases = [Case(s) for s in strikes(len(points), FAULTS)]
    verdicts = runners.try_all(calls_that_wait, cases)

    assert_sound("three calls that wait", points, verdicts, misses=len(verdicts) // 5)


def test_without_the_last_look_what_was_called_off_is_dialled(runners: Runners) -> None:
    point = runners.count(call_that_waits).index(CLAIMED) + 1
    # A tenant that slept before is woken by two statements more: it is one of these.
    meddled = [Case(Strike(point + more, Fault.MEDDLE)) for more in range(-2, 4)]

    sound = complaints(runners.try_all(call_that_waits, meddled))
    caught = complaints(runners.try_all(call_that_waits, meddled, without_last_look))

    assert not sound
    assert any("called off" in complaint for complaint in caught)
