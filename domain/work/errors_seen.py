"""Errors of the platform's other services, by cause: how often, since when, and until when."""

from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.orm import Session

# A cause is a kind of error at one place. Messages are left out: they may quote anybody.
_CAUSES: Final = text(
    "SELECT coalesce(error_type, 'unknown') AS cause, endpoint, count(*) AS seen,"
    " count(DISTINCT user_id) AS tenants, min(created_at) AS first, max(created_at) AS last"
    " FROM error_logs WHERE resolved_at IS NULL"
    " GROUP BY 1, 2 ORDER BY max(created_at) DESC LIMIT 100"
)
_RESOLVE: Final = text(
    "UPDATE error_logs SET resolved_at = clock_timestamp(), resolution_notes = :note"
    " WHERE resolved_at IS NULL AND coalesce(error_type, 'unknown') = :cause"
    " AND (CAST(:endpoint AS text) IS NULL OR endpoint = :endpoint) RETURNING 1"
)


def by_cause(session: Session) -> list[dict[str, Any]]:
    """Return open errors by their cause, the newest first."""
    return [dict(row) for row in session.execute(_CAUSES).mappings()]


def resolve(session: Session, cause: str, *, endpoint: str | None, note: str) -> int:
    """Write down that a cause is gone; return how many errors it had."""
    bound = {"cause": cause, "endpoint": endpoint, "note": note}
    return len(session.execute(_RESOLVE, bound).all())
