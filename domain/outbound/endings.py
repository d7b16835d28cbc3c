"""Ending attempts: the slot is free, the call stands in the history, a retry is decided on.

Whoever hears that a call has ended writes it, once: the notice, the poll, or the dialling
itself. All of it happens in the transaction that moves the attempt out of the live states, so
no slot is freed without its consequences. What is decided follows from the attempts that
stand there alone: whichever of two reports comes first, the end is the same.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.outbound import accounts, history, store, turns
from domain.outbound.history import Ended
from domain.outbound.rules import Next, Wanted, after_ending
from domain.tables.effects import EffectState
from domain.tables.outbound import AttemptState, QueueStatus
from domain.work import effects

GONE: Final = "the vendor no longer knows it"
REMOVED: Final = "its account was removed while it was under way: look at the vendor"
OPEN: Final = "('dialing', 'live', 'unknown')"


# A report that says how it ended betters one that only said that it did, or that it was gone.
_END: Final = text(f"""
UPDATE call_attempts a SET state = CAST(:outcome AS text), end_reason = :reason,
  provider_call_id = coalesce(a.provider_call_id, :call_id),
  answered_at = coalesce(a.answered_at, :answered_at),
  ended_at = greatest(coalesce(a.ended_at, :ended_at, clock_timestamp()), a.dialed_at),
  duration = coalesce(:duration, a.duration), cost = coalesce(:cost, a.cost),
  currency = coalesce(:currency, a.currency)
WHERE a.id = :id AND (a.state IN {OPEN} OR (:is_sure AND a.state <> 'canceled'
  AND (a.end_reason IS NULL OR a.end_reason = :gone)))
RETURNING a.id, a.user_id, a.call_queue_id, a.campaign_id, a.provider_id, a.number,
  a.recipient_number, a.caller_number_id, a.provider_call_id, a.dialed_at, a.answered_at,
  a.ended_at, a.duration, a.cost, a.currency
""")  # noqa: S608  # our own words
# What was taken back was no call, whatever is said of it later.
_BETTER: Final = text("""
UPDATE call_attempts a SET duration = coalesce(a.duration, :duration),
  cost = coalesce(a.cost, :cost), currency = coalesce(a.currency, :currency)
WHERE a.id = :id AND (a.state <> 'canceled' OR a.last_error IS NULL)
RETURNING a.id, a.user_id, a.call_queue_id, a.campaign_id, a.provider_id,
  a.number, a.recipient_number, a.caller_number_id, a.provider_call_id, a.dialed_at,
  a.answered_at, a.ended_at, a.duration, a.cost, a.currency
""")
_WANTED: Final = text("""
SELECT q.id, q.status, q.expires_at - clock_timestamp() AS expires_in, q.priority,
       c.status AS campaign_status, c.most_attempts, c.most_attempts_a_day, c.retry_rules,
       coalesce(c.retries_first, false) AS retries_first,
       count(*) FILTER (WHERE a.state <> 'canceled') AS dials,
       count(*) FILTER (WHERE a.state <> 'canceled'
         AND a.created_at > (SELECT clock_timestamp()) - interval '1 day') AS today,
       max(a.number) AS newest
FROM call_queue q LEFT JOIN call_campaigns c ON c.id = q.campaign_id
JOIN call_attempts a ON a.call_queue_id = q.id
WHERE q.id = :id GROUP BY q.id, c.id
""")
_FOLLOW: Final = text("""
UPDATE call_queue SET status = CAST(:status AS text), outcome = :outcome, last_error = :why,
  retry_count = :retries, priority = :priority,
  due_at = CASE WHEN CAST(:wait AS interval) IS NULL THEN due_at
    ELSE clock_timestamp() + CAST(:wait AS interval) END
WHERE id = :id
""")
_FAIL: Final = text("""
UPDATE call_attempts a SET state = CAST(:outcome AS text), end_reason = a.last_error,
  ended_at = greatest(clock_timestamp(), a.dialed_at)
WHERE a.id = :id AND a.state = 'failed'
RETURNING a.id, a.user_id, a.call_queue_id, a.campaign_id, a.provider_id, a.number,
  a.recipient_number, a.caller_number_id, a.provider_call_id, a.dialed_at, a.answered_at,
  a.ended_at, a.duration, a.cost, a.currency, a.last_error
""")
_NEVER: Final = text(f"""
UPDATE call_attempts SET state = 'canceled', end_reason = :why, last_error = :why,
  provider_call_id = coalesce(provider_call_id, :call_id), ended_at = clock_timestamp()
WHERE id = :id AND state IN {OPEN} RETURNING user_id, call_queue_id, provider_id
""")  # noqa: S608  # our own words
_LOCK: Final = text("SELECT id FROM call_queue WHERE id = :id FOR UPDATE")
_RELEASE: Final = text("""
UPDATE call_attempts SET state = 'canceled', end_reason = :why, last_error = :why,
  ended_at = clock_timestamp()
WHERE id = ANY(CAST(:ids AS uuid[])) AND (state = 'canceled' OR (state = 'dialing'
  AND lease_expires_at IS NULL)) RETURNING user_id, call_queue_id
""")
_PUT_BACK: Final = text("""
UPDATE call_queue q SET last_error = :why, due_at = clock_timestamp() + CAST(:wait AS interval),
  status = CASE WHEN c.status = 'canceled' THEN 'canceled' ELSE 'queued' END,
  outcome = CASE WHEN c.status = 'canceled' THEN 'canceled' END
FROM call_queue p LEFT JOIN call_campaigns c ON c.id = p.campaign_id
WHERE q.id = p.id AND p.id = ANY(CAST(:rows AS uuid[])) AND q.status = 'in-progress'
""")


def end(session: Session, ended: Ended) -> bool:
    """Write down how an attempt ended, and what follows; False where it was written before."""
    if ended.never_dialled:
        return _put_back(session, ended)
    row = session.execute(
        _END,
        {
            **_facts(ended),
            "outcome": ended.outcome.value,
            "reason": ended.reason,
            "call_id": ended.call_id,
            "answered_at": ended.answered_at,
            "ended_at": ended.ended_at,
            "is_sure": ended.reason is not None and ended.reason != GONE,
            "gone": GONE,
        },
    ).one_or_none()
    if row is None:
        better = session.execute(_BETTER, _facts(ended)).one_or_none()
        if better is not None and (ended.cost is not None or ended.duration is not None):
            history.write(session, better, ended)
        return False
    if row.provider_call_id is not None:  # whoever dialled it may have died before it could say so
        done, name = EffectState.DONE, row.provider_call_id
        effects.learn(session, store.NAME, row.id, done, reference=name)
    history.write(session, row, ended)
    follow(session, row.call_queue_id, row.number, ended)
    turns.rouse(session, [row.user_id])
    return True


def _put_back(session: Session, ended: Ended) -> bool:
    """Let a call wait on that its vendor had no slot for, uncounted, and give it less."""
    why = ended.reason or "the vendor had no slot for it"
    bound = {"id": ended.attempt_id, "call_id": ended.call_id, "why": why}
    row = session.execute(_NEVER, bound).one_or_none()
    if row is None:
        return False
    effects.learn(session, store.NAME, ended.attempt_id, EffectState.REJECTED, why=why)
    rows = {"rows": [row.call_queue_id], "why": why, "wait": timedelta(seconds=1)}
    session.execute(_PUT_BACK, rows)
    if row.provider_id is not None:
        accounts.was_full(session, row.provider_id, why=why, after=None)
    turns.rouse(session, [row.user_id])
    return True


def _facts(ended: Ended) -> dict[str, Any]:
    has_price = ended.cost is not None
    return {
        "id": ended.attempt_id,
        "duration": None if ended.duration is None else round(ended.duration.total_seconds()),
        "cost": ended.cost,
        "currency": (ended.currency or "USD") if has_price else None,
    }


def follow(session: Session, row_id: UUID, number: int, ended: Ended) -> None:
    """Decide what becomes of the call that was wanted; not where it is being dialled anew."""
    if session.scalar(_LOCK, {"id": row_id}) is None:
        return
    call = session.execute(_WANTED, {"id": row_id}).one()
    is_open = call.status in {QueueStatus.IN_PROGRESS, QueueStatus.QUEUED, QueueStatus.FAILED}
    if call.newest != number or not (is_open or call.status == QueueStatus.COMPLETED):
        return
    then = _next(call, ended)
    is_again = then.status is QueueStatus.QUEUED
    session.execute(
        _FOLLOW,
        {
            "id": row_id,
            "status": then.status.value,
            "outcome": then.outcome,
            "why": then.why or ended.reason,
            "retries": call.dials if is_again else max(0, call.dials - 1),
            "priority": 1 if is_again and call.retries_first else call.priority,
            "wait": then.due_in,
        },
    )


def _next(call: Any, ended: Ended) -> Next:  # noqa: ANN401  # a row of the statement above
    if ended.reason == REMOVED:
        return Next(status=QueueStatus.FAILED, outcome=ended.outcome.value, why=REMOVED)
    then = after_ending(
        ended.outcome,
        Wanted(
            retries=call.dials - 1,
            today=call.today,
            most_attempts=call.most_attempts or 3,
            most_attempts_a_day=call.most_attempts_a_day or 3,
            overrides=call.retry_rules or {},
            expires_in=call.expires_in,
        ),
    )
    if then.status is QueueStatus.QUEUED and call.campaign_status == "canceled":
        return Next(status=QueueStatus.CANCELED, outcome="canceled", why="its campaign was")
    return then


def release(
    session: Session, attempt_ids: Sequence[UUID], *, why: str, wait: timedelta = timedelta()
) -> None:
    """Take attempts back that were never dialled: their calls wait on, and nothing is counted."""
    rows = session.execute(_RELEASE, {"ids": list(attempt_ids), "why": why}).all()
    if rows:
        bound = {"rows": [row.call_queue_id for row in rows], "why": why, "wait": wait}
        session.execute(_PUT_BACK, bound)
        turns.rouse(session, [row.user_id for row in rows])


def fail(session: Session, attempt_id: UUID, outcome: AttemptState) -> None:
    """Write what follows from an attempt that was given up or refused, which is settled as such."""
    row = session.execute(_FAIL, {"id": attempt_id, "outcome": outcome.value}).one_or_none()
    if row is not None:
        why = REMOVED if row.provider_id is None else row.last_error
        ended = Ended(attempt_id=attempt_id, outcome=outcome, reason=why)
        history.write(session, row, ended)
        follow(session, row.call_queue_id, row.number, ended)
        turns.rouse(session, [row.user_id])
