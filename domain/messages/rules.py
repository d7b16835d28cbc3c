"""What people are told, and what tells one message from another. Pure."""

import hashlib
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from domain.tables.events import EventStatus
from domain.tables.messages import MessageStatus

STANDS: Final = frozenset({EventStatus.SCHEDULED.value, EventStatus.CONFIRMED.value})
"""An event that stands is confirmed to the customer."""

CONFIRMATION: Final = "confirmation"
REMINDER: Final = "reminder"
POST_CALL: Final = "post_call"
REVIEW_REQUEST: Final = "review_request"
ON_MY_WAY: Final = "on_my_way"
NO_SHOW: Final = "no_show"
REPLY: Final = "reply"
STOPPED: Final = "stopped"
OWNER: Final = "owner_"
"""What is for the tenant's own owner: `owner_` and what it is about."""

FORWARD: Final = {
    MessageStatus.SENT.value: 1,
    MessageStatus.DELIVERED.value: 2,
    MessageStatus.UNDELIVERED.value: 3,
    MessageStatus.FAILED.value: 4,
    MessageStatus.BOUNCED.value: 5,
    MessageStatus.COMPLAINED.value: 6,
}
"""How far along a status is: a message only moves forward, in whatever order notices come.

No two are level, or the order of contradicting notices would decide; the worse news counts, as
a letter that was taken may still bounce.
"""

NOT_YET_SENT: Final = frozenset(
    {MessageStatus.PENDING.value, MessageStatus.SENDING.value, MessageStatus.UNKNOWN.value}
)
"""A carrier that tells of such a message is ahead of our own writing down."""


def identity(*, event_id: UUID, start: datetime, rule: str, recipient: str, channel: str) -> str:
    """Name a message by what it is: owed again for the same reason, it is the same message."""
    words = f"{event_id}|{start.isoformat()}|{rule}|{recipient}|{channel}"
    return hashlib.sha256(words.encode()).hexdigest()


def again(named: str, *, after: UUID) -> str:
    """Name a message that is said again, since something else was said in between."""
    return hashlib.sha256(f"{named}|after|{after}".encode()).hexdigest()


def reminder(lead: timedelta) -> str:
    """Name the rule of a reminder so long before."""
    minutes = int(lead.total_seconds() // 60)
    return f"{REMINDER}_{minutes // 60}h" if minutes % 60 == 0 else f"{REMINDER}_{minutes}min"


def call_identity(call_id: UUID, *, rule: str, recipient: str) -> str:
    """Name what is said after a call."""
    return hashlib.sha256(f"call|{call_id}|{rule}|{recipient}".encode()).hexdigest()


def answer_identity(message_id: UUID) -> str:
    """Name the answer to what somebody wrote: one answer each."""
    return hashlib.sha256(f"answer|{message_id}".encode()).hexdigest()


def owner_identity(name: str, *, to: str, channel: str) -> str:
    """Name what the owner is told of one thing."""
    return hashlib.sha256(f"owner|{name}|{to}|{channel}".encode()).hexdigest()


def heard_identity(*, user_id: UUID, provider: str, reference: str) -> str:
    """Name a message that somebody sent us: told again, it is the same message."""
    return hashlib.sha256(f"in|{user_id}|{provider}|{reference}".encode()).hexdigest()


def message_of(key: str | None) -> UUID | None:
    """Return the message that an effect's key is about, as the carrier hands it back to us."""
    kind, _, name = (key or "").partition(":")
    try:
        return UUID(name) if kind == "message" else None
    except ValueError:
        return None


def is_answer(rule: str | None) -> bool:
    """Tell whether a message answers somebody, or is for the tenant's own owner."""
    return rule in {REPLY, STOPPED} or (rule or "").startswith(OWNER)


def is_forward(now: str, then: str) -> bool:
    """Tell whether a status takes a message further than it is."""
    return FORWARD.get(then, 0) > FORWARD.get(now, 0)


def may_go_to(recipient: str, only: frozenset[str]) -> bool:
    """Tell whether SEND_ONLY_TO lets a message out: a number, or the domain of an address."""
    domain = recipient.rpartition("@")[2].casefold()
    return not only or recipient in only or domain in only
