"""Vendors' notices at every point, by every fault: each is taken once, and none is lost."""

import pytest

from domain.webhooks import service, store
from tests.support.enumeration import Case
from tests.support.points import Fault
from tests.support.runners import (
    FAULTS,
    Mutation,
    Runners,
    assert_sound,
    complaints,
    pool_of,
    some,
    strikes,
)
from tests.support.webhook_trials import GUARDS, notice_by_a_bell, notices_by_a_sweep

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

runners = pool_of(3, guards=GUARDS)


def test_a_notice_is_taken_once_whatever_strikes(runners: Runners) -> None:
    points = runners.count(notice_by_a_bell)
    struck = [Case(s) for s in strikes(len(points), FAULTS)]

    verdicts = runners.try_all(notice_by_a_bell, some(struck, of=2))

    print("\n" + "\n".join(points))  # the proof is these figures
    assert_sound("a notice by a bell", points, verdicts)


def test_notices_are_taken_once_whatever_strikes_a_sweep(runners: Runners) -> None:
    points = runners.count(notices_by_a_sweep)

    struck = [Case(s) for s in strikes(len(points), FAULTS)]
    verdicts = runners.try_all(notices_by_a_sweep, some(struck, of=6))

    # How answers come together, and so the number of points, differs a little.
    assert_sound("three notices by a sweep", points, verdicts, misses=len(verdicts) // 5)


def test_a_notice_is_taken_once_whatever_strikes_who_takes_it_up(runners: Runners) -> None:
    first = next(s for s in strikes(3, (Fault.KILL,)) if s.point == 3)
    points = runners.count_resolving(notice_by_a_bell, first)
    struck = [Case(first, second) for second in strikes(len(points), (Fault.KILL, Fault.LOSE))]

    verdicts = runners.try_all(notice_by_a_bell, struck)

    assert_sound("a notice taken up", points, verdicts)


def taking_what_was_taken(patch: pytest.MonkeyPatch) -> None:
    """Look at the row, and do not ask whether its news was taken."""
    patch.setattr(store, "hold", store.look)


def closing_in_another_transaction(patch: pytest.MonkeyPatch) -> None:
    """Take the news and leave the row open: it is closed by whoever settles it."""
    patch.setattr(service, "close", lambda *_: None)


@pytest.mark.parametrize("mutation", [taking_what_was_taken, closing_in_another_transaction])
def test_without_a_safeguard_it_is_caught(runners: Runners, mutation: Mutation) -> None:
    points = runners.count(notice_by_a_bell)
    taken = next(n for n, name in enumerate(points, 1) if "INSERT INTO takings" in name)
    tried = [Case(s) for s in strikes(len(points), (Fault.KILL,))[taken - 1 :]]

    sound = complaints(runners.try_all(notice_by_a_bell, tried))
    caught = complaints(runners.try_all(notice_by_a_bell, tried, mutation))

    print(f"\n{mutation.__name__}: {len(tried)} cases, {len(caught)} complaints: {caught[:1]}")
    assert not sound
    assert caught
