"""iCalendar texts read into our words."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any, Final, cast

from icalendar import Calendar as Text
from icalendar import Event

from domain import zones
from domain.calendars.ports import Item, Window
from providers import entries
from providers.caldav import series

TAG: Final = "X-FRONTDESK-TAG"
YEAR: Final = timedelta(days=366)

STRANGE: Final = (LookupError, ValueError, TypeError, AttributeError, ArithmeticError)
"""What reading a text raises that is not as RFC 5545 describes it: anybody can send one."""


class Unreadable(Exception):
    """A text holds an event that nobody could read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """One text on a server, and the names by which we know what is in it."""

    name: str
    etag: str | None
    text: Text

    @property
    def events(self) -> Sequence[Event]:
        """The events in it: one, or a series and what stands in the place of single days."""
        return cast("Sequence[Event]", cast("Any", self.text).walk("VEVENT"))

    @property
    def master(self) -> Event | None:
        """The one event, or the series as such."""
        return next((one for one in self.events if "RECURRENCE-ID" not in one), None)

    @property
    def is_series(self) -> bool:
        """Whether it is more than one event."""
        return self.master is None or series.is_series(self.master)

    def remote_id(self, instance: series.Instance) -> str:
        """Name an instance; the first keeps the name that the event had before it recurred."""
        is_plain = instance.is_first or not instance.is_recurring
        return self.name if is_plain else f"{self.name}#{instance.key}"


def read(name: str, etag: str | None, data: str) -> Resource | None:
    """Read a text; None where it is none that anybody could read, or holds no event."""
    try:
        found = Resource(name=name, etag=etag, text=Text.from_ical(data))
        for event in found.events:
            series.wall(event["DTSTART"])
    except STRANGE:
        return None
    return found if found.events else None


def items(resource: Resource, *, window: Window | None, home: tzinfo, user: str) -> list[Item]:
    """Return what a resource is within a window, or all of it where none is given."""
    try:
        return list(_items(resource, window, home, user))
    except STRANGE:
        raise Unreadable from None


def _items(resource: Resource, window: Window | None, home: tzinfo, user: str) -> Iterator[Item]:
    now = datetime.now(UTC)
    start = window.start if window else now - YEAR * 10
    end = window.end if window else now + YEAR * 10
    for instance in series.instances(resource.events, start=start, end=end):
        item = _item(resource, instance, home, user)
        if item.start is None or item.end is None:
            continue
        lasting = max(item.end, item.start + timedelta(microseconds=1))
        if item.start < end and lasting > start:
            yield item


def _item(resource: Resource, instance: series.Instance, home: tzinfo, user: str) -> Item:
    event, start = instance.event, instance.start
    status = str(event.get("STATUS", "")).upper()
    is_free = str(event.get("TRANSP", "")).upper() == "TRANSPARENT"
    declined = _declined(event)
    is_off = status == "CANCELLED" or any(_is_owner(one, user) for one in declined)
    remote_id = resource.remote_id(instance)
    zone = start.zone
    mark = entries.tag(_text(event, TAG)) if remote_id == resource.name else None
    is_busy = not (is_free or is_off)
    return Item(
        remote_id=remote_id,
        etag=resource.etag,
        title=entries.plain(str(event.get("SUMMARY", "")), mark, is_busy=is_busy),
        start=start.moment(home),
        end=series.end_of(start, event, home),
        zone=str(zone) if zone is not None and zones.find(str(zone)) else None,
        is_all_day=start.is_day,
        is_floating=start.zone is None and not start.is_day,
        is_busy=is_busy,
        is_tentative=status == "TENTATIVE",
        location=_text(event, "LOCATION"),
        notes=_text(event, "DESCRIPTION"),
        declined=[one for one in declined if not _is_owner(one, user)],
        tag=mark,
        series=resource.name if instance.is_recurring else None,
        changed_at=_stamp(event),
    )


def _text(event: Event, name: str) -> str | None:
    found = event.get(name)
    return str(found) if found else None


def _stamp(event: Event) -> datetime | None:
    found = event.get("LAST-MODIFIED")
    moment: object = getattr(found, "dt", None)
    return moment.astimezone(UTC) if isinstance(moment, datetime) and moment.tzinfo else None


def _declined(event: Event) -> list[str]:
    """Name those who have declined."""
    return [
        str(one).casefold().removeprefix("mailto:")
        for one in cast("Sequence[Any]", series.several(event, "ATTENDEE"))
        if str(one.params.get("PARTSTAT", "")).upper() == "DECLINED"
    ]


def _is_owner(address: str, user: str) -> bool:
    """Tell whether that is the owner: by the address that the owner logs in with."""
    return user.casefold() in {address, address.partition("@")[0]}
