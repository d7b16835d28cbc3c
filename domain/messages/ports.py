"""What messages need from the world outside. Adapters raise only the three words."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Protocol

from domain.errors import Rejected
from domain.work.effects import Receipt


class OptedOut(Rejected):
    """It never will: this person has told the carrier to stop, and is not to be written to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """What the carrier says became of a message, in our words for `messages.status`."""

    status: str
    """sent, delivered, undelivered, failed, bounced or complained."""

    reference: str
    error: str | None = None
    segments: int | None = None
    cost: Decimal | None = None
    currency: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """One letter."""

    to: str
    subject: str
    text: str
    html: str | None = None
    calendar: str | None = None
    """An appointment for the reader's calendar, as a file that goes along."""

    unsubscribe: str | None = None
    """Where one click ends all letters (RFC 8058)."""


@dataclass(frozen=True, slots=True)
class Taken:
    """A message that a carrier says it took from us."""

    reference: str
    at: datetime
    segments: int | None = None
    cost: Decimal | None = None
    currency: str | None = None
    has_failed: bool = False


class Later(Protocol):
    """Takes a text that leaves at a later moment, and gives it up until then."""

    closes: timedelta
    """So long before that moment it takes none for it any more: who wakes late is refused."""

    def send_at(self, *, to: str, body: str, key: str, at: datetime) -> Receipt:
        """Hand over a text that leaves at a moment; return the carrier's name for it."""
        ...

    def call_off(self, reference: str) -> bool:
        """Keep a text from leaving, once or twice said; tell whether it was not too late."""
        ...


class Texts(Protocol):
    """Carries a short text to a phone."""

    vendor: str
    is_keyed: bool
    """Whether the carrier knows a repeat by our key."""

    sender: str | None
    """The number it writes from; None: the carrier chooses one."""

    line: str
    """What the carrier paces: that number, or the service or profile that a campaign belongs to."""

    lag: timedelta
    """By how much `find` may be late; before that it proves no absence."""

    per_minute: int | None
    """What the line's campaign may send a minute, as it was registered; None: nobody says."""

    later: Later | None
    """Where texts may wait at the carrier; None: it sends at once or not at all."""

    def send(self, *, to: str, body: str, key: str) -> Receipt:
        """Hand over the text; return the carrier's name for it."""
        ...

    def find(
        self, *, to: str, body: str, since: datetime, besides: Collection[str] = ()
    ) -> Receipt | None:
        """Look for this very text among those taken since a moment; None: not there now.

        `besides` are names of others of the same words, which so cannot be it.
        """
        ...

    def status(self, reference: str) -> Delivery:
        """Ask what became of a text."""
        ...

    def taken(self, since: datetime) -> Sequence[Taken]:
        """List what was taken from us on this line since a moment."""
        ...

    def charged(self, start: datetime, end: datetime) -> Iterator[Taken]:
        """Yield what left this account from one moment to before another, on whichever line.

        With what it cost, where that is known. Asks page by page.
        """
        ...


class Mails(Protocol):
    """Carries a letter to a mailbox."""

    vendor: str
    is_keyed: bool

    can_be_asked: bool
    """Whether it can be asked for a letter afterwards; where it cannot, a person decides."""

    line: str
    """What the carrier paces: the account, by the address that it writes from."""

    lag: timedelta
    """By how much `find` may be late; before that it proves no absence."""

    def send(self, mail: Mail, *, key: str) -> Receipt:
        """Hand over the letter; the same key within a day is the same letter."""
        ...

    def find(self, mail: Mail, *, since: datetime) -> Receipt | None:
        """Look for this very letter among those taken since a moment."""
        ...

    def status(self, reference: str) -> Delivery:
        """Ask what became of a letter."""
        ...

    def taken(self, since: datetime) -> Sequence[Taken]:
        """List what was taken from us on this line since a moment."""
        ...
