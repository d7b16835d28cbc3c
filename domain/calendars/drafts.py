"""What calls have agreed on, until the owner's calendars were asked whether the time is free.

A call is written down in one transaction, and nobody is asked in one. So the event stays a draft
there, its time held by the exclusion constraint: of two calls for one hour one gets it, and the
other's owner is asked for another time. The push that is owed with the draft asks the calendars,
and confirms it, or asks the owner too. Whoever dies in between leaves the hold and the errand.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import text
from sqlalchemy.orm import Session

from domain import zones
from domain.calendars import bookings, holds, questions
from domain.calendars.desk import Desk
from domain.calendars.hours import Span
from domain.errors import ProviderError, Rejected, Retryable
from domain.ids import new_id
from domain.work import errands
from domain.work.names import TaskName

log = structlog.get_logger("calendars")

PATIENCE: Final = timedelta(minutes=5)
"""For so long a calendar that does not answer is asked again; then its owner is."""

AGAIN: Final = timedelta(seconds=30)

TAKEN: Final = "That time is taken."
START: Final = "start_time"
BOOK: Final = "book"
"""How questions about a draft's moment are named: their answers confirm it (transcripts)."""

_DECIDES: Final = text(
    "SELECT EXISTS (SELECT FROM calendar_integrations WHERE is_active AND sync_enabled"
    " AND calendar_id IS NOT NULL)"
)
# Read again, a call finds its draft held, asked about or decided on already.
_NEW: Final = text(
    "SELECT e.id, e.user_id, e.title, e.timezone, e.start_time AS start, e.end_time AS end"
    " FROM events e WHERE e.id = :id AND e.status = 'extracted' AND e.start_time IS NOT NULL"
    " AND e.end_time > e.start_time"
    " AND NOT EXISTS (SELECT FROM booking_holds h WHERE h.event_id = e.id"
    "  AND h.released_at IS NULL)"
    " AND NOT EXISTS (SELECT FROM questions q WHERE q.event_id = e.id AND q.field = :field)"
)
_HELD: Final = text(
    "SELECT e.id, e.user_id, e.title, e.timezone, e.start_time AS start, e.end_time AS end,"
    " h.id AS hold_id, clock_timestamp() - h.created_at AS age"
    " FROM events e JOIN booking_holds h ON h.event_id = e.id AND h.released_at IS NULL"
    "  AND h.during = tstzrange(e.start_time, e.end_time)"
    " WHERE e.id = :id AND e.status = 'extracted' FOR NO KEY UPDATE OF e, h"
)
# Another service may give a draft another time before its calendar was asked.
_MOVED: Final = text(
    "UPDATE booking_holds h SET released_at = clock_timestamp() FROM events e WHERE e.id = :id"
    " AND h.event_id = e.id AND h.released_at IS NULL AND e.status = 'extracted'"
    " AND h.during IS DISTINCT FROM tstzrange(e.start_time, e.end_time) RETURNING h.id"
)
_CONFIRM: Final = text("UPDATE events SET status = 'confirmed' WHERE id = :id")
_BOOKED: Final = text(
    "UPDATE leads l SET appointment_booked = true,"
    " status = CASE WHEN l.status = 'new' THEN 'booked' ELSE l.status END"
    " FROM events e WHERE e.id = :id AND l.call_id = e.call_id AND l.customer_id = e.customer_id"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """An event that was agreed on a call and does not stand yet."""

    id: UUID
    user_id: UUID
    title: str
    timezone: str
    start: datetime
    end: datetime
    hold_id: UUID | None = None
    age: timedelta = timedelta()
    """For how long its time has been held."""

    @property
    def span(self) -> Span:
        """The time that was agreed on."""
        return Span(self.start, self.end)


class Drafts:
    """Keeps the times of tenants who have a calendar elsewhere, for whoever reads their calls."""

    def decides(self, session: Session) -> bool:
        """Tell whether this tenant's calendars are asked before a booking stands."""
        return bool(session.scalar(_DECIDES))

    def hold(self, session: Session, event_id: UUID) -> None:
        """Keep a draft's time until its calendar was asked; where it is taken, ask its owner."""
        row = session.execute(_NEW, {"id": event_id, "field": START}).mappings().one_or_none()
        if row is None:
            return
        draft = Draft(**row)
        if holds.hold(session, draft.user_id, draft.span, event_id=draft.id) is None:
            _ask(session, draft, TAKEN)
            return
        once = -1 - new_id().int % 2**31  # a number that no change of the event has
        task = TaskName.CALENDARS_PUSH
        errands.owe(session, task, draft.id, user_id=draft.user_id, generation=once)

    def take(
        self, session: Session, user_id: UUID, event_id: UUID, *, start: datetime, end: datetime
    ) -> bool:
        """Keep a time that the owner has chosen; False where another booking has it.

        What else stands in their own calendar they know themselves.
        """
        if not self.decides(session):
            return True
        span = Span(start, end)
        return holds.hold_beside(session, user_id, span, event_id=event_id) is not None


def settle(desk: Desk, user_id: UUID, event_id: UUID) -> bool:
    """Ask the owner's calendars about a draft that is held; then it stands, or the owner is asked.

    Tell whether it stands by this. One that cannot be asked is asked again for a while. Run again
    at any point, it does what is left to do.
    """
    with desk.begin(user_id) as session:
        if session.scalar(_MOVED, {"id": event_id}) is not None:
            Drafts().hold(session, event_id)
        draft = _held(session, event_id)
    if draft is None:
        return False
    why, there = None, list[Span]()
    try:
        there = bookings.busy_outside(desk, user_id, draft.span)
        why = "The calendar shows that time as taken." if there else None
    except ProviderError as error:
        left = PATIENCE - draft.age
        if not isinstance(error, Rejected) and left > timedelta():
            raise Retryable(str(error), after=min(AGAIN, left)) from error
        why = "The calendar could not be asked whether that time is free."
    with desk.begin(user_id) as session:
        now = _held(session, event_id)
        if now is None or now.span != draft.span:  # it was moved, or settled, meanwhile
            return False
        return _decide(session, now, why, there)


def _decide(session: Session, draft: Draft, why: str | None, there: Sequence[Span]) -> bool:
    """Confirm a draft, or let its time go and ask; tell which."""
    if why is None and holds.overlaps(session, draft.span, event_id=draft.id):
        why = TAKEN
    if why is None:
        session.execute(_CONFIRM, {"id": draft.id})
        session.execute(_BOOKED, {"id": draft.id})
        log.info("draft.confirmed", draft=str(draft.id))
        return True
    if draft.hold_id is not None:
        holds.release(session, draft.hold_id)
    _ask(session, draft, why, there)
    return False


def _held(session: Session, event_id: UUID) -> Draft | None:
    """Lock a draft with its hold; None where there is none, or no more."""
    row = session.execute(_HELD, {"id": event_id}).mappings().one_or_none()
    return None if row is None else Draft(**row)


def _ask(session: Session, draft: Draft, why: str, there: Sequence[Span] = ()) -> None:
    """Ask the owner for another time: those are named that are free and near."""
    zone = zones.find(draft.timezone) or ZoneInfo("UTC")
    local = draft.start.astimezone(zone)
    question = f"“{draft.title}” was agreed on a call for {local:%Y-%m-%d %H:%M}. {why} When is it?"
    free = holds.nearest(session, draft.user_id, draft.span, around=there)
    log.info("draft.asked_about", draft=str(draft.id), candidates=len(free))
    questions.put(session, draft.id, question, _candidates(free), field=START, subject=BOOK)


def _candidates(free: Sequence[datetime]) -> Sequence[Mapping[str, Any]]:
    return [{"start": start.isoformat(), "reading": "free", "quote": ""} for start in free]
