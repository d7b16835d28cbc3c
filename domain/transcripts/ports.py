"""What transcripts need from the world outside."""

from dataclasses import dataclass
from typing import Protocol

from domain.metering.usage import Usage


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What a reader is given: the rules of the house, and the transcript as data."""

    instructions: str
    transcript: str
    language: str | None = None
    reference: str | None = None
    """Our own name for it, by which its vendor finds it when no answer was heard."""


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

    def estimate(self, request: Request) -> Usage | None:
        """Say what reading this will be billed for, by experience; None: nothing."""
        ...

    def read(self, request: Request) -> Answer:
        """Read; raises only the three words. An answer that is no reading is still an answer."""
        ...
