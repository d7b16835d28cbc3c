"""What will be sent about an event, and why a message was or was not: to look at, nothing moves."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.database import SYSTEM
from domain.messages import owing, planning, segments
from domain.messages.post import Post
from domain.tables.messages import MessageStatus

_STANDING: Final = text(
    "SELECT identity, rule, channel, coalesce(to_number, to_email) AS recipient, body, due_at,"
    " status, segments, cost, currency, coalesce(verdict ->> 'sentence', last_error) AS why"
    " FROM messages WHERE event_id = :id AND direction = 'outbound' ORDER BY due_at, id"
)
# What a segment to this country cost last: the carrier's own word, and no rate of ours.
_PRICE: Final = text(
    "SELECT cost / greatest(segments, 1) AS price, currency FROM messages"
    " WHERE channel = 'sms' AND direction = 'outbound' AND cost IS NOT NULL"
    " AND left(to_number, 3) = left(:to, 3) ORDER BY sent_at DESC NULLS LAST LIMIT 1"
)
_ONE: Final = text(
    "SELECT m.rule, m.channel, m.status, m.due_at, m.useful_until, m.sent_at, m.last_error,"
    " m.verdict, e.verdict AS receipt, e.state AS effect, m.provider, m.delivered_at"
    " FROM messages m LEFT JOIN effects e ON e.key = 'message:' || m.id WHERE m.id = :id"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One message that stands, or would be owed if it were planned now."""

    due_at: datetime | None
    rule: str
    channel: str
    to: str
    body: str
    state: str
    segments: int | None
    cost: Decimal | None
    currency: str | None
    is_estimate: bool
    why: str | None = None

    def as_facts(self) -> dict[str, Any]:
        """Return it for machines."""
        return {name: getattr(self, name) for name in Line.__dataclass_fields__}

    def as_row(self) -> list[Any]:
        """Return it for people."""
        sign = "~" if self.is_estimate else ""
        price = (
            f"{sign}{self.cost.normalize():f} {self.currency}" if self.cost is not None else None
        )
        when = f"{self.due_at:%Y-%m-%d %H:%M %Z}" if self.due_at else None
        state = f"{self.state}: {self.why}" if self.why else self.state
        return [when, self.rule, self.channel, self.to, self.segments, price, state, self.body]


def preview(post: Post, event_id: UUID) -> list[Line] | None:
    """Return all that went out and will go out about an event; None where there is none."""
    with post.begin(SYSTEM) as session:
        user_id: UUID | None = session.scalar(
            text("SELECT user_id FROM events WHERE id = :id"), {"id": event_id}
        )
    if user_id is None:
        return None
    with post.begin(user_id) as session:
        event = owing.event(session, event_id)
        rows = session.execute(_STANDING, {"id": event_id}).all()
        lines = [_standing(session, row) for row in rows]
        there = {row.identity for row in rows}
        planned = planning.plan(post, session, event) if event else []
        lines += [_owed(session, one) for one in planned if one.identity not in there]
    return sorted(lines, key=lambda line: (line.due_at is None, line.due_at, line.rule))


def _standing(session: Session, row: Any) -> Line:  # noqa: ANN401  # a row
    cost, currency, is_estimate = row.cost, row.currency, False
    if cost is None and row.channel == "sms":
        cost, currency = _estimate(session, row.recipient, row.segments, row.body)
        is_estimate = True
    return Line(
        due_at=row.due_at,
        rule=row.rule or "",
        channel=row.channel,
        to=row.recipient or "",
        body=row.body,
        state=row.status,
        segments=row.segments,
        cost=cost,
        currency=currency,
        is_estimate=is_estimate,
        why=row.why,
    )


def _owed(session: Session, one: owing.Owed) -> Line:
    is_text = one.channel == "sms"
    cost, currency = _estimate(session, one.to, one.segments, one.body) if is_text else (None, None)
    return Line(
        due_at=one.due_at,
        rule=one.rule,
        channel=one.channel,
        to=one.to,
        body=one.body,
        state="not owed yet",
        segments=one.segments,
        cost=cost,
        currency=currency,
        is_estimate=True,
    )


def _estimate(
    session: Session, to: str | None, took: int | None, body: str
) -> tuple[Decimal | None, str | None]:
    """Estimate by what the carrier asked last; nobody knows before the first."""
    row = session.execute(_PRICE, {"to": to or ""}).one_or_none()
    if row is None:
        return None, None
    return row.price * (took or segments.count(body).segments), row.currency


def explain(session: Session, message_id: UUID) -> dict[str, Any] | None:
    """Return the one answer to why a message was or was not sent."""
    row = session.execute(_ONE, {"id": message_id}).one_or_none()
    if row is None:
        return None
    decided: dict[str, Any] = row.verdict or row.receipt or {}
    return {
        "id": str(message_id),
        "sentence": _sentence(row, decided),
        "rule": row.rule,
        "channel": row.channel,
        "status": row.status,
        "why": decided.get("why"),
        "rules": _words(decided.get("rules")),
        "version": decided.get("version") or None,
        "due_at": row.due_at,
        "useful_until": row.useful_until,
        "sent_at": row.sent_at,
        "effect": row.effect,
    }


def _words(given: Sequence[str] | None) -> str | None:
    return ", ".join(given) if given else None


def _sentence(row: Any, decided: dict[str, Any]) -> str:  # noqa: ANN401  # a row
    said = row.last_error or decided.get("sentence")
    if row.status == MessageStatus.RECEIVED:
        return f"They wrote it to us; {decided.get('did', 'nobody has read it yet')}."
    if row.sent_at is not None:
        end = f", and it is {row.status}" if row.status != MessageStatus.SENT else ""
        return f"It was sent by {row.provider} at {row.sent_at:%Y-%m-%d %H:%M:%S %Z}{end}."
    if row.due_at is None:
        return "It is a record, and no work: nothing is sent without due_at."
    if row.status == MessageStatus.PENDING:
        return f"It waits until {row.due_at:%Y-%m-%d %H:%M %Z}" + (f": {said}." if said else ".")
    return f"It is {row.status}: {said or 'no reason was written down'}."
