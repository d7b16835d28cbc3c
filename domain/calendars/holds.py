"""Times that are kept for somebody, what stands in their way, and what is free near them.

A hold is one row that an exclusion constraint lets stand alone: of 64 who want one hour, one
gets it, whatever else is slow. All of this is said to a session of the tenant.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import text
from sqlalchemy.orm import Session

from domain import zones
from domain.calendars import hours
from domain.calendars.hours import Opening, Span
from domain.errors import Refusal
from domain.ids import new_id

FARTHEST: Final = timedelta(hours=12)
"""Nobody's buffer and way are longer: so far around a time it is looked for what is near."""

NEAR: Final = 14
"""So many days on either side another time is looked for."""

OFFERED: Final = 5

_TENANT: Final = text(
    "SELECT timezone, settings, business_hours, clock_timestamp() AS now FROM users WHERE id = :id"
)
_SLOTS: Final = text(
    "SELECT day_of_week, start_time, end_time FROM availability_slots WHERE is_active"
)
# A hold with an event counts while that is a draft; when it stands, it counts itself.
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
    " LEFT JOIN events e ON e.id = h.event_id"
    " WHERE h.released_at IS NULL AND h.expires_at > clock_timestamp()"
    "  AND (h.event_id IS NULL OR e.status = 'extracted' AND e.start_time = lower(h.during))"
    "  AND h.resource = 'owner' AND h.during && tstzrange(:start, :end)"
)
_RELEASE_OLD: Final = text(
    "UPDATE booking_holds h SET released_at = clock_timestamp() WHERE h.released_at IS NULL"
    " AND h.resource = 'owner' AND h.during && tstzrange(:start, :end)"
    " AND (h.expires_at <= clock_timestamp() OR EXISTS (SELECT FROM events e"
    "  WHERE e.id = h.event_id AND (e.status IN ('cancelled', 'no_show', 'completed')"
    "   OR e.start_time <> lower(h.during))))"
)
_HOLD: Final = text(
    "INSERT INTO booking_holds (id, user_id, during, event_id, expires_at) VALUES (:id, :user,"
    " tstzrange(:start, :end), :event,"
    " coalesce(clock_timestamp() + CAST(:lasts AS interval), CAST(:end AS timestamptz)))"
    " ON CONFLICT DO NOTHING RETURNING id"
)
_RELEASE: Final = text(
    "UPDATE booking_holds SET released_at = clock_timestamp()"
    " WHERE id = :id AND released_at IS NULL"
)
_RELEASE_OF: Final = text(
    "UPDATE booking_holds SET released_at = clock_timestamp()"
    " WHERE event_id = :event AND released_at IS NULL"
)
_OVERLAPS: Final = text(
    "SELECT id FROM events WHERE id <> :event AND status IN ('scheduled', 'confirmed', 'tentative')"
    " AND start_time < :end AND coalesce(end_time, start_time + interval '1 hour') > :start LIMIT 1"
)


def tenant(session: Session, user_id: UUID) -> dict[str, Any]:
    """Return a tenant's zone, settings and hours, and what time it is."""
    row = session.execute(_TENANT, {"id": user_id}).mappings().one_or_none()
    if row is None:
        sentence = f"There is no tenant {user_id}: see `frontdesk tenant list`."
        raise Refusal(sentence, exit_code=1)
    return {**row}


def openings(session: Session, facts: dict[str, Any]) -> list[Opening]:
    """Return when a tenant is open in a week."""
    slots = [Opening(*row) for row in session.execute(_SLOTS)]
    return slots or hours.openings(facts["business_hours"])


def hold(
    session: Session,
    user_id: UUID,
    span: Span,
    *,
    lasts: timedelta | None = None,
    event_id: UUID | None = None,
) -> UUID | None:
    """Hold a time for so long, or until it is over; None where it is taken."""
    settings = tenant(session, user_id)["settings"]
    session.execute(_RELEASE_OLD, {"start": span.start, "end": span.end})
    if any(span.meets(one) for one in busy(session, span, settings)):
        return None
    return _hold(session, user_id, span, lasts, event_id)


def hold_beside(session: Session, user_id: UUID, span: Span, *, event_id: UUID) -> UUID | None:
    """Hold a time that its owner has chosen: only another booking stands in its way."""
    session.execute(_RELEASE_OLD, {"start": span.start, "end": span.end})
    if overlaps(session, span, event_id=event_id):
        return None
    session.execute(_RELEASE_OF, {"event": event_id})
    return _hold(session, user_id, span, None, event_id)


def _hold(
    session: Session, user_id: UUID, span: Span, lasts: timedelta | None, event_id: UUID | None
) -> UUID | None:
    bound = {"id": new_id(), "user": user_id, "event": event_id, "lasts": lasts}
    return session.scalar(_HOLD, {**bound, "start": span.start, "end": span.end})


def release(session: Session, hold_id: UUID) -> None:
    """Let a time go."""
    session.execute(_RELEASE, {"id": hold_id})


def overlaps(session: Session, span: Span, *, event_id: UUID) -> bool:
    """Tell whether another event of ours stands in that time."""
    bound = {"event": event_id, "start": span.start, "end": span.end}
    return session.scalar(_OVERLAPS, bound) is not None


def busy(session: Session, span: Span, settings: dict[str, Any]) -> list[Span]:
    """Return what is not free around a span: with buffers, and the way to where the owner goes."""
    buffer, way = _minutes(settings, "buffer_minutes"), _minutes(settings, "travel_minutes")
    near = span.widened(FARTHEST)
    bound = {"start": near.start, "end": near.end}
    return [
        Span(row.start_time, row.end_time).widened(buffer + (way if row.is_away else timedelta()))
        for row in session.execute(_BUSY, bound)
    ]


def nearest(
    session: Session, user_id: UUID, span: Span, *, around: Sequence[Span]
) -> list[datetime]:
    """Return when something that lasts as long may begin instead, the nearest first.

    `around` is what is known to be busy besides.
    """
    facts = tenant(session, user_id)
    zone = zones.find(facts["timezone"]) or ZoneInfo("UTC")
    given, lasts = openings(session, facts), span.end - span.start
    taken = busy(session, span.widened(timedelta(days=NEAR + 1)), facts["settings"])
    taken.extend(around)
    found = [
        start
        for day in _days_around(span.start.astimezone(zone).date())
        for start in hours.starts(
            hours.free(hours.opened(day, zone, given), taken), lasts, after=facts["now"]
        )
    ]
    offered: list[datetime] = []
    for start in sorted(found, key=lambda one: (abs(one - span.start), one)):
        if all(abs(start - other) >= lasts for other in offered):
            offered.append(start)
        if len(offered) == OFFERED:
            break
    return sorted(offered, key=lambda one: abs(one - span.start))


def _days_around(day: date) -> Sequence[date]:
    return [day + timedelta(days=number) for number in range(-NEAR, NEAR + 1)]


def _minutes(settings: dict[str, Any], name: str) -> timedelta:
    said: object = settings.get(name)
    if not isinstance(said, int | float):
        return timedelta()
    return timedelta(minutes=min(max(0.0, float(said)), FARTHEST.total_seconds() / 120))
