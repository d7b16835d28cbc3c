"""What must be true at every moment, asked of the database every minute.

Each promise is a query that returns the rows which break it, and no rows while it is kept. A
broken one is a critical alert that names them, and ends by itself when none is left. Only open
rows are looked at, by the indexes that claims use, so a look costs the same at any size.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.database import SYSTEM, Begin
from domain.tables.ops import Severity
from domain.work import alerts

BROKEN: Final = "promise_broken"
SHOWN: Final = 20
"""How many rows an alert names."""

RESCUED: Final = timedelta(minutes=5)
"""After how long a lease that ran out has been resolved by its area's sweep, whatever happened."""


@dataclass(frozen=True, slots=True)
class Promise:
    """One thing that must be true."""

    name: str
    sentence: str
    """What is wrong where it is not."""

    query: str
    """Returns `what`, the row as `frontdesk explain` takes it, and why it is wrong."""


LEASED: Final = (
    ("call", "calls", "ai_processing_status = 'processing'"),
    ("message", "messages", "status = 'sending'"),
    ("queued_call", "call_queue", "status = 'in-progress'"),
    ("call_attempt", "call_attempts", "state = 'dialing'"),
    ("webhook", "webhook_queue", "state = 'working'"),
    ("delivery", "webhook_deliveries", "state = 'working'"),
    ("errand", "errands", "state = 'working'"),
    ("calendar", "calendar_integrations", "pull_state = 'pulling'"),
    ("link", "calendar_event_links", "state = 'working'"),
    ("meter", "meter_events", "state = 'working'"),
    ("alert_telling", "alert_tellings", "state = 'working'"),
    ("reconcile", "reconciliation_runs", "status = 'working'"),
)
"""Every work table, and when a row of it is in somebody's hands; a test holds it complete."""

_OVERSLEPT: Final = " UNION ALL ".join(
    f"(SELECT '{kind} ' || id AS what, 'its lease ran out at ' ||"  # noqa: S608  # our own names
    f" to_char(lease_expires_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS') AS why FROM {table}"
    f" WHERE {busy} AND lease_expires_at < clock_timestamp() - CAST(:rescued AS interval)"
    " ORDER BY lease_expires_at LIMIT :shown)"
    for kind, table, busy in LEASED
)

PROMISES: Final = (
    Promise(
        "slots",
        "more calls are under way on an account than it has slots",
        "SELECT 'account ' || a.id AS what,"
        " count(*) || ' calls on ' || a.concurrency_limit || ' slots' AS why"
        " FROM call_attempts l JOIN call_service_providers a ON a.id = l.provider_id"
        " WHERE l.state IN ('dialing', 'live', 'unknown')"
        " GROUP BY a.id, a.concurrency_limit HAVING count(*) > a.concurrency_limit",
    ),
    Promise("leases", "a row is in hands that let go of it long ago", _OVERSLEPT),
    Promise(
        "turns",
        "a tenant's calls may go and nobody looks at it",
        "SELECT 'tenant ' || t.user_id AS what, 'asleep since ' ||"
        " to_char(t.due_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS') AS why"
        " FROM tenant_turns t WHERE NOT t.is_waiting"
        " AND t.due_at < (SELECT clock_timestamp()) - CAST(:rescued AS interval)"
        " AND EXISTS (SELECT FROM call_queue q WHERE q.user_id = t.user_id AND q.status = 'queued'"
        "  AND q.is_ready AND q.due_at < (SELECT clock_timestamp()) - CAST(:rescued AS interval))"
        " AND NOT EXISTS (SELECT FROM pauses p WHERE p.kind = 'queue' AND p.subject = 'outbound'"
        "  OR p.kind = 'tenant' AND p.subject = t.user_id::text)",
    ),
    Promise(
        "reminders",
        "a text waits for an appointment that was called off or moved",
        "SELECT 'message ' || m.id AS what, 'event ' || e.id || ' is ' || e.status AS why"
        " FROM messages m JOIN events e ON e.id = m.event_id"
        " WHERE m.status = 'pending' AND m.identity IS NOT NULL AND m.direction = 'outbound'"
        " AND m.rule LIKE 'reminder%' AND m.due_at < (SELECT clock_timestamp()) + interval '1 day'"
        " AND (e.status IN ('cancelled', 'no_show') OR m.event_start <> e.start_time)",
    ),
    Promise(
        "budgets",
        "money is held for a request that ended long ago",
        "SELECT 'reservation ' || id AS what, 'until ' ||"
        " to_char(expires_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS') AS why"
        " FROM budget_reservations WHERE state = 'held'"
        " AND expires_at < clock_timestamp() - CAST(:rescued AS interval)",
    ),
)
"""Beside them the tasks ask whether counters are what their ledgers add up to."""


@dataclass(frozen=True, slots=True)
class Breach:
    """One row that breaks a promise."""

    what: str
    why: str


def watch(begin: Begin) -> None:
    """Ask for every promise, and tell of those that are not kept; the others' alerts end."""
    for promise in PROMISES:
        with begin(SYSTEM) as session:
            judge(session, promise.name, promise.sentence, broken(session, promise))


def broken(session: Session, promise: Promise) -> list[Breach]:
    """Return rows that break a promise, some of them where there are many."""
    query = text(f"SELECT what, why FROM ({promise.query}) b LIMIT :shown")  # noqa: S608  # our own words
    bound: dict[str, Any] = {"shown": SHOWN}
    if ":rescued" in promise.query:
        bound["rescued"] = RESCUED
    return [Breach(*row) for row in session.execute(query, bound)]


def judge(session: Session, name: str, sentence: str, breaches: Sequence[Breach]) -> None:
    """Tell that a promise is broken, with the rows; or that it is kept again."""
    if not breaches:
        alerts.settle(session, BROKEN, subject=name)
        return
    many = f"{len(breaches)}" if len(breaches) < SHOWN else f"at least {SHOWN}"
    alerts.tell(
        session,
        BROKEN,
        subject=name,
        message=f"{sentence[0].upper()}{sentence[1:]}: {many} so, first {breaches[0].what},"
        f" {breaches[0].why}.",
        severity=Severity.CRITICAL,
        details={"rows": [{"what": one.what, "why": one.why} for one in breaches]},
    )
