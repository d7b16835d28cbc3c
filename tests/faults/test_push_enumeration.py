"""Carrying an event to its owner's calendar: at every point, by every fault, at each vendor.

It stands there once, as it is here; what both changed is on both sides; and what was called off
is gone, whether or not anybody heard that it had been there.
"""

from collections.abc import Sequence

import pytest

from tests.support import slice_ground
from tests.support.enumeration import Case
from tests.support.points import Fault
from tests.support.push_trials import (
    GUARDS,
    Agreed,
    At,
    CallsOff,
    Cancels,
    Changes,
    ChangesOfBoth,
    MarkedAgain,
    NamesOfBoth,
    Pushes,
    StandsAgain,
    vendors,
    with_new_names,
    without_etags,
    without_looks_at_what_is_late,
    without_notes,
)
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

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

KINDS = ("google", "outlook", "other")


runners = pool_of(2, vending=vendors, guards=slice_ground.GUARDS + GUARDS)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("trial", "faults"),
    [
        (Pushes, FAULTS),
        (Agreed, FAULTS),
        (Changes, FAULTS),
        (ChangesOfBoth, (Fault.MEDDLE,)),
        (NamesOfBoth, (Fault.MEDDLE,)),
        (Cancels, FAULTS),
        (CallsOff, FAULTS),
        (StandsAgain, FAULTS),
        (MarkedAgain, FAULTS),
    ],
)
def test_both_sides_are_in_step_whatever_strikes(
    runners: Runners, trial: type[Pushes], faults: tuple[Fault, ...], kind: str
) -> None:
    making = At(trial, kind)
    points = runners.count(making)

    struck = [Case(s) for s in strikes(len(points), faults)]
    verdicts = runners.try_all(making, some(struck, of=48))

    assert_sound(str(making), points, verdicts)


@pytest.mark.parametrize(
    ("mutation", "trial", "kind", "fault", "what"),
    [
        (with_new_names, Pushes, "google", Fault.KILL, "too often"),
        (with_new_names, Pushes, "outlook", Fault.KILL, "too often"),
        (with_new_names, Pushes, "other", Fault.KILL, "not in step"),
        (without_notes, CallsOff, "google", Fault.KILL, "not in step"),
        (without_notes, StandsAgain, "google", Fault.KILL, "lost"),
        (without_etags, NamesOfBoth, "google", Fault.MEDDLE, "lost"),
        (without_etags, NamesOfBoth, "outlook", Fault.MEDDLE, "lost"),
        (without_etags, NamesOfBoth, "other", Fault.MEDDLE, "lost"),
        (without_looks_at_what_is_late, CallsOff, "outlook", Fault.STOP, "not in step"),
        (without_looks_at_what_is_late, CallsOff, "other", Fault.STOP, "not in step"),
    ],
)
def test_without_a_safeguard_it_is_caught(
    runners: Runners, mutation: Mutation, trial: type[Pushes], kind: str, fault: Fault, what: str
) -> None:
    making = At(trial, kind)
    points = runners.count(making)
    struck = [Case(s) for s in strikes(len(points), (fault,))[_around(points, fault)]]

    sound = complaints(runners.try_all(making, struck))
    caught = complaints(runners.try_all(making, struck, mutation))

    assert not sound
    assert any(what in complaint for complaint in caught), caught


def _around(points: Sequence[str], fault: Fault) -> slice:
    """Return where it shows: right after the last that was sent, or right before the first."""
    if fault is Fault.KILL:
        sent = max(n for n, name in enumerate(points) if name == "after bytes to 127.0.0.1")
        return slice(sent, sent + 2)
    first = points.index("before bytes to 127.0.0.1")
    return slice(first, first + 1)
