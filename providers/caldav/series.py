"""What a recurring event is on which days: by local time, exceptions and all.

RFC 5545 counts days and hours on the wall of the event's own zone, so everything here is local
time without a zone, until an instance is known: then the zone says which moment is meant. A time
that a spring night leaves out is read with the offset from before the change, one that an autumn
night has twice is the first of the two.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from itertools import islice
from typing import Any, Final, cast

from dateutil.rrule import rrulestr
from icalendar import Event
from icalendar.prop import vRecur

from providers import zones

MOST: Final = 100_000
"""Days that are counted from the first: a series of every second is not to hold us up."""

DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Wall:
    """A time as a clock on the wall shows it, and whose wall."""

    at: datetime
    zone: tzinfo | None
    """None: any wall, the reader's own."""

    is_day: bool = False

    def moment(self, home: tzinfo) -> datetime:
        """Return the moment that is meant, for a reader who is at home there."""
        return self.at.replace(tzinfo=self.zone or home).astimezone(UTC)

    @property
    def key(self) -> str:
        """Name it within its series."""
        return f"{self.at:%Y%m%d}" if self.is_day else f"{self.at:%Y%m%dT%H%M%S}"


@dataclass(frozen=True, slots=True)
class Instance:
    """One of an event's days."""

    event: Event
    """What describes it: the series, or what stands in its place on that day."""

    start: Wall
    key: str
    is_first: bool
    is_recurring: bool


def wall(prop: Any) -> Wall:  # noqa: ANN401  # icalendar's properties share no type
    """Read a date or a time, with its zone by whatever name."""
    found: object = prop.dt
    if isinstance(found, datetime):
        named = zones.find(str(prop.params.get("TZID", "")))
        zone = named if named is not None else found.tzinfo
        return Wall(found.replace(tzinfo=None), zone)
    if isinstance(found, date):
        return Wall(datetime.combine(found, time()), None, is_day=True)
    raise ValueError("no time")


def length(event: Event) -> tuple[timedelta, bool]:
    """Return how long it takes, and whether that is days on the wall (not hours that pass)."""
    start = wall(event["DTSTART"])
    if "DTEND" in event:
        end = wall(event["DTEND"])
        if start.is_day or start.zone is None:
            return max(end.at - start.at, timedelta()), True
        passed = end.moment(UTC) - start.moment(UTC)
        return max(passed, timedelta()), False
    if "DURATION" in event:
        given = cast("timedelta", cast("Any", event["DURATION"]).dt)
        return max(given, timedelta()), start.is_day or given % DAY == timedelta()
    return (DAY if start.is_day else timedelta()), start.is_day


def end_of(start: Wall, event: Event, home: tzinfo) -> datetime:
    """Return when an instance ends."""
    lasts, is_nominal = length(event)
    if is_nominal:
        return Wall(start.at + lasts, start.zone).moment(home)
    return start.moment(home) + lasts


def instances(events: Sequence[Event], *, start: datetime, end: datetime) -> Iterator[Instance]:
    """Yield what one resource is within a window, a day more to either side."""
    masters = [one for one in events if "RECURRENCE-ID" not in one]
    if not masters:  # an invitation to single days of somebody else's series
        for one in events:
            yield Instance(
                one, wall(one["DTSTART"]), key_of(one, None), is_first=False, is_recurring=True
            )
        return
    master = masters[0]
    first = wall(master["DTSTART"])
    others = {key_of(one, first): one for one in events if "RECURRENCE-ID" in one}
    if not is_series(master):
        yield Instance(master, first, first.key, is_first=True, is_recurring=False)
        return
    yield from _days(master, first, others, (start, end))


def is_series(event: Event) -> bool:
    """Tell whether it recurs."""
    return "RRULE" in event or "RDATE" in event


def _days(
    master: Event, first: Wall, others: Mapping[str, Event], window: tuple[datetime, datetime]
) -> Iterator[Instance]:
    zone = first.zone or UTC
    margin = DAY * 2 + length(master)[0]
    since = window[0].astimezone(zone).replace(tzinfo=None) - margin
    until = window[1].astimezone(zone).replace(tzinfo=None) + margin
    gone = {Wall(at, None, first.is_day).key for at in _listed(master, "EXDATE", first)}
    onward: tuple[timedelta, Event] | None = None
    later = sorted(key for key, one in others.items() if _is_onward(one))
    for at in _starts(master, first, until):
        key = Wall(at, None, first.is_day).key
        if later and key >= later[0]:
            event = others[later.pop(0)]
            onward = (_local(wall(event["DTSTART"]), first) - at, event)
        if key in gone or key in others or at < since:
            continue
        shift, event = onward or (timedelta(), master)
        start = Wall(at + shift, first.zone, first.is_day)
        yield Instance(event, start, key, is_first=at == first.at, is_recurring=True)
    for key, one in others.items():
        if str(one.get("STATUS", "")).upper() != "CANCELLED":
            yield Instance(
                one, wall(one["DTSTART"]), key, is_first=key == first.key, is_recurring=True
            )


def _starts(master: Event, first: Wall, until: datetime) -> Iterator[datetime]:
    """Yield the local times at which it starts, in order, up to a moment."""
    found = {first.at} if "RRULE" not in master else set[datetime]()
    found.update(_listed(master, "RDATE", first))
    for rule in several(master, "RRULE"):
        found.update(_ruled(cast("vRecur", rule), first, until))
    yield from sorted(at for at in found if at <= until)


def _ruled(rule: vRecur, first: Wall, until: datetime) -> Iterator[datetime]:
    parts = cast("Mapping[str, Sequence[object]]", rule)
    said = {name: value for name, value in parts.items() if name != "UNTIL"}
    last = until
    for bound in parts.get("UNTIL", ()):
        last = min(last, _bound(bound, first))
    text = vRecur(said).to_ical().decode()
    for at in islice(rrulestr(text, dtstart=first.at), MOST):
        if at > last:
            return
        yield at


def _bound(bound: object, first: Wall) -> datetime:
    """Return an UNTIL in the series' own local time; a day ends with its last moment."""
    if isinstance(bound, datetime):
        if bound.tzinfo is None or first.zone is None:
            return bound.replace(tzinfo=None)
        return bound.astimezone(first.zone).replace(tzinfo=None)
    return datetime.combine(cast("date", bound), time.max)


def _listed(event: Event, name: str, first: Wall) -> Iterator[datetime]:
    """Yield the local times that a list of dates names; of periods the start."""
    for dates in several(event, name):
        for one in cast("Any", dates).dts:
            given = one.dt
            if isinstance(given, tuple):
                moment = cast("tuple[datetime, object]", given)[0]
                yield _local(Wall(moment.replace(tzinfo=None), moment.tzinfo), first)
            else:
                yield _local(_of_list(one, dates), first)


def _of_list(one: Any, dates: Any) -> Wall:  # noqa: ANN401  # icalendar's properties share no type
    found = wall(one)
    named = zones.find(str(dates.params.get("TZID", "")))
    return found if named is None or found.is_day else Wall(found.at, named)


def _local(given: Wall, first: Wall) -> datetime:
    """Return a time on the wall of a series."""
    if given.zone is None or first.zone is None:
        at = given.at
    else:
        at = given.moment(UTC).astimezone(first.zone).replace(tzinfo=None)
    if first.is_day:
        return datetime.combine(at.date(), time())
    return datetime.combine(at.date(), first.at.time()) if given.is_day else at


def key_of(event: Event, first: Wall | None) -> str:
    """Name the day of a series in whose place this stands."""
    named = wall(event["RECURRENCE-ID"])
    at = named.at if first is None else _local(named, first)
    return Wall(at, None, named.is_day if first is None else first.is_day).key


def _is_onward(event: Event) -> bool:
    params = cast("Any", event["RECURRENCE-ID"]).params
    return str(params.get("RANGE", "")).upper() == "THISANDFUTURE"


def several(event: Event, name: str) -> Sequence[object]:
    """Return a property that may be there once, often or not at all."""
    found: object = event.get(name, [])
    return cast("Sequence[object]", found) if isinstance(found, list) else [found]
