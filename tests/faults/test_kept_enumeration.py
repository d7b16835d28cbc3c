"""Texts that wait at their carrier: at every point, by every fault, and whoever is asleep.

Twilio knows no key of ours. But it refuses to keep a text that is to leave within five minutes,
and each text has one moment to leave at: so after that nobody can hand it over a second time,
not even a worker of another host that sleeps through all of it.
"""

import pytest

from domain.messages import recalling
from tests.support.enumeration import Case
from tests.support.kept_trials import kept_text_by_a_bell, kept_text_to_who_says_stop
from tests.support.points import Fault
from tests.support.runners import FAULTS, Runners, assert_sound, complaints, pool_of, some, strikes
from tests.support.slice_ground import GUARDS, sandbox

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]
ASLEEP = (Fault.KILL, Fault.STOP, Fault.STOP_FENCED)

runners = pool_of(2, vending=sandbox, guards=GUARDS)


def test_a_text_that_waits_is_sent_once_whatever_strikes(runners: Runners) -> None:
    points = runners.count(kept_text_by_a_bell)
    struck = [Case(s) for s in strikes(len(points), FAULTS)]

    verdicts = runners.try_all(kept_text_by_a_bell, some(struck, of=6))

    assert_sound("a text that waits at its carrier", points, verdicts)


def test_it_is_sent_though_nobody_knows_whether_its_sender_lives(runners: Runners) -> None:
    points = runners.count(kept_text_by_a_bell)

    struck = [Case(s, elsewhere=True) for s in strikes(len(points), ASLEEP)]
    verdicts = runners.try_all(kept_text_by_a_bell, some(struck, of=4))

    assert_sound("a text that waits, of another host", points, verdicts)


def test_who_says_stop_before_it_leaves_gets_none(runners: Runners) -> None:
    points = runners.count(kept_text_to_who_says_stop)

    struck = [Case(s) for s in strikes(len(points), (Fault.MEDDLE,))]
    verdicts = runners.try_all(kept_text_to_who_says_stop, some(struck, of=3))

    assert_sound("a text that waits and is called off", points, verdicts)


def without_calling_off(patch: pytest.MonkeyPatch) -> None:
    """Nobody tells the carrier."""
    patch.setattr(recalling, "recall", lambda _: 0)


def test_without_calling_off_it_is_caught(runners: Runners) -> None:
    points = runners.count(kept_text_to_who_says_stop)

    last = [Case(strikes(len(points), (Fault.MEDDLE,))[-1])]
    caught = complaints(runners.try_all(kept_text_to_who_says_stop, last, without_calling_off))

    assert any("sent, although called off" in one for one in caught)
