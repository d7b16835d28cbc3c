"""What a reader of transcripts may say: a closed form, with a quote for each fact.

The model proposes, code disposes: every quote is checked against the text, dates are said as
phrases and computed by code, and what is not in the form cannot be said at all.
"""

from enum import StrEnum
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field


class CallKind(StrEnum):
    """What kind of call it was."""

    BUSINESS = "business"
    VOICEMAIL = "voicemail"
    SPAM = "spam"
    WRONG_NUMBER = "wrong_number"
    NO_CONVERSATION = "no_conversation"


SILENT: Final = frozenset({CallKind.SPAM, CallKind.WRONG_NUMBER, CallKind.NO_CONVERSATION})
"""Calls in which nobody wishes for anything."""


class EventType(StrEnum):
    """What is to happen."""

    SERVICE_CALL = "service_call"
    MEETING = "meeting"
    APPOINTMENT = "appointment"
    DEMO = "demo"
    FOLLOW_UP = "follow_up"
    QUOTE = "quote"
    CONSULTATION = "consultation"
    INSPECTION = "inspection"
    EMERGENCY = "emergency"


class Intent(StrEnum):
    """What the caller wants with it."""

    BOOK = "book"
    MOVE = "move"
    CANCEL = "cancel"


class Urgency(StrEnum):
    """How soon."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    EMERGENCY = "emergency"


class Sentiment(StrEnum):
    """How the caller sounded."""

    POSITIVE = "positive"
    NEUTRAL = "neutral"
    NEGATIVE = "negative"


class Strict(BaseModel):
    """Nothing but what is named."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Said(Strict):
    """A fact and the words it comes from, letter by letter as in the transcript."""

    value: str
    quote: str


class SaidEvent(Strict):
    """One thing that is to happen, in the caller's own words."""

    intent: Intent
    event_type: EventType
    title: Annotated[str, Field(max_length=120)]
    when: Said | None
    """The words for the moment, such as "next Tuesday at two"; never a computed date."""

    is_agreed: bool
    """Both sides said yes to this moment."""

    customer_name: Said | None
    customer_phone: Said | None
    customer_email: Said | None
    location: Said | None
    duration: Said | None
    price: Said | None


class Reading(Strict):
    """What a transcript says."""

    kind: CallKind
    topic: Annotated[str, Field(max_length=120)]
    summary: Annotated[str, Field(max_length=600)]
    sentiment: Sentiment
    urgency: Urgency
    events: list[SaidEvent]
