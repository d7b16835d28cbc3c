"""Whose turn it is: tenants in line by what they have had for their weight.

A tenant's virtual time grows by one for each call, divided by its weight; the lowest is next.
Who has nothing that may be dialled now sleeps and keeps nobody waiting; who wakes stands where
the line has come to, so that nobody saves turns up in his sleep.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.metering import use
from domain.metering.use import What

_PROMOTE: Final = text("""
WITH due AS MATERIALIZED (
  SELECT id FROM call_queue WHERE status = 'queued' AND NOT is_ready
    AND due_at <= (SELECT clock_timestamp()) ORDER BY due_at LIMIT :n FOR UPDATE SKIP LOCKED)
UPDATE call_queue q SET is_ready = true FROM due WHERE q.id = due.id RETURNING q.user_id
""")
_ROUSE: Final = text(
    "UPDATE tenant_turns SET due_at = clock_timestamp()"
    " WHERE user_id = ANY(CAST(:ids AS uuid[])) AND NOT is_waiting AND due_at > clock_timestamp()"
)
_TENANT_OF: Final = text("SELECT user_id FROM call_queue WHERE id = :id AND status = 'queued'")
_WAKE: Final = text("""
WITH up AS MATERIALIZED (
  SELECT user_id FROM tenant_turns WHERE NOT is_waiting AND due_at <= (SELECT clock_timestamp())
  ORDER BY due_at LIMIT :n FOR NO KEY UPDATE SKIP LOCKED),
head AS (SELECT virtual_time FROM tenant_turns WHERE is_waiting ORDER BY virtual_time LIMIT 1)
UPDATE tenant_turns t SET is_waiting = true, virtual_time = greatest(t.virtual_time,
  coalesce((SELECT virtual_time FROM head), CAST(:floor AS float8)))
FROM up WHERE t.user_id = up.user_id
""")
_TAKE: Final = text("""
SELECT t.user_id, t.virtual_time, t.weight, t.concurrency_limit,
       CASE WHEN t.hour_began > clock_timestamp() - interval '1 hour' THEN t.hour_calls ELSE 0 END
         AS hour_calls,
       CASE WHEN t.day_began > clock_timestamp() - interval '1 day' THEN t.day_calls ELSE 0 END
         AS day_calls, t.hour_began, t.day_began
FROM tenant_turns t
WHERE t.is_waiting AND (CAST(:pool AS uuid) IS NULL OR t.user_id = :pool)
  AND t.user_id <> ALL(CAST(:passed AS uuid[]))
  AND (CAST(:pool AS uuid) IS NOT NULL OR NOT EXISTS (
    SELECT FROM call_service_providers o WHERE o.user_id = t.user_id AND o.is_active))
ORDER BY t.virtual_time LIMIT :n FOR NO KEY UPDATE OF t SKIP LOCKED
""")
_FACTS: Final = text("""
SELECT u.id, u.status, u.timezone, u.settings #> '{calls,per_range}' AS per_range,
       (SELECT count(*) FROM call_attempts a WHERE a.user_id = u.id
        AND a.state IN ('dialing', 'live', 'unknown')) AS live,
       EXISTS (SELECT FROM pauses p WHERE p.kind = 'tenant' AND p.subject = u.id::text)
         AS is_paused,
       r.countries, r.consent_source, r.timezone AS rules_timezone, r.window_start,
       r.window_end, r.window_days, r.calls_per_hour, r.calls_per_day,
       CASE WHEN r.spend_per_day IS NULL THEN NULL ELSE r.spend_per_day - coalesce((
         SELECT sum(a.cost) FROM call_attempts a WHERE a.user_id = u.id AND a.cost IS NOT NULL
           AND a.ended_at > (SELECT clock_timestamp()) - interval '1 day'), 0) END AS spend_left
FROM users u LEFT JOIN calling_rules r ON r.user_id = u.id
WHERE u.id = ANY(CAST(:ids AS uuid[]))
""")
_CHARGE: Final = text("""
UPDATE tenant_turns t SET virtual_time = x.virtual_time,
  hour_calls = CASE WHEN t.hour_began > clock_timestamp() - interval '1 hour'
    THEN t.hour_calls + x.n ELSE x.n END,
  hour_began = CASE WHEN t.hour_began > clock_timestamp() - interval '1 hour'
    THEN t.hour_began ELSE clock_timestamp() END,
  day_calls = CASE WHEN t.day_began > clock_timestamp() - interval '1 day'
    THEN t.day_calls + x.n ELSE x.n END,
  day_began = CASE WHEN t.day_began > clock_timestamp() - interval '1 day'
    THEN t.day_began ELSE clock_timestamp() END
FROM unnest(CAST(:ids AS uuid[]), CAST(:times AS float8[]), CAST(:ns AS int[]))
  AS x(user_id, virtual_time, n)
WHERE t.user_id = x.user_id
""")
_LOCK_SLEEPY: Final = text(
    "SELECT user_id FROM tenant_turns WHERE user_id = ANY(CAST(:ids AS uuid[]))"
    " AND is_waiting FOR UPDATE SKIP LOCKED"
)
# Asked anew behind the lock: whoever queued something meanwhile is seen here.
_SLEEP_EMPTY: Final = text("""
UPDATE tenant_turns t SET is_waiting = false, due_at = clock_timestamp() + interval '1 hour'
WHERE t.user_id = ANY(CAST(:ids AS uuid[])) AND NOT EXISTS (
  SELECT FROM call_queue q WHERE q.user_id = t.user_id AND q.status = 'queued' AND q.is_ready)
RETURNING t.user_id
""")
_SLEEP: Final = text("""
UPDATE tenant_turns t SET is_waiting = false, due_at = clock_timestamp() + x.wait
FROM unnest(CAST(:ids AS uuid[]), CAST(:waits AS interval[])) AS x(user_id, wait)
WHERE t.user_id = x.user_id AND t.is_waiting
""")

MOST_PROMOTED: Final = 1000
MOST_WOKEN: Final = 500
NAP: Final = timedelta(seconds=30)
"""How long a tenant sleeps at most that is kept back by its own limits: whoever changes them,
or ends a call of it, wakes it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tenant:
    """A tenant whose turn may be now, its row locked, and what bounds it."""

    user_id: UUID
    virtual_time: float
    weight: float
    live: int
    concurrency_limit: int | None
    hour_calls: int
    day_calls: int
    hour_began: datetime
    day_began: datetime
    facts: Any
    """Its own bounds, as the statement above reads them."""

    stopped: str | None = None
    """Why it may use no more calls, by its plan or by hand."""


def promote(session: Session) -> int:
    """Put calls into the line whose time has come, and wake their tenants; return how many."""
    users = list(session.scalars(_PROMOTE, {"n": MOST_PROMOTED}))
    rouse(session, users)
    return len(users)


def rouse(session: Session, user_ids: Sequence[UUID]) -> None:
    """Have tenants looked at again that sleep: something changed for them."""
    if user_ids:
        session.execute(_ROUSE, {"ids": sorted(set(user_ids))})


def rouse_for(session: Session, row_id: UUID) -> None:
    """Have the tenant of a call looked at again that a person has put back into the line."""
    rouse(session, list(session.scalars(_TENANT_OF, {"id": row_id})))


def wake(session: Session, *, floor: float) -> None:
    """Put tenants back into the line whose sleep is over, where it has come to."""
    session.execute(_WAKE, {"n": MOST_WOKEN, "floor": floor})


def take(session: Session, pool: UUID | None, most: int, passed: Sequence[UUID]) -> list[Tenant]:
    """Lock those whose turn is next, past those that others are serving, and read their bounds."""
    bound = {"pool": pool, "n": most, "passed": list(passed)}
    turns = session.execute(_TAKE, bound).all()
    if not turns:
        return []
    found = session.execute(_FACTS, {"ids": [row.user_id for row in turns]})
    facts = {row.id: row for row in found}
    stops = use.stopped(session, list(facts), What.CALL)
    return [
        Tenant(
            user_id=row.user_id,
            virtual_time=row.virtual_time,
            weight=float(row.weight),
            live=facts[row.user_id].live,
            concurrency_limit=row.concurrency_limit,
            hour_calls=row.hour_calls,
            day_calls=row.day_calls,
            hour_began=row.hour_began,
            day_began=row.day_began,
            facts=facts[row.user_id],
            stopped=stops.get(row.user_id),
        )
        for row in turns
    ]


def charge(session: Session, times: Mapping[UUID, float], got: Mapping[UUID, int]) -> None:
    """Move tenants back in line by what they got."""
    if got:
        ids = sorted(got)
        session.execute(
            _CHARGE,
            {
                "ids": ids,
                "times": [times[user_id] for user_id in ids],
                "ns": [got[user_id] for user_id in ids],
            },
        )


def sleep_empty(session: Session, user_ids: Sequence[UUID]) -> list[UUID]:
    """Send tenants to sleep that have nothing in line; return those that have.

    One that is being given something right now is neither.
    """
    if not user_ids:
        return []
    locked = list(session.scalars(_LOCK_SLEEPY, {"ids": list(user_ids)}))
    asleep = set(session.scalars(_SLEEP_EMPTY, {"ids": locked})) if locked else set[UUID]()
    return [user_id for user_id in locked if user_id not in asleep]


def sleep(session: Session, waits: Mapping[UUID, timedelta]) -> None:
    """Send tenants to sleep that may dial nothing for a while, whatever they have."""
    if waits:
        session.execute(_SLEEP, {"ids": list(waits), "waits": list(waits.values())})
