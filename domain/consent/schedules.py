"""On which days and between which hours: read from a line of words, asked for one day at a time."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from enum import StrEnum
from functools import lru_cache
from itertools import pairwise
from typing import Final

from domain.errors import Refusal
from domain.holidays import HOLIDAYS

DAY: Final = 24 * 60 * 60
WEEK: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
SATURDAY, SUNDAY = 5, 6

Span = tuple[int, int]
"""From and until, in seconds of the day; the end is not in it."""

_PART: Final = re.compile(r"(daily|holiday|\w{3}(?:-\w{3})?) (none|(?:\d\d:\d\d-\d\d:\d\d ?)+)")
_SPAN: Final = re.compile(r"(\d\d):(\d\d)-(\d\d):(\d\d)")


class Observed(StrEnum):
    """Which days a holiday on a weekend takes with it."""

    NONE = "none"
    NEAREST = "nearest"
    NEXT = "next"


@dataclass(frozen=True, slots=True)
class Schedule:
    """The hours of each weekday, and of holidays where they differ."""

    week: tuple[tuple[Span, ...], ...]
    holiday: tuple[Span, ...] | None = None
    holidays: tuple[str, ...] = field(default=())
    observed: Observed = Observed.NONE

    def on(self, day: date) -> tuple[Span, ...]:
        """Return the hours of a day."""
        if self.holiday is not None and day in _days_off(self.holidays, self.observed, day.year):
            return self.holiday
        return self.week[day.weekday()]


def parse(
    words: str, *, holidays: tuple[str, ...] = (), observed: Observed = Observed.NONE
) -> Schedule:
    """Read `mon-fri 09:00-13:00 14:00-20:00, holiday none`; a day not named has no hours."""
    week: list[tuple[Span, ...]] = [()] * len(WEEK)
    holiday: tuple[Span, ...] | None = None
    for part in words.split(", "):
        found = _PART.fullmatch(part)
        if found is None:
            raise Refusal(f"hours: {part!r} is not understood; write `mon-fri 09:00-20:00`.")
        spans = _spans(found[2])
        if found[1] == "holiday":
            holiday = spans
            continue
        for number in _numbers(found[1]):
            week[number] = spans
    return Schedule(tuple(week), holiday, holidays, observed)


def _spans(words: str) -> tuple[Span, ...]:
    spans = tuple(
        (int(a) * 3600 + int(b) * 60, int(c) * 3600 + int(d) * 60)
        for a, b, c, d in _SPAN.findall(words)
    )
    edges = [edge for span in spans for edge in span]
    if any(early >= late for early, late in pairwise(edges)) or max(edges, default=0) > DAY:
        raise Refusal(f"hours: {words!r} is not in order; from before until, earlier first.")
    return spans


def _numbers(words: str) -> range:
    if words == "daily":
        return range(len(WEEK))
    first, _, last = words.partition("-")
    if first not in WEEK or (last or first) not in WEEK:
        raise Refusal(f"hours: {words!r} names no days; write `mon-fri`, `sat` or `daily`.")
    return range(WEEK.index(first), WEEK.index(last or first) + 1)


def window(opens: time, closes: time, days: Iterable[int] = range(7)) -> Schedule:
    """Return somebody's own hours, on weekdays from 0 (Monday); they may pass midnight.

    The night of a Friday 22:00 to 06:00 reaches into Saturday also where Saturday is not named.
    """
    start, end = (each.hour * 3600 + each.minute * 60 + each.second for each in (opens, closes))
    week: list[list[Span]] = [[] for _ in WEEK]
    for day in days:
        if start < end:
            week[day].append((start, end))
            continue
        week[day].append((start, DAY))
        if end:
            week[(day + 1) % len(WEEK)].append((0, end))
    return Schedule(tuple(tuple(_joined(spans)) for spans in week))


def _joined(spans: list[Span]) -> list[Span]:
    joined: list[Span] = []
    for start, end in sorted(spans):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def meet(left: Iterable[Span], right: Iterable[Span]) -> tuple[Span, ...]:
    """Return the hours that both allow."""
    return tuple((max(a, c), min(b, d)) for a, b in left for c, d in right if max(a, c) < min(b, d))


@lru_cache(maxsize=512)
def _days_off(names: tuple[str, ...], observed: Observed, year: int) -> frozenset[date]:
    """Return a year's holidays and the days that stand in for them."""
    proper = sorted({HOLIDAYS[name](each) for name in names for each in (year - 1, year, year + 1)})
    days = set(proper)
    for day in proper:
        if observed is Observed.NEXT and day.weekday() >= SATURDAY:
            days.add(_next_free(day, days))
        elif observed is Observed.NEAREST and day.weekday() == SATURDAY:
            days.add(day - timedelta(days=1))
        elif observed is Observed.NEAREST and day.weekday() == SUNDAY:
            days.add(day + timedelta(days=1))
    return frozenset(day for day in days if day.year == year)


def _next_free(day: date, taken: set[date]) -> date:
    while day in taken or day.weekday() >= SATURDAY:
        day += timedelta(days=1)
    return day
