"""Telling operators, once: an alert is one row for as long as its cause lasts."""

from typing import Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.tables.ops import Severity

_RAISE: Final = text(
    "INSERT INTO ops_alerts (alert_type, subject, severity, message)"
    " VALUES (:type, :subject, :severity, :message)"
    " ON CONFLICT (alert_type, subject) WHERE resolved_at IS NULL DO UPDATE"
    " SET seen = ops_alerts.seen + 1, last_seen_at = clock_timestamp(),"
    "  severity = excluded.severity, message = excluded.message"
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


def tell(
    session: Session, alert_type: str, *, subject: str, message: str, severity: Severity
) -> None:
    """Raise an alert, or count one more sighting of it."""
    session.execute(
        _RAISE,
        {"type": alert_type, "subject": subject, "severity": severity.value, "message": message},
    )


def settle(session: Session, alert_type: str, *, subject: str) -> None:
    """Resolve the open alert on this subject, if there is one."""
    session.execute(_RESOLVE_ONE, {"type": alert_type, "subject": subject})


def settle_others(session: Session, alert_type: str, *, still: list[str]) -> None:
    """Resolve the open alerts of this type, but for the subjects that are still unwell."""
    session.execute(_RESOLVE_OTHERS, {"type": alert_type, "still": still})
