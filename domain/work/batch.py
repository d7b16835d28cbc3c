"""One code path for one and for many: claim, write the intents, call, write down.

A bell works one row and a sweep works whatever is due, by the same steps:

    one transaction   rows claimed, decided on, intents written      (claims, effects)
    no transaction    looked at once more, the vendor called         (flow, attempts)
    one transaction   row and effect settled, guarded by the token   (settling)

A sweep keeps claiming while its hands have work, and returns after its budget: what is still
due is the next one's, so that a warm shutdown need not wait for a long queue.
"""

import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

import structlog
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from domain.database import SYSTEM
from domain.tables.effects import EffectState
from domain.work import claims, effects, owners, settling
from domain.work.attempts import Attempt, Chore, Job, Leave
from domain.work.claims import Ending, Lease
from domain.work.effects import Effect, Intent, Standing
from domain.work.flow import Flow
from domain.work.kinds import Claimed, Kind, Row
from domain.work.shop import Inline, Shop

log = structlog.get_logger("work")

SOON: Final = 0.1
"""Seconds after which slots and turns are looked at again, however slow the rows in hand are."""

IN_HAND: Final = "the same action is in hand for another row"
BEGUN_BEFORE: Final = "its action was begun before, and may have happened"


def work(shop: Shop, job: Job[Any]) -> bool:
    """Work what is due; tell whether more is due than this sweep had time for."""
    if shop.holds_back and job.kind.leaves_the_building:
        return False
    flow = Flow(shop, job.kind)
    end = time.monotonic() + shop.budget.total_seconds()
    more = True
    while more or flow.held:
        # Twice the hands: enough that none is idle while others are written down.
        if more and flow.held <= 2 * shop.hands.width:
            more = time.monotonic() < end and _claim_more(shop, job, flow)
        flow.turn(most=SOON if more and job.choose else None)
    return time.monotonic() >= end


def work_one(shop: Shop, job: Job[Any], row_id: UUID) -> None:
    """Work this row, if it is due and in nobody's hands."""
    if shop.holds_back and job.kind.leaves_the_building:
        return
    alone = replace(shop, hands=Inline())
    flow = Flow(alone, job.kind)
    _claim(alone, job, flow, row_id)
    flow.finish()


def _claim_more(shop: Shop, job: Job[Any], flow: Flow) -> bool:
    """Claim as many as go at once; tell whether there may be more.

    Where rows are chosen, a few may be all that have a slot now: there are more while any are
    in hand, because each that ends may let another go.
    """
    try:
        claimed = _claim(shop, job, flow)
        return claimed + flow.held > 0 if job.choose else claimed == shop.size
    except DBAPIError:
        flow.finish()  # what the hands came back with is worth more than this claim
        raise


def _claim(shop: Shop, job: Job[Any], flow: Flow, row_id: UUID | None = None) -> int:
    """Claim rows and write their intents in one transaction; return how many were claimed."""
    lease = Lease.ask(job.kind)
    try:
        with shop.begin(SYSTEM) as session:
            rows = _take(session, job, lease, shop.size, row_id)
            attempts = prepare(session, job, lease, rows) if rows else []
    except DBAPIError:
        _give_back(shop, job.kind, lease)
        raise
    flow.take(attempts)
    return len(rows)


def _take(
    session: Session, job: Job[Any], lease: Lease, size: int, row_id: UUID | None
) -> list[Claimed[Any]]:
    if job.choose is not None:
        chosen = job.choose(session, size, row_id)
        return claims.claim_chosen(session, job.kind, lease, chosen) if chosen else []
    if row_id is not None:
        return claims.claim_one(session, job.kind, lease, row_id)
    most = job.allow(session, size) if job.allow else size
    return claims.claim(session, job.kind, lease, most=most) if most else []


def _give_back(shop: Shop, kind: Kind[Any], lease: Lease) -> None:
    """Let go of what a claim may have taken whose commit was not answered.

    Only we know that no call was begun: to others we would be an owner that may still make
    it, for as long as this process lives.
    """

    def write(session: Session) -> None:
        rows = claims.give_back(session, kind, lease)
        effects.give_back(session, kind.name, lease.token, rows, why="the claim was not heard")

    settling.patiently(shop.begin, lease, write)


def prepare(
    session: Session, job: Job[Any], lease: Lease, rows: Sequence[Claimed[Any]]
) -> list[Attempt]:
    """Decide on claimed rows and write the intents; rows that end here are settled here."""
    legible, endings = read(job.kind, rows)
    left = _decide(session, job, legible)
    endings += [_leave(row, left[row.id]) for row in legible if row.id in left]
    described, broken = describe(job, [row for row in legible if row.id not in left])
    endings += broken
    attempts: list[Attempt] = []
    standing = _intend(session, job.kind, lease, described)
    taken: set[str] = set()
    for row, action in described:
        if isinstance(action, Effect):
            there = standing[action.key]
            if there is not None or action.key in taken:
                endings.append(answer(job.kind, row, there))
                continue
            taken.add(action.key)
        attempts.append(Attempt(row.id, row.user_id, row.attempts, action, lease))
    if endings:
        settling.write(session, job.kind, lease, endings)
    return attempts


def answer(kind: Kind[Any], row: Claimed[Any], standing: Standing | None) -> Ending:
    """Say what becomes of a row whose action has been done, refused, or begun before."""
    states = kind.states
    if standing is not None and standing.state == EffectState.DONE:
        return Ending(
            id=row.id, user_id=row.user_id, state=states.done, reference=standing.reference
        )
    if standing is not None and standing.state == EffectState.REJECTED:
        return Ending(id=row.id, user_id=row.user_id, state=states.failed, why=standing.why)
    if standing is not None and standing.row_id == row.id and states.unknown is not None:
        # Somebody else's writer put it back: waiting for itself, it would wait for ever.
        return Ending(
            id=row.id,
            user_id=row.user_id,
            state=states.unknown,
            why=BEGUN_BEFORE,
            due_in=timedelta(),
            uncounted=True,
        )
    return Ending(
        id=row.id,
        user_id=row.user_id,
        state=states.waiting,
        why=IN_HAND,
        due_in=kind.lease,
        uncounted=True,
    )


def read(kind: Kind[Row], rows: Sequence[Claimed[Any]]) -> tuple[list[Claimed[Row]], list[Ending]]:
    """Parse the rows; one that cannot be read fails alone, in words for an operator."""
    legible: list[Claimed[Row]] = []
    unreadable: list[Ending] = []
    for row in rows:
        try:
            legible.append(Claimed(row.id, row.user_id, row.attempts, kind.read(row.row)))
        except (ValueError, LookupError, TypeError) as error:
            log.warning("work.unreadable", kind=kind.name, row=str(row.id))
            why = f"this release cannot read the row: {type(error).__name__}"
            unreadable.append(
                Ending(id=row.id, user_id=row.user_id, state=kind.states.failed, why=why)
            )
    return legible, unreadable


def _decide(session: Session, job: Job[Any], rows: Sequence[Claimed[Any]]) -> dict[UUID, Leave]:
    """Ask the area which rows are not to be acted on; a bug of its own costs one row, not all.

    Each try stands on a savepoint, so that a statement that fails harms no other row.
    """
    if job.decide is None or not rows:
        return {}
    try:
        with session.begin_nested():
            return dict(job.decide(session, rows))
    except Exception as error:
        log.exception("work.bug", kind=job.kind.name)
        if len(rows) == 1:
            return {rows[0].id: _bug(job.kind, rows[0], error)}
    return {key: leave for row in rows for key, leave in _decide(session, job, [row]).items()}


def describe(
    job: Job[Any], rows: Sequence[Claimed[Any]]
) -> tuple[list[tuple[Claimed[Any], Effect | Chore]], list[Ending]]:
    """Have the area say what the actions are; a bug of its own costs its own row."""
    described: list[tuple[Claimed[Any], Effect | Chore]] = []
    broken: list[Ending] = []
    for row in rows:
        try:
            described.append((row, job.describe(row.row)))
        except Exception as error:
            log.exception("work.bug", kind=job.kind.name, row=str(row.id))
            broken.append(_leave(row, _bug(job.kind, row, error)))
    return described, broken


def _bug(kind: Kind[Any], row: Claimed[Any], error: Exception) -> Leave:
    """Put a row back that our own code could not cope with; after so many tries it fails."""
    why = f"a bug of ours: {type(error).__name__}"
    if row.attempts >= kind.most_attempts:
        return Leave(state=kind.states.failed, why=why, is_alarming=True)
    return Leave(state=kind.states.waiting, why=why, due_in=kind.lease)


def _leave(row: Claimed[Any], leave: Leave) -> Ending:
    return Ending(
        id=row.id,
        user_id=row.user_id,
        state=leave.state,
        why=leave.why,
        due_in=leave.due_in,
        uncounted=leave.uncounted,
        is_alarming=leave.is_alarming,
    )


def _intend(
    session: Session,
    kind: Kind[Any],
    lease: Lease,
    described: Sequence[tuple[Claimed[Any], Effect | Chore]],
) -> dict[str, Standing | None]:
    intents = [
        Intent(row.id, row.user_id, action)
        for row, action in described
        if isinstance(action, Effect)
    ]
    if not intents:
        return {}
    return effects.intend(session, kind.name, lease.token, owners.me(), intents)
