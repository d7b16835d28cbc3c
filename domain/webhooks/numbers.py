"""Whose number it is, and what becomes of news about a number that is nobody's.

The one place that knows where tenants' numbers stand. An agent's number is unique; a number that
several tenants merely list is nobody's, or whoever lists it would hear what is told to another.
"""

from typing import Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.webhooks.store import Stored

_AGENTS: Final = text(
    "SELECT user_id FROM agents WHERE phone_number = :number AND status <> 'disabled'"
)
_LISTED: Final = text(
    "SELECT DISTINCT user_id FROM user_phone_numbers WHERE full_number = :number AND is_active"
)
_LEAVE: Final = text(
    "INSERT INTO unknown_phone (phone_number, provider, event_type, webhook_id, received_at)"
    " VALUES (:number, :provider, :type, :webhook, :at)"
    " ON CONFLICT (webhook_id) WHERE resolved_at IS NULL DO NOTHING"
)
# The newest only: what nobody has claimed for long is spam, and costs no sweep anything.
_OPEN: Final = text(
    "SELECT id, phone_number, webhook_id FROM unknown_phone u"
    " WHERE resolved_at IS NULL AND webhook_id IS NOT NULL"
    " AND (EXISTS (SELECT 1 FROM agents a WHERE a.phone_number = u.phone_number)"
    "  OR EXISTS (SELECT 1 FROM user_phone_numbers p WHERE p.full_number = u.phone_number))"
    " ORDER BY received_at DESC LIMIT :n FOR UPDATE OF u SKIP LOCKED"
)
_CLAIMED: Final = text(
    "UPDATE unknown_phone SET resolved_at = clock_timestamp(), resolved_by = 'frontdesk',"
    " resolution = 'matched_agent' WHERE id = :id"
)


def owner(session: Session, number: str) -> UUID | None:
    """Return the tenant whose number it is; None: nobody's, or not surely somebody's."""
    found = session.scalar(_AGENTS, {"number": number})
    if found is not None:
        return found
    listed = list(session.scalars(_LISTED, {"number": number}))
    return listed[0] if len(listed) == 1 else None


def leave(session: Session, row: Stored, number: str, event_type: str | None) -> None:
    """Keep what concerns a number of nobody, until somebody claims it."""
    bound = {"number": number, "provider": row.provider, "type": event_type}
    session.execute(_LEAVE, {**bound, "webhook": row.id, "at": row.received_at})


def claimed(session: Session, *, most: int) -> list[UUID]:
    """Return notices whose number has found its tenant since, and close them as unknown."""
    found: list[UUID] = []
    for row_id, number, webhook_id in session.execute(_OPEN, {"n": most}):
        if owner(session, number) is not None:
            session.execute(_CLAIMED, {"id": row_id})
            found.append(webhook_id)
    return found
