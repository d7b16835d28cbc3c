"""Every query on links and on the events that they carry."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from enum import Enum
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.calendars import rules
from domain.calendars.ports import Calendar
from domain.calendars.rules import Content
from domain.calendars.views import Carried, LinkRow, View
from domain.sealing import Keyring, Place
from domain.tables.calendars import LinkState
from domain.work.kinds import Kind, Settled, States
from domain.work.names import Area

GONE: Final = "-"
"""Stands for the etag of what a pull saw was deleted."""

READY: Final = (
    "EXISTS (SELECT FROM calendar_integrations i WHERE i.id = w.calendar_integration_id"
    " AND i.status = 'connected' AND i.is_active AND i.sync_enabled)"
)


class Moved(Enum):
    """Where an item went."""

    HERE = "the link leads there now"
    BESIDE = "the event has an item of its own there"


_VIEW: Final = text(
    "SELECT l.id, l.event_id, l.user_id, l.wanted, l.carried, l.incarnation, l.is_there,"
    " l.remote_id, l.etag, l.seen_etag, l.fields, l.trail, e.title, e.status, e.start_time,"
    " e.end_time, e.duration_minutes, e.timezone, e.location, e.notes, e.generation,"
    " i.id AS integration_id, i.integration_type, i.calendar_id, i.base_url,"
    " coalesce(i.zone, u.timezone) AS zone, i.on_cancel, i.outside_cancel, i.outside_move,"
    " i.outside_decline, i.invites, i.reminders, e.customer_email, e.customer_email_sealed,"
    " clock_timestamp() AS now,"
    " (SELECT coalesce(jsonb_agg(jsonb_build_object('field', substr(q.field, 10), 'answer',"
    "   q.answer, 'candidates', q.candidates) ORDER BY q.answered_at), '[]') FROM questions q"
    "   WHERE q.event_id = l.event_id AND q.subject = l.id::text AND q.field LIKE 'calendar.%'"
    "   AND q.answered_at IS NOT NULL) AS answers"
    " FROM calendar_event_links l JOIN events e ON e.id = l.event_id"
    " JOIN calendar_integrations i ON i.id = l.calendar_integration_id"
    " JOIN users u ON u.id = l.user_id WHERE l.id = :id"
)
_OFFER: Final = text(
    "UPDATE calendar_event_links SET incarnation = :incarnation, is_there = is_there AND :is_there,"
    " fields = fields || jsonb_build_object('offered', CAST(:offered AS jsonb))"
    " WHERE id = :id AND carried = :carried RETURNING id"
)
_LOCK: Final = text(
    "SELECT l.carried, l.etag, e.title, e.status, e.start_time, e.end_time, e.duration_minutes,"
    " e.location, e.notes FROM calendar_event_links l JOIN events e ON e.id = l.event_id"
    " WHERE l.id = :id FOR NO KEY UPDATE OF l, e"
)
_TAKE: Final = text(
    "UPDATE events SET title = :title, location = :location, notes = :notes,"
    " start_time = CASE WHEN :moves THEN :start ELSE start_time END,"
    " end_time = CASE WHEN :moves THEN :end ELSE end_time END WHERE id = :id"
)
_CANCEL: Final = text("UPDATE events SET status = 'cancelled' WHERE id = :id")
_AGREE: Final = text(
    "UPDATE calendar_event_links SET etag = :etag, trail = CAST(:trail AS jsonb),"
    " fields = fields || jsonb_build_object('agreed', CAST(:agreed AS jsonb)),"
    " is_there = :is_there, incarnation = :incarnation WHERE id = :id"
)
_MOVED: Final = text(
    "SELECT c.calendar_integration_id AS integration, c.external_id, c.etag,"
    " EXISTS (SELECT FROM calendar_event_links l WHERE l.event_id = :event"
    "  AND l.calendar_integration_id = c.calendar_integration_id) AS is_twice"
    " FROM calendar_events c JOIN calendar_integrations i ON i.id = c.calendar_integration_id"
    " WHERE c.link_id = :id AND c.calendar_integration_id <> :integration AND i.is_active"
    " AND c.status <> 'cancelled' ORDER BY c.listed_at DESC LIMIT 1"
)
_FOLLOW: Final = text(
    "UPDATE calendar_event_links SET calendar_integration_id = :integration,"
    " remote_id = :external_id, etag = NULL, seen_etag = :etag WHERE id = :id"
)
_LOG: Final = text(
    "INSERT INTO sync_logs (user_id, calendar_integration_id, subject_id, direction, action,"
    " status, details) VALUES (:user, :integration, :event, 'pull', :action, :status,"
    " CAST(:details AS jsonb))"
)
_SETTLED: Final = text(
    "UPDATE calendar_event_links l SET carried = greatest(l.carried, x.wanted),"
    " generation = x.generation, remote_id = x.remote_id, etag = x.etag, is_there = x.is_there,"
    " incarnation = x.incarnation, trail = x.trail, content_hash = decode(x.content_hash, 'hex'),"
    " fields = jsonb_build_object('agreed', x.agreed),"
    " pushed_at = CASE WHEN x.action IS NULL THEN l.pushed_at ELSE clock_timestamp() END,"
    " attempts = 0, due_at = clock_timestamp(),"
    " seen_etag = CASE WHEN l.seen_etag IS NOT DISTINCT FROM x.saw OR l.seen_etag = x.etag"
    "  THEN NULL ELSE l.seen_etag END,"
    " state = CASE WHEN x.is_stopped THEN 'stopped' WHEN l.wanted > x.wanted THEN 'pending'"
    "  ELSE l.state END"
    " FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS x(id uuid, wanted int, generation int,"
    "  remote_id text, etag text, is_there boolean, incarnation int, trail jsonb,"
    "  content_hash text, agreed jsonb, saw text, is_stopped boolean,"
    "  action text)"
    " WHERE l.id = x.id"
)
_LOGS: Final = text(
    "INSERT INTO sync_logs (user_id, calendar_integration_id, subject_id, direction, action,"
    " details) SELECT l.user_id, l.calendar_integration_id, l.event_id, 'push', x.action,"
    "  jsonb_build_object('fields', x.fields, 'link', l.id)"
    " FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS x(id uuid, action text, fields jsonb)"
    " JOIN calendar_event_links l ON l.id = x.id WHERE x.action IS NOT NULL"
)


def kind() -> Kind[LinkRow]:
    """Return links that are to be brought into step, as claims see them."""
    return Kind(
        name="link",
        table="calendar_event_links",
        area=Area.CALENDARS,
        read=_read,
        columns=("wanted",),
        where=READY,
        states=States(unknown=LinkState.UNKNOWN.value),
        also=_settle,
        hard_limit=timedelta(seconds=90),  # three requests, each with its time-outs
        most_attempts=100,
    )


def _read(row: Mapping[str, Any]) -> LinkRow:
    return LinkRow(row["id"], row["user_id"], row["wanted"])


def _settle(session: Session, settled: Sequence[Settled]) -> None:
    rows = [_written(one.id, one.facts) for one in settled if isinstance(one.facts, Carried)]
    if rows:
        bound = {"rows": json.dumps(rows)}
        session.execute(_SETTLED, bound)
        session.execute(_LOGS, bound)


def _written(link_id: UUID, carried: Carried) -> dict[str, Any]:
    facts = {**asdict(carried), "id": str(link_id)}
    return {**facts, "content_hash": rules.whole(carried.agreed).hex()}


def view(session: Session, keyring: Keyring, link_id: UUID) -> View | None:
    """Return a link with its event and its calendar; None where it is gone."""
    found = session.execute(_VIEW, {"id": link_id}).mappings().one_or_none()
    if found is None:
        return None
    row: dict[str, Any] = {**found}
    return View(
        link_id=row["id"],
        calendar=Calendar(
            integration_id=row["integration_id"],
            user_id=row["user_id"],
            calendar_id=row["calendar_id"] or "",
            zone=row["zone"],
            base_url=row["base_url"],
        ),
        kind=row["integration_type"],
        content=content_of(row),
        zone=row["timezone"],
        agreed=row["fields"].get("agreed", {}),
        offered=row["fields"].get("offered", {}),
        guest=keyring.read(
            row["customer_email_sealed"],
            row["customer_email"],
            Place("events", "customer_email", row["event_id"]),
        ),
        **{name: row[name] for name in _AS_THEY_ARE},
    )


_AS_THEY_ARE: Final = (
    *("event_id", "user_id", "status", "generation", "wanted", "carried", "incarnation"),
    *("is_there", "remote_id", "etag", "seen_etag", "trail", "on_cancel", "outside_cancel"),
    *("outside_move", "outside_decline", "invites", "reminders", "answers", "now"),
)


def content_of(row: Mapping[str, Any]) -> Content | None:
    """Return what an event's row says; None where it has no time."""
    start: datetime | None = row["start_time"]
    if start is None:
        return None
    minutes: int | None = row["duration_minutes"]
    lasts = timedelta(minutes=minutes) if minutes else rules.USUAL
    return Content(
        title=row["title"],
        start=start,
        end=row["end_time"] or start + lasts,
        location=row["location"],
        notes=row["notes"],
    )


def offer(session: Session, view: View, digests: Mapping[str, str]) -> bool:
    """Note what is about to be written there, and in which incarnation; False: others were faster.

    Whoever sleeps before the request and wakes late finds the incarnation's name taken. What is
    put back under another one is not there until somebody has found it: whoever carries this on
    puts it there once more, and looks for nothing under the old name.
    """
    offered = json.dumps(rules.offering(view.offered, digests))
    bound = {"id": view.link_id, "carried": view.carried, "offered": offered}
    bound.update(incarnation=view.incarnation, is_there=view.is_there)
    return session.scalar(_OFFER, bound) is not None


def is_unchanged(session: Session, view: View) -> bool:
    """Lock link and event; tell whether both are as the view has them."""
    found = session.execute(_LOCK, {"id": view.link_id}).mappings().one_or_none()
    row: dict[str, Any] = {**(found or {})}
    if not row or (row["carried"], row["etag"]) != (view.carried, view.etag):
        return False
    return row["status"] == view.status and content_of(row) == view.content


def take(session: Session, view: View, content: Content, carried: Carried) -> None:
    """Write what they changed on our event, and on the link what is agreed since."""
    moves = view.content is None or (content.start, content.end) != (
        view.content.start,
        view.content.end,
    )
    bound = {"id": view.event_id, "moves": moves, **asdict(content)}
    session.execute(_TAKE, bound)
    agree(session, view, carried)


def cancel(session: Session, view: View, carried: Carried) -> None:
    """Cancel our event."""
    session.execute(_CANCEL, {"id": view.event_id})
    agree(session, view, carried)


def agree(session: Session, view: View, carried: Carried) -> None:
    """Write down on the link what is agreed."""
    session.execute(
        _AGREE,
        {
            "id": view.link_id,
            "etag": carried.etag,
            "trail": json.dumps(list(carried.trail)),
            "agreed": json.dumps(dict(carried.agreed)),
            "is_there": carried.is_there,
            "incarnation": carried.incarnation,
        },
    )


def log(session: Session, view: View, action: str, *, status: str, **details: Any) -> None:  # noqa: ANN401  # whatever JSON can hold
    """Put on record what came from outside, or what two edits disagree on."""
    said = json.dumps({**details, "link": str(view.link_id)})
    bound = {"user": view.user_id, "event": view.event_id, "action": action, "status": status}
    integration = view.calendar.integration_id
    session.execute(_LOG, {**bound, "integration": integration, "details": said})


def follow(session: Session, view: View) -> "Moved | None":
    """Find an item that left its calendar in another one of the same owner."""
    bound = {"id": view.link_id, "event": view.event_id}
    integration = view.calendar.integration_id
    row = session.execute(_MOVED, {**bound, "integration": integration}).mappings().one_or_none()
    if row is None:
        return None
    if row["is_twice"]:
        return Moved.BESIDE
    session.execute(_FOLLOW, {**row, "id": view.link_id})
    return Moved.HERE
