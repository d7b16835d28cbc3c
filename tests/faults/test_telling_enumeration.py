"""Telling of an alert at every point, by every fault: one letter, whoever died or slept."""

from collections.abc import Iterator

import pytest

from config.home import Home
from tests.faults.test_enumeration import FAULTS, assert_sound
from tests.support import slice_ground
from tests.support.enumeration import Case
from tests.support.runners import Runners, running_runners, some, strikes
from tests.support.telling_trials import GUARDS, told

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def runners(servers: Home, template: str) -> Iterator[Runners]:
    guards = slice_ground.GUARDS + GUARDS
    vending = slice_ground.sandbox
    with running_runners(servers, template, 2, vending=vending, guards=guards) as made:
        yield made


def test_operators_are_told_once_whatever_strikes(runners: Runners) -> None:
    points = runners.count(told)

    verdicts = runners.try_all(told, some([Case(s) for s in strikes(len(points), FAULTS)], of=6))

    print("\n" + "\n".join(points))  # the proof is these figures
    assert_sound(told.__name__, points, verdicts, misses=len(verdicts) // 3)
