"""The same two sides as a state machine of Hypothesis: a history that fails is cut to its least.

The dice of test_histories.py fall for hours, and leave a seed and a long story. Here each step is
drawn by Hypothesis, and what goes wrong is said beforehand instead of rolled, so that a step that
is left out changes nothing of the others.
"""

import os
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Final

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    rule,
    run_state_machine_as_test,
)

from domain.calendars import rules
from domain.calendars.rules import Merge
from domain.database import Begin
from tests.support.desks import dav_servers
from tests.support.edits import ACTIONS
from tests.support.histories import KINDS
from tests.support.house import House, house
from tests.support.in_step import judge
from tests.support.rough import Weather
from tests.support.told import Totals
from tests.support.two_sides import World

__all__ = ["dav_servers", "house"]

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1200)]

LONG: Final = bool(os.environ.get("LONG"))
EXAMPLES: Final = 300 if LONG else 4
STEPS: Final = 25
TROUBLES: Final = (
    *("request not made", "request lost", "answer lost", "crash before a request"),
    *("crash after a request", "crash before a commit", "crash after a commit"),
)


@dataclass
class Foretold(Weather):
    """What goes wrong next is said beforehand, and happens once."""

    ahead: set[str] = field(default_factory=set[str])

    def strikes(self, what: str, rate: float) -> bool:
        is_struck = self.is_rough and rate > 0 and what in self.ahead
        if is_struck:
            self.ahead.discard(what)
            self.seen[what] += 1
        return is_struck


class TwoSides(RuleBasedStateMachine):
    """One owner at one of the vendors, whatever is done on either side, and both in step after."""

    stage: ClassVar[tuple[House, Begin]]
    told: ClassVar[list[str]] = []
    """What happened in the history that was tried last."""

    acts: ClassVar[Sequence[str]] = sorted(ACTIONS)
    begins: ClassVar[Sequence[str]] = ()
    """What has been done already, and both sides are in step."""

    @initialize(kind=st.sampled_from(KINDS))
    def open(self, kind: str) -> None:
        dice = random.Random(0)
        self.weather = Foretold(dice, is_rough=True)
        house, begin = self.stage
        self.adapters = house.adapters(house.purse(begin))
        self.world = World(begin, dice, self.weather, self.adapters, house.purse, Totals())
        TwoSides.told = self.world.story
        self.owner = self.world.owner(kind, house.open)
        for act in self.begins:
            ACTIONS[act][0](self.world, self.owner)
            self._compare(dice)

    @rule(
        act=st.runner().flatmap(lambda it: st.sampled_from(it.acts)),
        dice=st.randoms(use_true_random=False),
    )
    def somebody_acts(self, act: str, dice: random.Random) -> None:
        self.world.dice = dice
        ACTIONS[act][0](self.world, self.owner)

    @rule()
    def a_sweep_comes_by(self) -> None:
        self.world.sweep()

    @rule(what=st.sampled_from(TROUBLES))
    def something_will_go_wrong(self, what: str) -> None:
        self.weather.ahead.add(what)
        self.world.story.append(f"next: {what}")

    @rule(dice=st.randoms(use_true_random=False))
    def both_sides_are_compared(self, dice: random.Random) -> None:
        self._compare(dice)
        self.weather.is_rough = True

    def _compare(self, dice: random.Random) -> None:
        self.world.dice = dice
        self.world.settle()
        judge(self.world)
        self.world.story.append("compared, after sweeps")

    def teardown(self) -> None:
        if not hasattr(self, "world"):
            return
        try:
            self._compare(random.Random(0))
        finally:
            self.world.leave()
            for adapter in self.adapters.values():
                adapter.close()


def live(house: House, begin: Begin, *, examples: int, steps: int = STEPS) -> None:
    TwoSides.stage = house, begin
    run_state_machine_as_test(
        TwoSides,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.generate, Phase.shrink],
            database=None,
            report_multiple_bugs=False,
        ),
    )


def test_both_sides_end_equal_whatever_is_done(house: House, begin_for_all: Begin) -> None:
    live(house, begin_for_all, examples=EXAMPLES)


@pytest.mark.skipif(not LONG, reason="a minute or two; LONG=1 runs it")
def test_a_history_that_fails_is_cut_to_its_least(
    house: House, begin_for_all: Begin, monkeypatch: pytest.MonkeyPatch
) -> None:
    merge = rules.merge

    def unasked(*, chosen: Mapping[str, str] | None = None, **facts: rules.Digests) -> Merge:
        """Where both have changed a field, ours wins, and nobody is asked."""
        found = merge(chosen=chosen, **facts)
        return Merge(found.takes, found.gives | found.clashes, frozenset())

    monkeypatch.setattr(rules, "merge", unasked)
    monkeypatch.setattr(TwoSides, "acts", ("they_change", "we_change"))
    monkeypatch.setattr(TwoSides, "begins", ("we_write",))

    with pytest.raises(AssertionError, match="nobody was asked"):
        live(house, begin_for_all, examples=500, steps=8)

    # Written, compared, changed by both; a field that only one has changed may stand beside it.
    acts = [line for line in TwoSides.told if "sweep" not in line]
    assert len(acts) <= 6, TwoSides.told
