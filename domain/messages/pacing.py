"""A carrier's pace, kept by all workers together: lowered for its line when it says "too many".

A line is what the carrier counts by: a number, or the service or profile that a registered
campaign belongs to. A campaign's own allowance a minute is kept before anybody complains, for all
tenants that send by it. What a tenant may send a minute is another matter (judging).
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Final
from uuid import UUID

import structlog
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from domain.database import SYSTEM, Begin
from domain.errors import Retryable
from domain.messages import purses, rules
from domain.messages.ports import Mails, Texts
from domain.messages.store import MessageRow
from domain.tables.messages import MessageStatus
from domain.work import pace
from domain.work.attempts import Leave
from domain.work.effects import Receipt
from domain.work.kinds import Claimed

log = structlog.get_logger("messages")

AT_ONCE: Final = 5
"""Seconds of a campaign's allowance that may leave at once."""

# Most lines have no row, and cost nothing but this one look for all of them.
_SLOWED: Final = text("SELECT bucket FROM pace_buckets WHERE bucket = ANY(CAST(:names AS text[]))")


def bucket(carrier: Texts | Mails) -> str:
    """Name what a carrier's pace is kept by."""
    return f"line:{carrier.vendor}:{carrier.line}"


def heeding(begin: Begin, carrier: Texts | Mails, act: Callable[[], Receipt]) -> Receipt:
    """Send; where the carrier has too much to do, have all workers ask less of it."""
    try:
        return act()
    except Retryable as error:
        if error.is_crowded:
            _slow(begin, carrier, error)
        raise


def _slow(begin: Begin, carrier: Texts | Mails, error: Retryable) -> None:
    try:
        with begin(SYSTEM) as session:
            pace.slow(session, bucket(carrier), after=error.after)
    except DBAPIError as trouble:  # that it did not happen stays true: the row waits all the same
        log.warning("message.pace_not_lowered", error=type(trouble).__name__)


def out_of_turn(
    session: Session,
    rows: Sequence[Claimed[MessageRow]],
    carrier_of: Callable[[MessageRow], Texts | Mails],
) -> dict[UUID, Leave]:
    """Return which of these have to wait for their line, one behind the other."""
    lines: dict[str, list[UUID]] = {}
    for row in rows:
        lines.setdefault(bucket(carrier_of(row.row)), []).append(row.id)
    left: dict[UUID, Leave] = {}
    for name in sorted(_slowed(session, lines)):
        turn = pace.take(session, name, len(lines[name]))
        for place, row_id in enumerate(lines[name][turn.granted :]):
            left[row_id] = Leave(
                state=MessageStatus.PENDING.value,
                why="waits for its turn: the carrier has too much to do",
                due_in=turn.wait + turn.apart * place,
                uncounted=True,
            )
    return left


def over_allowance(
    session: Session,
    rows: Sequence[Claimed[MessageRow]],
    texts_of: Callable[[MessageRow], Texts],
) -> dict[UUID, Leave]:
    """Return which of these have to wait for what their line's campaign may send a minute.

    Answers do not wait for it: they are single texts, and somebody waits for them.
    """
    rates: dict[str, float] = {}
    waiting: dict[str, list[UUID]] = {}
    for row in rows:
        if row.row.channel != "sms" or rules.is_answer(row.row.rule):
            continue
        texts = texts_of(row.row)
        if texts.per_minute:
            name = f"campaign:{texts.vendor}:{texts.line}"
            rates[name] = texts.per_minute / 60
            waiting.setdefault(name, []).append(row.id)
    if not waiting:
        return {}
    wanted = {name: (rate, max(1.0, rate * AT_ONCE)) for name, rate in rates.items()}
    there = purses.open_buckets(session, wanted)
    granted = {name: min(int(there[name]), len(ids)) for name, ids in waiting.items()}
    purses.use(session, {name: float(many) for name, many in granted.items() if many})
    return {
        row_id: Leave(
            state=MessageStatus.PENDING.value,
            why="waits for its turn: its campaign may send no more a minute",
            due_in=timedelta(seconds=(place + 1 - (there[name] - granted[name])) / rates[name]),
            uncounted=True,
        )
        for name, ids in waiting.items()
        for place, row_id in enumerate(ids[granted[name] :])
    }


def _slowed(session: Session, lines: Mapping[str, object]) -> list[str]:
    return list(session.scalars(_SLOWED, {"names": list(lines)})) if lines else []
