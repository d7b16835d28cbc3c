"""Our entries as iCalendar texts.

What a text says that we have no word for stays in it: a change is made to the text that stood
there, never to a new one.
"""

from datetime import date, datetime, timedelta
from typing import Any, Final, TypeAlias

from icalendar import Alarm, Event, Timezone
from icalendar import Calendar as Text
from icalendar.prop import vCalAddress

from domain import zones
from domain.calendars.ports import Entry
from domain.errors import Rejected
from providers import entries
from providers import zones as zones_of
from providers.caldav import series
from providers.caldav.texts import TAG, Resource

PRODUCT: Final = "-//Frontdesk//Frontdesk//EN"
YEAR: Final = timedelta(days=366)
OURS: Final = (
    *("DTSTART", "DTEND", "DURATION", "SUMMARY", "DTSTAMP", "LAST-MODIFIED", "TRANSP", "STATUS"),
    TAG,
)
"""What an entry always says of an event; all else is the owner's."""

Part: TypeAlias = Any
"""icalendar leaves the types of what is added open."""


def compose(entry: Entry, *, uid: str, now: datetime) -> bytes:
    """Write an entry as a text of its own."""
    text: Part = Text()
    text.add("prodid", PRODUCT)
    text.add("version", "2.0")
    event: Part = Event()
    event.add("uid", uid)
    event.add("created", now)
    _write(event, entry, now)
    text.add_component(event)
    return _whole(text, entry)


def changed(resource: Resource, remote_id: str, entry: Entry, *, now: datetime) -> bytes:
    """Write an entry over the event that it names; all else in the text stays."""
    event = _named(resource, remote_id)
    event["SEQUENCE"] = int(event.get("SEQUENCE", 0)) + 1
    _write(event, entry, now)
    return _whole(resource.text, entry)


def without(resource: Resource, remote_id: str) -> bytes:
    """Take one day out of a series."""
    master: Part = resource.master
    if master is None:
        raise Rejected("a single day of somebody else's series cannot be taken out")
    event = _named(resource, remote_id)
    resource.text.subcomponents.remove(event)
    master.add("exdate", event["RECURRENCE-ID"].dt)
    return resource.text.to_ical()


def _named(resource: Resource, remote_id: str) -> Part:
    """Return the event that a name means; a day of a series becomes one of its own."""
    _, _, key = remote_id.partition("#")
    master = resource.master
    if not key and master is not None:
        return master
    first = series.wall(master["DTSTART"]) if master is not None else None
    for one in resource.events:
        if "RECURRENCE-ID" in one and series.key_of(one, first) == key:
            return one
    if master is None or first is None:
        raise Rejected("there is no such day in that series")
    made: Part = Event.from_ical(master.to_ical())
    for name in ("RRULE", "RDATE", "EXDATE", TAG):
        made.pop(name, None)
    day: date | datetime = datetime.strptime(key[:8], "%Y%m%d").date()  # noqa: DTZ007  # a day on the wall
    if not first.is_day:
        plain = datetime.strptime(key, "%Y%m%dT%H%M%S")  # noqa: DTZ007  # a time on the wall
        day = plain.replace(tzinfo=first.zone)
    made.add("recurrence-id", day)
    resource.text.add_component(made)
    return made


def _write(event: Part, entry: Entry, now: datetime) -> None:
    zone = zones.find(entry.zone)
    for name in OURS:
        event.pop(name, None)
    event.add("dtstamp", now)
    event.add("last-modified", now)
    event.add("dtstart", zones_of.wall(entry.start, zone))
    event.add("dtend", zones_of.wall(entry.end, zone))
    event.add("summary", entries.title(entry))
    event.add("transp", "TRANSPARENT" if entry.is_cancelled else "OPAQUE")
    event.add("status", "CANCELLED" if entry.is_cancelled else "CONFIRMED")
    event.add(TAG, entries.written(entry.tag))
    for name, said in (("location", entry.location), ("description", entry.notes)):
        if said is not None:
            event.pop(name, None)
            if said:
                event.add(name, said)
    _invite(event, entry)
    if entry.reminders is not None:
        _remind(event, entry)


def _invite(event: Part, entry: Entry) -> None:
    """Name who comes; the server is told to write to nobody (RFC 6638)."""
    standing = series.several(event, "ATTENDEE")
    known = {str(one).casefold().removeprefix("mailto:") for one in standing}
    for address in entry.attendees:
        if address.casefold() not in known:
            guest = vCalAddress(f"mailto:{address}")
            guest.params["SCHEDULE-AGENT"] = "NONE"
            guest.params["PARTSTAT"] = "ACCEPTED"
            event.add("attendee", guest)


def _remind(event: Part, entry: Entry) -> None:
    event.subcomponents = [one for one in event.subcomponents if one.name != "VALARM"]
    for before in entry.reminders or ():
        alarm: Part = Alarm()
        alarm.add("action", "DISPLAY")
        alarm.add("description", entries.title(entry))
        alarm.add("trigger", -before)
        event.add_component(alarm)


def _whole(text: Part, entry: Entry) -> bytes:
    """Return a text with the rules of its zone, for readers that know no names."""
    named = {str(one.get("TZID")) for one in text.walk("VTIMEZONE")}
    zone = zones.find(entry.zone)
    if zone is not None and entry.zone not in named and entry.zone != "UTC":
        first, last = (entry.start - YEAR).date(), (entry.start + YEAR * 2).date()
        rules = Timezone.from_tzinfo(zone, entry.zone, first_date=first, last_date=last)
        text.subcomponents.insert(0, rules)
    return text.to_ical()
