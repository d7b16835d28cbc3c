"""Texts and readings at the vendors' stand-ins: at every point, by every fault.

No text goes out twice, no call is booked twice, and nothing that was owed is lost.
"""

import pytest

from domain.metering import service as metering
from tests.support.enumeration import Case
from tests.support.mutants import believing_one_absence, without_intent, without_reread
from tests.support.points import Fault
from tests.support.purse_trials import call_within_a_budget
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
from tests.support.slice_ground import GUARDS, sandbox
from tests.support.slice_trials import (
    CLAIMED,
    call_by_a_bell,
    text_about_what_is_cancelled,
    text_by_a_bell,
    text_called_off_by_cancelling,
    text_called_off_by_stop,
    text_to_who_says_stop,
    texts_by_a_sweep,
)

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

runners = pool_of(3, vending=sandbox, guards=GUARDS)


def without_patience(patch: pytest.MonkeyPatch) -> None:
    """A cost that could not be written is forgotten (it was so once)."""
    patch.setattr(metering, "PAUSES", ())


def test_a_text_is_sent_once_whatever_strikes(runners: Runners) -> None:
    points = runners.count(text_by_a_bell)
    struck = [Case(s) for s in strikes(len(points), FAULTS)]

    verdicts = runners.try_all(text_by_a_bell, some(struck, of=2))

    print("\n" + "\n".join(points))  # the proof is these figures
    assert_sound("a text by a bell", points, verdicts)


def test_texts_are_sent_once_whatever_strikes_a_sweep(runners: Runners) -> None:
    points = runners.count(texts_by_a_sweep)

    struck = [Case(s) for s in strikes(len(points), FAULTS)]
    verdicts = runners.try_all(texts_by_a_sweep, some(struck, of=6))

    # Three hands: how answers come together, and so the number of points, differs a little.
    assert_sound("three texts by a sweep", points, verdicts, misses=len(verdicts) // 5)


def test_a_text_that_another_host_may_still_send_is_unknown(runners: Runners) -> None:
    points = runners.count(text_by_a_bell)

    struck = [Case(s, elsewhere=True) for s in strikes(len(points), (Fault.KILL,))]
    verdicts = runners.try_all(text_by_a_bell, struck)

    assert_sound("a text of another host", points, verdicts)


@pytest.mark.parametrize(
    ("at_once", "at_any_time"),
    [
        (text_called_off_by_stop, text_to_who_says_stop),
        (text_called_off_by_cancelling, text_about_what_is_cancelled),
    ],
    ids=["stop", "cancelled"],
)
def test_what_is_called_off_before_the_last_look_is_not_sent(
    runners: Runners, at_once: Making, at_any_time: Making
) -> None:
    points = runners.count(at_any_time)
    looked = points.index(CLAIMED) + 1
    struck = [Case(s) for s in strikes(len(points), (Fault.MEDDLE,))]

    before = runners.try_all(at_once, struck[:looked])
    after = runners.try_all(at_any_time, struck[looked:])

    assert_sound(at_any_time.__name__, points, [*before, *after])


def test_a_call_is_booked_once_whatever_strikes(runners: Runners) -> None:
    points = runners.count(call_by_a_bell)

    verdicts = runners.try_all(call_by_a_bell, [Case(s) for s in strikes(len(points), FAULTS)])

    print("\n" + "\n".join(points))  # the proof is these figures
    assert_sound("a call by a bell", points, verdicts)


def test_a_budget_holds_nothing_and_misses_nothing_whatever_strikes(runners: Runners) -> None:
    points = runners.count(call_within_a_budget)

    struck = [Case(s) for s in strikes(len(points), FAULTS)]
    verdicts = runners.try_all(call_within_a_budget, struck)

    print("\n" + "\n".join(points))  # the proof is these figures
    assert_sound("a call within a budget", points, verdicts)


@pytest.mark.parametrize(
    ("mutation", "making", "fault", "what"),
    [
        (without_intent, text_by_a_bell, Fault.KILL, "doubled"),
        (believing_one_absence, text_by_a_bell, Fault.KILL, "doubled"),
        (without_reread, text_called_off_by_stop, Fault.MEDDLE, "sent, although called off"),
        (without_patience, call_by_a_bell, Fault.LOSE, "not written down"),
    ],
)
def test_without_a_safeguard_it_is_caught(
    runners: Runners, mutation: Mutation, making: Making, fault: Fault, what: str
) -> None:
    sound, caught = runners.try_without(mutation, making, fault)

    assert not sound
    assert any(what in complaint for complaint in caught)
