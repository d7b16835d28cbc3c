"""What stands where, read from the database in one go."""

from dataclasses import asdict, dataclass
from typing import Any, Final

from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

from domain.outbound import overview as outbound
from domain.work import retention
from workers.backlog import BACKLOG

_BELLS: Final = text(
    "SELECT DISTINCT ON (name) substr(name, 9) AS queue, rung_at, started_at,"
    " round(extract(epoch FROM coalesce(started_at, clock_timestamp()) - rung_at), 3)::float8"
    "  AS waited,"
    " started_at IS NOT NULL AS heard"
    " FROM periodic_runs WHERE name LIKE 'measure.%' ORDER BY name, slot DESC"
)
_TIMETABLE: Final = text(
    "SELECT DISTINCT ON (name) name, slot, rings, started_at, finished_at, error"
    " FROM periodic_runs WHERE name NOT LIKE 'measure.%' ORDER BY name, slot DESC"
)
_SUPERVISORS: Final = text(
    "SELECT id, hostname, pid, children, started_at,"
    " round(extract(epoch FROM clock_timestamp() - seen_at))::int AS seconds_silent"
    " FROM supervisors WHERE stopped_at IS NULL ORDER BY started_at"
)
_ALERTS: Final = text(
    "SELECT id, alert_type, severity, subject, message, seen, created_at, last_seen_at,"
    " acknowledged_at FROM ops_alerts WHERE resolved_at IS NULL ORDER BY created_at"
)

# What is through stands in no index: only what was refused, ignored or given up is counted.
_NOTICES: Final = text(
    "SELECT provider, result, coalesce(event_type, '') AS event_type, error_message AS why,"
    " count(*) AS n, max(received_at) AS newest FROM webhook_queue"
    " WHERE result IN ('refused', 'ignored', 'failed')"
    " AND received_at > clock_timestamp() - interval '1 day'"
    " GROUP BY 1, 2, 3, 4 ORDER BY result, n DESC LIMIT 50"
)
_PAUSES: Final = text("SELECT kind, subject, reason, created_at FROM pauses ORDER BY created_at")

_BACKLOG: Final = text(BACKLOG)
_DUE_MESSAGES: Final = text(
    "SELECT count(*) FROM messages WHERE status = 'pending' AND direction = 'outbound'"
    " AND due_at <= (SELECT clock_timestamp())"
)


@dataclass(frozen=True, slots=True)
class Overview:
    """What `frontdesk status` shows."""

    bells: list[dict[str, Any]]
    timetable: list[dict[str, Any]]
    supervisors: list[dict[str, Any]]
    alerts: list[dict[str, Any]]
    pauses: list[dict[str, Any]]
    notices: list[dict[str, Any]]
    retention: list[dict[str, Any]]
    accounts: list[dict[str, Any]]
    """Vendors' accounts: slots used of their limit."""

    line: dict[str, Any]
    """Calls that wait, and the oldest."""

    tenants: list[dict[str, Any]]
    """Who waits for calls to be placed, longest first."""

    backlog: list[dict[str, Any]]
    """What is due, in hand, unknown and failed, by queue and kind."""

    def as_facts(self) -> dict[str, Any]:
        """Return it for JSON."""
        return asdict(self)


def look(session: Session) -> Overview:
    """Read everything that `status` shows."""

    def rows(query: Any) -> list[dict[str, Any]]:  # noqa: ANN401  # a text clause
        found: list[RowMapping] = list(session.execute(query).mappings())
        return [dict(row) for row in found]

    return Overview(
        *(rows(_BELLS), rows(_TIMETABLE), rows(_SUPERVISORS), rows(_ALERTS), rows(_PAUSES)),
        notices=rows(_NOTICES),
        retention=[asdict(one) for one in retention.standing(session)],
        accounts=outbound.accounts(session),
        line=outbound.waiting(session),
        tenants=outbound.tenants(session),
        backlog=rows(_BACKLOG),
    )


def due_messages(session: Session) -> int:
    """Count the texts and letters that are to go out now."""
    return session.execute(_DUE_MESSAGES).scalar_one()
