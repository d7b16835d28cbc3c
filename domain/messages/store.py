"""Every query on messages."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.messages import outcomes
from domain.messages.ports import Delivery
from domain.tables.messages import MessageStatus
from domain.work.kinds import Kind, States
from domain.work.names import Area


@dataclass(frozen=True, slots=True)
class MessageRow:
    """A message as its carrier needs it."""

    id: UUID
    user_id: UUID
    channel: str
    to: str
    subject: str
    body: str
    created_at: datetime
    html: str | None
    calendar: str | None
    rule: str | None
    reference: str | None
    """The carrier's name for it, where a notice told it before we could write it down."""

    leaves_at: datetime | None
    """When it was to leave its carrier, where it was handed over to wait there."""


@dataclass(frozen=True, slots=True)
class Told:
    """A message that a carrier tells of, as the house sees it."""

    id: UUID
    user_id: UUID
    status: str


ADDRESS: Final = {"sms": "to_number", "email": "to_email"}
"""In which column each channel's recipient stands."""

VOID_WHEN: Final = """
CASE
  WHEN w.event_start IS NOT NULL AND NOT EXISTS (
    SELECT 1 FROM events e
    WHERE e.id = w.event_id AND e.user_id = w.user_id AND e.start_time = w.event_start
      AND CASE WHEN w.rule = 'no_show' THEN e.status = 'no_show'
          ELSE e.status NOT IN ('cancelled', 'no_show') END) THEN 'the event was changed'
  WHEN w.rule IS DISTINCT FROM 'stopped' AND EXISTS (
    SELECT 1 FROM sms_opt_outs o
    WHERE o.user_id = w.user_id AND o.phone_number = w.to_number
      AND (o.opted_in_at IS NULL OR o.opted_in_at < o.opted_out_at)) THEN 'they said stop'
  WHEN w.void_requested THEN 'it was called off'
END
"""
"""Asked in the claim's own words right before the call; one statement for a whole group."""

READY: Final = """
w.channel <> 'sms' OR w.rule = 'stopped' OR w.rule LIKE 'owner_%' OR NOT EXISTS (
  SELECT FROM pace_buckets b
  WHERE b.bucket = 'sms:' || w.user_id AND b.refilled_at <= (SELECT clock_timestamp())
  AND b.tokens + b.rate * extract(epoch FROM (SELECT clock_timestamp()) - b.refilled_at) < 1)
"""
"""Who may send no more now is passed by: or thousands of its texts are taken up and put off again
before anybody else's that fell due after them. A bucket from before a clock was set back holds
nothing: who takes it next, mends it."""

_TO_ASK: Final = text(
    "SELECT id, user_id, channel, provider_message_id FROM messages WHERE status = 'sent'"
    " AND channel IN ('sms', 'email')"
    " AND provider_message_id IS NOT NULL AND due_at <= (SELECT clock_timestamp())"
    " AND sent_at > (SELECT clock_timestamp()) - interval '3 days'"
    " ORDER BY due_at LIMIT :n"
)
# Asked again after as long as it has been on its way: soon at first, rarely in the end.
_MOVE: Final = text(
    "UPDATE messages SET status = :status, last_error = coalesce(:error, last_error),"
    " segments = coalesce(:segments, segments), cost = coalesce(:cost, cost),"
    " currency = coalesce(:currency, currency),"
    " delivered_at = CASE WHEN :status = 'delivered' THEN clock_timestamp() ELSE delivered_at END,"
    " due_at = clock_timestamp()"
    "  + greatest(interval '5 seconds', (clock_timestamp() - sent_at) / 2)"
    " WHERE id = :id AND status = :before"
)

# Locked, so that two notices of one message come one after the other.
_TOLD: Final = text(
    "SELECT id, user_id, status FROM messages WHERE provider = :vendor"
    " AND provider_message_id = :reference AND direction = 'outbound' FOR UPDATE"
)
_TOLD_BY_KEY: Final = text(
    "SELECT id, user_id, status FROM messages WHERE id = :id AND direction = 'outbound'"
    " AND coalesce(provider, :vendor) = :vendor"
    " AND coalesce(provider_message_id, :reference) = :reference FOR UPDATE"
)
# Whoever looks for it finds it here, and need not ask the carrier.
_NOTE_REFERENCE: Final = text(
    "UPDATE messages SET provider = :vendor, provider_message_id = :reference,"
    " due_at = CASE WHEN status = 'unknown' THEN clock_timestamp() ELSE due_at END"
    " WHERE id = :id AND provider_message_id IS NULL"
)
# A day more: as far back as a carrier's list is read.
_OTHERS: Final = text(
    "SELECT provider_message_id FROM messages WHERE to_number = :to AND id <> :id"
    " AND direction = 'outbound' AND provider_message_id IS NOT NULL"
    " AND sent_at > CAST(:since AS timestamptz) - interval '1 day'"
)
_HEARD: Final = text(
    "INSERT INTO messages (user_id, customer_id, channel, direction, from_number, to_number, body,"
    " status, provider, provider_message_id, identity, segments)"
    " VALUES (:user, (SELECT id FROM customers WHERE user_id = :user"
    "   AND phone_hash = ANY(CAST(:hashes AS bytea[])) ORDER BY created_at LIMIT 1),"
    "  'sms', 'inbound', :theirs, :ours, :body, 'received', :vendor, :reference, :identity,"
    "  :segments) ON CONFLICT (identity) DO NOTHING RETURNING id"
)


def kind() -> Kind[MessageRow]:
    """Return messages that are to be sent, as claims see them."""
    return Kind(
        name="message",
        table="messages",
        area=Area.MESSAGES,
        read=_read,
        columns=(
            *("channel", "to_number", "to_email", "subject", "body", "created_at"),
            *("html", "calendar", "rule", "provider_message_id", "leaves_at"),
        ),
        state="status",
        states=States(
            working=MessageStatus.SENDING.value,
            done=MessageStatus.SENT.value,
            unknown=MessageStatus.UNKNOWN.value,
            void=MessageStatus.VOID.value,
        ),
        where="w.direction = 'outbound'",
        ready=READY,
        void_when=VOID_WHEN,
        reference="provider_message_id",
        also=outcomes.note,
    )


def _read(row: Mapping[str, Any]) -> MessageRow:
    if row["channel"] not in ADDRESS:
        raise ValueError("a channel of a newer release")
    to = row[ADDRESS[row["channel"]]]
    if not to:
        raise ValueError("no recipient")
    return MessageRow(
        *(row["id"], row["user_id"], row["channel"], to, row["subject"] or "", row["body"]),
        *(row["created_at"], row["html"], row["calendar"], row["rule"]),
        reference=row["provider_message_id"],
        leaves_at=row["leaves_at"],
    )


def names_of_others(session: Session, message: MessageRow) -> frozenset[str]:
    """Return the carrier's names for what else went to this person since a message was owed."""
    bound = {"id": message.id, "to": message.to, "since": message.created_at}
    return frozenset(session.scalars(_OTHERS, bound))


def to_ask_about(session: Session, *, most: int) -> list[tuple[UUID, UUID, str, str]]:
    """Return messages on their way whose carrier is to be asked: id, tenant, channel, name."""
    return [tuple(row) for row in session.execute(_TO_ASK, {"n": most})]


def move(session: Session, message_id: UUID, delivery: Delivery, *, before: str) -> None:
    """Take a message forward; not where it has moved meanwhile."""
    session.execute(
        _MOVE,
        {
            "id": message_id,
            "before": before,
            "status": delivery.status,
            "error": delivery.error,
            "segments": delivery.segments,
            "cost": delivery.cost,
            "currency": delivery.currency,
        },
    )


def told(session: Session, *, vendor: str, reference: str, message_id: UUID | None) -> Told | None:
    """Return the message that a carrier tells of: by its own name for it, or by our key."""
    bound = {"vendor": vendor, "reference": reference, "id": message_id}
    row = session.execute(_TOLD, bound).one_or_none()
    if row is None and message_id is not None:
        row = session.execute(_TOLD_BY_KEY, bound).one_or_none()
    return None if row is None else Told(*row)


def note_reference(session: Session, message_id: UUID, *, vendor: str, reference: str) -> None:
    """Write down a carrier's name for a message that may have been sent."""
    bound = {"id": message_id, "vendor": vendor, "reference": reference}
    session.execute(_NOTE_REFERENCE, bound)


def hear(session: Session, facts: Mapping[str, Any]) -> UUID | None:
    """Write down what somebody sent us; None where it stands already."""
    return session.scalar(_HEARD, dict(facts))
