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
