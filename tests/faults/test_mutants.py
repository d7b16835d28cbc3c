"""The proof can fail: without any one of the safeguards it does, and so does a naive task."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import TypeAlias

import pytest

from tests.support import mutants
from tests.support.enumeration import Case
from tests.support.points import Fault, Strike
from tests.support.runners import Making, Mutation, Runners, complaints, pool_of
from tests.support.trials import CLAIMED, naive_parcel, parcel_by_a_bell

Trying: TypeAlias = Callable[[Sequence[str]], list[Case]]

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


runners = pool_of(4)


def from_the_claim_on(names: Sequence[str], *, fault: Fault) -> list[Case]:
    first = names.index(CLAIMED) + 1
    return [Case(Strike(n, fault)) for n in range(first, len(names) + 1)]


def both_asleep(names: Sequence[str]) -> list[Case]:
    looked = names.index("before bytes to vendor.sock") + 1
    return [
        Case(Strike(first, Fault.STOP), Strike(second, Fault.STOP))
        for first in (looked - 2, looked + 4)
        for second in range(6, 16)
    ]


def lost_by_who_resolves(names: Sequence[str]) -> list[Case]:
    killed = Strike(names.index(CLAIMED) + 1, Fault.KILL)
    return [Case(killed, Strike(second, Fault.LOSE)) for second in range(1, 21)]


KILLED = partial(from_the_claim_on, fault=Fault.KILL)
STOPPED = partial(from_the_claim_on, fault=Fault.STOP)
UNHEARD = partial(from_the_claim_on, fault=Fault.LOSE)
CALLED_OFF = partial(from_the_claim_on, fault=Fault.MEDDLE)

CAUGHT: dict[Mutation, tuple[Trying, str]] = {
    mutants.without_token_check: (both_asleep, "written by who does not hold it: ('parcels'"),
    mutants.without_token_check_of_effects: (
        both_asleep,
        "written by who does not hold it: ('effects'",
    ),
    mutants.without_intent: (KILLED, "doubled"),
    mutants.without_look_up: (KILLED, "doubled"),
    mutants.without_reread: (CALLED_OFF, "sent, although called off"),
    mutants.without_owner_check: (STOPPED, "doubled"),
    mutants.counting_absences_while_the_owner_lives: (STOPPED, "doubled"),
    mutants.believing_one_absence: (KILLED, "doubled"),
    mutants.counting_an_absence_twice: (lost_by_who_resolves, "an absence counted twice"),
    mutants.keeping_what_was_claimed_unheard: (UNHEARD, "not through while the worker"),
}
"""What is taken out, where it is tried, and what must then be found."""


@pytest.mark.parametrize("mutation", CAUGHT, ids=lambda it: it.__name__)
def test_a_mutant_is_caught(runners: Runners, mutation: Mutation) -> None:
    trying, what = CAUGHT[mutation]
    tried = trying(runners.count(parcel_by_a_bell))

    sound = complaints(runners.try_all(parcel_by_a_bell, tried))
    caught = complaints(runners.try_all(parcel_by_a_bell, tried, mutation))

    print(f"\n{mutation.__name__}: {len(tried)} cases, {len(caught)} complaints: {caught[:1]}")
    assert not sound
    assert any(what in complaint for complaint in caught)


@pytest.mark.parametrize("fault", [Fault.KILL, Fault.STOP, Fault.LOSE])
def test_a_naive_task_is_caught(runners: Runners, fault: Fault) -> None:
    making: Making = naive_parcel
    names = runners.count(making)

    verdicts = runners.try_all(making, [Case(Strike(n + 1, fault)) for n in range(len(names))])

    print(f"\nnaive, {fault.value}: {len(verdicts)} cases, {len(complaints(verdicts))} complaints")
    assert any("doubled" in complaint for complaint in complaints(verdicts))
