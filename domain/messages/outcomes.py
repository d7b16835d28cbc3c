"""What is written down with a message's end: who carried it, whose thread it is, what is owed now.

In the transaction that settles the row, so none of it can be lost or written twice.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.messages import segments
from domain.metering import use
from domain.tables.messages import MessageStatus
from domain.work import errands
from domain.work.kinds import Settled
from domain.work.names import TaskName

GAVE_UP: Final = frozenset(
    {
        *(MessageStatus.FAILED.value, MessageStatus.UNDELIVERED.value),
        *(MessageStatus.BOUNCED.value, MessageStatus.COMPLAINED.value),
    }
)
"""A message that did not reach them by this channel, and will not."""


@dataclass(frozen=True, slots=True)
class Carried:
    """Who took a message, and from which number."""

    vendor: str
    sender: str | None = None


_SENT: Final = text(
    "UPDATE messages SET sent_at = clock_timestamp(), provider = x.provider,"
    " from_number = coalesce(x.sender, from_number), verdict = NULL,"
    " due_at = greatest(clock_timestamp(), leaves_at) + interval '5 seconds'"
    " FROM unnest(CAST(:ids AS uuid[]), CAST(:providers AS text[]), CAST(:senders AS text[]))"
    "  AS x(id, provider, sender) WHERE messages.id = x.id"
    " RETURNING messages.user_id, channel, messages.provider, rule, body, to_number,"
    "  coalesce(provider_message_id, messages.id::text) AS name"
)
# The thread is theirs whom somebody answers; a text to many does not take it from them.
_LOCK: Final = text(
    "INSERT INTO sms_thread_locks AS l (user_id, shared_number, customer_number, business_name,"
    " locked_until, last_outbound_at)"
    " SELECT DISTINCT ON (m.from_number, m.to_number) m.user_id, m.from_number, m.to_number,"
    "  u.business_name, clock_timestamp() + interval '72 hours', clock_timestamp()"
    " FROM messages m JOIN users u ON u.id = m.user_id"
    " WHERE m.id = ANY(CAST(:ids AS uuid[])) AND m.channel = 'sms'"
    " AND m.from_number ~ '^[+][1-9][0-9]{6,14}$' AND m.to_number IS NOT NULL"
    " AND coalesce(m.rule, '') NOT LIKE 'owner_%' ORDER BY m.from_number, m.to_number, m.id DESC"
    " ON CONFLICT (shared_number, customer_number) DO UPDATE SET user_id = excluded.user_id,"
    "  business_name = excluded.business_name, locked_until = excluded.locked_until,"
    "  last_outbound_at = excluded.last_outbound_at"
    " WHERE l.user_id = excluded.user_id OR l.locked_until < clock_timestamp()"
)


STOPPED_AT_CARRIER: Final = "stopped at the carrier"
_STOPPED: Final = text(
    "INSERT INTO sms_opt_outs (user_id, phone_number, source)"
    " SELECT user_id, to_number, 'the carrier' FROM messages"
    " WHERE id = ANY(CAST(:ids AS uuid[])) AND to_number IS NOT NULL ON CONFLICT DO NOTHING"
)


def note(session: Session, settled: Sequence[Settled]) -> None:
    """Write down what follows from the ends of these rows."""
    sent = [row for row in settled if row.state == MessageStatus.SENT]
    if sent:
        carried = [row.facts if isinstance(row.facts, Carried) else None for row in sent]
        bound: Mapping[str, Any] = {
            "ids": [row.id for row in sent],
            "providers": [one.vendor if one else None for one in carried],
            "senders": [one.sender if one else None for one in carried],
        }
        rows = session.execute(_SENT, bound).all()
        use.note_texts(session, [_used(row) for row in rows if _counts(row)])
        if any(one.sender for one in carried if one):
            session.execute(_LOCK, {"ids": bound["ids"]})
    stopped = {row.id for row in settled if row.facts == STOPPED_AT_CARRIER}
    if stopped:
        session.execute(_STOPPED, {"ids": list(stopped)})
    for row in settled:
        if row.state in GAVE_UP and row.id not in stopped:
            owe_other_channel(session, row.id, row.user_id)


def _counts(row: Any) -> bool:  # noqa: ANN401  # a row of the statement above
    """Tell whether a message counts against its tenant's plan: what we tell its owner does not."""
    return row.channel == "sms" and not (row.rule or "").startswith("owner_")


def _used(row: Any) -> use.TextUse:  # noqa: ANN401  # a row, by its columns
    """Say what a text that was accepted uses."""
    return use.TextUse(
        user_id=row.user_id,
        provider=row.provider or "unknown",
        message_id=row.name,
        segments=segments.count(row.body, segments.of_carrier(row.provider)).segments,
        phone_number=row.to_number,
    )


def owe_other_channel(session: Session, message_id: UUID, user_id: UUID | None) -> None:
    """Owe it that this is tried by the other channel, if there is one and it makes sense still."""
    errands.owe(session, TaskName.MESSAGES_PLAN, message_id, user_id=user_id)
