"""When a tenant is open, and what of that is free. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final, cast
from zoneinfo import ZoneInfo

STEP: Final = timedelta(minutes=15)
DAYS: Final = ("sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday")
"""As `availability_slots.day_of_week` counts them."""

STARTS: Final = ("open", "start", "opens", "from")
ENDS: Final = ("close", "end", "closes", "to")


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A stretch of time, its end not in it."""

    start: datetime
    end: datetime

    def meets(self, other: "Span") -> bool:
        """Tell whether both have a moment in common."""
        return self.start < other.end and other.start < self.end

    def widened(self, by: timedelta) -> "Span":
        """Return it with so much more on either side."""
        return Span(self.start - by, self.end + by)


@dataclass(frozen=True, slots=True)
class Opening:
    """Hours of one day of the week, by the clock of the place."""

    day_of_week: int
    start: time
    end: time


def openings(hours: Mapping[str, Any] | None) -> list[Opening]:
    """Read business hours as `users.business_hours` has them; what cannot be read is closed.

    Each day by its English name: an object with open and close, or a pair of times.
    """
    found: list[Opening] = []
    for number, name in enumerate(DAYS):
        said: object = (hours or {}).get(name, (hours or {}).get(name[:3]))
        times = _times(said)
        if times is not None and times[0] < times[1]:
            found.append(Opening(number, *times))
    return found


def _times(said: object) -> tuple[time, time] | None:
    pair: Sequence[object] = []
    if isinstance(said, dict):
        facts = cast("Mapping[str, object]", said)
        if facts.get("closed") or facts.get("enabled") is False:
            return None
        pair = [_first(facts, STARTS), _first(facts, ENDS)]
    elif isinstance(said, list):
        pair = cast("Sequence[object]", said)
    try:
        start, end = (time.fromisoformat(str(one)) for one in pair)
    except ValueError:
        return None
    return start, end


def _first(facts: Mapping[str, object], names: Sequence[str]) -> object:
    return next((facts[name] for name in names if name in facts), None)


def opened(day: date, zone: ZoneInfo, given: Sequence[Opening]) -> list[Span]:
    """Return the hours of one day; where the clock is put forward they are fewer."""
    weekday = day.isoweekday() % 7
    spans = [
        Span(_at(day, one.start, zone), _at(day, one.end, zone))
        for one in given
        if one.day_of_week == weekday
    ]
    return joined([span for span in spans if span.start < span.end])


def whole(day: date, zone: ZoneInfo) -> Span:
    """Return a day from midnight to midnight, on the clock of its place."""
    return Span(_at(day, time(), zone), _at(day + timedelta(days=1), time(), zone))


def _at(day: date, clock: time, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, clock, zone).astimezone(UTC)


def joined(spans: Sequence[Span]) -> list[Span]:
    """Return spans that do not touch, in order."""
    made: list[Span] = []
    for span in sorted(spans):
        if made and span.start <= made[-1].end:
            made[-1] = Span(made[-1].start, max(made[-1].end, span.end))
        else:
            made.append(span)
    return made


def free(openly: Sequence[Span], busy: Sequence[Span]) -> list[Span]:
    """Return what is open and not busy."""
    left: list[Span] = []
    taken = joined(busy)
    for span in openly:
        start = span.start
        for one in taken:
            if one.end <= start or one.start >= span.end:
                continue
            if one.start > start:
                left.append(Span(start, one.start))
            start = max(start, one.end)
        if start < span.end:
            left.append(Span(start, span.end))
    return left


def starts(spans: Sequence[Span], lasts: timedelta, *, after: datetime) -> list[datetime]:
    """Return when something that lasts so long may begin: on the quarters, and not in the past."""
    found: list[datetime] = []
    for span in spans:
        start = max(span.start, after)
        start += (datetime.min.replace(tzinfo=UTC) - start) % STEP
        while start + lasts <= span.end:
            found.append(start)
            start += STEP
    return found
