"""Deliveries to a tenant's receiver: at every point, by every fault.

Nothing that was owed is lost; what is told again has its id, its bytes and a valid signature;
and things told of one object are first heard in their order.
"""

import pytest

from tests.support import slice_ground
from tests.support.delivery_trials import (
    CLAIMED,
    GUARDS,
    deliveries_by_a_sweep,
    delivery_by_a_bell,
    delivery_switched_off,
    delivery_switched_off_in_time,
    with_new_ids,
    without_last_look,
    without_order,
)
from tests.support.enumeration import Case
from tests.support.points import Fault
from tests.support.runners import (
    FAULTS,
    Making,
    Mutation,
    Runners,
    assert_sound,
    pool_of,
    some,
    strikes,
)
from tests.support.tenant import tenant

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

runners = pool_of(3, vending=tenant, guards=slice_ground.GUARDS + GUARDS)


def test_a_delivery_is_made_whatever_strikes(runners: Runners) -> None:
    points = runners.count(delivery_by_a_bell)
    struck = [Case(s) for s in strikes(len(points), FAULTS)]

    verdicts = runners.try_all(delivery_by_a_bell, some(struck, of=2))

    print("\n" + "\n".join(points))  # the proof is these figures
    assert_sound("a delivery by a bell", points, verdicts)


def test_deliveries_are_made_in_order_whatever_strikes_a_sweep(runners: Runners) -> None:
    points = runners.count(deliveries_by_a_sweep)

    cases = [Case(s) for s in strikes(len(points), FAULTS)]
    verdicts = runners.try_all(deliveries_by_a_sweep, some(cases, of=8))

    # Three hands: how answers come together, and so the number of points, differs a little.
    assert_sound("six deliveries by a sweep", points, verdicts, misses=len(verdicts) // 3)


def test_whoever_resolves_may_be_struck_too(runners: Runners) -> None:
    points = runners.count(delivery_by_a_bell)
    sent = next(n for n, name in enumerate(points, 1) if name.startswith("after bytes to 127"))
    first = strikes(len(points), (Fault.KILL,))[sent - 1]
    resolving = runners.count_resolving(delivery_by_a_bell, first)

    cases = [Case(first, second) for second in strikes(len(resolving), FAULTS)]
    verdicts = runners.try_all(delivery_by_a_bell, some(cases, of=6))

    assert_sound("resolving a delivery", resolving, verdicts, misses=len(verdicts) // 3)


def test_a_delivery_that_another_host_may_still_make_is_made(runners: Runners) -> None:
    points = runners.count(delivery_by_a_bell)

    struck = [Case(s, elsewhere=True) for s in strikes(len(points), (Fault.KILL, Fault.STOP))]
    verdicts = runners.try_all(delivery_by_a_bell, struck)

    assert_sound("a delivery of another host", points, verdicts)


def test_an_address_switched_off_before_the_last_look_is_told_nothing(runners: Runners) -> None:
    points = runners.count(delivery_switched_off)
    looked = points.index(CLAIMED) + 1
    struck = [Case(s) for s in strikes(len(points), (Fault.MEDDLE,))]

    before = runners.try_all(delivery_switched_off_in_time, struck[:looked])
    after = runners.try_all(delivery_switched_off, struck[looked:])

    assert_sound("a delivery switched off", points, [*before, *after])


@pytest.mark.parametrize(
    ("mutation", "making", "fault", "what"),
    [
        (without_order, deliveries_by_a_sweep, Fault.KILL, "out of order"),
        (without_last_look, delivery_switched_off_in_time, Fault.MEDDLE, "switched off"),
        (with_new_ids, delivery_by_a_bell, Fault.KILL, "under another id"),
    ],
)
def test_without_a_safeguard_it_is_caught(
    runners: Runners, mutation: Mutation, making: Making, fault: Fault, what: str
) -> None:
    sound, caught = runners.try_without(mutation, making, fault)

    assert not sound
    assert any(what in complaint for complaint in caught)
