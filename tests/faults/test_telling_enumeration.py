"""Telling of an alert at every point, by every fault: one letter, whoever died or slept."""

import pytest

from tests.support import slice_ground
from tests.support.enumeration import Case
from tests.support.runners import FAULTS, Runners, assert_sound, pool_of, some, strikes
from tests.support.telling_trials import GUARDS, told

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

runners = pool_of(2, vending=slice_ground.sandbox, guards=slice_ground.GUARDS + GUARDS)


def test_operators_are_told_once_whatever_strikes(runners: Runners) -> None:
    points = runners.count(told)

    verdicts = runners.try_all(told, some([Case(s) for s in strikes(len(points), FAULTS)], of=6))

    print("\n" + "\n".join(points))  # the proof is these figures
    assert_sound(told.__name__, points, verdicts, misses=len(verdicts) // 3)
