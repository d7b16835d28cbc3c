"""The proof can fail: without any one of the safeguards it does, and so does a naive task.

Each mutant is our own code with one thing taken out, which is the one reason for which code
of ours is ever patched.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import cache, partial
from typing import Any, TypeAlias

import pytest
from sqlalchemy import text

from config.home import Home
from domain.work import batch, claims, effects, flow, resolve, rules, statements
from domain.work.rules import Belief
from tests.support.enumeration import Case
from tests.support.points import Fault, Strike
from tests.support.runners import Making, Mutation, Runners, complaints, running_runners
from tests.support.trials import CLAIMED, naive_parcel, parcel_by_a_bell

Trying: TypeAlias = Callable[[Sequence[str]], list[Case]]

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def runners(servers: Home, template: str) -> Iterator[Runners]:
    with running_runners(servers, template, 4) as made:
        yield made


def without_token_check(patch: pytest.MonkeyPatch) -> None:
    """Who was presumed dead writes over who took its place."""
    _replace(
        patch, "SETTLE", "AND m.lease_token = :token ", "AND CAST(:token AS uuid) IS NOT NULL "
    )


def without_token_check_of_effects(patch: pytest.MonkeyPatch) -> None:
    """Who was presumed dead settles the action that others are finding out about."""
    _replace_in_effects(
        patch, "SETTLE", "AND e.token = :token", "AND CAST(:token AS uuid) IS NOT NULL"
    )


def without_intent(patch: pytest.MonkeyPatch) -> None:
    """Nothing is written down before the call."""

    def intend(*given: Any) -> dict[str, None]:
        return {intent.effect.key: None for intent in given[-1]}

    patch.setattr(effects, "intend", intend)


def without_look_up(patch: pytest.MonkeyPatch) -> None:
    """What was cut short is put back unasked, as if the vendor knew nothing of it."""
    patch.setattr(resolve, "_look_up", resolve.Reply)


def without_reread(patch: pytest.MonkeyPatch) -> None:
    """No second look at the row before the call."""

    def look(_: Any, __: Any, attempts: Sequence[Any]) -> dict[Any, None]:
        return dict.fromkeys(attempt.id for attempt in attempts)

    patch.setattr(flow.Flow, "_look", look)


def without_owner_check(patch: pytest.MonkeyPatch) -> None:
    """Who may still call is forgotten at once."""
    _replace_in_effects(patch, "_TAKE_OVER", "SET token", "SET owner = NULL, token")


def counting_absences_while_the_owner_lives(patch: pytest.MonkeyPatch) -> None:
    """Absences count that were heard while the owner could still call (it was so once)."""
    _replace_in_effects(patch, "_NEGATIVE", "WHEN owner IS NULL", "WHEN true")


def believing_one_absence(patch: pytest.MonkeyPatch) -> None:
    """The vendor's list lags, and is believed."""
    patch.setattr(rules, "believe", lambda *_: Belief.NEVER_HAPPENED)


def counting_an_absence_twice(patch: pytest.MonkeyPatch) -> None:
    """A conclusion whose commit was not answered is written again (it was so once)."""
    patch.setattr(resolve.claims, "is_held", lambda *_: True)


def keeping_what_was_claimed_unheard(patch: pytest.MonkeyPatch) -> None:
    """Who lost the answer to its claim holds its rows for as long as it lives (it was so once)."""
    patch.setattr(batch, "_give_back", lambda *_: None)


def _replace(patch: pytest.MonkeyPatch, name: str, old: str, new: str) -> None:
    sql: str = getattr(statements, name)
    assert old in sql
    patch.setattr(statements, name, sql.replace(old, new))
    patch.setattr(claims, "statements", cache(statements.statements.__wrapped__))


def _replace_in_effects(patch: pytest.MonkeyPatch, name: str, old: str, new: str) -> None:
    sql = str(getattr(effects, name))
    assert old in sql
    patch.setattr(effects, name, text(sql.replace(old, new)))


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
    without_token_check: (both_asleep, "written by who does not hold it: ('parcels'"),
    without_token_check_of_effects: (both_asleep, "written by who does not hold it: ('effects'"),
    without_intent: (KILLED, "doubled"),
    without_look_up: (KILLED, "doubled"),
    without_reread: (CALLED_OFF, "sent, although called off"),
    without_owner_check: (STOPPED, "doubled"),
    counting_absences_while_the_owner_lives: (STOPPED, "doubled"),
    believing_one_absence: (KILLED, "doubled"),
    counting_an_absence_twice: (lost_by_who_resolves, "an absence counted twice"),
    keeping_what_was_claimed_unheard: (UNHEARD, "not through while the worker"),
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
