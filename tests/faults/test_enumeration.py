"""At every point of a task, by every fault: nothing is lost, and nothing is done twice.

SHORT=1, which only the gate sets, tries some of the points of batches, others each time; all of
them are tried without it. LONG=1 tries the rarer faults there, too, and every pair of sleepers.
"""

import pytest

from tests.support.enumeration import Case
from tests.support.points import Fault, Strike
from tests.support.runners import (
    FAULTS,
    Making,
    Runners,
    assert_sound,
    is_long,
    pool_of,
    some,
    strikes,
)
from tests.support.trials import (
    CLAIMED,
    keyed_parcel_by_a_bell,
    keyed_parcels_by_a_sweep,
    parcel_by_a_bell,
    parcel_of_a_rebooted_host,
    parcels_by_a_sweep,
    priced_parcel,
    three_errands,
)

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

RARER = (Fault.STOP_DIES, Fault.MEDDLE)

runners = pool_of(6)


@pytest.mark.parametrize("making", [parcel_by_a_bell, keyed_parcel_by_a_bell])
def test_one_parcel_is_sent_once_whatever_strikes(runners: Runners, making: Making) -> None:
    points = runners.count(making)

    struck = [Case(strike) for strike in strikes(len(points), (*FAULTS, *RARER))]
    verdicts = runners.try_all(making, struck)

    print("\n" + "\n".join(points))  # the proof is these figures
    assert_sound(making.__name__, points, verdicts)


@pytest.mark.parametrize("making", [parcels_by_a_sweep, keyed_parcels_by_a_sweep])
def test_many_parcels_are_sent_once_whatever_strikes(runners: Runners, making: Making) -> None:
    points = runners.count(making)

    faults = (*FAULTS, *RARER) if is_long() else FAULTS
    verdicts = runners.try_all(making, some([Case(s) for s in strikes(len(points), faults)], of=6))

    # Three hands: how answers come together, and so the number of points, differs a little.
    assert_sound(making.__name__, points, verdicts, misses=len(verdicts) // 5)


@pytest.mark.parametrize(
    ("making", "after_rounds"),
    [(parcel_by_a_bell, 0), (parcel_by_a_bell, 1), (keyed_parcel_by_a_bell, 0)],
)
@pytest.mark.parametrize("sent", [False, True], ids=["not sent", "sent"])
def test_who_resolves_may_be_struck_as_well(
    runners: Runners, making: Making, after_rounds: int, *, sent: bool
) -> None:
    names = runners.count(making)
    at = (
        names.index("before UPDATE parcels", names.index(CLAIMED)) if sent else names.index(CLAIMED)
    )
    first = Strike(at + 1, Fault.KILL)
    points = runners.count_resolving(making, first, after_rounds)

    faults = (Fault.KILL, Fault.LOSE, Fault.STOP, Fault.MEDDLE)
    struck = [
        Case(first, second, after_rounds=after_rounds) for second in strikes(len(points), faults)
    ]
    verdicts = runners.try_all(making, some(struck, of=4))

    assert_sound(f"resolving {making.__name__}", points, verdicts)


@pytest.mark.parametrize("making", [parcel_by_a_bell, keyed_parcel_by_a_bell])
def test_worker_and_resolver_may_both_oversleep(runners: Runners, making: Making) -> None:
    names = runners.count(making)
    bytes_begin = names.index("before bytes to vendor.sock") + 1
    written = names.index("before commit of UPDATE parcels and UPDATE effects") + 1
    every = range(names.index(CLAIMED) + 1, written + 1)
    firsts = every if is_long() else [names.index(CLAIMED) + 1, bytes_begin, bytes_begin + 4]
    points = runners.count_resolving(making, Strike(bytes_begin, Fault.STOP))

    verdicts = runners.try_all(
        making,
        [
            Case(Strike(first, Fault.STOP), second)
            for first in firsts
            for second in strikes(len(points), (Fault.STOP,))
        ],
    )

    assert_sound(f"both asleep, {making.__name__}", points, verdicts, misses=len(verdicts) // 5)


def test_what_another_host_may_still_do_is_left_unknown(runners: Runners) -> None:
    points = runners.count(parcel_by_a_bell)

    struck = [Case(s, elsewhere=True) for s in strikes(len(points), (Fault.KILL, Fault.STOP))]
    verdicts = runners.try_all(parcel_by_a_bell, struck)

    assert_sound("owner on another host", points, verdicts)


def test_a_host_that_started_anew_does_nothing_any_more(runners: Runners) -> None:
    points = runners.count(parcel_of_a_rebooted_host)

    struck = [Case(s, elsewhere=True) for s in strikes(len(points), (Fault.KILL,))]
    verdicts = runners.try_all(parcel_of_a_rebooted_host, struck)

    assert_sound("owner on a host that was rebooted", points, verdicts)


def test_what_only_costs_its_price_is_done_again(runners: Runners) -> None:
    points = runners.count(priced_parcel)

    verdicts = runners.try_all(priced_parcel, [Case(s) for s in strikes(len(points), FAULTS)])

    assert_sound("without unknown rows", points, verdicts)


def test_errands_are_done_whatever_strikes(runners: Runners) -> None:
    points = runners.count(three_errands)

    struck = [Case(s) for s in strikes(len(points), FAULTS)]
    verdicts = runners.try_all(three_errands, some(struck, of=4))

    assert_sound("errands", points, verdicts, misses=len(verdicts) // 5)
