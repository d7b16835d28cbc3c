"""What a tenant's owner is told, by which channel, and when: at once, or after the quiet hours.

Notices are rows that any area writes (work/owner_notices). Several of one kind that come while
it is quiet are told together, in one digest.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from domain import zones
from domain.messages import owing, quiet, rules, sayings, segments, templates, wording
from domain.messages.owing import EventRow, Owed
from domain.tables.accounts import UserStatus
from domain.tables.events import EventStatus
from domain.work import owner_notices

OF_USE: Final = timedelta(days=2)

_NOTICE: Final = text(
    "SELECT n.id, n.kind, n.key, n.facts, n.told_at, n.why_not, n.created_at, u.email AS own_email,"
    " u.phone_number AS own_phone, u.business_name, u.timezone, u.status AS tenant_status,"
    " u.settings ->> 'language' AS language, s.user_id AS has_settings, s.email, s.phone,"
    " s.notify_on_booking, s.notify_on_change, s.notify_on_cancellation, s.notify_on_review,"
    " s.notify_on_usage, s.by_email, s.by_sms, s.quiet_hours_start, s.quiet_hours_end,"
    " clock_timestamp() AS now"
    " FROM owner_notices n JOIN users u ON u.id = n.user_id"
    " LEFT JOIN owner_notification_settings s ON s.user_id = n.user_id WHERE n.id = :id"
    " FOR UPDATE OF n"
)
_CLOSE: Final = text(
    "UPDATE owner_notices SET why_not = :why, told_at = :at WHERE id = :id AND told_at IS NULL"
)
# Those that wait for the same morning; what is told is told at its moment.
_TOGETHER: Final = text(
    "SELECT id, kind, facts FROM owner_notices WHERE user_id = :user"
    " AND (id = :id OR told_at = :due) ORDER BY created_at, id LIMIT 50"
)
_GROW: Final = text(
    "UPDATE messages SET body = :body, html = :html, segments = :segments, subject = :subject"
    " WHERE identity = :identity AND status = 'pending'"
)
_ABOUT: Final = text(
    "SELECT title, start_time, timezone FROM events WHERE id = :id"
    " UNION ALL SELECT title, start_time, coalesce(timezone, 'UTC') FROM calendar_events"
    " WHERE id = :id"
)

SETTING: Final[Mapping[str, str]] = {
    "booking": "notify_on_booking",
    "moved": "notify_on_change",
    "cancelled": "notify_on_cancellation",
    "review": "notify_on_review",
    "usage": "notify_on_usage",
}
"""Which setting speaks for a kind; what has none, such as a broken calendar, is always told."""


def note_event(session: Session, event: EventRow) -> None:
    """Have the owner told of what became of an event: once for each booking, move and end."""
    if event.start_time is None:
        return
    facts = {"event_id": str(event.id)}
    start = event.start_time.isoformat()
    if event.status in rules.STANDS:
        made = owner_notices.tell(session, event.user_id, "booking", str(event.id), {
            **facts, "start": start,
        })  # fmt: skip
        first = None if made else _first_start(session, event)
        if first is not None and first != start:
            owner_notices.tell(session, event.user_id, "moved", f"{event.id}:{start}", facts)
    elif event.status == EventStatus.CANCELLED and _first_start(session, event) is not None:
        owner_notices.tell(session, event.user_id, "cancelled", f"{event.id}:{start}", facts)


_FIRST: Final = text(
    "SELECT facts ->> 'start' FROM owner_notices WHERE user_id = :user AND kind = 'booking'"
    " AND key = :key"
)


def _first_start(session: Session, event: EventRow) -> str | None:
    return session.scalar(_FIRST, {"user": event.user_id, "key": str(event.id)})


def tell(session: Session, user_id: UUID, notice_id: UUID) -> None:
    """Owe the messages of a notice: now, or, with all others that wait, after the quiet hours."""
    notice = session.execute(_NOTICE, {"id": notice_id}).one_or_none()
    if notice is None or notice.told_at is not None or notice.why_not is not None:
        return
    why_not = _unwanted(notice)
    if why_not is not None:
        session.execute(_CLOSE, {"id": notice_id, "why": why_not, "at": None})
        return
    due = _due(notice)
    together = [notice]
    if due != notice.now:
        bound = {"user": user_id, "id": notice_id, "due": due}
        together = list(session.execute(_TOGETHER, bound))
    tongue = wording.language(notice.language)
    lines = [_line(session, tongue, one.kind, one.facts, notice.now) for one in together]
    messages = _messages(notice, user_id, due, lines)
    owing.owe(session, user_id, messages)
    if len(together) > 1:
        for one in messages:
            _grow(session, one)
    session.execute(_CLOSE, {"id": notice_id, "why": None, "at": due})


def _grow(session: Session, digest: Owed) -> None:
    """Have a digest that waits say what came since."""
    names = ("identity", "body", "html", "segments", "subject")
    session.execute(_GROW, {name: getattr(digest, name) for name in names})


def _messages(notice: Any, user_id: UUID, due: datetime, lines: list[str]) -> list[Owed]:  # noqa: ANN401  # a row
    """Return the messages that tell this; a digest of one morning is one row, which grows."""
    is_digest = due != notice.now
    name = f"digest|{user_id}|{due.isoformat()}" if is_digest else f"notice|{notice.id}"
    body = "\n".join(f"- {line}" for line in lines) if len(lines) > 1 else lines[0]
    business = templates.plain(notice.business_name or "Frontdesk", most=60)
    made: list[Owed] = []
    for channel, to in _reached(notice):
        is_text = channel == "sms"
        said = segments.repair(f"{business}: {body}")
        made.append(
            Owed(
                identity=rules.owner_identity(name, to=to, channel=channel),
                rule=f"{rules.OWNER}{'digest' if is_digest else notice.kind}",
                channel=channel,
                to=to,
                body=said if is_text else body,
                subject=None if is_text else f"{business}: {lines[0]}"[:120],
                html=None if is_text else templates.as_html(body),
                segments=segments.count(said).segments if is_text else None,
                due_at=due,
                useful_until=due + OF_USE,
            )
        )
    return made


def _reached(notice: Any) -> list[tuple[str, str]]:  # noqa: ANN401  # a row
    """Return where the owner is told; without settings of their own, by e-mail."""
    email, phone = notice.email or notice.own_email, notice.phone or notice.own_phone
    found: list[tuple[str, str]] = []
    if email and (notice.has_settings is None or notice.by_email):
        found.append(("email", email))
    if phone and notice.has_settings is not None and notice.by_sms:
        found.append(("sms", phone))
    return found


def _unwanted(notice: Any) -> str | None:  # noqa: ANN401  # a row
    setting = SETTING.get(notice.kind)
    if notice.tenant_status != UserStatus.ACTIVE:
        return f"the tenant is {notice.tenant_status}"
    if setting is not None and notice.has_settings is not None and not getattr(notice, setting):
        return "the owner does not want to be told of this"
    return None if _reached(notice) else "nobody knows where to tell the owner"


def _due(notice: Any) -> datetime:  # noqa: ANN401  # a row
    """Return now, or the end of the quiet hours."""
    until = quiet.until(
        notice.now, notice.timezone, notice.quiet_hours_start, notice.quiet_hours_end
    )
    return until or notice.now


def _line(session: Session, tongue: str, kind: str, facts: Mapping[str, Any], now: datetime) -> str:
    """Say one notice in a line."""
    words = dict(facts)
    about = facts.get("event_id") or facts.get("calendar_event_id")
    row = session.execute(_ABOUT, {"id": about}).first() if about else None
    if row is not None:
        words["title"] = row.title or ""
        zone = zones.find(row.timezone)
        if row.start_time is not None and zone is not None:
            words["when"] = wording.moment_of(row.start_time, zone, tongue, said_at=now)
    return sayings.line(kind, words, tongue)
