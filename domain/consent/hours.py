"""May this person be contacted at this moment; and if not, when next.

The moment must be legal by every rule and in every time zone that the evidence allows, and
within the hours that a tenant or a campaign keeps of its own. Times are exact: an hour that the
clocks skip is no hour, one that they repeat is two.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from domain.consent.jurisdictions import Contact, Table, shipped
from domain.consent.places import Evidence, Places, locate
from domain.consent.schedules import DAY, Schedule, Span, meet
from domain.zones import find

JUST_NOW: Final = timedelta(minutes=15)
AHEAD: Final = 40
"""How many days are looked through for the next moment."""

_EPOCH: Final = date(1970, 1, 1).toordinal()
_REACH: Final = 16 * 60 * 60
"""No zone is further from UTC than this."""

_KEPT: Final = 800
"""Days kept a clock: two years and some."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether now; if not, when next (None: never), and by whose rule."""

    allowed: bool
    reason: str
    next_moment: datetime | None
    rules: tuple[str, ...] = ()
    version: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Own:
    """The hours that a tenant or a campaign keeps; without a zone, in the person's own."""

    name: str
    schedule: Schedule
    zone: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What narrows the law: own hours, and the countries that may be contacted at all."""

    own: tuple[Own, ...] = ()
    countries: frozenset[str] | None = None


NO_LIMITS: Final = Limits()


def may_contact(
    kind: Contact,
    when: datetime,
    evidence: Evidence,
    *,
    answering: datetime | None = None,
    limits: Limits = NO_LIMITS,
    table: Table | None = None,
) -> Verdict:
    """Say whether somebody may be contacted now.

    `answering` is when they did what this message answers. It opens the night for a
    transactional text within a quarter of an hour, not for a number that may not be texted.
    """
    if when.tzinfo is None:
        raise ValueError("a moment without a time zone")
    case = _case(kind, evidence, limits, table or shipped())
    if case.problem is not None:
        return Verdict(allowed=False, reason=case.problem, next_moment=None, version=case.version)
    if case.may_answer and answering is not None and timedelta(0) <= when - answering <= JUST_NOW:
        return Verdict(True, "it answers what they just did", when, case.rules, case.version)  # noqa: FBT003 - the field says it
    now = when.timestamp()
    then = _next(case.clocks, now)
    if then == now:
        return Verdict(True, "within the hours", when, case.rules, case.version)  # noqa: FBT003 - the field says it
    return _no(case, when, then)


def spans(
    kind: Contact,
    evidence: Evidence,
    *,
    since: datetime,
    until: datetime,
    limits: Limits = NO_LIMITS,
    table: Table | None = None,
) -> list[tuple[datetime, datetime]]:
    """Return every stretch of time in which somebody may be contacted; for plans and forecasts."""
    case = _case(kind, evidence, limits, table or shipped())
    if case.problem is not None:
        return []
    start, end = int(since.timestamp()), int(until.timestamp())
    open_: tuple[Span, ...] = ((start, end),)
    for clock in case.clocks:
        days = range(start // DAY + _EPOCH - 1, end // DAY + _EPOCH + 2)
        open_ = _meet_sorted(open_, [span for day in days for span in clock.on(day)])
    return [(datetime.fromtimestamp(a, UTC), datetime.fromtimestamp(b, UTC)) for a, b in open_]


def _meet_sorted(left: Sequence[Span], right: Sequence[Span]) -> tuple[Span, ...]:
    """Return what two lists share; both are in order, so one walk is enough."""
    ordered, met, at = sorted(right), list[Span](), 0
    for start, end in left:
        while at and ordered[at - 1][1] > start:
            at -= 1
        while at < len(ordered) and ordered[at][0] < end:
            low, high = max(start, ordered[at][0]), min(end, ordered[at][1])
            if low < high:
                met.append((low, high))
            at += 1
    return tuple(met)


@dataclass(frozen=True, slots=True)
class _Case:
    problem: str | None
    rules: tuple[str, ...]
    version: str
    may_answer: bool
    clocks: "tuple[Clock, ...]"


@lru_cache(maxsize=16_384)
def _case(kind: Contact, evidence: Evidence, limits: Limits, table: Table) -> _Case:
    """Gather what holds for one person and one kind: asked again, it is there already."""
    places = locate(evidence, table, allowed=limits.countries)
    if places.problem is not None:
        return _Case(places.problem, (), table.version, may_answer=False, clocks=())
    rules = tuple(row.place for row in places.rows if kind in row.hours)
    may_answer = kind is Contact.TRANSACTIONAL_TEXT and all(row.may_answer for row in places.rows)
    clocks = _clocks(places, kind, limits.own)
    if isinstance(clocks, str):
        return _Case(clocks, rules, table.version, may_answer=False, clocks=())
    return _Case(None, rules, table.version, may_answer, clocks)


def _clocks(places: Places, kind: Contact, own: Sequence[Own]) -> "tuple[Clock, ...] | str":
    law = tuple(row.hours[kind] for row in places.rows if kind in row.hours)
    everywhere = law + tuple(each.schedule for each in own if each.zone is None)
    asked = [(zone, everywhere) for zone in places.zones]
    asked += [(each.zone, (each.schedule,)) for each in own if each.zone is not None]
    clocks: list[Clock] = []
    for name, schedules in asked:
        clock = _clock(name, schedules)
        if clock is None:
            return f"unknown time zone: {name}"
        clocks.append(clock)
    return tuple(clocks)


def _no(case: _Case, when: datetime, then: float | None) -> Verdict:
    shut = next(clock for clock in case.clocks if clock.next(when.timestamp()) != when.timestamp())
    local = when.astimezone(shut.zone)
    reason = f"not at {local:%H:%M on a %A} in {shut.zone.key}"
    if then is None:
        reason = f"{reason}, nor at any moment of the next {AHEAD} days"
    moment = None if then is None else datetime.fromtimestamp(then, UTC)
    return Verdict(False, reason, moment, case.rules, case.version)  # noqa: FBT003 - the field says it


def _next(clocks: Sequence["Clock"], now: float) -> float | None:
    """Return the first moment from now on that every clock allows."""
    moment, end = now, now + AHEAD * DAY
    while moment < end:
        latest = moment
        for clock in clocks:
            found = clock.next(latest)
            if found is None:
                return None
            latest = found
        if latest == moment:
            return moment
        moment = latest
    return None


class Clock:
    """The hours that hold on one zone's clock, as exact spans of time; a day is worked out once."""

    __slots__ = ("_days", "_schedules", "zone")

    def __init__(self, zone: ZoneInfo, schedules: tuple[Schedule, ...]) -> None:
        """Keep to what every schedule allows."""
        self.zone = zone
        self._schedules = schedules
        self._days: dict[int, tuple[Span, ...]] = {}

    def next(self, moment: float) -> float | None:
        """Return the first allowed moment from this one on; None within the next weeks."""
        day = datetime.fromtimestamp(moment, self.zone).toordinal()
        for start, end in self.on(day):
            if start <= moment < end:
                return moment
        # The clocks may have been put back over midnight, so that yesterday comes after today.
        near = [max(a, moment) for each in (day - 1, day) for a, b in self.on(each) if moment < b]
        if near:
            return min(near)
        for each in range(day + 1, day + AHEAD):
            if spans := self.on(each):
                return max(spans[0][0], moment)
        return None

    def on(self, ordinal: int) -> tuple[Span, ...]:
        """Return the spans of a local day that are allowed, in seconds since 1970."""
        spans = self._days.get(ordinal)
        if spans is None:
            if len(self._days) >= _KEPT:
                self._days.clear()
            spans = self._days[ordinal] = self._work_out(ordinal)
        return spans

    def _work_out(self, ordinal: int) -> tuple[Span, ...]:
        hours: tuple[Span, ...] = ((0, DAY),)
        for schedule in self._schedules:
            hours = meet(hours, schedule.on(date.fromordinal(ordinal)))
        midnight = (ordinal - _EPOCH) * DAY
        spans: list[Span] = []
        for start, end, offset in _pieces(self.zone, midnight - _REACH, midnight + DAY + _REACH):
            local = [(midnight + a - offset, midnight + b - offset) for a, b in hours]
            spans.extend(meet(local, [(start, end)]))
        return tuple(sorted(spans))


@lru_cache(maxsize=4096)
def _clock(name: str, schedules: tuple[Schedule, ...]) -> Clock | None:
    zone = find(name)
    return Clock(zone, schedules) if zone else None


def _pieces(zone: ZoneInfo, start: int, end: int) -> list[tuple[int, int, int]]:
    """Cut a stretch of time where the zone's clocks are put forward or back."""
    first, last = _offset(zone, start), _offset(zone, end)
    if first == last:
        return [(start, end, first)]
    low, high = start, end
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if _offset(zone, middle) == first else (low, middle)
    return [(start, high, first), (high, end, last)]


def _offset(zone: ZoneInfo, moment: int) -> int:
    offset = datetime.fromtimestamp(moment, zone).utcoffset() or timedelta(0)
    return int(offset.total_seconds())
