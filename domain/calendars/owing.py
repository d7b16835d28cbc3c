"""Owing an event to its owner's calendars: a link that is there, or is to be."""

from collections.abc import Callable
from typing import Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.calendars import rules

_OWE: Final = text(
    "INSERT INTO calendar_event_links (id, user_id, event_id, calendar_integration_id, remote_id,"
    "  state, wanted) SELECT :id, e.user_id, e.id, i.id, :name, 'pending', 1"
    " FROM events e JOIN calendar_integrations i ON i.user_id = e.user_id"
    " WHERE e.id = :event AND i.id = :integration"
    " ON CONFLICT (event_id, calendar_integration_id) DO NOTHING"
)
_AGAIN: Final = text(
    "UPDATE calendar_event_links SET wanted = wanted + 1, due_at = clock_timestamp(),"
    " state = CASE WHEN state IN ('done', 'failed') THEN 'pending' ELSE state END,"
    " attempts = CASE WHEN state IN ('done', 'failed') THEN 0 ELSE attempts END"
    " WHERE event_id = :event"
)
# An event that its owner has moved to a calendar of their own choice is not put back.
_TO_WRITE: Final = text(
    "SELECT i.id FROM calendar_integrations i WHERE i.is_active AND i.writes AND i.sync_enabled"
    " AND i.calendar_id IS NOT NULL AND NOT EXISTS (SELECT FROM calendar_event_links l"
    "  JOIN calendar_integrations j ON j.id = l.calendar_integration_id"
    "  WHERE l.event_id = :event AND (j.id = i.id OR j.is_active AND NOT j.writes))"
)
_EVENT: Final = text("SELECT user_id, status FROM events WHERE id = :id")


def event(session: Session, event_id: UUID) -> tuple[UUID, str] | None:
    """Return whose event it is, and how it stands."""
    row = session.execute(_EVENT, {"id": event_id}).one_or_none()
    return None if row is None else (row.user_id, row.status)


def owe(session: Session, event_id: UUID, *, stands: bool, new_id: Callable[[], UUID]) -> None:
    """Owe an event to every calendar that it is in; to the others only if it stands."""
    session.execute(_AGAIN, {"event": event_id})
    if not stands:
        return
    for integration in session.scalars(_TO_WRITE, {"event": event_id}).all():
        link_id: UUID = new_id()
        bound = {"id": link_id, "name": rules.name_of(link_id, 0)}
        session.execute(_OWE, {**bound, "event": event_id, "integration": integration})
