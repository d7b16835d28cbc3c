"""What reading anything with a model needs from the world outside: transcripts, reviews, texts."""

from dataclasses import dataclass
from typing import Protocol

from domain.metering.usage import Usage


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What a reader is given: the rules of the house, and what was said or written as data."""

    instructions: str
    transcript: str
    language: str | None = None
    complaint: str | None = None
    """What was wrong with the answer before, where this is the same question again."""

    reference: str | None = None
    """Our own name for it, by which its vendor finds it when no answer was heard."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a reader said: a text that should be the form it was asked for, and what it cost."""

    text: str
    usage: Usage | None
    finish: str
    """stop, length, refusal or content_filter."""


class Reader(Protocol):
    """Reads what was said or written into a closed form."""

    vendor: str

    def estimate(self, request: Request) -> Usage | None:
        """Say what reading this will be billed for, by experience; None: nothing."""
        ...

    def read(self, request: Request) -> Answer:
        """Read; raises only the three words. An answer that is no reading is still an answer."""
        ...
