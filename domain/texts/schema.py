"""What a reader of short texts may say: a closed form of closed words."""

from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field


class TextKind(StrEnum):
    """What somebody writes for."""

    CONFIRM = "confirm"
    CANCEL = "cancel"
    MOVE = "move"
    BOOK = "book"
    QUESTION = "question"
    COMPLAINT = "complaint"
    PRAISE = "praise"
    OTHER = "other"


class Sentiment(StrEnum):
    """How it is meant."""

    POSITIVE = "positive"
    NEUTRAL = "neutral"
    NEGATIVE = "negative"


class Topic(StrEnum):
    """What customers speak of. Closed: what is counted over time must be called the same."""

    BOOKING = "booking"
    COMMUNICATION = "communication"
    PRICE = "price"
    PUNCTUALITY = "punctuality"
    QUALITY = "quality"
    STAFF = "staff"
    TIDINESS = "tidiness"


class Mention(BaseModel):
    """A topic that a text speaks of, how, and in which words of its own."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    topic: Topic
    sentiment: Sentiment
    quote: Annotated[str, Field(max_length=160)]


class TextReading(BaseModel):
    """What a text says."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: TextKind
    sentiment: Sentiment
    mentions: Annotated[list[Mention], Field(max_length=20)]
