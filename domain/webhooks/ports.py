"""What incoming notices need from the world outside: one adapter a vendor."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol
from uuid import UUID

from domain.webhooks.news import News


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """A notice as it came: the very bytes, and what came with them."""

    target: str
    """The path and the query at which it came, as they were written."""

    headers: Mapping[str, str] = field(repr=False)
    """By names in lower case."""

    body: bytes = field(repr=False)
    at: datetime
    """When it came, by our own clock: what a timestamp in a signature is held against."""

    subject: UUID | None = None
    """Whose notice it is, where the address at which it came says so."""


def token_of(target: str) -> str:
    """Return what stands behind the vendor's name in a path."""
    return target.partition("?")[0].removeprefix("/webhooks/").partition("/")[2]


@dataclass(frozen=True, slots=True)
class Label:
    """What tells one notice of a vendor from another, and what kind it is."""

    key: str
    """The same for a redelivery, another for another status of the same call."""

    event_type: str


class Notices(Protocol):
    """What one vendor sends us."""

    @property
    def vendor(self) -> str:
        """What the vendor is called in the path and in `webhook_queue.provider`."""
        ...

    @property
    def is_of_integrations(self) -> bool:
        """Tell whether the subject of an address is an integration, and not a tenant."""
        ...

    def refusal(self, arrival: Arrival) -> str | None:
        """Say why it is not believed to be the vendor's; None: it is. Over the raw bytes."""
        ...

    def label(self, arrival: Arrival) -> Label:
        """Name it. May raise anything on a body that is none of the vendor's."""
        ...

    def read(self, arrival: Arrival) -> Sequence[News]:
        """Say what it tells, in our words; nothing where it concerns no area.

        May raise LookupError, ValueError, TypeError or ArithmeticError on what it cannot read.
        """
        ...

    def handshake(self, arrival: Arrival) -> str | None:
        """Return the answer that a vendor wants before it sends anything; None: it is a notice."""
        ...
