"""Every query on what is owed: an event and all that its messages need, and the rows owed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session


@dataclass(frozen=True, slots=True)
class EventRow:
    """An event as its messages need it."""

    id: UUID
    user_id: UUID
    title: str
    status: str
    event_type: str | None
    start_time: datetime | None
    end_time: datetime | None
    timezone: str
    location: str | None
    customer_id: UUID | None
    customer_name: str | None
    customer_phone: str | None
    customer_phone_sealed: bytes | None
    customer_email: str | None
    customer_email_sealed: bytes | None
    on_my_way_at: datetime | None
    completed_at: datetime | None
    language: str | None
    business_name: str | None
    industry: str | None
    tenant_status: str
    asks_for_reviews: bool
    settings: Mapping[str, Any]
    trade_settings: Mapping[str, Any] | None
    booked_at: datetime
    """When what is owed was caused: the change that this generation of the event is."""

    called_at: datetime | None
    """When the call ended that the event was booked in; None: nobody called."""

    now: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Owed:
    """One message that is owed."""

    identity: str
    rule: str
    channel: str
    to: str
    body: str
    due_at: datetime
    subject: str | None = None
    html: str | None = None
    calendar: str | None = None
    segments: int | None = None
    event_id: UUID | None = None
    event_start: datetime | None = None
    call_id: UUID | None = None
    customer_id: UUID | None = None
    useful_until: datetime | None = None
    answers_at: datetime | None = None
    worded_on: date | None = None
    worded_zone: str | None = None


_EVENT: Final = text(
    "SELECT e.id, e.user_id, e.title, e.status, e.event_type, e.start_time, e.end_time,"
    " e.timezone, e.location, e.customer_id, e.customer_name, e.customer_phone,"
    " e.customer_phone_sealed, e.customer_email, e.customer_email_sealed, e.on_my_way_at,"
    " e.completed_at, coalesce(c.language, u.settings ->> 'language') AS language,"
    " u.business_name, u.industry, u.status AS tenant_status, u.review_request_enabled,"
    " coalesce(u.settings -> 'messages', '{}') AS settings,"
    " (SELECT i.reminder_settings FROM industry_configurations i"
    "   WHERE i.industry_type = u.industry AND (i.user_id = u.id OR i.user_id IS NULL)"
    "   ORDER BY i.user_id NULLS LAST LIMIT 1) AS trade_settings,"
    " least(coalesce((SELECT r.created_at FROM errands r WHERE r.task = 'messages.plan'"
    "   AND r.subject_id = e.id AND r.generation = e.generation), e.created_at),"
    "   clock_timestamp()) AS booked_at,"
    " CASE WHEN e.generation = 0 THEN (SELECT coalesce(k.started_at + k.duration *"
    "   interval '1 second', k.created_at) FROM calls k WHERE k.id = e.call_id) END AS called_at,"
    " clock_timestamp() AS now"
    " FROM events e JOIN users u ON u.id = e.user_id LEFT JOIN customers c ON c.id = e.customer_id"
    " WHERE e.id = :id"
)
_TEMPLATES: Final = text(
    "SELECT t.subject_template, t.body_template, t.variables FROM message_templates t"
    " WHERE t.rule = :rule AND t.channel = :channel AND t.language = :language AND t.is_active"
    " AND (t.user_id = :user OR t.user_id IS NULL)"
    " AND (t.event_type = :event_type OR t.event_type IS NULL)"
    " AND (t.industry_type = :industry OR t.industry_type IS NULL)"
    " ORDER BY t.user_id IS NULL, t.event_type IS NULL, t.industry_type IS NULL, t.created_at"
    " LIMIT 1"
)
# The newest that went out, or may have: what the person was told last. It went when it was handed
# over, however late that was found out.
_TOLD_LAST: Final = text(
    "SELECT m.id, m.event_start, m.identity FROM messages m"
    " LEFT JOIN effects e ON e.key = 'message:' || m.id"
    " WHERE m.event_id = :event AND m.rule = :rule"
    " AND m.channel = :channel AND m.direction = 'outbound' AND :to IN (m.to_number, m.to_email)"
    " AND (m.sent_at IS NOT NULL OR m.status IN ('sending', 'unknown'))"
    " ORDER BY coalesce(e.intended_at, m.sent_at, clock_timestamp()) DESC, m.id DESC LIMIT 1"
)
# What was called off, or judged to be of no use, and is wanted again is the same message: it stands
# once, is judged anew, and is sent once.
_OWE: Final = text(
    "INSERT INTO messages AS m (user_id, event_id, customer_id, call_id, channel, to_number,"
    " to_email, subject, body, html, calendar, rule, identity, event_start, due_at, useful_until,"
    " answers_at, worded_on, worded_zone, segments)"
    " VALUES (:user, :event_id, :customer_id, :call_id, :channel, :number, :email, :subject,"
    "  :body, :html, :calendar, :rule, :identity, :event_start, :due_at, :useful_until,"
    "  :answers_at, :worded_on, :worded_zone, :segments)"
    " ON CONFLICT (identity) DO UPDATE SET void_requested = false, last_error = NULL,"
    "  status = CASE WHEN m.status = 'void' THEN 'pending' ELSE m.status END,"
    "  due_at = excluded.due_at, attempts = 0, verdict = NULL, body = excluded.body,"
    "  subject = excluded.subject, html = excluded.html, calendar = excluded.calendar,"
    "  segments = excluded.segments, worded_on = excluded.worded_on,"
    "  worded_zone = excluded.worded_zone,"
    "  useful_until = excluded.useful_until, answers_at = excluded.answers_at"
    " WHERE m.status = 'void' AND m.sent_at IS NULL AND m.body <> 'erased'"
    " RETURNING id"
)
# In a hand that has not called yet: what called it off is undone, and its words are the same.
_WANTED_AGAIN: Final = text(
    "UPDATE messages SET void_requested = false"
    " WHERE identity = :identity AND status = 'sending' AND void_requested"
)
_REWORD: Final = text(
    "UPDATE messages SET subject = :subject, body = :body, html = :html, segments = :segments,"
    " worded_on = :worded_on, worded_zone = :worded_zone, due_at = clock_timestamp()"
    " WHERE id = :id AND status = 'pending'"
)
_FALLEN: Final = text(
    "SELECT m.id, m.user_id, m.event_id, m.rule, m.channel, m.status, m.worded_on,"
    " m.useful_until, m.event_start, clock_timestamp() AS now FROM messages m WHERE m.id = :id"
)
_CALL: Final = text(
    "SELECT k.id, k.phone_number, k.customer_id, k.started_at + coalesce(k.duration, 0) *"
    " interval '1 second' AS ended_at, u.business_name, u.status AS tenant_status,"
    " u.post_call_sms_enabled, coalesce(c.language, u.settings ->> 'language') AS language,"
    " u.industry, clock_timestamp() AS now"
    " FROM calls k JOIN users u ON u.id = k.user_id LEFT JOIN customers c ON c.id = k.customer_id"
    " WHERE k.id = :id"
)


def event(session: Session, event_id: UUID) -> EventRow | None:
    """Return an event of this tenant."""
    row = session.execute(_EVENT, {"id": event_id}).one_or_none()
    return None if row is None else EventRow(*row)


def call(session: Session, call_id: UUID) -> Any:  # noqa: ANN401  # a row of the statement above
    """Return a call of this tenant, as the text after it needs it."""
    return session.execute(_CALL, {"id": call_id}).one_or_none()


def message(session: Session, message_id: UUID) -> Any:  # noqa: ANN401  # a row of the statement above
    """Return a message of this tenant that something more is owed for."""
    return session.execute(_FALLEN, {"id": message_id}).one_or_none()


def template(
    session: Session, user_id: UUID, *, rule: str, channel: str, language: str, **of: str | None
) -> tuple[str, str, Mapping[str, str]] | None:
    """Return the subject, the body and the defaults that serve best; a tenant's own first."""
    bound = {"user": user_id, "rule": rule, "channel": channel, "language": language, **of}
    row = session.execute(_TEMPLATES, bound).one_or_none()
    return None if row is None else (row[0], row[1], row[2] or {})


def told_last(
    session: Session, *, event_id: UUID, rule: str, channel: str, to: str
) -> tuple[UUID, datetime | None, str | None] | None:
    """Return the newest message by this rule that went out: its id, its start, its identity."""
    bound = {"event": event_id, "rule": rule, "channel": channel, "to": to}
    row = session.execute(_TOLD_LAST, bound).one_or_none()
    return None if row is None else (row[0], row[1], row[2])


def owe(session: Session, user_id: UUID, owed: Sequence[Owed]) -> int:
    """Owe these; return how many were not owed already."""
    made = 0
    for one in owed:
        bound = {
            "user": user_id,
            **{name: getattr(one, name) for name in Owed.__dataclass_fields__},
            "number": one.to if one.channel == "sms" else None,
            "email": one.to if one.channel == "email" else None,
        }
        session.execute(_WANTED_AGAIN, {"identity": one.identity})
        made += session.scalar(_OWE, bound) is not None
    return made


def reword(session: Session, message_id: UUID, facts: Mapping[str, Any]) -> None:
    """Give a message that waits the words of today."""
    session.execute(_REWORD, {"id": message_id, **facts})
