"""What tenants use: a line in a ledger and the counters that follow from it, in one statement.

A line is unique by its vendor's own name for the call or text, so what is told twice counts
once. The statement locks the tenants' limits in one order before it adds, whoever notes what in
whichever transaction; a period that rolls meanwhile is seen as it then is. What was used after
a period's end and before it rolled counts against the old one, until the roll adds up anew.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.metering import thresholds


class What(StrEnum):
    """What is used."""

    CALL = "call"
    TEXT = "text"


@dataclass(frozen=True, slots=True, kw_only=True)
class CallUse:
    """A call that has ended, as far as it is counted."""

    user_id: UUID
    provider: str
    call_id: str
    """The vendor's own name for it."""

    seconds: int
    ended_at: datetime
    is_outbound: bool
    phone_number: str | None = None
    agent_id: str | None = None
    cost: Decimal | None = None
    """In dollars, as calls have it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TextUse:
    """A text that its carrier has accepted."""

    user_id: UUID
    provider: str
    message_id: str
    """The carrier's own name for it."""

    segments: int
    phone_number: str | None = None


# Of a call that stands in `calls`; one that has not ended, or whose length nobody told, waits.
_HEARD: Final = """
SELECT user_id, NULL::text, provider_call_id, phone_number, call_type, duration, provider,
       cost, coalesce(started_at, created_at) + duration * interval '1 second'
FROM calls WHERE user_id = :user AND provider = :provider AND provider_call_id = :call
  AND duration IS NOT NULL
  AND status IN ('completed', 'failed', 'cancelled', 'no_answer', 'busy')
"""
_GIVEN: Final = """
SELECT * FROM unnest(CAST(:users AS uuid[]), CAST(:agents AS text[]), CAST(:names AS text[]),
    CAST(:phones AS text[]), CAST(:directions AS text[]), CAST(:amounts AS int[]),
    CAST(:providers AS text[]), CAST(:costs AS numeric[]), CAST(:moments AS timestamptz[]))
"""
_CALLS: Final = """
    INSERT INTO usage_calls (user_id, agent_id, provider_call_id, call_id, phone_number, direction,
        seconds, provider, cost, currency, created_at)
    SELECT g.user_id, g.agent, g.name, g.name, g.phone, g.direction, g.amount, g.provider, g.cost,
        CASE WHEN g.cost IS NOT NULL THEN 'USD' END, g.at FROM given g
    ON CONFLICT (provider, provider_call_id) DO NOTHING
    RETURNING user_id, created_at, seconds AS amount
"""
_TEXTS: Final = """
    INSERT INTO usage_sms (user_id, provider_message_id, message_id, phone_number, direction,
        segments, provider, created_at)
    SELECT g.user_id, g.name, g.name, g.phone, 'outbound', g.amount, g.provider,
        coalesce(g.at, clock_timestamp()) FROM given g
    ON CONFLICT (provider, provider_message_id) DO NOTHING
    RETURNING user_id, created_at, segments AS amount
"""
_NOTE: Final = """
WITH given(user_id, agent, name, phone, direction, amount, provider, cost, at) AS ({given}),
line AS ({insert}),
ours AS (
    SELECT * FROM usage_limits WHERE user_id IN (SELECT user_id FROM line)
    ORDER BY user_id FOR UPDATE),
now AS (
    SELECT o.user_id, o.period_start, o.period_end, sum(l.amount) AS amount,
        coalesce(sum(l.amount) FILTER (WHERE l.created_at < o.period_end), 0) AS inside,
        count(*) FILTER (WHERE l.created_at < o.period_end) AS lines
    FROM line l JOIN ours o USING (user_id)
    WHERE l.created_at >= coalesce(o.period_start, '-infinity')
    GROUP BY o.user_id, o.period_start, o.period_end),
late AS (
    SELECT p.id, sum(l.amount) AS amount, count(*) AS lines
    FROM line l JOIN user_call_usage p ON p.user_id = l.user_id
        AND l.created_at >= p.billing_period_start AND l.created_at < p.billing_period_end
    LEFT JOIN ours o ON o.user_id = l.user_id
    WHERE l.created_at < o.period_start GROUP BY p.id),
older AS (
    UPDATE user_call_usage p SET {older} FROM late WHERE p.id = late.id),
period AS (
    INSERT INTO user_call_usage AS p (user_id, billing_period_start, billing_period_end, {columns})
    SELECT user_id, period_start, period_end, {values} FROM now
    WHERE period_start IS NOT NULL AND period_end IS NOT NULL AND lines > 0
    ON CONFLICT (user_id, billing_period_start) DO UPDATE SET {newer})
UPDATE usage_limits l SET {used} = l.{used} + now.amount FROM now WHERE l.user_id = now.user_id
RETURNING l.user_id, l.period_start, l.soft_percent, l.hard_percent, l.{used} AS used,
    l.{used} - now.amount AS used_before, {included}(l) AS included
"""
_OF_CALLS: Final = {
    "insert": _CALLS,
    "used": "call_used_seconds",
    "included": "app_call_included",
    "columns": "calls_used, seconds_used, minutes_used",
    "values": "lines, inside, ceil(inside / 60.0)",
    "older": "calls_used = p.calls_used + late.lines, seconds_used = p.seconds_used + late.amount,"
    " minutes_used = ceil((p.seconds_used + late.amount) / 60.0)",
    "newer": "calls_used = p.calls_used + excluded.calls_used,"
    " seconds_used = p.seconds_used + excluded.seconds_used,"
    " minutes_used = ceil((p.seconds_used + excluded.seconds_used) / 60.0)",
}
_OF_TEXTS: Final = {
    "insert": _TEXTS,
    "used": "sms_used",
    "included": "app_sms_included",
    "columns": "sms_used",
    "values": "inside",
    "older": "sms_used = p.sms_used + late.amount",
    "newer": "sms_used = p.sms_used + excluded.sms_used",
}
_NOTE_HEARD: Final = text(_NOTE.format(given=_HEARD, **_OF_CALLS))
_NOTE_CALLS: Final = text(_NOTE.format(given=_GIVEN, **_OF_CALLS))
_NOTE_TEXTS: Final = text(_NOTE.format(given=_GIVEN, **_OF_TEXTS))

# A line takes another's segments back; the ledger itself is never changed.
_TAKE_BACK: Final = text(
    """
WITH line AS (
    INSERT INTO usage_sms (user_id, provider_message_id, message_id, direction, segments, provider,
        created_at)
    SELECT user_id, provider_message_id || ' called off', provider_message_id, direction,
        -segments, provider, created_at FROM usage_sms
    WHERE provider = :provider AND provider_message_id = :name AND segments > 0
    ON CONFLICT (provider, provider_message_id) DO NOTHING
    RETURNING user_id, created_at, segments AS amount),
ours AS (
    SELECT l.user_id, l.period_start, line.created_at, line.amount
    FROM usage_limits l JOIN line USING (user_id) FOR UPDATE OF l),
period AS (
    UPDATE user_call_usage p SET sms_used = greatest(0, p.sms_used + o.amount) FROM ours o
    WHERE p.user_id = o.user_id AND o.created_at >= p.billing_period_start
      AND o.created_at < p.billing_period_end)
UPDATE usage_limits l SET sms_used = greatest(0, l.sms_used + o.amount) FROM ours o
WHERE l.user_id = o.user_id AND o.created_at >= coalesce(o.period_start, '-infinity')
"""
)

_STOPPED: Final = """
SELECT user_id, CASE
    WHEN force_pause THEN 'paused by hand'
    WHEN stopped_for IS NOT NULL THEN stopped_for
    ELSE 'what its plan gives for this period is used up' END AS why
FROM usage_limits l WHERE user_id = ANY(CAST(:ids AS uuid[]))
  AND (force_pause OR stopped_for IS NOT NULL OR {used} >= {allowance}(l))
"""
_STOP: Final = {
    What.CALL: text(_STOPPED.format(used="call_used_seconds", allowance="app_call_allowance")),
    What.TEXT: text(_STOPPED.format(used="sms_used", allowance="app_sms_allowance")),
}


def note_heard(session: Session, *, user_id: UUID, provider: str, call_id: str) -> None:
    """Note the use of a call that stands in `calls`, if it has ended and its length is known."""
    bound = {"user": user_id, "provider": provider, "call": call_id}
    _note(session, _NOTE_HEARD, bound, What.CALL)


def note_call(session: Session, use: CallUse) -> None:
    """Note the use of a call, once, in the transaction that ends it."""
    bound = {
        "users": [use.user_id],
        "agents": [use.agent_id],
        "names": [use.call_id],
        "phones": [use.phone_number],
        "directions": ["outbound" if use.is_outbound else "inbound"],
        "amounts": [use.seconds],
        "providers": [use.provider],
        "costs": [use.cost],
        "moments": [use.ended_at],
    }
    _note(session, _NOTE_CALLS, bound, What.CALL)


def note_texts(session: Session, uses: Sequence[TextUse]) -> None:
    """Note the use of texts, each once, in the transaction that writes down their acceptance."""
    if not uses:
        return
    nothing = [None] * len(uses)
    bound = {
        "users": [use.user_id for use in uses],
        "agents": nothing,
        "names": [use.message_id for use in uses],
        "phones": [use.phone_number for use in uses],
        "directions": nothing,
        "amounts": [use.segments for use in uses],
        "providers": [use.provider for use in uses],
        "costs": nothing,
        "moments": nothing,
    }
    _note(session, _NOTE_TEXTS, bound, What.TEXT)


def take_back_text(session: Session, *, provider: str, name: str) -> None:
    """Note that a text was called off before it left its carrier, and used nothing."""
    session.execute(_TAKE_BACK, {"provider": provider, "name": name})


def stopped(session: Session, user_ids: Sequence[UUID], what: What) -> dict[UUID, str]:
    """Return the tenants that may use no more of this now, each with why.

    Who has no limits at all is not stopped: nobody sells to it by a plan.
    """
    if not user_ids:
        return {}
    rows = session.execute(_STOP[what], {"ids": list(dict.fromkeys(user_ids))})
    return {row.user_id: row.why for row in rows}


def _note(session: Session, statement: Any, bound: dict[str, Any], what: What) -> None:  # noqa: ANN401  # a TextClause
    for row in session.execute(statement, bound):
        thresholds.tell(session, row, what.value)
