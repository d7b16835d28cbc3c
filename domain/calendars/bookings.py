"""Booking without collisions: a hold of ours, a fresh look at the vendor, and then the event.

The hold stays with the booking until that is over, moved or called off. Who writes an event
without one is looked for once more as ours is written, and after; ours gives way. A person who
books in the outside calendar between our look and our write asks nobody: the next pull finds both.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import text

from domain import zones
from domain.calendars import holds, hours, shelf
from domain.calendars.desk import Desk
from domain.calendars.hours import Span
from domain.database import Begin
from domain.errors import ProviderError, Rejected
from domain.ids import new_id
from domain.tables.calendars import CalendarStatus

HOLD: Final = timedelta(minutes=10)
"""For so long somebody may take to make up their mind."""

_FRESH: Final = text(
    "SELECT min(coalesce(last_sync_at, '-infinity')) FROM calendar_integrations WHERE is_active"
    " AND sync_enabled AND calendar_id IS NOT NULL"
)
_BOOK: Final = text(
    "INSERT INTO events (id, user_id, title, event_type, status, start_time, end_time, timezone,"
    " location, notes, source) VALUES (:event, :user, :title, 'appointment', 'confirmed', :start,"
    " :end, :zone, :location, :notes, 'booking')"
)
_GIVE_WAY: Final = text(
    "UPDATE events SET status = 'cancelled' WHERE id = :event AND status = 'confirmed'"
)
_KEEP: Final = text(
    "UPDATE booking_holds SET event_id = :event, expires_at = upper(during) WHERE id = :id"
)
_HELD: Final = text(
    "SELECT id FROM booking_holds WHERE id = :id AND released_at IS NULL"
    " AND expires_at > clock_timestamp() FOR UPDATE"
)
_CALENDARS: Final = text(
    "SELECT id, status FROM calendar_integrations WHERE is_active AND sync_enabled"
    " AND calendar_id IS NOT NULL ORDER BY created_at, id"
)


class Taken(Exception):
    """Somebody has that time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is to be booked."""

    title: str
    start: datetime
    end: datetime
    location: str | None = None
    notes: str | None = None

    @property
    def span(self) -> Span:
        """The time that is wanted."""
        return Span(self.start, self.end)


@dataclass(frozen=True, slots=True, kw_only=True)
class Free:
    """When a tenant can be booked on a day."""

    zone: str
    open: Sequence[Span]
    free: Sequence[Span]
    starts: Sequence[datetime]
    fresh_as_of: datetime | None
    """What we know of outside calendars is as old as this; None: there are none."""


def free(begin: Begin, user_id: UUID, day: date, *, lasts: timedelta) -> Free:
    """Say when something that lasts so long may begin on a day."""
    with begin(user_id) as session:
        tenant = holds.tenant(session, user_id)
        zone = zones.find(tenant["timezone"]) or ZoneInfo("UTC")
        given = holds.openings(session, tenant)
        busy = holds.busy(session, hours.whole(day, zone), tenant["settings"])
        as_of: datetime | None = session.scalar(_FRESH)
    openly = hours.opened(day, zone, given)
    left = hours.free(openly, busy)
    starts = hours.starts(left, lasts, after=tenant["now"])
    return Free(zone=zone.key, open=openly, free=left, starts=starts, fresh_as_of=as_of)


def hold(begin: Begin, user_id: UUID, span: Span, *, lasts: timedelta = HOLD) -> UUID | None:
    """Hold a time for somebody; None where it is taken."""
    with begin(user_id) as session:
        return holds.hold(session, user_id, span, lasts=lasts)


def release(begin: Begin, user_id: UUID, hold_id: UUID) -> None:
    """Let a time go."""
    with begin(user_id) as session:
        holds.release(session, hold_id)


def book(desk: Desk, user_id: UUID, wish: Wish) -> UUID:
    """Book a time; raises Taken. A vendor that does not answer leaves it unbooked."""
    held = hold(desk.begin, user_id, wish.span)
    if held is None:
        raise Taken
    try:
        is_busy = bool(busy_outside(desk, user_id, wish.span))
    except ProviderError:
        release(desk.begin, user_id, held)
        raise
    event_id = None if is_busy else _write(desk, user_id, held, wish)
    if event_id is None or _gives_way(desk, user_id, event_id, wish):
        release(desk.begin, user_id, held)
        raise Taken
    return event_id


def busy_outside(desk: Desk, user_id: UUID, span: Span) -> list[Span]:
    """Ask each of the owner's calendars anew: what we know of them may be minutes old.

    One that nobody can ask says nothing: its time is not taken for free.
    """
    with desk.begin(user_id) as session:
        rows = session.execute(_CALENDARS).all()
        found = [shelf.read(session, row.id) for row in rows]
    if any(row.status != CalendarStatus.CONNECTED for row in rows):
        raise Rejected("a calendar is to be connected again by its owner")
    return [
        Span(busy.start, busy.end)
        for one in found
        if one is not None
        for busy in desk.agenda(one.kind).busy(one.calendar, start=span.start, end=span.end)
    ]


def _write(desk: Desk, user_id: UUID, hold_id: UUID, wish: Wish) -> UUID | None:
    """Write the event under its hold, if that still stands; its push is owed with it."""
    key = new_id()
    with desk.begin(user_id) as session:
        zone: str = holds.tenant(session, user_id)["timezone"]
        is_held = session.scalar(_HELD, {"id": hold_id}) is not None
        if not is_held or holds.overlaps(session, wish.span, event_id=key):
            return None
        bound = {"event": key, "user": user_id, "zone": zone}
        said = {"title": wish.title, "location": wish.location, "notes": wish.notes}
        session.execute(_BOOK, {**bound, **said, "start": wish.start, "end": wish.end})
        session.execute(_KEEP, {"event": key, "id": hold_id})
    return key


def _gives_way(desk: Desk, user_id: UUID, event_id: UUID, wish: Wish) -> bool:
    """Call ours off where another booked that time meanwhile; nobody has been told of it yet."""
    with desk.begin(user_id) as session:
        if not holds.overlaps(session, wish.span, event_id=event_id):
            return False
        session.execute(_GIVE_WAY, {"event": event_id})
        return True


def zone_of(begin: Begin, user_id: UUID) -> ZoneInfo:
    """Return the zone in which a tenant says times."""
    with begin(user_id) as session:
        return zones.find(holds.tenant(session, user_id)["timezone"]) or ZoneInfo("UTC")
