"""What vendors tell, in our words: the one vocabulary between their notices and our areas.

What a notice does not tell is None. News may come twice and in any order, so none of it says
"then": each piece says what is so, and the area that takes it moves only forward.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TypeAlias
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class CallNews:
    """A call rang, was answered, ended, was recorded or was transcribed."""

    provider: str
    call_id: str
    status: str | None = None
    """In the words of `calls.status`."""

    is_outbound: bool | None = None
    ours: str | None = None
    """Our number in it, E.164."""

    theirs: str | None = None
    """The other party's, None where the carrier does not say."""

    started_at: datetime | None = None
    duration: timedelta | None = None
    transcript: str | None = None
    recording_url: str | None = None
    cost: Decimal | None = None
    user_id: UUID | None = None
    """The tenant, where we told the vendor when we placed the call."""

    key: str | None = None
    """Our name for a call that we placed, where the vendor carries it for us."""

    outcome: str | None = None
    """How a call of ours ended, in the words of `call_attempts.state`: they tell a voicemail
    and a wrong number apart, which `status` does not."""

    reason: str | None = None
    """The vendor's own word for how it ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageMoved:
    """A message of ours is on its way, has arrived, or will not."""

    provider: str
    reference: str
    status: str
    """In the words of `messages.status`."""

    key: str | None = None
    """The effect's key, where the vendor carries it for us."""

    error: str | None = None
    segments: int | None = None
    cost: Decimal | None = None
    currency: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageReceived:
    """Somebody wrote to a number of ours."""

    provider: str
    reference: str
    ours: str
    theirs: str
    body: str
    segments: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BookingChanged:
    """A booking was made, moved or called off at a booking service."""

    provider: str
    booking: str
    change: str
    """created, moved, cancelled, rejected or asked."""

    integration_id: UUID
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    replaces: str | None = None
    """The booking that was moved to become this one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarChanged:
    """Something changed in a calendar: no more than a reason to look."""

    provider: str
    integration_id: UUID
    is_last: bool = False
    """The vendor tells of nothing more until it is asked to again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionChanged:
    """Something about a tenant's subscription changed: a reason to ask for how it stands."""

    provider: str
    customer: str | None
    subscription: str | None
    change: str
    """The vendor's own word for what happened."""

    status: str | None = None
    period_start: datetime | None = None
    period_end: datetime | None = None
    user_id: UUID | None = None
    payment: str | None = None
    """A dispute and a refund name nothing but the payment."""


News: TypeAlias = (
    CallNews
    | MessageMoved
    | MessageReceived
    | BookingChanged
    | CalendarChanged
    | SubscriptionChanged
)
