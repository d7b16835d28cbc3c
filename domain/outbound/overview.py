"""How the line stands: slots of each account, share and wait of each tenant."""

from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.orm import Session

_ACCOUNTS: Final = text("""
SELECT a.id, a.name, coalesce(nullif(a.provider, ''), a.name) AS vendor, a.user_id,
       (SELECT count(*) FROM call_attempts l WHERE l.provider_id = a.id
        AND l.state IN ('dialing', 'live', 'unknown')) AS used,
       a.concurrency_limit AS "limit", a.learned_limit AS learned, a.reserved_inbound AS reserved,
       a.observed_live AS observed, a.observed_at, a.health, a.closed_until, a.last_error AS why,
       NOT a.is_active AS is_off, EXISTS (SELECT FROM pauses p
        WHERE p.kind = 'account' AND p.subject = a.id::text) AS is_paused
FROM call_service_providers a ORDER BY a.priority, a.name, a.id LIMIT 200
""")
_WAITING: Final = text("""
SELECT count(*) FILTER (WHERE is_ready) AS waiting, count(*) FILTER (WHERE NOT is_ready) AS later,
       extract(epoch FROM clock_timestamp() - min(due_at) FILTER (WHERE is_ready))::int AS oldest
FROM call_queue WHERE status = 'queued'
""")
_TENANTS: Final = text("""
SELECT t.user_id, t.weight, t.concurrency_limit AS "limit", t.is_waiting, t.hour_calls,
       t.day_calls,
       (SELECT count(*) FROM call_attempts l WHERE l.user_id = t.user_id
        AND l.state IN ('dialing', 'live', 'unknown')) AS used,
       q.waiting, q.oldest
FROM tenant_turns t CROSS JOIN LATERAL (
  SELECT count(*) AS waiting,
         extract(epoch FROM clock_timestamp() - min(w.due_at))::int AS oldest
  FROM (SELECT due_at FROM call_queue WHERE user_id = t.user_id AND status = 'queued'
        AND is_ready LIMIT 10000) w) q
WHERE t.is_waiting OR EXISTS (SELECT FROM call_attempts l WHERE l.user_id = t.user_id
  AND l.state IN ('dialing', 'live', 'unknown'))
ORDER BY q.oldest DESC NULLS LAST LIMIT 50
""")


def accounts(session: Session) -> list[dict[str, Any]]:
    """Return accounts with the slots that are used of their limit."""
    return [dict(row) for row in session.execute(_ACCOUNTS).mappings()]


def waiting(session: Session) -> dict[str, Any]:
    """Return how many calls wait, how many are for later, and how long the oldest has waited."""
    return dict(session.execute(_WAITING).mappings().one())


def tenants(session: Session) -> list[dict[str, Any]]:
    """Return tenants in line, who has waited longest first; counted up to ten thousand rows."""
    found = [dict(row) for row in session.execute(_TENANTS).mappings()]
    whole = sum(row["used"] for row in found) or 1
    return [{**row, "share": round(row["used"] / whole, 3)} for row in found]
