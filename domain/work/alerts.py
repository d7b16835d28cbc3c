"""Telling operators, once: an alert is one row for as long as its cause lasts."""

import json
from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.tables.ops import Severity

_RAISE: Final = text(
    "INSERT INTO ops_alerts (alert_type, subject, severity, message, details)"
    " VALUES (:type, :subject, :severity, :message, CAST(:details AS jsonb))"
    " ON CONFLICT (alert_type, subject) WHERE resolved_at IS NULL DO UPDATE"
    " SET seen = ops_alerts.seen + 1, last_seen_at = clock_timestamp(),"
    "  severity = excluded.severity, message = excluded.message,"
    "  details = ops_alerts.details || excluded.details"
)

_RESOLVE_OTHERS: Final = text(
    "UPDATE ops_alerts SET resolved_at = clock_timestamp()"
    " WHERE alert_type = :type AND resolved_at IS NULL"
    " AND NOT subject = ANY(CAST(:still AS text[]))"
)

_RESOLVE_ONE: Final = text(
    "UPDATE ops_alerts SET resolved_at = clock_timestamp()"
    " WHERE alert_type = :type AND subject = :subject AND resolved_at IS NULL"
)

_COLUMNS: Final = (
    "id, alert_type, subject, severity, message, details, seen, created_at, last_seen_at,"
    " acknowledged_at, resolved_at"
)
_OPEN: Final = text(
    f"SELECT {_COLUMNS} FROM ops_alerts WHERE resolved_at IS NULL"  # noqa: S608  # our own names
    " ORDER BY array_position(ARRAY['critical', 'warning', 'info'], severity), created_at"
)
_NEWEST: Final = text(f"SELECT {_COLUMNS} FROM ops_alerts ORDER BY created_at DESC LIMIT 100")  # noqa: S608  # our own names
_ONE: Final = text(f"SELECT {_COLUMNS} FROM ops_alerts WHERE id = :id")  # noqa: S608  # our own names
_ACKNOWLEDGE: Final = text(
    "UPDATE ops_alerts SET acknowledged_at = coalesce(acknowledged_at, clock_timestamp()),"
    " details = details || CAST(:said AS jsonb)"
    " WHERE id = :id AND resolved_at IS NULL RETURNING 1"
)


def tell(
    session: Session,
    alert_type: str,
    *,
    subject: str,
    message: str,
    severity: Severity,
    details: Mapping[str, Any] | None = None,
) -> None:
    """Raise an alert, or count one more sighting of it."""
    session.execute(
        _RAISE,
        {
            "type": alert_type,
            "subject": subject,
            "severity": severity.value,
            "message": message,
            "details": json.dumps(details or {}),
        },
    )


def settle(session: Session, alert_type: str, *, subject: str) -> None:
    """Resolve the open alert on this subject, if there is one."""
    session.execute(_RESOLVE_ONE, {"type": alert_type, "subject": subject})


def settle_others(session: Session, alert_type: str, *, still: list[str]) -> None:
    """Resolve the open alerts of this type, but for the subjects that are still unwell."""
    session.execute(_RESOLVE_OTHERS, {"type": alert_type, "still": still})


def listed(session: Session, *, also_resolved: bool = False) -> list[dict[str, Any]]:
    """Return the alerts that last, the gravest first; or the newest hundred of all."""
    found = session.execute(_NEWEST if also_resolved else _OPEN)
    return [dict(row) for row in found.mappings()]


def one(session: Session, alert_id: UUID) -> dict[str, Any] | None:
    """Return one alert; None where there is none."""
    row = session.execute(_ONE, {"id": alert_id}).mappings().one_or_none()
    return dict(row) if row else None


def acknowledge(session: Session, alert_id: UUID, *, by: str, note: str) -> bool:
    """Write down that somebody has taken an alert up; False where it is resolved, or not there.

    It stays open until its cause is gone: that is seen, not said.
    """
    said = json.dumps({"acknowledged": {"by": by, "note": note}})
    return session.scalar(_ACKNOWLEDGE, {"id": alert_id, "said": said}) is not None
