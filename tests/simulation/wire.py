"""The way to a vendor, and what goes wrong on it; and the ledger of what vendors did.

A vendor does a thing when it has it, which may be after we gave up: no later than the product
counts on (`Patience.age`), and its list shows it no later than that either.
"""

import random
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Final, TypeVar

from domain.errors import OutcomeUnknown, ProviderError, Rejected, Retryable
from tests.simulation.clock import Clock
from tests.simulation.moments import Moment
from tests.simulation.stage import Stage

Done = TypeVar("Done")

GIVES_UP: Final = 18.0
"""Seconds after which an adapter gives up: below the shortest hard limit of a kind, 20."""

LATE: Final = 35.0
"""By how many seconds a thing may be done after that, at most; `Patience.age` is 60."""

LAG: Final = 6.0
"""By how many seconds a vendor's list is late, at most."""


class Mood(Enum):
    """How a vendor takes a request."""

    WELL = "well"
    LOST_BEFORE = "the request is lost"
    LOST_AFTER = "the answer is lost"
    BROKEN_AFTER = "500 after doing it"
    BUSY = "429"
    REFUSED = "refused for good"
    SLOW = "slow, within what we wait for"
    TOO_SLOW = "done after we gave up"
    ASLEEP = "slow, beyond the lease"


MISHAP: Final = 0.07
"""How many requests in a storm meet with one of these; and in which proportion."""

MOODS: Final = {
    Mood.LOST_BEFORE: 10,
    Mood.LOST_AFTER: 12,
    Mood.BROKEN_AFTER: 10,
    Mood.BUSY: 12,
    Mood.REFUSED: 6,
    Mood.SLOW: 8,
    Mood.TOO_SLOW: 6,
    Mood.ASLEEP: 6,
}


@dataclass(slots=True)
class Line:
    """One thing that a vendor did."""

    vendor: str
    what: str
    """Ours: the key that it carries, or the words."""

    name: str
    left_at: datetime
    """When the request left us."""

    at: datetime
    shown_at: datetime
    """From when on the vendor's list shows it."""

    to: str = ""
    ended_at: datetime | None = None


class Wire:
    """The one way to all vendors of a run."""

    def __init__(self, stage: Stage, clock: Clock, chance: random.Random) -> None:
        self._stage, self._clock, self._chance = stage, clock, chance
        self.ledger: list[Line] = []
        self.moods: Counter[str] = Counter()
        self._coming: list[tuple[datetime, Callable[[], object]]] = []
        """What is on its way to a vendor, though we gave up."""

        self._arriving: datetime | None = None

    @property
    def now(self) -> datetime:
        """The moment, or that of what arrives: the clock may have passed it meanwhile."""
        return self._arriving or self._clock.now

    def ask(self, vendor: str, do: Callable[[datetime], Done], *, is_act: bool = True) -> Done:
        """Make a request: `do` is told when it left us, and does it at the vendor's."""
        left_at = self._clock.now  # who is struck from here on has asked too late to know better
        self._point(Moment.REQUEST)
        mood = self._mood()
        self.moods[f"{vendor}: {mood.value}"] += mood is not Mood.WELL
        self._clock.pass_by(self._chance.uniform(0.0005, 0.004))
        self._before(mood, do, left_at, is_act=is_act)
        done = do(left_at)
        self._point(Moment.ANSWER)
        if mood is Mood.SLOW:
            self._clock.pass_by(self._chance.uniform(3, GIVES_UP))
        if mood is Mood.ASLEEP:
            self._clock.pass_by(self._chance.uniform(61, 400))
        if mood in {Mood.LOST_AFTER, Mood.BROKEN_AFTER}:
            raise OutcomeUnknown("the vendor answered 500, or nothing")
        return done

    def _before(
        self,
        mood: Mood,
        do: Callable[[datetime], object],
        left_at: datetime,
        *,
        is_act: bool,
    ) -> None:
        """End what does not reach the vendor, or not in time."""
        if mood is Mood.LOST_BEFORE:
            raise OutcomeUnknown("the vendor did not say")
        if mood is Mood.BUSY:
            after = timedelta(seconds=self._chance.choice([1, 5, 60]))
            raise Retryable("the vendor asks us to slow down", after=after, is_crowded=True)
        if mood is Mood.REFUSED and is_act:
            raise Rejected("the vendor refused it")
        if mood is Mood.TOO_SLOW:
            self._clock.pass_by(GIVES_UP)
            if is_act:
                late = timedelta(seconds=self._chance.uniform(0.1, LATE))
                self._coming.append((self.now + late, lambda: do(left_at)))
            raise OutcomeUnknown("the vendor did not answer in time")

    def _point(self, moment: Moment) -> None:
        self.arrive()
        try:
            self._stage.point(moment)
        except ConnectionRefusedError as error:
            raise Retryable("the vendor could not be reached") from error
        except ConnectionResetError as error:
            raise OutcomeUnknown("the vendor hung up") from error
        self.arrive()

    def arrive(self) -> None:
        """Have the vendors do what has reached them meanwhile."""
        if self._coming:
            now = self.now
            due = [one for one in self._coming if one[0] <= now]
            self._coming = [one for one in self._coming if one[0] > now]
            for at, do in sorted(due, key=lambda one: one[0]):
                self._arriving = at
                with suppress(ProviderError):  # whoever asked has given up
                    do()
            self._arriving = None

    def _mood(self) -> Mood:
        if self._stage.is_calm or self._chance.random() >= MISHAP * self._stage.weather:
            return Mood.WELL
        return self._chance.choices(list(MOODS), list(MOODS.values()))[0]

    def write(self, vendor: str, what: str, left_at: datetime, *, to: str = "") -> Line:
        """Write down what a vendor does."""
        now = self.now
        lag = timedelta(seconds=self._chance.uniform(0, LAG) if self._chance.random() < 0.2 else 0)
        name = f"{vendor}-{len(self.ledger) + 1}"
        line = Line(vendor, what, name, left_at, now, now + lag, to)
        self.ledger.append(line)
        return line
