"""What follows from what was heard. Pure: no clock, no rows, no network."""

from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from typing import Final

from domain.backoff import backoff
from domain.errors import OutcomeUnknown, Rejected, Retryable
from domain.tables.effects import EffectState

MOST_LOOKUPS: Final = 12
"""Look-ups after which a person is asked; they go on, once an hour, while the row stands."""

SLOW_LOOKUP: Final = timedelta(hours=1)
KEY_LIVES: Final = timedelta(hours=23)
"""Vendors forget a key after 24 hours; one that is younger may be used again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long to wait before believing that a thing never happened."""

    gap: timedelta = timedelta(seconds=30)
    """Between the first and the last negative look-up: vendors' lists lag."""

    age: timedelta = timedelta(seconds=60)
    """Since the request may have left: longer than any request is on its way."""


@dataclass(frozen=True, slots=True)
class Word:
    """What one call came to, as it is written down."""

    state: EffectState
    why: str | None = None
    after: timedelta | None = None
    """How long the other side asked us to wait."""
    facts: object = None
    """What the area writes down with it."""


def word_of(error: Exception) -> Word:
    """Say what an exception from an adapter means; a bug may have happened after the call."""
    if isinstance(error, Retryable):
        return Word(EffectState.RETRYABLE, str(error), error.after, error.facts)
    if isinstance(error, Rejected):
        return Word(EffectState.REJECTED, str(error), facts=error.facts)
    if isinstance(error, OutcomeUnknown):
        return Word(EffectState.UNKNOWN, str(error), facts=error.facts)
    return Word(EffectState.UNKNOWN, f"a bug of ours: {type(error).__name__}")


def wait_after(word: Word, attempts: int, *, chance: float, patience: Patience) -> timedelta:
    """Return when to look at the row again: never sooner than the other side asked."""
    if word.state is EffectState.UNKNOWN:
        return patience.gap
    return max(word.after or timedelta(), backoff(attempts, chance=chance))


class Belief(Enum):
    """What we believe of an action whose outcome was not heard."""

    NEVER_HAPPENED = "never happened"
    ASK_AGAIN = "ask again"
    ASK_A_PERSON = "ask a person"


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What is known after a look-up that found nothing."""

    negatives: int
    """How often the vendor was asked and knew nothing since nobody can make the call any more."""

    since_first: timedelta
    """Between the first of those and now."""

    age: timedelta
    """Since the intent was written."""

    owner_is_gone: bool
    """Whether the process that may have called is known to be dead, or has said it is through."""

    lookups: int


def believe(evidence: Evidence, patience: Patience) -> Belief:
    """Say whether an action that the vendor does not know may be tried once more.

    One negative proves nothing, because lists lag. None proves anything that was heard while
    the one who was about to call could still wake up and call. Only all four together do.
    """
    if (
        evidence.negatives >= 2  # noqa: PLR2004  # two, by the rule above
        and evidence.since_first >= patience.gap
        and evidence.age >= patience.age
        and evidence.owner_is_gone
    ):
        return Belief.NEVER_HAPPENED
    if evidence.lookups >= MOST_LOOKUPS:
        return Belief.ASK_A_PERSON
    return Belief.ASK_AGAIN


def ask_again_after(lookups: int, patience: Patience) -> timedelta:
    """Return when to look an unknown action up again: soon at first, hourly in the end."""
    if lookups >= MOST_LOOKUPS:
        return SLOW_LOOKUP
    return min(patience.gap * max(1, lookups - 2), SLOW_LOOKUP)
