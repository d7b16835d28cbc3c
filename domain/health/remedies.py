"""What would restore a score, and what changed it: exact, because contributions add up."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from domain.health import rules
from domain.health.rules import FACTORS, RESTORED, Factor, Value


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that could be better, and what it would add."""

    factor: str
    gains: int
    words: str


@dataclass(frozen=True, slots=True)
class Change:
    """A contribution that is not what it was."""

    factor: str
    before: int
    now: int


def steps(factor: Factor, value: Value) -> Sequence[Step]:
    """Return what one factor could still add, each amount once and in the mildest way."""
    has = rules.points(factor, value)
    found: dict[str, Step] = {}
    for gained, words in _rungs(factor, value):
        if gained > has and (words not in found or found[words].gains < gained - has):
            found[words] = Step(factor.name, gained - has, words)
    return list(found.values())


def _rungs(factor: Factor, value: Value) -> Iterator[tuple[int, str]]:
    if factor.words:
        best = max(factor.words, key=lambda word: factor.words[word])
        yield factor.words[best], factor.advice.format(to=best)
    for edge, gained in factor.rungs:
        more = edge - value if isinstance(value, Decimal) else edge
        yield gained, factor.advice.format(to=edge, more=more)


def restore(values: Mapping[str, Value], wanted: int = RESTORED) -> Sequence[Step]:
    """Return the fewest changes after which the score is `wanted`, and the mildest of those.

    Empty where it is as good already. Each set of changes stands for its sum: for a sum, the
    fewest changes that reach it are kept, factor by factor.
    """
    need = wanted - rules.score(values)
    if need <= 0:
        return []
    reached: dict[int, tuple[Step, ...]] = {0: ()}
    for factor in FACTORS:
        possible = steps(factor, values.get(factor.name))
        for gains, taken in list(reached.items()):
            for step in possible:
                known = reached.get(gains + step.gains)
                if known is None or len(known) > len(taken) + 1:
                    reached[gains + step.gains] = (*taken, step)
    enough = [gains for gains in reached if gains >= need]
    best = min(enough, key=lambda gains: (len(reached[gains]), gains))
    return sorted(reached[best], key=lambda step: -step.gains)


def changes(before: Mapping[str, int], now: Mapping[str, int]) -> Sequence[Change]:
    """Return the contributions that moved between two scores, the greatest loss first."""
    moved = [
        Change(factor.name, before.get(factor.name, 0), now.get(factor.name, 0))
        for factor in FACTORS
        if before.get(factor.name, 0) != now.get(factor.name, 0)
    ]
    return sorted(moved, key=lambda change: change.now - change.before)
