"""What a request to a language model may be billed for, and whose bill it is."""

from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Protocol
from uuid import UUID


class Purpose(StrEnum):
    """What a model was asked for."""

    TRANSCRIPT = "transcript"
    REVIEW = "review"
    MESSAGE = "message"


UNHEARD = "unheard"
"""The outcome of a request that may have been billed, and whose bill did not reach us."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What one request was billed for; or, before it is made, what it will be by experience."""

    provider: str
    model: str
    request_id: str | None
    prompt_tokens: int
    cached_tokens: int = 0
    """Part of the prompt's."""

    completion_tokens: int
    reasoning_tokens: int = 0
    """Part of the completion's: never to be added."""

    latency: timedelta = timedelta()
    reported_cost: Decimal | None = None
    """The vendor's own figure in dollars, where it gives one."""

    is_told: bool = True
    """Whether the vendor told these figures; else nobody here knows what it cost."""

    def untold(self, request_id: str, *, latency: timedelta) -> "Usage":
        """Return what is known of this request when no bill came: that there was one."""
        return replace(
            self,
            request_id=request_id,
            prompt_tokens=0,
            completion_tokens=0,
            latency=latency,
            is_told=False,
        )


class Billed(Protocol):
    """An answer that says what it cost."""

    @property
    def usage(self) -> Usage | None:
        """What it was billed for; None where the vendor forgot to say."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Who pays for a request, and for what."""

    user_id: UUID
    purpose: Purpose
    call_id: UUID | None = None
    has_budget: bool = True
    """False, where it was just looked up, saves asking."""


@dataclass(frozen=True, slots=True)
class Hold:
    """Money that is held for one request, under the request's own name."""

    key: str


@dataclass(frozen=True, slots=True)
class Refused:
    """No money is left for a request this month."""

    why: str
    may_pass: bool = False
    """The rest is only held by requests in flight: when they are through, there may be room."""
