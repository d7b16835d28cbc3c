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


class Feeling(StrEnum):
    """How it sounds."""

    POSITIVE = "positive"
    NEUTRAL = "neutral"
    NEGATIVE = "negative"


class Topic(StrEnum):
    """What it is about."""

    PRICE = "price"
    QUALITY = "quality"
    PUNCTUALITY = "punctuality"
    STAFF = "staff"
    COMMUNICATION = "communication"
    CLEANLINESS = "cleanliness"
    BOOKING = "booking"


class TextReading(BaseModel):
    """What a text says."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: TextKind
    sentiment: Feeling
    topics: Annotated[list[Topic], Field(max_length=7)]
