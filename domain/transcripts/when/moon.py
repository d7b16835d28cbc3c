"""Calendars that follow the moon: Hebrew and Islamic by their rules, others by the moon itself."""

from datetime import UTC, date, datetime, timedelta
from math import floor, radians, sin
from typing import Final

from domain.days import coming

HEBREW_EPOCH: Final = -1_373_427
"""The ordinal of the first day of the Hebrew calendar."""

ISLAMIC_EPOCH: Final = 227_015
"""The ordinal of the first day of the Islamic calendar, as it is counted by rule."""

PARTS: Final = 25_920
"""Parts of a day by which the Hebrew calendar counts the moon."""

MONTH_PARTS: Final = 13_753
"""A month of 29 days and so many parts."""

MECCA: Final = 7.5
"""A moon that is new after half past four at Greenwich, dusk in Mecca, is the next day's."""

ONE_DAY: Final = timedelta(days=1)
LUNATION: Final = 29.530588861
FIRST_NEW_MOON: Final = datetime(2000, 1, 6, 18, 14, tzinfo=UTC)
FRIDAY: Final = 4
CENTURY: Final = timedelta(days=36_525)
NOON_2000: Final = datetime(2000, 1, 1, 12, tzinfo=UTC)
SUNRISE: Final = timedelta(minutes=30)
"""Six in the morning in India, at Greenwich."""

FULL_CIRCLE: Final = 360
STAR: Final = FULL_CIRCLE / 27
"""Degrees of each of the moon's houses."""

DRIFT: Final = 24.1
"""Degrees by which the houses, fixed to the stars, lie behind the equinox; a degree in 72 years."""


def _hebrew_days(year: int) -> int:
    """Return the days from the epoch to the first of Tishri, before postponements of the year."""
    months = (235 * year - 234) // 19
    parts = 12_084 + MONTH_PARTS * months
    day = months * 29 + parts // PARTS
    return day + 1 if (3 * (day + 1)) % 7 < len(("Sunday", "Wednesday", "Friday")) else day


def _hebrew_new_year(year: int) -> int:
    before, here, after = (_hebrew_days(each) for each in (year - 1, year, year + 1))
    longest, shortest_leap = 356, 382
    late = 2 if after - here == longest else 1 if here - before == shortest_leap else 0
    return HEBREW_EPOCH + here + late


def hebrew(year: int, days: int, *, is_spring: bool = False) -> date:
    """Return the day so many days after Rosh Hashanah, or after Passover, of a year of ours."""
    new_year = _hebrew_new_year(year + 3761)
    passover = new_year - 163  # the months between never change
    return date.fromordinal((passover if is_spring else new_year) + days)


def is_hebrew_leap(year: int) -> bool:
    """Tell whether the Hebrew year in which a year of ours begins has a thirteenth month."""
    return (7 * (year + 3760) + 1) % 19 < 7  # noqa: PLR2004  # seven of nineteen years


def islamic(year: int, month: int, day: int) -> date:
    """Return the first such day in a year of ours, as Mecca's almanac would have it."""
    first = date(year, 1, 1).toordinal()
    theirs = (30 * (first - ISLAMIC_EPOCH) + 10_646) // 10_631
    found = 0
    for each in (theirs, theirs + 1):
        found = _islamic(each, month, day)
        if found >= first:
            break
    by_rule = date.fromordinal(found - day + 1)  # a day off at most
    seen = new_moon(by_rule - timedelta(days=4), MECCA) + ONE_DAY
    return seen + timedelta(days=day - 1)


def _islamic(year: int, month: int, day: int) -> int:
    months = 29 * (month - 1) + month // 2
    return ISLAMIC_EPOCH - 1 + (year - 1) * 354 + (3 + 11 * year) // 30 + months + day


def last_friday_of_ramadan(year: int) -> date:
    """Return the last Friday before Eid."""
    return coming(FRIDAY, islamic(year, 10, 1) - timedelta(days=7))


def new_moon(after: date, hours: float) -> date:
    """Return the date of the first new moon from that day on, so many hours east of Greenwich."""
    return _moon(after, hours, phase=0.0)


def full_moon(after: date, hours: float) -> date:
    """Return the date of the first full moon from that day on, so many hours east of Greenwich."""
    return _moon(after, hours, phase=0.5)


def lunar_day(after: date, number: int) -> date:
    """Return the first date from that day on whose sunrise in India is in that thirtieth of a moon.

    One that begins and ends between two sunrises is of the day on which it begins.
    """
    step = FULL_CIRCLE / 30
    day = after
    while True:
        here, there = (_from_sun(_sunrise(day + ONE_DAY * n)) // step + 1 for n in (0, 1))
        if here == number or (here == (number - 2) % 30 + 1 and there == number % 30 + 1):
            return day
        day += ONE_DAY


def star_day(after: date, number: int) -> date:
    """Return the first date from that day on at whose sunrise the moon is in that house of 27."""
    day = after
    while True:
        moment = _sunrise(day)
        place = (_from_sun(moment) + _sun(moment) - DRIFT) % FULL_CIRCLE
        if place // STAR + 1 == number:
            return day
        day += ONE_DAY


def _sunrise(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC) + SUNRISE


def _sun(moment: datetime) -> float:
    """Return the sun's longitude, to a hundredth of a degree."""
    time = (moment - NOON_2000) / CENTURY
    around = radians(357.5291 + 35_999.0503 * time)
    mean = 280.4665 + 36_000.7698 * time
    return (mean + 1.9146 * sin(around) + 0.0200 * sin(2 * around)) % FULL_CIRCLE


def _from_sun(moment: datetime) -> float:
    """Return how many degrees the moon is ahead of the sun, by the largest terms of its way."""
    time = (moment - NOON_2000) / CENTURY
    mean = 297.8502 + 445_267.1115 * time
    ahead, sun, moon, node = (
        radians(degrees)
        for degrees in (
            mean,
            357.5291 + 35_999.0503 * time,
            134.9634 + 477_198.8676 * time,
            93.2721 + 483_202.0175 * time,
        )
    )
    return (
        mean + 6.2888 * sin(moon) + 1.2740 * sin(2 * ahead - moon) + 0.6583 * sin(2 * ahead)
        + 0.2136 * sin(2 * moon) - 2.0997 * sin(sun) - 0.1143 * sin(2 * node)
        + 0.0588 * sin(2 * ahead - 2 * moon) + 0.0570 * sin(2 * ahead - sun - moon)
        + 0.0533 * sin(2 * ahead + moon) + 0.0459 * sin(2 * ahead - sun)
        - 0.0410 * sin(sun - moon) - 0.0348 * sin(ahead) - 0.0304 * sin(sun + moon)
    ) % FULL_CIRCLE  # fmt: skip


def _moon(after: date, hours: float, *, phase: float) -> date:
    start = datetime(after.year, after.month, after.day, tzinfo=UTC) - timedelta(hours=hours)
    count = floor((start - FIRST_NEW_MOON) / timedelta(days=LUNATION)) - 1
    while (found := _phase(count + phase)) < start:
        count += 1
    return (found + timedelta(hours=hours)).date()


def _phase(count: float) -> datetime:
    """Return when the moon is new, or full at a half: the mean, and the four largest terms."""
    sun = radians(2.5534 + 29.10535670 * count)
    moon = radians(201.5643 + 385.81693528 * count)
    node = radians(160.7108 + 390.67050284 * count)
    days = (
        0.09766 + LUNATION * count + 0.17241 * sin(sun) - 0.40720 * sin(moon)
        + 0.01608 * sin(2 * moon) + 0.01039 * sin(2 * node) + 0.00739 * sin(moon - sun)
    )  # fmt: skip
    return datetime(2000, 1, 6, 12, tzinfo=UTC) + timedelta(days=days)
