"""Counters are what their ledgers add up to: found wrong in one statement, and set right."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.billing.compare import Class, Difference
from domain.database import SYSTEM, Begin


@dataclass(frozen=True, slots=True, kw_only=True)
class Wrong:
    """A counter that is not its ledger's sum."""

    user_id: UUID
    what: str
    stood: int
    is_right: int


# Added up once over each ledger, whatever the number of tenants. Use before a period began is
# not counted in it; credit that ended before it began is not, either.
_SUMS: Final = """
WITH l AS (
    SELECT * FROM usage_limits
    WHERE CAST(:ids AS uuid[]) IS NULL OR user_id = ANY(CAST(:ids AS uuid[]))),
calls AS (
    SELECT u.user_id, sum(u.seconds) AS n FROM usage_calls u JOIN l USING (user_id)
    WHERE u.created_at >= coalesce(l.period_start, '-infinity') GROUP BY 1),
texts AS (
    SELECT u.user_id, sum(u.segments) AS n FROM usage_sms u JOIN l USING (user_id)
    WHERE u.created_at >= coalesce(l.period_start, '-infinity') GROUP BY 1),
credit AS (
    SELECT u.user_id, sum(u.seconds) AS seconds, sum(u.messages) AS messages
    FROM usage_credits u JOIN l USING (user_id)
    WHERE u.expires_at IS NULL OR u.expires_at > coalesce(l.period_start, '-infinity')
    GROUP BY 1),
wrong AS (
    SELECT l.user_id, l.call_used_seconds AS was_calls, coalesce(c.n, 0)::int AS calls,
        l.sms_used AS was_texts, coalesce(t.n, 0)::int AS texts,
        l.call_credit AS was_seconds, coalesce(k.seconds, 0)::int AS seconds,
        l.sms_credit AS was_messages, coalesce(k.messages, 0)::int AS messages
    FROM l LEFT JOIN calls c USING (user_id) LEFT JOIN texts t USING (user_id)
    LEFT JOIN credit k USING (user_id)
    WHERE (l.call_used_seconds, l.sms_used, l.call_credit, l.sms_credit) IS DISTINCT FROM
        (coalesce(c.n, 0), coalesce(t.n, 0), coalesce(k.seconds, 0), coalesce(k.messages, 0)))
{then}
"""
_FIND: Final = text(_SUMS.format(then="SELECT * FROM wrong ORDER BY user_id"))
_MEND: Final = text(
    _SUMS.format(
        then="UPDATE usage_limits m SET call_used_seconds = w.calls, sms_used = w.texts,"
        " call_credit = w.seconds, sms_credit = w.messages FROM wrong w"
        " WHERE m.user_id = w.user_id"
    )
)
_PERIODS: Final = """
WITH right_one AS (
    SELECT p.id, p.user_id, coalesce(c.n, 0)::int AS calls, coalesce(c.seconds, 0)::int AS seconds,
        coalesce(t.n, 0)::int AS texts
    FROM user_call_usage p
    LEFT JOIN LATERAL (SELECT count(*) AS n, sum(u.seconds) AS seconds FROM usage_calls u
        WHERE u.user_id = p.user_id AND u.created_at >= p.billing_period_start
        AND u.created_at < p.billing_period_end) c ON true
    LEFT JOIN LATERAL (SELECT sum(u.segments) AS n FROM usage_sms u
        WHERE u.user_id = p.user_id AND u.created_at >= p.billing_period_start
        AND u.created_at < p.billing_period_end) t ON true
    WHERE CAST(:ids AS uuid[]) IS NULL OR p.user_id = ANY(CAST(:ids AS uuid[]))),
wrong AS (
    SELECT r.*, p.seconds_used AS stood FROM right_one r JOIN user_call_usage p USING (id)
    WHERE (p.calls_used, p.seconds_used, p.sms_used, p.minutes_used) IS DISTINCT FROM
        (r.calls, r.seconds, r.texts, ceil(r.seconds / 60.0)::int))
{then}
"""
_FIND_PERIODS: Final = text(_PERIODS.format(then="SELECT user_id, stood, seconds FROM wrong"))
_MEND_PERIODS: Final = text(
    _PERIODS.format(
        then="UPDATE user_call_usage m SET calls_used = w.calls, seconds_used = w.seconds,"
        " sms_used = w.texts, minutes_used = ceil(w.seconds / 60.0) FROM wrong w"
        " WHERE m.id = w.id"
    )
)
_HOLD: Final = text(
    "SELECT user_id FROM usage_limits WHERE user_id = ANY(CAST(:ids AS uuid[]))"
    " ORDER BY user_id FOR UPDATE"
)
WHATS: Final = ("calls", "texts", "seconds", "messages")


def find(session: Session, user_ids: Sequence[UUID] | None = None) -> list[Wrong]:
    """Return the counters that are wrong, of everybody or of some."""
    bound = {"ids": list(user_ids) if user_ids is not None else None}
    rows = session.execute(_FIND, bound).mappings()
    found = [
        Wrong(user_id=row["user_id"], what=what, stood=row[f"was_{what}"], is_right=row[what])
        for row in rows
        for what in WHATS
        if row[f"was_{what}"] != row[what]
    ]
    periods = session.execute(_FIND_PERIODS, bound)
    return found + [
        Wrong(user_id=row.user_id, what="period", stood=row.stood, is_right=row.seconds)
        for row in periods
    ]


def difference(wrong: Wrong) -> Difference:
    """Say a wrong counter as a reconcile says what differs."""
    return Difference(
        kind=Class.COUNTERS,
        subject=f"{wrong.user_id}:{wrong.what}",
        ours={"count": wrong.stood},
        theirs={"count": wrong.is_right},
    )


def mend(session: Session, user_ids: Sequence[UUID]) -> None:
    """Set these tenants' counters right. Held first: what is noted meanwhile waits."""
    if not user_ids:
        return
    bound = {"ids": sorted(user_ids)}
    session.execute(_HOLD, bound)
    session.execute(_MEND, bound)
    session.execute(_MEND_PERIODS, bound)


def recompute(begin: Begin, *, dry_run: bool = False) -> list[Wrong]:
    """Find every wrong counter, and set right whose they are."""
    with begin(SYSTEM) as session:
        found = find(session)
    if found and not dry_run:
        with begin(SYSTEM) as session:
            mend(session, list({one.user_id for one in found}))
    return found
