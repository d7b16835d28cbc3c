"""What calendars need from the world outside. Adapters raise the three words, or their kinds here.

Moments are aware. A thing is a calendar, an entry (ours, to be written) or an item (what stands
there). An adapter keeps no tokens, and repeats only the request that was refused for its token.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from domain.errors import Rejected


class CursorLost(Rejected):
    """The vendor no longer knows since when we want changes: everything is to be listed again."""


class EtagChanged(Rejected):
    """Somebody has changed the item since we read it: read it again before writing."""


class ItemGone(Rejected):
    """There is no such item any more."""


class CalendarGone(Rejected):
    """There is no such calendar any more, or we may not see it."""


class Withdrawn(Rejected):
    """The owner's consent is gone: only the owner can connect it again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """One calendar of a tenant: a row of `calendar_integrations`, as an adapter needs it."""

    integration_id: UUID
    user_id: UUID
    calendar_id: str
    """The vendor's name for it; for CalDAV the collection's path or address."""

    zone: str
    """The IANA zone in which whole days and floating times are meant."""

    base_url: str | None = None
    """Where this one is reached, if not where all of its vendor's are."""


@dataclass(frozen=True, slots=True)
class Tag:
    """Our mark on an item, hidden from people: whose it is, and what we wrote there last."""

    link_id: UUID
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What an event of ours is to be in somebody's calendar."""

    tag: Tag
    title: str
    start: datetime
    end: datetime
    zone: str
    """IANA; the vendor is told the local time in it."""
    location: str | None = None
    notes: str | None = None
    """Empty: there is none; None: what stands there stays."""

    attendees: Sequence[str] = ()
    """E-mail addresses of who has said yes. Guests there stay; nobody is sent an invitation."""

    reminders: Sequence[timedelta] | None = None
    """How long before the start the owner is reminded; None: as the calendar does by itself."""

    is_cancelled: bool = False
    """It stays visible, free and marked in its title; read back, the title is without the mark."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """What stands in an outside calendar: one event, or one instance of a recurring one."""

    remote_id: str
    """Names this instance, within its calendar, for as long as it exists."""

    etag: str | None = None
    is_gone: bool = False
    """It was deleted, or this instance was; nothing else of it need be known then."""

    title: str = ""
    start: datetime | None = None
    end: datetime | None = None
    zone: str | None = None
    """IANA, as the item says it; None: the calendar's."""

    is_all_day: bool = False
    """Then start and end are midnights in the calendar's zone."""

    is_floating: bool = False
    """It names no zone: start and end were taken in the calendar's."""

    is_busy: bool = True
    """False where it is shown as free, or its owner has declined it."""

    is_tentative: bool = False
    location: str | None = None
    notes: str | None = None
    declined: Sequence[str] = field(default=(), repr=False)
    """E-mail addresses of guests, not the owner's, who have said no; in small letters."""

    tag: Tag | None = None
    series: str | None = None
    """What the vendor calls the recurring event of which this is an instance."""
    changed_at: datetime | None = None
    """By the vendor's clock, which is not ours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What became of an entry that was written."""

    remote_id: str
    etag: str | None
    item: Item | None = None
    """Only where the name was taken: what stood there already, untouched. It may be ours."""


@dataclass(frozen=True, slots=True)
class Window:
    """Which instances of recurring events are wanted: those that overlap it."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A part of what a calendar holds, or of what changed there."""

    items: Sequence[Item]
    next_page: str | None = None
    """How to ask for the rest; None: this is the last."""

    cursor: str | None = None
    """Since when to ask next time; on the last page only."""

    is_full: bool = False
    """The pages together are all that the window holds: what is not on them is not there."""

    whole_series: Sequence[str] = ()
    """Of these series the page holds every day in the window: others of them are gone."""


@dataclass(frozen=True, slots=True)
class Busy:
    """A time at which the owner is not free, and for what, where the vendor says."""

    start: datetime
    end: datetime
    remote_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """A promise of the vendor to tell us of changes, until it ends."""

    name: str
    """The vendor's name for it: the channel, the subscription."""

    resource: str | None
    """What else the vendor wants to hear when it is to stop."""

    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Listed:
    """A calendar that an owner could connect."""

    calendar_id: str
    name: str
    zone: str | None
    is_main: bool = False
    may_write: bool = True


class Agenda(Protocol):
    """Reads and writes calendars at one vendor."""

    @property
    def vendor(self) -> str:
        """Its name, as in the path of its notices: google, graph, caldav."""
        ...

    @property
    def can_watch(self) -> bool:
        """Tell whether it tells of changes by itself; otherwise it is asked every minute."""
        ...

    def insert(self, calendar: Calendar, entry: Entry, *, name: str) -> Written:
        """Write a new item under a name that we choose: 32 characters of 0-9a-f.

        A repeat makes no second one: where the name is taken, or was, `item` says by what.
        """
        ...

    def change(
        self, calendar: Calendar, remote_id: str, entry: Entry, *, etag: str | None
    ) -> Written:
        """Write over an item, if it is what we last saw; raises EtagChanged or ItemGone.

        What the entry does not say (colours, guests of the owner's own) stays.
        """
        ...

    def remove(self, calendar: Calendar, remote_id: str, *, etag: str | None) -> None:
        """Take an item out, if it is what we last saw; raises EtagChanged. Gone: done."""
        ...

    def find(self, calendar: Calendar, remote_id: str) -> Item | None:
        """Read one item as it is now; None: there never was one, or no trace is left of it."""
        ...

    def pull(
        self, calendar: Calendar, *, window: Window, cursor: str | None, page: str | None
    ) -> Page:
        """Read one page: of what changed since the cursor, or of everything where it is None.

        With a cursor the window is the one that it was given out for. Raises CursorLost.
        """
        ...

    def busy(self, calendar: Calendar, *, start: datetime, end: datetime) -> Sequence[Busy]:
        """Ask when the owner is busy between two moments, now and not from any cache."""
        ...

    def watch(self, calendar: Calendar, *, name: str, address: str, secret: str) -> Watch:
        """Have changes told to an address, proved by a secret, under a name that we choose."""
        ...

    def renew(self, calendar: Calendar, watch: Watch, *, address: str, secret: str) -> Watch:
        """Prolong a watch, or replace it by another where the vendor prolongs none."""
        ...

    def stop(self, calendar: Calendar, watch: Watch) -> None:
        """Have a watch end. Ended already: done."""
        ...

    def calendars(self, calendar: Calendar) -> Sequence[Listed]:
        """List the calendars that these tokens open; `calendar_id` is not looked at."""
        ...


class Tokens(Protocol):
    """Gives adapters what opens a calendar. The domain keeps them (domain/calendars/tokens.py)."""

    def bearer(self, calendar: Calendar) -> str:
        """Return a token, or whatever secret the owner gave; raises Withdrawn, Retryable."""
        ...

    def renewed(self, calendar: Calendar, *, refused: str) -> str:
        """Return another token than the one that the vendor has just refused."""
        ...


@dataclass(frozen=True, slots=True)
class Grant:
    """What an owner's consent gave us."""

    access_token: str = field(repr=False)
    refresh_token: str | None = field(repr=False)
    """None on a renewal: the old one stays good."""

    lasts: timedelta | None


class Consent(Protocol):
    """A vendor's log-in: how an owner lets us in, and how we stay in."""

    @property
    def vendor(self) -> str:
        """Its name, as in the path of its notices."""
        ...

    def address(self, *, state: str, redirect: str, challenge: str) -> str:
        """Return where to send the owner; `challenge` is PKCE's, S256."""
        ...

    def redeem(self, code: str, *, redirect: str, verifier: str) -> Grant:
        """Turn the code that came back into tokens; raises Rejected where it is not taken."""
        ...

    def renew(self, refresh_token: str) -> Grant:
        """Ask for another access token; raises Withdrawn, or Retryable for whatever is unheard."""
        ...
