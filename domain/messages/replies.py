"""What people write back: read once, acted on at once, and answered.

A stop holds before its answer is sent, and so for every text that waits. What is in doubt counts
as stop, and goes to a person; so does every question.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from domain import zones
from domain.consent import words
from domain.consent.words import Meaning, Reading
from domain.database import SYSTEM
from domain.messages import owing, rules, segments, templates, wording
from domain.messages.owing import Owed
from domain.messages.post import Post
from domain.metering.usage import Purpose
from domain.tables.events import EventStatus
from domain.texts import service as texts
from domain.texts.service import Classifiers
from domain.work import errands, owner_notices
from domain.work.names import TaskName

MOST_IN_TEN_MINUTES: Final = 5
MOST_A_DAY: Final = 20

_WHOSE: Final = text("SELECT user_id FROM messages WHERE id = :id AND direction = 'inbound'")
_HEARD: Final = text(
    "SELECT m.id, m.from_number, m.to_number, m.body, m.customer_id, m.created_at, m.verdict,"
    " u.business_name, coalesce(c.language, u.settings ->> 'language') AS language,"
    " clock_timestamp() AS now, (SELECT count(*) FROM messages o WHERE o.user_id = m.user_id"
    "   AND o.from_number = m.from_number AND o.direction = 'inbound'"
    "   AND o.created_at BETWEEN m.created_at - interval '10 minutes' AND m.created_at"
    "   AND o.id <= m.id) AS lately,"
    " (SELECT count(*) FROM messages o WHERE o.user_id = m.user_id"
    "   AND o.from_number = m.from_number AND o.direction = 'inbound'"
    "   AND o.created_at BETWEEN m.created_at - interval '1 day' AND m.created_at"
    "   AND o.id <= m.id) AS today"
    " FROM messages m JOIN users u ON u.id = m.user_id LEFT JOIN customers c"
    " ON c.id = m.customer_id WHERE m.id = :id AND m.direction = 'inbound' FOR UPDATE OF m"
)
_UNREAD: Final = text(
    "SELECT body FROM messages m WHERE id = :id AND direction = 'inbound' AND verdict IS NULL"
    " AND (SELECT count(*) FROM messages o WHERE o.user_id = m.user_id"
    "  AND o.from_number = m.from_number AND o.direction = 'inbound'"
    "  AND o.created_at BETWEEN m.created_at - interval '1 day' AND m.created_at) <= :most"
)
_NOTE: Final = text(
    "UPDATE messages SET verdict = jsonb_build_object('meaning', CAST(:meaning AS text),"
    " 'reason', CAST(:reason AS text), 'is_sure', CAST(:is_sure AS boolean),"
    " 'did', CAST(:did AS text), 'kind', CAST(:kind AS text)),"
    " event_id = coalesce(event_id, :event) WHERE id = :id"
)
_STOP: Final = text(
    "INSERT INTO sms_opt_outs AS o (user_id, phone_number, source, opted_out_at)"
    " VALUES (:user, :number, :source, clock_timestamp())"
    " ON CONFLICT (user_id, phone_number) DO UPDATE SET opted_out_at = excluded.opted_out_at,"
    " source = excluded.source WHERE o.opted_in_at IS NOT NULL"
    " AND o.opted_in_at >= o.opted_out_at"
)
_START: Final = text(
    "UPDATE sms_opt_outs SET opted_in_at = clock_timestamp()"
    " WHERE user_id = :user AND phone_number = :number RETURNING id"
)
# What was called off by the stop alone is planned again: what is of use still waits again.
_MISSED: Final = text(
    "SELECT DISTINCT e.id FROM messages m JOIN events e ON e.id = m.event_id"
    " AND e.user_id = m.user_id WHERE m.user_id = :user AND m.to_number = :number"
    " AND m.status = 'void' AND m.last_error LIKE 'they said stop%'"
    " AND e.start_time > clock_timestamp() AND e.status IN ('scheduled', 'confirmed')"
)
# What waits is called off; what is in a hand is marked, and the look before the call sees it.
_CALL_OFF: Final = text(
    "UPDATE messages SET void_requested = true, last_error = 'they said stop',"
    " status = CASE WHEN status = 'sending' THEN status ELSE 'void' END"
    " WHERE user_id = :user AND to_number = :number AND direction = 'outbound'"
    " AND channel = 'sms' AND coalesce(rule, '') NOT IN ('stopped')"
    " AND status IN ('pending', 'held', 'sending')"
)
# The event that we last wrote to them about, if it is yet to come; else their next one.
_EVENT: Final = text(
    "SELECT e.id, e.status, e.start_time, e.timezone, e.title FROM messages m"
    " JOIN events e ON e.id = m.event_id AND e.user_id = m.user_id"
    " WHERE m.user_id = :user AND m.to_number = :number AND m.direction = 'outbound'"
    " AND m.sent_at IS NOT NULL AND e.start_time > clock_timestamp()"
    " AND e.status IN ('scheduled', 'confirmed')"
    " ORDER BY m.sent_at DESC, m.id DESC LIMIT 1"
)
_MOVE: Final = text(
    "UPDATE events SET status = :status WHERE id = :id AND status IN ('scheduled', 'confirmed')"
    " AND status <> :status"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """What was done about a message, and what is answered."""

    did: str
    answer: str | None = None
    """Which of our answers."""

    event: Any = None
    asks_owner: bool = False
    rule: str = rules.REPLY


def receive(post: Post, message_id: UUID, classifiers: Classifiers) -> None:
    """Act on what a person wrote back, once: read again, nothing more is done.

    What is written in words of their own is classified, by a model where there is one: the owner
    is told what kind of text it is. Nothing is done for what a model says.
    """
    with post.begin(SYSTEM) as session:
        user_id: UUID | None = session.scalar(_WHOSE, {"id": message_id})
    if user_id is None:
        return
    kind = _kind(post, user_id, message_id, classifiers)
    with post.begin(user_id) as session:
        heard = session.execute(_HEARD, {"id": message_id}).one_or_none()
        if heard is None or heard.verdict is not None or heard.from_number is None:
            return
        reading = words.read(heard.body)
        act = _act(session, user_id, heard, reading)
        _answer(session, user_id, heard, act, reading)
        session.execute(
            _NOTE,
            {
                "id": message_id,
                "meaning": reading.meaning.value,
                "reason": reading.reason,
                "is_sure": reading.is_sure,
                "did": act.did,
                "kind": kind,
                "event": act.event.id if act.event is not None else None,
            },
        )
        if act.asks_owner:
            title = templates.plain(act.event.title) if act.event is not None else ""
            facts = {"message_id": str(message_id), "title": title, "kind": kind}
            owner_notices.tell(session, user_id, "reply", str(message_id), facts)


def _kind(post: Post, user_id: UUID, message_id: UUID, classifiers: Classifiers) -> str | None:
    """Say what kind of text it is, where its words are none of ours; in no transaction."""
    with post.begin(user_id) as session:
        body: str | None = session.scalar(_UNREAD, {"id": message_id, "most": MOST_A_DAY})
    if body is None or words.read(body).meaning not in {Meaning.QUESTION, Meaning.OTHER}:
        return None
    return texts.classify(classifiers, user_id, body, Purpose.MESSAGE).reading.kind.value


def _act(session: Session, user_id: UUID, heard: Any, reading: Reading) -> Act:  # noqa: ANN401  # a row
    """Do what a message asks for. A stop is heard however many came before it."""
    if reading.meaning is Meaning.STOP:
        stop(session, user_id, heard.from_number, source=reading.reason)
        did = "stopped" if reading.is_sure else "stopped, to be looked at"
        is_doubtful = not reading.is_sure
        return Act(did=did, answer="stopped", asks_owner=is_doubtful, rule=rules.STOPPED)
    too_many = _too_many(heard)
    if too_many is not None:
        return too_many
    return _DO[reading.meaning](session, user_id, heard, reading)


def stop(session: Session, user_id: UUID, number: str, *, source: str) -> None:
    """Write to this number no more, from this moment on; what waits is called off."""
    bound = {"user": user_id, "number": number}
    session.execute(_STOP, {**bound, "source": source[:200]})
    session.execute(_CALL_OFF, bound)


def _too_many(heard: Any) -> Act | None:  # noqa: ANN401  # a row
    """Answer the first that is too many, and only it: two machines may be talking."""
    if heard.lately <= MOST_IN_TEN_MINUTES and heard.today <= MOST_A_DAY:
        return None
    is_first = heard.lately == MOST_IN_TEN_MINUTES + 1 or heard.today == MOST_A_DAY + 1
    if is_first:
        return Act(did="too many at once", answer="later", asks_owner=True)
    return Act(did="too many at once")


def _start(session: Session, user_id: UUID, heard: Any, _: Reading) -> Act:  # noqa: ANN401  # a row
    bound = {"user": user_id, "number": heard.from_number}
    did = "started" if session.scalar(_START, bound) is not None else "had not stopped"
    for event_id in list(session.scalars(_MISSED, bound)):
        errands.owe_anew(session, TaskName.MESSAGES_PLAN, event_id, user_id=user_id)
    return Act(did=did, answer="started")


def _help(session: Session, user_id: UUID, heard: Any, _: Reading) -> Act:  # noqa: ANN401, ARG001  # as the others
    return Act(did="helped", answer="help")


def _confirm(session: Session, user_id: UUID, heard: Any, _: Reading) -> Act:  # noqa: ANN401  # a row
    event = _event(session, user_id, heard)
    if event is None:
        return Act(did="nothing to confirm", asks_owner=True)
    session.execute(_MOVE, {"id": event.id, "status": EventStatus.CONFIRMED.value})
    return Act(did="confirmed", answer="confirmed", event=event)


def _cancel(session: Session, user_id: UUID, heard: Any, reading: Reading) -> Act:  # noqa: ANN401  # a row
    event = _event(session, user_id, heard)
    if event is None:
        return Act(did="nothing to cancel", asks_owner=True)
    if not reading.is_sure:
        return Act(did="asked whether to cancel", answer="asked", event=event, asks_owner=True)
    session.execute(_MOVE, {"id": event.id, "status": EventStatus.CANCELLED.value})
    return Act(did="cancelled", answer="cancelled", event=event)


def _pass_on(session: Session, user_id: UUID, heard: Any, _: Reading) -> Act:  # noqa: ANN401  # a row
    return Act(did="passed on", event=_event(session, user_id, heard), asks_owner=True)


_DO: Final[Mapping[Meaning, Callable[[Session, UUID, Any, Reading], Act]]] = {
    Meaning.START: _start,
    Meaning.HELP: _help,
    Meaning.CONFIRM: _confirm,
    Meaning.CANCEL: _cancel,
    Meaning.QUESTION: _pass_on,
    Meaning.OTHER: _pass_on,
}


def _event(session: Session, user_id: UUID, heard: Any) -> Any:  # noqa: ANN401  # a row
    bound = {"user": user_id, "number": heard.from_number}
    return session.execute(_EVENT, bound).one_or_none()


def _answer(session: Session, user_id: UUID, heard: Any, act: Act, reading: Reading) -> None:  # noqa: ANN401  # a row
    """Owe the answer; a carrier that has answered a stop by itself is not doubled."""
    if act.answer is None or (act.rule == rules.STOPPED and reading.carriers):
        return
    tongue = wording.language(heard.language)
    said = wording.ANSWERS[tongue][act.answer].format(
        business=templates.plain(heard.business_name or "Frontdesk", most=60),
        when=_when(act.event, tongue, heard.now),
    )
    body = segments.repair(said)
    owed = Owed(
        identity=rules.answer_identity(heard.id),
        rule=act.rule,
        channel="sms",
        to=heard.from_number,
        body=body,
        segments=segments.count(body).segments,
        customer_id=heard.customer_id,
        due_at=heard.now,
        answers_at=heard.created_at,
    )
    owing.owe(session, user_id, [owed])


def _when(event: Any, tongue: str, now: datetime) -> str:  # noqa: ANN401  # a row
    zone = zones.find(event.timezone) if event is not None else None
    if event is None or zone is None or event.start_time is None:
        return ""
    return wording.moment_of(event.start_time, zone, tongue, said_at=now)
