"""Which day it is: weekdays of a month and the feasts that move. No clock and no zone."""

from calendar import monthrange
from datetime import date, timedelta

WEEK = 7


def coming(weekday: int, today: date) -> date:
    """Return the first such weekday from today on, today included."""
    return today + timedelta(days=(weekday - today.weekday()) % WEEK)


def nth_weekday(first: date, weekday: int, nth: int) -> date | None:
    """Return the nth such weekday of a month, from its end when nth is below zero."""
    length = monthrange(first.year, first.month)[1]
    days = [first.replace(day=number) for number in range(1, length + 1)]
    found = [day for day in days if day.weekday() == weekday]
    place = nth - 1 if nth > 0 else nth
    return found[place] if -len(found) <= place < len(found) else None


def easter(year: int) -> date:
    """Return Easter Sunday of the western churches (the anonymous Gregorian rule)."""
    golden, century, rest = year % 19, year // 100, year % 100
    corrected = (century - (century + 8) // 25 + 1) // 3
    epact = (19 * golden + century - century // 4 - corrected + 15) % 30
    weekday = (32 + 2 * (century % 4) + 2 * (rest // 4) - epact - rest % 4) % 7
    late = (golden + 11 * epact + 22 * weekday) // 451
    month, day = divmod(epact + weekday - 7 * late + 114, 31)
    return date(year, month, day + 1)


def orthodox_easter(year: int) -> date:
    """Return Easter Sunday of the eastern churches, on the Gregorian calendar (1900 to 2099)."""
    moon = (19 * (year % 19) + 15) % 30
    weekday = (2 * (year % 4) + 4 * (year % 7) - moon + 34) % 7
    month, day = divmod(moon + weekday + 114, 31)
    return date(year, month, day + 1) + timedelta(days=13)
