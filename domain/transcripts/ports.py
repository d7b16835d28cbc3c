"""What transcripts need from the world outside."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What a reader is given: the rules of the house, and the transcript as data."""

    instructions: str
    transcript: str
    language: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What one request was billed for; written down before its answer is looked at."""

    provider: str
    model: str
    request_id: str | None
    prompt_tokens: int
    cached_tokens: int
    completion_tokens: int
    reasoning_tokens: int
    latency: timedelta
    reported_cost: Decimal | None = None
    """The vendor's own figure in dollars, where it gives one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a reader said: a text that should be a `schema.Reading`, and what it cost."""

    text: str
    usage: Usage | None
    finish: str
    """stop, length, refusal or content_filter."""


class Reader(Protocol):
    """Reads a transcript into the closed form."""

    vendor: str

    def read(self, request: Request) -> Answer:
        """Read; raises only the three words. An answer that is no reading is still an answer."""
        ...
