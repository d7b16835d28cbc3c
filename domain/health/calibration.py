"""How often scores were right: pure arithmetic over counts of accounts that stayed and left.

A tally says, of all accounts that once had a score, how many there were and how many left within
the horizon. An account counts once a week, so that one that is scored four times a day does not
count four times.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from domain.health.rules import wilson

HORIZON: Final = timedelta(days=60)
"""Within which an account must have left for its score to have foretold it."""

WIDTH: Final = 10
BELIEF: Final = 20
"""How many accounts of the average kind each band begins with: three of three is no certainty."""


@dataclass(frozen=True, slots=True)
class Count:
    """How many had it, and how many of them left."""

    all: int
    left: int

    def __add__(self, other: "Count") -> "Count":
        return Count(self.all + other.all, self.left + other.left)


Tally = Mapping[int, Count]
"""By a figure: a score, or days since the last log-in."""

NONE: Final = Count(0, 0)


@dataclass(frozen=True, slots=True)
class Band:
    """What became of those whose score lay between two figures, both included."""

    low: int
    high: int
    count: Count
    share: float
    """Of them left, as far as one can tell from so many."""

    bounds: tuple[float, float]


def total(tally: Tally) -> Count:
    """Return the sum of a tally."""
    return sum(tally.values(), NONE)


def auc(tally: Tally, *, more_is_worse: bool = False) -> float | None:
    """Return how often one that left had a worse figure than one that stayed; a tie is half.

    A half is chance. None where nobody left, or nobody stayed.
    """
    whole = total(tally)
    stayed = whole.all - whole.left
    if not whole.left or not stayed:
        return None
    wins, before = 0.0, 0
    for figure in sorted(tally, reverse=not more_is_worse):
        count = tally[figure]
        here = count.all - count.left
        wins += count.left * (before + here / 2)
        before += here
    return wins / (whole.left * stayed)


def bands(tally: Tally) -> list[Band]:
    """Return what became of each band of ten points."""
    whole = total(tally)
    base = whole.left / whole.all if whole.all else 0.0
    found: list[Band] = []
    for low in range(0, 100, WIDTH):
        high = low + WIDTH - 1 if low + WIDTH < 100 else 100  # noqa: PLR2004  # the highest score
        count = sum((tally[at] for at in tally if low <= at <= high), NONE)
        share = (count.left + BELIEF * base) / (count.all + BELIEF)
        bounds = wilson(count.left / count.all if count.all else 0.0, count.all)
        found.append(Band(low, high, count, share, bounds))
    return found


def band_of(found: Sequence[Band], score: int) -> Band | None:
    """Return the band that a score lies in."""
    return next((band for band in found if band.low <= score <= band.high), None)


def error(taught: Iterable[Band], tested: Tally) -> float | None:
    """Return how far shares that were learnt are from those that came, as a mean over accounts."""
    whole = total(tested)
    if not whole.all:
        return None
    wrong = 0.0
    for band in taught:
        count = sum((tested[at] for at in tested if band.low <= at <= band.high), NONE)
        wrong += abs(band.share * count.all - count.left)
    return wrong / whole.all
