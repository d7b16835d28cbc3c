"""Every query on what outside calendars hold, and on what of it is ours."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.calendars import rules
from domain.calendars.ports import Item, Page
from domain.calendars.shelf import Shelf
from domain.calendars.store import GONE
from domain.tables.calendars import CalendarEventStatus

_MIRROR: Final = text(
    "INSERT INTO calendar_events (user_id, calendar_integration_id, source, external_id, title,"
    " start_time, end_time, timezone, is_all_day, status, is_busy, etag, link_id, series,"
    " listed_at) SELECT :user, :id, :source, x.external_id, x.title, x.start_time, x.end_time,"
    "  x.timezone, x.is_all_day, x.status, x.is_busy, x.etag, x.link_id, x.series,"
    "  clock_timestamp()"
    " FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS x(external_id text, title text,"
    "  start_time timestamptz, end_time timestamptz, timezone text, is_all_day boolean,"
    "  status text, is_busy boolean, etag text, link_id uuid, series text)"
    " ON CONFLICT (user_id, calendar_integration_id, source, external_id)"
    "  WHERE external_id IS NOT NULL DO UPDATE SET title = excluded.title,"
    "  start_time = excluded.start_time, end_time = excluded.end_time,"
    "  timezone = excluded.timezone, is_all_day = excluded.is_all_day,"
    "  status = excluded.status, is_busy = excluded.is_busy, etag = excluded.etag,"
    "  link_id = excluded.link_id, series = excluded.series, listed_at = excluded.listed_at"
)
_GONE: Final = text(
    "UPDATE calendar_events SET status = 'cancelled', is_busy = false,"
    " listed_at = clock_timestamp() WHERE calendar_integration_id = :id"
    " AND status <> 'cancelled' AND (external_id = ANY(CAST(:gone AS text[]))"
    " OR series = ANY(CAST(:whole AS text[])) AND external_id <> ALL(CAST(:named AS text[])))"
)
_SEEN: Final = text(
    "UPDATE calendar_event_links l SET seen_etag = x.etag, wanted = l.wanted + 1,"
    " state = CASE WHEN l.state IN ('done', 'failed') THEN 'pending' ELSE l.state END,"
    " due_at = clock_timestamp() + CASE WHEN x.etag = '-' THEN CAST(:grace AS interval)"
    "  ELSE interval '0' END"
    " FROM unnest(CAST(:names AS text[]), CAST(:etags AS text[])) AS x(name, etag)"
    " WHERE l.calendar_integration_id = :id AND l.remote_id = x.name AND l.is_there"
    " AND l.etag IS DISTINCT FROM x.etag AND l.seen_etag IS DISTINCT FROM x.etag RETURNING l.id"
)
# Not every vendor keeps a name that was used: who sleeps before a request and wakes after others
# have taken its event out again puts it there once more. It is looked at, and goes.
_LATE: Final = text(
    "UPDATE calendar_event_links l SET is_there = true, remote_id = x.name, etag = NULL,"
    " seen_etag = x.etag, wanted = l.wanted + 1, state = 'pending', due_at = clock_timestamp()"
    " FROM unnest(CAST(:names AS text[]), CAST(:etags AS text[]), CAST(:links AS uuid[]))"
    "  AS x(name, etag, link), events e WHERE l.id = x.link AND l.calendar_integration_id = :id"
    " AND l.state = 'done' AND NOT l.is_there AND e.id = l.event_id AND e.status = 'cancelled'"
    " RETURNING l.id"
)
_OTHERS: Final = text(
    "UPDATE calendar_integrations SET due_at = clock_timestamp()"
    " WHERE id <> :id AND is_active AND status = 'connected' RETURNING id"
)
# What a listing of everything does not show is not there: of ours, and of others'.
_UNLISTED: Final = text(
    "SELECT l.remote_id FROM calendar_event_links l JOIN events e ON e.id = l.event_id"
    " LEFT JOIN calendar_events c ON c.calendar_integration_id = l.calendar_integration_id"
    "  AND c.external_id = l.remote_id AND c.listed_at >= :since"
    " WHERE l.calendar_integration_id = :id AND l.is_there AND l.pushed_at < :since"
    " AND e.start_time < :end AND e.start_time > :start AND c.id IS NULL"
)
# What we wrote since the last round began is in this one, or it went again: of what came and went
# between two rounds vendors need not tell, though a late page of the last may have shown it; and
# what was told to be gone before we knew that it had arrived is not told of again.
_UNSEEN: Final = text(
    "UPDATE calendar_event_links l SET seen_etag = '?', wanted = l.wanted + 1,"
    " state = CASE WHEN l.state IN ('done', 'failed') THEN 'pending' ELSE l.state END,"
    " due_at = clock_timestamp() FROM calendar_integrations i, events e"
    " WHERE i.id = :id AND e.id = l.event_id AND l.calendar_integration_id = i.id AND l.is_there"
    " AND l.seen_etag IS NULL AND l.pushed_at >= i.last_sync_at AND l.pushed_at < :began"
    " AND e.start_time > :start AND e.start_time < :end"
    " AND NOT EXISTS (SELECT FROM calendar_events c WHERE c.calendar_integration_id = i.id"
    "  AND c.user_id = l.user_id AND c.external_id = l.remote_id"
    "  AND c.listed_at >= :began) RETURNING l.id"
)
_STALE: Final = text(
    "UPDATE calendar_events SET status = 'cancelled', is_busy = false"
    " WHERE calendar_integration_id = :id AND status <> 'cancelled'"
    " AND (listed_at IS NULL OR listed_at < :since) AND start_time < :end AND end_time > :start"
    " AND external_id IS NOT NULL"
)


def put(session: Session, shelf: Shelf, page: Page) -> int:
    """Write down what a page says; return how many events of ours it concerns."""
    items = {item.remote_id: item for item in page.items}
    gone = [item.remote_id for item in items.values() if item.is_gone]
    there = [_row(item) for item in items.values() if not item.is_gone and item.start is not None]
    calendar = shelf.calendar
    if there:
        bound = {"user": calendar.user_id, "id": calendar.integration_id, "source": shelf.kind}
        session.execute(_MIRROR, {**bound, "rows": json.dumps(there)})
    if gone or page.whole_series:
        rest = {"whole": list(page.whole_series), "named": list(items)}
        session.execute(_GONE, {"id": calendar.integration_id, "gone": gone, **rest})
    etags = {name: GONE if item.is_gone else item.etag or "?" for name, item in items.items()}
    late = _see_late(session, calendar.integration_id, items.values(), etags)
    return late + see(session, calendar.integration_id, etags)


def see(session: Session, integration_id: UUID, etags: Mapping[str, str]) -> int:
    """Note what was seen of items; those of ours that are not as we left them are looked at.

    What left a calendar may be in another of the same owner: that is read first.
    """
    grace = timedelta()
    if GONE in etags.values():
        others = session.execute(_OTHERS, {"id": integration_id}).all()
        grace = timedelta(seconds=60) if others else grace
    bound = {"id": integration_id, "names": list(etags), "etags": list(etags.values())}
    return len(session.execute(_SEEN, {**bound, "grace": grace}).all())


def _see_late(
    session: Session, integration_id: UUID, items: Iterable[Item], etags: Mapping[str, str]
) -> int:
    """Have looked at what stands there in our name, though it was called off and taken out."""
    found = {
        item.remote_id: item.tag.link_id
        for item in items
        if item.tag is not None and not item.is_gone and item.series is None
    }
    if not found:
        return 0
    bound = {"id": integration_id, "names": list(found), "links": list(found.values())}
    return len(session.execute(_LATE, {**bound, "etags": [etags[name] for name in found]}).all())


def end_round(session: Session, shelf: Shelf) -> int:
    """Have looked for what we wrote there since the last round, and this one does not show."""
    if shelf.window_end is None:
        return 0
    start = shelf.window_end - rules.AHEAD - rules.ROLLS - rules.BEHIND
    bound = {"id": shelf.calendar.integration_id, "began": shelf.began, "start": start}
    return len(session.execute(_UNSEEN, {**bound, "end": shelf.window_end}).all())


def end_listing(session: Session, shelf: Shelf) -> int:
    """Take what a whole listing did not show for gone; return how many of ours that concerns."""
    since, end = shelf.listing_since, shelf.window_end
    if since is None or end is None:
        return 0
    start = since - rules.BEHIND
    bound = {"id": shelf.calendar.integration_id, "since": since, "start": start, "end": end}
    unlisted: Sequence[str] = session.scalars(_UNLISTED, bound).all()
    session.execute(_STALE, bound)
    return see(session, shelf.calendar.integration_id, dict.fromkeys(unlisted, GONE))


def _row(item: Item) -> dict[str, Any]:
    start, end = item.start, item.end
    if start is not None and (end is None or end < start):
        end = start
    status = CalendarEventStatus.TENTATIVE if item.is_tentative else CalendarEventStatus.CONFIRMED
    return {
        "external_id": item.remote_id,
        "title": item.title.replace("\x00", ""),
        "start_time": start.isoformat() if start else None,
        "end_time": end.isoformat() if end else None,
        "timezone": item.zone,
        "is_all_day": item.is_all_day,
        "is_busy": item.is_busy,
        "status": status.value,
        "etag": item.etag,
        "link_id": str(item.tag.link_id) if item.tag else None,
        "series": item.series,
    }
