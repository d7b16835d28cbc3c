"""Booking without collisions: a hold of ours, a fresh look at the vendor, and then the event.

A hold is one row that an exclusion constraint lets stand alone: of 64 callers who want one
hour, one gets it, whatever else is slow. It stays with the booking until that is over, moved or
called off. A call that books the same time asks for no hold: so it is looked for once more as
the event is written, and after; ours gives way. A person who books in the outside calendar
between our look and our write asks nobody: the next pull finds both.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import text
from sqlalchemy.orm import Session

from domain import zones
from domain.calendars import hours, shelf
from domain.calendars.desk import Desk
from domain.calendars.hours import Opening, Span
from domain.database import Begin
from domain.errors import ProviderError, Refusal
from domain.ids import new_id

HOLD: Final = timedelta(minutes=10)
"""For so long somebody may take to make up their mind."""

FARTHEST: Final = timedelta(hours=12)
"""Nobody's buffer and way are longer: so far around a time it is looked for what is near."""

_TENANT: Final = text(
    "SELECT timezone, settings, business_hours, clock_timestamp() AS now FROM users WHERE id = :id"
)
_SLOTS: Final = text(
    "SELECT day_of_week, start_time, end_time FROM availability_slots WHERE is_active"
)
_BUSY: Final = text(
    "SELECT e.start_time, coalesce(e.end_time, e.start_time + interval '1 hour') AS end_time,"
    "  e.location_type = 'address' AS is_away FROM events e"
    " WHERE e.status IN ('scheduled', 'confirmed', 'tentative')"
    "  AND e.start_time < :end AND coalesce(e.end_time, e.start_time + interval '1 hour') > :start"
    " UNION ALL SELECT c.start_time, c.end_time, false FROM calendar_events c"
    "  JOIN calendar_integrations i ON i.id = c.calendar_integration_id AND i.is_active"
    " WHERE c.is_busy AND c.status <> 'cancelled' AND c.start_time < :end AND c.end_time > :start"
    "  AND NOT EXISTS (SELECT FROM calendar_event_links l"
    "   WHERE l.calendar_integration_id = c.calendar_integration_id"
    "   AND l.remote_id = c.external_id)"
    " UNION ALL SELECT lower(h.during), upper(h.during), false FROM booking_holds h"
    " WHERE h.released_at IS NULL AND h.expires_at > clock_timestamp() AND h.event_id IS NULL"
    "  AND h.resource = 'owner' AND h.during && tstzrange(:start, :end)"
)
_FRESH: Final = text(
    "SELECT min(coalesce(last_sync_at, '-infinity')) FROM calendar_integrations WHERE is_active"
    " AND sync_enabled AND calendar_id IS NOT NULL"
)
_RELEASE_OLD: Final = text(
    "UPDATE booking_holds h SET released_at = clock_timestamp() WHERE h.released_at IS NULL"
    " AND h.resource = 'owner' AND h.during && tstzrange(:start, :end)"
    " AND (h.expires_at <= clock_timestamp() OR EXISTS (SELECT FROM events e"
    "  WHERE e.id = h.event_id AND (e.status IN ('cancelled', 'no_show', 'completed')"
    "   OR e.start_time <> lower(h.during))))"
)
_HOLD: Final = text(
    "INSERT INTO booking_holds (id, user_id, during, expires_at) VALUES (:id, :user,"
    " tstzrange(:start, :end), clock_timestamp() + CAST(:lasts AS interval))"
    " ON CONFLICT DO NOTHING RETURNING id"
)
_RELEASE: Final = text(
    "UPDATE booking_holds SET released_at = clock_timestamp()"
    " WHERE id = :id AND released_at IS NULL"
)
_BOOK: Final = text(
    "INSERT INTO events (id, user_id, title, event_type, status, start_time, end_time, timezone,"
    " location, notes, source) VALUES (:event, :user, :title, 'appointment', 'confirmed', :start,"
    " :end, :zone, :location, :notes, 'booking')"
)
_OVERLAPS: Final = text(
    "SELECT id FROM events WHERE id <> :event AND status IN ('scheduled', 'confirmed', 'tentative')"
    " AND start_time < :end AND coalesce(end_time, start_time + interval '1 hour') > :start LIMIT 1"
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
    "SELECT id FROM calendar_integrations WHERE is_active AND sync_enabled"
    " AND status = 'connected' AND calendar_id IS NOT NULL"
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
        tenant = _tenant(session, user_id)
        zone = zones.find(tenant["timezone"]) or ZoneInfo("UTC")
        slots = [Opening(*row) for row in session.execute(_SLOTS)]
        given = slots or hours.openings(tenant["business_hours"])
        busy = _busy(session, hours.whole(day, zone), tenant["settings"])
        as_of: datetime | None = session.scalar(_FRESH)
    openly = hours.opened(day, zone, given)
    left = hours.free(openly, busy)
    starts = hours.starts(left, lasts, after=tenant["now"])
    return Free(zone=zone.key, open=openly, free=left, starts=starts, fresh_as_of=as_of)


def hold(begin: Begin, user_id: UUID, span: Span, *, lasts: timedelta = HOLD) -> UUID | None:
    """Hold a time for somebody; None where it is taken."""
    key, ends = new_id(), {"start": span.start, "end": span.end}
    with begin(user_id) as session:
        tenant = _tenant(session, user_id)
        session.execute(_RELEASE_OLD, ends)
        if any(span.meets(one) for one in _busy(session, span, tenant["settings"])):
            return None
        bound = {"id": key, "user": user_id, "lasts": lasts}
        return session.scalar(_HOLD, {**bound, **ends})


def release(begin: Begin, user_id: UUID, hold_id: UUID) -> None:
    """Let a time go."""
    with begin(user_id) as session:
        session.execute(_RELEASE, {"id": hold_id})


def book(desk: Desk, user_id: UUID, wish: Wish) -> UUID:
    """Book a time; raises Taken. A vendor that does not answer leaves it unbooked."""
    held = hold(desk.begin, user_id, Span(wish.start, wish.end))
    if held is None:
        raise Taken
    try:
        is_busy = _is_busy_outside(desk, user_id, wish)
    except ProviderError:
        release(desk.begin, user_id, held)
        raise
    event_id = None if is_busy else _write(desk, user_id, held, wish)
    if event_id is None or _gives_way(desk, user_id, event_id, wish):
        release(desk.begin, user_id, held)
        raise Taken
    return event_id


def _is_busy_outside(desk: Desk, user_id: UUID, wish: Wish) -> bool:
    """Ask each of the owner's calendars anew: ours of them may be minutes old."""
    with desk.begin(user_id) as session:
        found = [shelf.read(session, key) for key in session.scalars(_CALENDARS).all()]
    for one in found:
        if one is not None:
            agenda = desk.agenda(one.kind)
            if agenda.busy(one.calendar, start=wish.start, end=wish.end):
                return True
    return False


def _write(desk: Desk, user_id: UUID, hold_id: UUID, wish: Wish) -> UUID | None:
    """Write the event under its hold, if that still stands; its push is owed with it."""
    key = new_id()
    with desk.begin(user_id) as session:
        zone: str = _tenant(session, user_id)["timezone"]
        around = {"event": key, "start": wish.start, "end": wish.end}
        is_held = session.scalar(_HELD, {"id": hold_id}) is not None
        if not is_held or session.scalar(_OVERLAPS, around) is not None:
            return None
        bound = {"event": key, "user": user_id, "zone": zone}
        said = {"title": wish.title, "location": wish.location, "notes": wish.notes}
        session.execute(_BOOK, {**bound, **said, "start": wish.start, "end": wish.end})
        session.execute(_KEEP, {"event": key, "id": hold_id})
    return key


def _gives_way(desk: Desk, user_id: UUID, event_id: UUID, wish: Wish) -> bool:
    """Call ours off where a call has booked that time meanwhile; nobody has been told of it yet."""
    with desk.begin(user_id) as session:
        around = {"event": event_id, "start": wish.start, "end": wish.end}
        if session.scalar(_OVERLAPS, around) is None:
            return False
        session.execute(_GIVE_WAY, {"event": event_id})
        return True


def zone_of(begin: Begin, user_id: UUID) -> ZoneInfo:
    """Return the zone in which a tenant says times."""
    with begin(user_id) as session:
        return zones.find(_tenant(session, user_id)["timezone"]) or ZoneInfo("UTC")


def _tenant(session: Session, user_id: UUID) -> dict[str, Any]:
    row = session.execute(_TENANT, {"id": user_id}).mappings().one_or_none()
    if row is None:
        sentence = f"There is no tenant {user_id}: see `frontdesk tenant list`."
        raise Refusal(sentence, exit_code=1)
    return {**row}


def _busy(session: Session, span: Span, settings: dict[str, Any]) -> list[Span]:
    """Return what is not free around a span: with buffers, and the way to where the owner goes."""
    buffer, way = _minutes(settings, "buffer_minutes"), _minutes(settings, "travel_minutes")
    near = span.widened(FARTHEST)
    bound = {"start": near.start, "end": near.end}
    return [
        Span(row.start_time, row.end_time).widened(buffer + (way if row.is_away else timedelta()))
        for row in session.execute(_BUSY, bound)
    ]


def _minutes(settings: dict[str, Any], name: str) -> timedelta:
    said: object = settings.get(name)
    if not isinstance(said, int | float):
        return timedelta()
    return timedelta(minutes=min(max(0.0, float(said)), FARTHEST.total_seconds() / 120))
