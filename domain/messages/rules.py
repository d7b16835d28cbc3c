"""What people are told, and what tells one message from another. Pure."""

import hashlib
from datetime import datetime
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from domain.tables.events import EventStatus
from domain.tables.messages import MessageStatus

STANDS: Final = frozenset({EventStatus.SCHEDULED.value, EventStatus.CONFIRMED.value})
"""An event that stands is confirmed to the customer."""

CONFIRMATION: Final = "confirmation"

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


def is_forward(now: str, then: str) -> bool:
    """Tell whether a status takes a message further than it is."""
    return FORWARD.get(then, 0) > FORWARD.get(now, 0)


def confirmation(*, business: str, title: str, start: datetime, zone: ZoneInfo) -> str:
    """Return the text that confirms an event, in the time of its own place."""
    local = start.astimezone(zone)
    clock = f"{local:%I:%M %p}".lstrip("0")
    return f"{business}: {_plain(title)} on {local:%A, %B} {local.day} at {clock} is confirmed."


def may_go_to(recipient: str, only: frozenset[str]) -> bool:
    """Tell whether SEND_ONLY_TO lets a message out: a number, or the domain of an address."""
    domain = recipient.rpartition("@")[2].casefold()
    return not only or recipient in only or domain in only


def _plain(text: str) -> str:
    """Return a text on one line without control characters: a title may hold what a caller said."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())
