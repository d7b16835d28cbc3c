"""What deliveries need from the world outside."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from domain.errors import Retryable


class Unacceptable(Retryable):
    """Nothing was said to it: the address is none that we deliver to, as it stands or resolves."""


@dataclass(frozen=True, slots=True)
class Answer:
    """All that is kept of what a receiver answered."""

    status: int
    after: timedelta | None = None
    """How long it asked us to wait."""


class Receivers(Protocol):
    """Brings a payload to an address that a tenant named, and to no other place.

    The name is resolved once, each of its addresses is checked to be public, and the connection
    is made to one of those; nothing is followed, and nothing of the answer but its status kept.
    """

    def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        """Post the bytes; raise one of the three words, Unacceptable before any byte has left."""
        ...
