"""What a score is made of: contributions that add up exactly, and what they say together.

A hundred points, a quarter each for use, engagement, adoption, and payment and trouble. A factor's
ladder is data, read here and written into the one statement that scores all tenants
(`signals.py`); a test holds that both come to the same.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from math import sqrt
from typing import Final, TypeAlias

from domain.tables.health import Grade, Risk

Value: TypeAlias = Decimal | str | None
"""What was measured: a figure, a state, or nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Factor:
    """One named part of the score.

    `rungs` are the points from a figure on, best first (up to it, where `less_is_better`);
    `words` those of a state. `without` is what an account gets of which nothing can be said.
    """

    name: str
    title: str
    of: int
    rungs: tuple[tuple[Decimal, int], ...] = ()
    words: Mapping[str, int] = field(default_factory=dict[str, int])
    less_is_better: bool = False
    without: int = 0
    window: int | None = 28
    """Days that it looks back; none where it is a state of now."""

    advice: str = ""
    """What brings the next rung, with `{more}` or `{to}` of it."""


def _rungs(*steps: tuple[str, int]) -> tuple[tuple[Decimal, int], ...]:
    return tuple((Decimal(edge), points) for edge, points in steps)


def _has(name: str, title: str, of: int, advice: str) -> Factor:
    return Factor(
        name=name, title=title, of=of, rungs=_rungs(("1", of)), window=None, advice=advice
    )


PAYMENT: Final = {
    "active": 15,
    "trialing": 12,
    "paused": 6,
    "none": 6,
    "incomplete": 4,
    "leaving": 3,
    "past_due": 3,
    "unpaid": 1,
}
"""Points by the state of the subscription; `leaving` is paid for until the period's end."""

FACTORS: Final = (
    Factor(
        name="minutes",
        title="minutes used of the cap",
        of=10,
        rungs=_rungs(("1", 4), ("0.8", 9), ("0.5", 10), ("0.3", 8), ("0.1", 6), ("0.001", 3)),
        without=8,
        advice="use {to:.0%} of the minutes that are paid for",
    ),
    Factor(
        name="volume",
        title="calls against its own earlier level",
        of=10,
        rungs=_rungs(("1.1", 10), ("0.9", 9), ("0.75", 7), ("0.5", 4), ("0.25", 2)),
        without=7,
        advice="bring calls to {to:.0%} of what they were",
    ),
    Factor(
        name="answered",
        title="share of calls answered",
        of=5,
        rungs=_rungs(("0.85", 5), ("0.7", 4), ("0.5", 2)),
        without=3,
        advice="answer {to:.0%} of calls",
    ),
    Factor(
        name="login",
        title="days since the last log-in",
        of=10,
        rungs=_rungs(("1", 10), ("3", 8), ("7", 6), ("14", 4), ("21", 2)),
        less_is_better=True,
        window=21,
        advice="log in",
    ),
    Factor(
        name="bookings",
        title="bookings",
        of=8,
        rungs=_rungs(("8", 8), ("4", 6), ("1", 3)),
        advice="{more:.0f} more bookings in 28 days",
    ),
    Factor(
        name="leads",
        title="leads",
        of=4,
        rungs=_rungs(("10", 4), ("5", 3), ("1", 2)),
        advice="{more:.0f} more leads in 28 days",
    ),
    Factor(
        name="reviews",
        title="mean rating of reviews",
        of=3,
        rungs=_rungs(("4.5", 3), ("4", 2), ("3", 1)),
        without=2,
        window=90,
        advice="reviews of {to:.1f} on average",
    ),
    _has("agent", "an agent takes calls", 10, "switch the agent on"),
    _has("calendar", "a calendar is connected", 5, "connect a calendar"),
    _has("webhook", "a webhook is active", 5, "set up a webhook"),
    _has("texts", "the plan has texts", 3, "take a plan with texts"),
    _has("phone", "a number of its own", 2, "add a phone number"),
    Factor(
        name="payment",
        title="payment",
        of=15,
        words=PAYMENT,
        window=None,
        advice="bring the subscription to {to}",
    ),
    Factor(
        name="messages",
        title="share of messages that failed",
        of=5,
        rungs=_rungs(("0.02", 5), ("0.05", 4), ("0.1", 2)),
        less_is_better=True,
        without=4,
        advice="let no more than {to:.0%} of messages fail",
    ),
    Factor(
        name="troubles",
        title="open errors",
        of=5,
        rungs=_rungs(("0", 5), ("2", 3), ("9", 1)),
        less_is_better=True,
        window=None,
        advice="settle open errors down to {to:.0f}",
    ),
)

BY_NAME: Final = {factor.name: factor for factor in FACTORS}
LEAST_EVIDENCE: Final = Decimal(14)
"""Observations below which an account is new: three weeks, or fewer with calls in them."""

Z: Final = Decimal("1.96")
RESTORED: Final = 80
"""A score of at least B."""

_GRADES: Final = ((90, Grade.A), (RESTORED, Grade.B), (70, Grade.C), (60, Grade.D), (0, Grade.F))
_RISKS: Final = ((80, Risk.LOW), (60, Risk.MEDIUM), (40, Risk.HIGH), (0, Risk.CRITICAL))


def points(factor: Factor, value: Value) -> int:
    """Return what a value contributes."""
    if value is None:
        return factor.without
    if isinstance(value, str):
        return factor.words.get(value, 0)
    for edge, gained in factor.rungs:
        if value <= edge if factor.less_is_better else value >= edge:
            return gained
    return 0


def score(values: Mapping[str, Value]) -> int:
    """Return the sum of all contributions."""
    return sum(points(factor, values.get(factor.name)) for factor in FACTORS)


def grade(given: int) -> Grade:
    """Return the letter of a score."""
    return next(letter for edge, letter in _GRADES if given >= edge)


def risk(given: int) -> Risk:
    """Return how likely it is that an account with this score leaves."""
    return next(word for edge, word in _RISKS if given >= edge)


def wilson(share: float, count: float) -> tuple[float, float]:
    """Return between which shares the true one lies, at 95 %, having seen `count`."""
    if count <= 0:
        return 0.0, 1.0
    z = float(Z)
    middle = share + z * z / (2 * count)
    spread = z * sqrt(share * (1 - share) / count + z * z / (4 * count * count))
    whole = 1 + z * z / count
    return max(0.0, (middle - spread) / whole), min(1.0, (middle + spread) / whole)
