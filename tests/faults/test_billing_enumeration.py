"""Billing at every point, by every fault: no credit twice, no meter told twice, no notice twice."""

import pytest

from tests.support import slice_ground
from tests.support.billing_trials import GUARDS, look, use_of_a_call, without_what_stands, word
from tests.support.enumeration import Case
from tests.support.points import Fault
from tests.support.runners import FAULTS, Making, Runners, assert_sound, pool_of, some, strikes

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

runners = pool_of(2, vending=slice_ground.sandbox, guards=slice_ground.GUARDS + GUARDS)


@pytest.mark.parametrize("making", [look, word])
def test_money_is_written_once_whatever_strikes(runners: Runners, making: Making) -> None:
    points = runners.count(making)

    verdicts = runners.try_all(making, some([Case(s) for s in strikes(len(points), FAULTS)], of=8))

    print("\n" + "\n".join(points))  # the proof is these figures
    assert_sound(making.__name__, points, verdicts, misses=len(verdicts) // 3)


def test_a_call_is_counted_and_its_owner_told_once_whatever_strikes(runners: Runners) -> None:
    points = runners.count(use_of_a_call)

    struck = [Case(strike) for strike in strikes(len(points), (Fault.KILL, Fault.LOSE))]
    verdicts = runners.try_all(use_of_a_call, struck)

    assert not [said for one in verdicts for said in one.complaints]
    assert len(points) >= 4


def test_credit_that_is_not_compared_is_caught(runners: Runners) -> None:
    points = runners.count(look)
    written = next(n for n, name in enumerate(points, 1) if name.startswith("after commit of INS"))

    struck = [Case(strike) for strike in strikes(len(points), (Fault.KILL,))[written - 1 :][:2]]
    verdicts = runners.try_all(look, struck, without_what_stands)

    assert any("credit" in complaint for one in verdicts for complaint in one.complaints)
