"""Writing down what came of rows: the row, its effect, the area's own facts, the alarm."""

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Final

import structlog
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.orm import Session

from domain.database import SYSTEM, Begin, broken_rule
from domain.tables.effects import EffectState
from domain.tables.ops import Severity
from domain.work import alerts, claims, effects
from domain.work.attempts import Outcome
from domain.work.claims import Ending, Lease
from domain.work.effects import Effect
from domain.work.kinds import Kind, Settled

log = structlog.get_logger("work")

UNHEARD: Final = "outcome_unknown"
GIVEN_UP: Final = "work_failed"
FIRST_PAUSE: Final = 0.05
LONGEST_PAUSE: Final = 1.0


def write(session: Session, kind: Kind[Any], lease: Lease, endings: Sequence[Ending]) -> None:
    """Write endings on the rows that are still ours, and what follows from them.

    What an area cannot write costs its own row, not the others of the group: they are tried
    one by one, each on a savepoint, and the one that fails ends in words for an operator.
    """
    if kind.also is None:
        _write(session, kind, lease, endings)
        return
    try:
        with session.begin_nested():
            _write(session, kind, lease, endings)
    except OperationalError:
        raise  # the database's trouble, not the row's: written again as a whole
    except Exception as error:
        log.exception("work.bug", kind=kind.name)
        if len(endings) == 1:
            _write(session, replace(kind, also=None), lease, [_unwritten(kind, endings[0], error)])
            return
        for ending in endings:
            write(session, kind, lease, [ending])


def _write(session: Session, kind: Kind[Any], lease: Lease, endings: Sequence[Ending]) -> None:
    ours = claims.settle(session, kind, lease, endings)
    written = [ending for ending in endings if ending.id in ours]
    if kind.also is not None and written:
        kind.also(session, [_settled(ending) for ending in written])
    for ending in written:
        if ending.is_alarming:
            _alarm(session, kind, ending)
        elif ending.was_open and ending.state != kind.states.unknown:
            alerts.settle(session, UNHEARD, subject=f"{kind.name} {ending.id}")


def _unwritten(kind: Kind[Any], ending: Ending, error: Exception) -> Ending:
    """Say what becomes of a row whose area could not write its facts.

    A call that was made stays made; where the facts were the whole purpose, the row failed.
    """
    cause = broken_rule(error) or type(getattr(error, "orig", None) or error).__name__
    why = f"what came of it could not be written: {cause}"
    state = kind.states.failed if kind.is_for_its_facts else ending.state
    return replace(ending, state=state, why=why, is_alarming=True)


def _alarm(session: Session, kind: Kind[Any], ending: Ending) -> None:
    """Tell operators of a row that needs a person."""
    alerts.tell(
        session,
        UNHEARD if ending.state == kind.states.unknown else GIVEN_UP,
        subject=f"{kind.name} {ending.id}",
        message=f"{kind.name} {ending.id} is {ending.state}: {ending.why}."
        f" See `frontdesk explain {kind.name} {ending.id}`.",
        severity=Severity.WARNING,
    )


def write_words(
    session: Session, kind: Kind[Any], lease: Lease, outcomes: Sequence[Outcome]
) -> None:
    """Write how the actions came out, each under our token.

    Where a kind has no unknown rows, doing a thing twice costs only its price: it is tried again.
    """
    unheard = EffectState.UNKNOWN if kind.states.unknown else EffectState.RETRYABLE
    words = [
        (
            outcome.attempt.action.key,
            unheard if outcome.word.state is EffectState.UNKNOWN else outcome.word.state,
            outcome.reference,
            outcome.word.why,
        )
        for outcome in outcomes
        if isinstance(outcome.attempt.action, Effect)
    ]
    if words:
        effects.settle(session, lease.token, words)


def patiently(begin: Begin, lease: Lease, writing: Callable[[Session], None]) -> bool:
    """Write, again and again while the lease lasts: what a vendor said is worth waiting for.

    A commit whose answer was lost is safe to repeat: the token is gone then, and nothing is
    found. What cannot be written in time is found out by `resolve`.
    """
    pause = FIRST_PAUSE
    while True:
        try:
            with begin(SYSTEM) as session:
                writing(session)
        except DBAPIError as error:
            log.warning("work.not_written", error=type(error).__name__)
            if time.monotonic() > lease.given_back:
                return False
            time.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)
        else:
            return True


def _settled(ending: Ending) -> Settled:
    return Settled(
        id=ending.id,
        user_id=ending.user_id,
        state=ending.state,
        reference=ending.reference,
        facts=ending.facts,
    )
