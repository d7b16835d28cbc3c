"""One row's turn: what is to be done for it, the call, and what came of it."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final, Generic, TypeAlias
from uuid import UUID

import structlog
from sqlalchemy.orm import Session

from domain.errors import ProviderError
from domain.tables.effects import EffectState
from domain.work.claims import Ending, Lease
from domain.work.effects import Effect, Receipt
from domain.work.kinds import Claimed, Kind, Row
from domain.work.rules import Word, wait_after, word_of

log = structlog.get_logger("work")

FRESH: Final = timedelta(seconds=2)
"""How old the last look at the row may be when the call begins."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Leave:
    """Why a row is not acted on, and what becomes of it."""

    state: str
    why: str
    due_in: timedelta | None = None
    is_alarming: bool = False
    """It is given up, and somebody should know."""

    uncounted: bool = False
    """Nothing was tried: it only waits for its turn."""


@dataclass(frozen=True, slots=True)
class Chore:
    """Work that touches nothing outside, and so needs no effect: it may simply run again."""

    run: Callable[[], None]

    def do(self) -> Receipt:
        """Do it."""
        self.run()
        return Receipt()


Describe: TypeAlias = Callable[[Row], Effect | Chore]
"""Say what the action for a row is. Pure: it is asked again when an answer was lost."""

Decide: TypeAlias = Callable[[Session, Sequence[Claimed[Row]]], Mapping[UUID, Leave]]
"""Say which of the claimed rows are not to be acted on now, inside the claim's transaction."""


Choose: TypeAlias = Callable[[Session, int, UUID | None], Sequence[UUID]]
"""Name the rows to claim, so many at most or this one only, and lock what they are chosen by."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job(Generic[Row]):
    """A kind of work, and how it is done."""

    kind: Kind[Row]
    describe: Describe[Row]
    decide: Decide[Row] | None = None
    allow: Callable[[Session, int], int] | None = None
    """How many may be claimed now, of so many: the vendor's pace, in the same transaction."""
    choose: Choose | None = None
    """Which rows may be claimed now: for work with slots, turns or an order of its own.

    Asked in the claim's transaction and before its statement, which so sees what others had
    claimed when the locks were got.
    """


@dataclass(frozen=True, slots=True)
class Attempt:
    """A claimed row with the intent written, on its way to a hand."""

    id: UUID
    user_id: UUID | None
    attempts: int
    action: Effect | Chore
    lease: Lease
    is_repeat: bool = False
    """The action was begun before and may have happened: a no to this call proves nothing."""

    @property
    def is_keyless(self) -> bool:
        """Whether a call made too late could do a thing twice: then oversleeping is deadly."""
        return isinstance(self.action, Effect) and not self.action.is_keyed


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an attempt came to."""

    attempt: Attempt
    word: Word
    receipt: Receipt | None = None
    began: bool = True
    """Whether the call was made at all."""
    is_void: bool = False
    """It is not to be done any more."""

    @property
    def reference(self) -> str | None:
        """The vendor's name for what was done."""
        return self.receipt.reference if self.receipt else None


def not_begun(attempt: Attempt, why: str, *, is_void: bool = False) -> Outcome:
    """Say that the call was not made, so that the row goes back, or away, uncounted.

    A repeat that is not made leaves open what it was to find out; then the vendor is asked.
    """
    if attempt.is_repeat:
        return Outcome(attempt, Word(EffectState.UNKNOWN, why))
    word = Word(EffectState.RETRYABLE, why)
    return Outcome(attempt, word, began=False, is_void=is_void)


def call(attempt: Attempt, limit: timedelta, looked_at: float) -> Outcome:
    """Make the call, if the last look is fresh and the lease outlasts the longest call.

    Between this check and the first byte lies the instant that no check can close: a process
    stopped there acts when it wakes. That is why nothing is sent again while its owner may
    still wake (resolve.py), and why the supervisor kills who oversleeps.
    """
    stale = time.monotonic() - looked_at > FRESH.total_seconds()
    if stale or not attempt.lease.has_room_for(limit):
        return not_begun(attempt, "not begun in time")
    return make(attempt)


def make(attempt: Attempt) -> Outcome:
    """Do it, and say in one of the words how it ended. A bug of ours may have struck too late."""
    try:
        return Outcome(attempt, Word(EffectState.DONE), attempt.action.do())
    except ProviderError as error:
        word = word_of(error)
        if attempt.is_repeat:  # busy or refused, it says nothing of the call before it
            word = Word(EffectState.UNKNOWN, word.why, facts=word.facts)
        return Outcome(attempt, word)
    except Exception as error:
        log.exception("work.bug", row=str(attempt.id))
        return Outcome(attempt, word_of(error))


def ending_of(kind: Kind[Any], outcome: Outcome, *, chance: float) -> Ending:
    """Say what is written on the row for this outcome."""
    attempt, word, states = outcome.attempt, outcome.word, kind.states
    wait = wait_after(word, attempt.attempts, chance=chance, patience=kind.patience)
    state, due_in = states.failed, None
    if word.state is EffectState.DONE:
        state = states.done
    elif outcome.is_void:
        state = states.void or states.failed
    elif not outcome.began:
        state, due_in = states.waiting, timedelta()
    elif word.state is EffectState.UNKNOWN and states.unknown is not None:
        state, due_in = states.unknown, wait
    elif word.state is not EffectState.REJECTED and attempt.attempts < kind.most_attempts:
        state, due_in = states.waiting, wait
    given_up = state == states.failed and word.state is not EffectState.REJECTED
    return Ending(
        id=attempt.id,
        user_id=attempt.user_id,
        state=state,
        why=word.why,
        reference=outcome.reference,
        due_in=due_in,
        uncounted=not outcome.began,
        is_alarming=given_up and not outcome.is_void,
        was_open=attempt.is_repeat,
        facts=outcome.receipt.facts if outcome.receipt else word.facts,
    )
