"""Owing people messages: what an event, a call, a notice or another message gives cause for.

Sending is `sending`, following is `following`, answering is `replies`.
"""

from typing import Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.database import SYSTEM, Begin
from domain.messages import (
    fallback,
    following,
    owers,
    owing,
    owners,
    planning,
    sending,
)
from domain.messages.post import Post
from domain.work import owner_notices

__all__ = ["Post", "follow", "job", "plan"]

job = sending.job
follow = following.follow

# One errand for all that messages are owed for: its subject says what it is.
_WHAT: Final = text(
    "SELECT 'event' AS what, user_id FROM events WHERE id = :id"
    " UNION ALL SELECT 'call', user_id FROM calls WHERE id = :id"
    " UNION ALL SELECT 'message', user_id FROM messages WHERE id = :id"
    " UNION ALL SELECT 'notice', user_id FROM owner_notices WHERE id = :id"
    " UNION ALL SELECT 'booking', user_id FROM calendar_events WHERE id = :id LIMIT 1"
)
_BOOKING: Final = text("SELECT status, generation FROM calendar_events WHERE id = :id")


def plan(post: Post, subject_id: UUID) -> None:
    """Owe what is due about a subject: planned twice, it is owed once."""
    found = _what(post.begin, subject_id)
    if found is None:
        return
    what, user_id = found
    with post.begin(user_id) as session:
        if what == "event":
            _plan_event(post, session, subject_id)
        elif what == "call":
            owers.after_call(session, user_id, subject_id)
        elif what == "notice":
            owners.tell(session, user_id, subject_id)
        elif what == "booking":
            _note_booking(session, user_id, subject_id)
        else:
            fallback.go_on(post, session, user_id, subject_id)


def _what(begin: Begin, subject_id: UUID) -> tuple[str, UUID] | None:
    with begin(SYSTEM) as session:
        row = session.execute(_WHAT, {"id": subject_id}).one_or_none()
    return None if row is None else (row.what, row.user_id)


def _plan_event(post: Post, session: Session, event_id: UUID) -> None:
    event = owing.event(session, event_id)
    if event is not None:
        owing.owe(session, event.user_id, planning.plan(post, session, event))
        owners.note_event(session, event)


def _note_booking(session: Session, user_id: UUID, booking_id: UUID) -> None:
    """Have the owner told of what others wrote into their calendar."""
    row = session.execute(_BOOKING, {"id": booking_id}).one_or_none()
    if row is None:
        return
    is_off = row.status in {"cancelled", "canceled"}
    kind = "cancelled" if is_off else "moved" if row.generation else "booking"
    facts = {"calendar_event_id": str(booking_id)}
    owner_notices.tell(session, user_id, kind, f"{booking_id}:{row.generation}", facts)
