"""Putting a date and a time of day together, in a zone where clocks are changed."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import NamedTuple

from domain.transcripts.when.moments import Grain, Moment
from domain.transcripts.when.rules import Clock, Context, Day

BEFORE_NOON, NOON, MIDNIGHT = 11, 12, 24
ONE_DAY = timedelta(days=1)
FIRST_CALL, EVENING = 7, 18
"""Nobody is booked before seven unless they say so."""

PARTS = {
    "morning": (4, 12), "lunch": (12, 14), "afternoon": (12, 19), "evening": (18, 24),
    "night": (18, 24), "late": (21, 24), "school": (15, 21), "work": (17, 21),
}  # fmt: skip


class Hour(NamedTuple):
    """An hour of the day; days is one where it falls on the next date."""

    hour: int
    days: int
    reading: str


def place(
    days: Sequence[Day], clocks: Sequence[Clock], part: str, context: Context
) -> Iterator[Moment]:
    """Yield the moments, those that are past only where there are no others."""
    moments = list(_place(days, clocks, part, context))
    told_past = any(day.is_past for day in days)
    ahead = [each for each in moments if _is_ahead(each, context)]
    yield from moments if told_past or not ahead else ahead


def by(deadline: Moment, now: datetime) -> Moment:
    """Return the time from now until the moment named: by Friday, by two."""
    is_edge = deadline.ends_at and not deadline.has_time
    return Moment(
        starts_at=now.replace(microsecond=0),
        ends_at=deadline.ends_at if is_edge else deadline.starts_at,
        grain=Grain.PART,
        reading=f"from now until {deadline.reading}",
    )


def _is_ahead(moment: Moment, context: Context) -> bool:
    if moment.has_time:
        return moment.starts_at >= context.now.replace(microsecond=0)
    return (moment.ends_at or moment.starts_at + ONE_DAY) > context.now


def _place(
    days: Sequence[Day], clocks: Sequence[Clock], part: str, context: Context
) -> Iterator[Moment]:
    if clocks:
        for day in days or _without_date(context):
            for clock in clocks:
                yield from _at(day, clock, part, context, is_dated=bool(days))
    elif days:
        for day in days:
            yield from _on(day, part, context)
    elif part:
        today = Day(on=context.today, reading="today", part=part)
        tomorrow = Day(on=context.today + ONE_DAY, reading="tomorrow", part=part)
        later = context.now.hour >= PARTS[part][1]
        yield from _on(tomorrow if later else today, part, context)


def _without_date(context: Context) -> list[Day]:
    return [Day(on=context.today, reading="today")]


def _at(day: Day, clock: Clock, part: str, context: Context, *, is_dated: bool) -> Iterator[Moment]:
    if clock.offset is not None:
        yield from _abroad(day, clock, part, context)
        return
    for hour in _hours(clock, part):
        on = day.on + timedelta(days=hour.days)
        moments = list(_local(on, hour.hour, clock, f"{day.reading}{hour.reading}", context))
        if not is_dated and not any(_is_ahead(each, context) for each in moments):
            on += ONE_DAY
            moments = list(_local(on, hour.hour, clock, f"tomorrow{hour.reading}", context))
        yield from moments


def _abroad(day: Day, clock: Clock, part: str, context: Context) -> Iterator[Moment]:
    away = timedelta(minutes=clock.offset or 0)
    for hour in _hours(clock, part):
        on = day.on + timedelta(days=hour.days)
        there = datetime.combine(on, time(hour.hour, clock.minute), tzinfo=UTC) - away
        here = there.astimezone(context.now.tzinfo)
        reading = f"{day.reading}{hour.reading}, in the zone named"
        yield Moment(starts_at=here, grain=Grain.MINUTE, reading=reading)


def _hours(clock: Clock, part: str) -> list[Hour]:
    """Return every hour of the day that the words may mean, the likeliest first."""
    hour = clock.hour
    if hour == MIDNIGHT:
        return [Hour(0, 1, ", the midnight that ends it")]
    if clock.is_sure or hour > NOON:
        return [Hour(hour, 0, "")]
    if part:
        return [_in_part(hour, part)]
    if hour == NOON:
        return [Hour(NOON, 0, ", noon")]
    if hour < FIRST_CALL:
        return [Hour(hour + NOON, 0, ", in the afternoon")]
    return [Hour(hour, 0, ", in the morning"), Hour(hour + NOON, 0, ", in the evening")]


def _in_part(hour: int, part: str) -> Hour:
    if part == "morning" or (part == "lunch" and hour == BEFORE_NOON):
        return Hour(hour % NOON, 0, "")
    if part in {"night", "late"} and hour in {NOON, *range(1, 5)}:
        return Hour(hour % NOON, 1, ", after midnight")
    if hour == NOON and part == "evening":
        return Hour(0, 1, ", the midnight that ends it")
    return Hour(hour % NOON + NOON if hour <= NOON else hour, 0, "")


def _local(on: date, hour: int, clock: Clock, reading: str, context: Context) -> Iterator[Moment]:
    said = time(hour, clock.minute, clock.second or 0)
    for starts_at, note in localize(datetime.combine(on, said), context.now.tzinfo):
        yield Moment(
            starts_at=starts_at,
            ends_at=_until(on, hour, clock, context),
            grain=Grain.SECOND if clock.second is not None else Grain.MINUTE,
            reading=f"{reading}{note}",
        )


def _until(on: date, hour: int, clock: Clock, context: Context) -> datetime | None:
    if clock.until is None:
        return None
    end_hour, minute = clock.until
    if end_hour <= clock.hour < hour or (end_hour < hour and end_hour + NOON > hour):
        end_hour += NOON
    days, end_hour = divmod(end_hour, MIDNIGHT)
    local = datetime.combine(on + timedelta(days=days), time(end_hour, minute))
    return next(iter(localize(local, context.now.tzinfo)))[0]


def localize(local: datetime, zone: tzinfo | None) -> Iterable[tuple[datetime, str]]:
    """Return the instants that a clock on the wall shows: one, two in a fold.

    In a gap no clock shows it: the two that may be meant, with what was odd.
    """
    first, second = (local.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    if first.utcoffset() == second.utcoffset():
        return [(first, "")]
    through = [each.astimezone(UTC).astimezone(zone) for each in (first, second)]
    if through[0].replace(tzinfo=None) != local:
        return [(each, f"; {local:%H:%M} does not exist that day") for each in through]
    return [(first, ", before the clocks go back"), (second, ", after the clocks went back")]


def _on(day: Day, part: str, context: Context) -> Iterator[Moment]:
    if day.at:
        yield Moment(starts_at=day.at.replace(microsecond=0), grain=Grain.SECOND,
                     reading=day.reading)  # fmt: skip
        return
    begin, end = PARTS.get(part, (0, 0))
    until = day.until or day.on + ONE_DAY
    grain = day.grain
    ends_at = _midnight(until, context) if day.until else None
    if part and not day.until:
        grain, until = Grain.PART, day.on
        last = until + timedelta(days=end // MIDNIGHT)
        ends_at = next(iter(localize(_clock(last, end % MIDNIGHT), context.now.tzinfo)))[0]
    starts_at = next(iter(localize(_clock(day.on, begin), context.now.tzinfo)))[0]
    yield Moment(starts_at=starts_at, ends_at=ends_at, grain=grain, reading=day.reading)


def _clock(on: date, hour: int) -> datetime:
    return datetime.combine(on, time(hour))


def _midnight(on: date, context: Context) -> datetime:
    return next(iter(localize(_clock(on, 0), context.now.tzinfo)))[0]
