"""What waits for the owner, and what their answers do.

An answer is a word in `questions.answer`, written by the command line, an app, or a person with
SQL: the row's trigger owes `transcripts.answer`, and here it is acted on. What follows from that
(confirmations, calendars) is owed by the event's own triggers, as for any other change.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.database import SYSTEM, Begin
from domain.sealing import Keyring
from domain.tables.events import EventStatus
from domain.transcripts import answers, rules
from domain.transcripts.answers import Field, Meaning, Misunderstood
from domain.transcripts.extraction import Readers
from domain.transcripts.rules import Moment
from domain.work import owner_notices

WAITS: Final = 4
"""Hours after which an owner who chose none is told, once, that a question waits."""

LONGEST_WAIT: Final = 720
MOST: Final = 500
NOTICE: Final = "questions_waiting"

_TENANT: Final = text("SELECT user_id FROM questions WHERE id = :id")
_QUESTION: Final = text(
    "SELECT q.id, q.user_id, q.event_id, q.field, q.subject, q.candidates, q.answer,"
    " clock_timestamp() AS now, e.status, e.start_time, e.timezone, u.timezone AS tenant_timezone,"
    " e.end_time - e.start_time AS length, e.duration_minutes,"
    " coalesce(c.phone_number, u.phone_number) AS near"
    " FROM questions q JOIN users u ON u.id = q.user_id LEFT JOIN events e ON e.id = q.event_id"
    " LEFT JOIN calls c ON c.id = q.call_id WHERE q.id = :id AND q.answer IS NOT NULL"
    " AND q.field NOT LIKE 'calendar.%'"  # what a calendar asked, its own next turn acts on
    " AND (q.applied_at IS NULL OR q.applied_at < q.answered_at) FOR UPDATE OF q"
)
_APPLIED: Final = text("UPDATE questions SET applied_at = clock_timestamp() WHERE id = :id")
_PROBLEM: Final = text(
    "UPDATE questions SET answer = NULL, answered_at = NULL, problem = :why WHERE id = :id"
)
# The first to speak settles a draft: a second answer about it changes nothing.
_CONFIRM: Final = text(
    "UPDATE events SET status = 'confirmed', start_time = :start, end_time = :end"
    " WHERE id = :event AND status = 'extracted'"
)
_REJECT: Final = text(
    "UPDATE events SET status = 'cancelled' WHERE id = :event AND status = 'extracted'"
)
_CANCEL: Final = text(
    "UPDATE events SET status = 'cancelled' WHERE id = :event"
    " AND status NOT IN ('completed', 'cancelled', 'no_show')"
)
_MOVE: Final = text(
    "UPDATE events SET start_time = :start, end_time = CAST(:start AS timestamptz)"
    "  + coalesce(end_time - start_time, interval '1 hour')"
    " WHERE id = :event AND status NOT IN ('completed', 'cancelled', 'no_show') RETURNING id"
)
_LENGTH: Final = text(
    "SELECT coalesce(end_time - start_time, interval '1 hour') FROM events WHERE id = :event"
)
_FILL: Final = {
    Field.NAME: text("UPDATE events SET customer_name = :value WHERE id = :event"),
    Field.PLACE: text(
        "UPDATE events SET location = :value, location_type = 'address' WHERE id = :event"
    ),
    Field.PHONE: text(
        "UPDATE events SET customer_phone = NULL, customer_phone_sealed = :sealed,"
        " customer_phone_hash = :hash WHERE id = :event"
    ),
    Field.EMAIL: text(
        "UPDATE events SET customer_email = NULL, customer_email_sealed = :sealed,"
        " customer_email_hash = :hash WHERE id = :event"
    ),
}
_OPEN: Final = text(
    "SELECT q.id, q.event_id, q.field, q.question, q.candidates, q.problem, q.created_at,"
    " e.title, e.start_time FROM questions q LEFT JOIN events e ON e.id = q.event_id"
    " WHERE q.answered_at IS NULL ORDER BY q.created_at LIMIT :most"
)
_WAITING: Final = text(
    "SELECT user_id FROM questions WHERE answered_at IS NULL GROUP BY 1 ORDER BY min(created_at)"
)
_ANSWER: Final = text(
    "UPDATE questions SET answer = :answer WHERE id = :id AND answered_at IS NULL RETURNING id"
)
_UNTOLD: Final = text(
    "UPDATE questions SET told_at = clock_timestamp() WHERE id IN (SELECT id FROM questions"
    " WHERE answered_at IS NULL AND told_at IS NULL"
    " AND created_at < clock_timestamp() - make_interval(hours => coalesce((SELECT"
    "  question_hours FROM owner_notification_settings s WHERE s.user_id = questions.user_id),"
    "  :hours))"
    " ORDER BY created_at LIMIT 200 FOR UPDATE SKIP LOCKED) RETURNING user_id, id"
)
_WAIT: Final = text(
    "INSERT INTO owner_notification_settings AS s (user_id, question_hours) VALUES (:user, :hours)"
    " ON CONFLICT (user_id) DO UPDATE SET question_hours = excluded.question_hours"
)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A question that nobody has answered."""

    id: UUID
    event_id: UUID | None
    field: str
    question: str
    candidates: Sequence[dict[str, Any]]
    problem: str | None
    created_at: datetime
    title: str | None
    start_time: datetime | None


def waiting(begin: Begin, user_id: UUID | None) -> list[tuple[UUID, Waiting]]:
    """Return what waits for owners, of one tenant or of all, the longest waiting first."""
    if user_id is None:
        with begin(SYSTEM) as session:
            users: Sequence[UUID] = session.scalars(_WAITING).all()
    else:
        users = [user_id]
    found: list[tuple[UUID, Waiting]] = []
    for user in users:
        with begin(user) as session:
            rows = session.execute(_OPEN, {"most": MOST - len(found)}).all()
        found += [(user, Waiting(*row)) for row in rows]
        if len(found) >= MOST:
            break
    return found


def answer(begin: Begin, question_id: UUID, words: str) -> bool:
    """Write an owner's answer down, as their own UPDATE would; tell whether it was still open."""
    user_id = _tenant_of(begin, question_id)
    if user_id is None:
        return False
    with begin(user_id) as session:
        bound = {"id": question_id, "answer": words}
        return session.scalar(_ANSWER, bound) is not None


def apply(tools: Readers, question_id: UUID) -> None:
    """Act on an answer, once; one that nothing can be done about opens the question again."""
    user_id = _tenant_of(tools.begin, question_id)
    if user_id is None:
        return
    with tools.begin(user_id) as session:
        row = session.execute(_QUESTION, {"id": question_id}).one_or_none()
        if row is None:
            return
        try:
            _act(session, tools, row)
        except Misunderstood as problem:
            session.execute(_PROBLEM, {"id": question_id, "why": str(problem)})
        else:
            session.execute(_APPLIED, {"id": question_id})


def _tenant_of(begin: Begin, question_id: UUID) -> UUID | None:
    with begin(SYSTEM) as session:
        return session.scalar(_TENANT, {"id": question_id})


def _act(session: Session, tools: Readers, row: Any) -> None:  # noqa: ANN401  # a row of _QUESTION
    zone = rules.zone_of(row.timezone, row.tenant_timezone) or ZoneInfo("UTC")

    def resolve(phrase: str) -> Sequence[Moment]:
        return tools.resolve(phrase, row.now, zone, None)

    meaning = answers.meaning_of(row.answer, row.candidates, resolve, zone)
    if row.field == Field.START:
        _settle(session, tools, row, meaning)
    elif row.field == Field.EVENT:
        _change(session, tools, row, meaning)
    elif row.field in set(Field):
        _fill(session, tools.keyring, row, meaning)
    else:
        raise Misunderstood(f"this release knows no question about {row.field}")


def _settle(session: Session, tools: Readers, row: Any, meaning: Meaning) -> None:  # noqa: ANN401  # a row of _QUESTION
    """Confirm a draft for the moment that was chosen, or let it go."""
    if meaning.is_no:
        session.execute(_REJECT, {"event": row.event_id})
        return
    start = meaning.start or (row.start_time if meaning.candidate is not None else None)
    if start is None:
        raise Misunderstood("give one moment, such as 2026-12-04T15:00")
    if start <= row.now:
        raise Misunderstood("that moment has passed")
    length = row.length or timedelta(minutes=row.duration_minutes or 60)
    if row.status == EventStatus.EXTRACTED:
        _keep(session, tools, row.user_id, row.event_id, (start, start + length))
    facts = {"event": row.event_id, "start": start, "end": start + length}
    session.execute(_CONFIRM, facts)


def _change(session: Session, tools: Readers, row: Any, meaning: Meaning) -> None:  # noqa: ANN401  # a row of _QUESTION
    """Cancel or move the event that the caller meant, now that its owner has said which."""
    if meaning.is_no:
        return
    chosen = (meaning.candidate or {}).get("event")
    event = UUID(chosen) if isinstance(chosen, str) else row.event_id
    if event is None:
        raise Misunderstood("change the event itself; here nothing says which one it is")
    if row.subject == "cancel":
        session.execute(_CANCEL, {"event": event})
        return
    if meaning.start is None:
        raise Misunderstood("say to which moment, such as 2026-12-04T15:00")
    if meaning.start <= row.now:
        raise Misunderstood("that moment has passed")
    length: timedelta | None = session.scalar(_LENGTH, {"event": event})
    if length is not None:
        _keep(session, tools, row.user_id, event, (meaning.start, meaning.start + length))
    session.execute(_MOVE, {"event": event, "start": meaning.start})


def _keep(
    session: Session, tools: Readers, user_id: UUID, event_id: UUID, time: tuple[datetime, datetime]
) -> None:
    """Keep the time that the owner has chosen, unless another booking has it by now."""
    start, end = time
    if not tools.diary.take(session, user_id, event_id, start=start, end=end):
        raise Misunderstood("another booking has that time: give another, or move that one first")


def _fill(session: Session, keyring: Keyring, row: Any, meaning: Meaning) -> None:  # noqa: ANN401  # a row of _QUESTION
    """Write what was asked for on the event; a number or an address is sealed at once."""
    if meaning.is_no:
        return
    if meaning.value is None or row.event_id is None:
        raise Misunderstood("say what it is")
    field, value = Field(row.field), meaning.value
    facts: dict[str, Any] = {"event": row.event_id, "value": value}
    if field in {Field.PHONE, Field.EMAIL}:
        is_phone = field is Field.PHONE
        value = answers.number_of(value, near=row.near) if is_phone else answers.address_of(value)
        facts["sealed"] = keyring.seal(
            value, table="events", column=field.value, row_id=row.event_id
        )
        facts["hash"] = keyring.hash(value, user_id=row.user_id)
    session.execute(_FILL[field], facts)


def set_wait(begin: Begin, user_id: UUID, hours: int) -> None:
    """Set after how many hours a tenant's owner is told that a question waits."""
    with begin(user_id) as session:
        session.execute(_WAIT, {"user": user_id, "hours": hours})


def remind(begin: Begin) -> int:
    """Have owners told, once, of what has waited too long; return how many questions it were."""
    with begin(SYSTEM) as session:
        rows = session.execute(_UNTOLD, {"hours": WAITS}).all()
        by_tenant: dict[UUID, list[UUID]] = {}
        for row in rows:
            by_tenant.setdefault(row.user_id, []).append(row.id)
        for user_id, ids in by_tenant.items():
            facts = {"questions": len(ids), "first": str(ids[0])}
            owner_notices.tell(session, user_id, NOTICE, str(ids[0]), facts)
    return len(rows)
