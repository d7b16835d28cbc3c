"""Texts fall due on both sides, tick by tick, while something strikes."""

import time
from dataclasses import dataclass, field
from typing import Final

from benchmarks.chaos.stage import Stage
from benchmarks.chaos.wanted import Trial

TICK: Final = 0.25
STOPS_EVERY: Final = 8
"""Ticks between two people who are owed a text and say stop before it is due."""


@dataclass
class Load:
    """One trial's course."""

    made: Stage
    trial: Trial
    ours: list[str] = field(default_factory=list[str])
    theirs: list[str] = field(default_factory=list[str])
    last: float = 0.0
    """When it was last struck or mended, or when the last text fell due."""

    _strike_at: float = float("inf")
    _mend_at: float = float("inf")
    _stops: list[tuple[float, str]] = field(default_factory=list[tuple[float, str]])

    def run(self) -> None:
        """Have texts fall due, and strike."""
        trial, began = self.trial, time.time()
        if trial.strike:
            self._strike_at = began + (trial.every or trial.seconds / 3)
        for tick in range(int(trial.seconds / TICK)):
            self._owe(tick)
            self._strike()
            time.sleep(max(0.0, began + (tick + 1) * TICK - time.time()))
        if trial.times > 1:
            self.made.ring(trial.times)
        self._strike_at = float("inf")
        while self._stops or self._mend_at < float("inf"):
            time.sleep(0.05)
            self._strike()
        self.last = max(self.last, time.time() - TICK + trial.later)

    def _owe(self, tick: int) -> None:
        trial = self.trial
        many = range(tick * trial.each_tick, (tick + 1) * trial.each_tick)
        ours = [f"+1212{5_550_000 + n}" for n in many]
        theirs = [f"+1415{5_550_000 + n}" for n in many]
        name = trial.name_of_task
        self.made.publish(theirs, name, later=trial.later, times=trial.times)
        self.made.town.owe(ours, later=trial.later)
        self.ours += ours
        self.theirs += theirs
        if tick % STOPS_EVERY == 0:
            number = f"+1212{5_570_000 + tick}"
            self.made.town.owe([number], later=2)
            self._stops.append((time.time() + self.made.dice.uniform(0.2, 1.2), number))

    def _strike(self) -> None:
        """Do what is to be done by now."""
        now = time.time()
        while self._stops and self._stops[0][0] <= now:
            self.made.town.stop(self._stops.pop(0)[1])
        if self.trial.strike and now >= self._strike_at:
            self.trial.strike(self.made)
            self.last = time.time()
            self._mend_at = self.last + self.trial.lasts if self.trial.mend else self._mend_at
            self._strike_at = self.last + self.trial.every if self.trial.every else float("inf")
        if self.trial.mend and time.time() >= self._mend_at:
            self.trial.mend(self.made)
            self._mend_at, self.last = float("inf"), time.time()
