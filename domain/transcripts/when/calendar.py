"""Arithmetic on the calendar: whole days, no clock and no zone."""

from calendar import monthrange
from datetime import date, timedelta

WEEK = 7
FRIDAY, SATURDAY = 4, 5
MONTHS = 12
QUARTER = 3


def add_months(day: date, count: int) -> date:
    """Return the day so many months later; the 31st becomes the last day of a shorter month."""
    months = day.year * MONTHS + day.month - 1 + count
    year, month = divmod(months, MONTHS)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def shift(day: date, count: int, unit: str) -> date:
    """Return the day so many units later, or earlier when the count is below zero."""
    match unit:
        case "month":
            return add_months(day, count)
        case "quarter":
            return add_months(day, QUARTER * count)
        case "year":
            return add_months(day, MONTHS * count)
        case "workday":
            return _shift_workdays(day, count)
        case _:
            return day + timedelta(days=count * DAYS.get(unit, 1))


DAYS = {"day": 1, "week": WEEK, "fortnight": 2 * WEEK}


def _shift_workdays(day: date, count: int) -> date:
    step = 1 if count >= 0 else -1
    left = abs(count)
    while left:
        day += timedelta(days=step)
        left -= day.weekday() < SATURDAY
    return day


def start_of(day: date, unit: str) -> date:
    """Return the first day of the day's own week, month, quarter or year."""
    match unit:
        case "week" | "fortnight":
            return day - timedelta(days=day.weekday())
        case "month":
            return day.replace(day=1)
        case "quarter":
            return day.replace(month=(day.month - 1) // QUARTER * QUARTER + 1, day=1)
        case "year":
            return day.replace(month=1, day=1)
        case _:
            return day


def make(year: int, month: int, day: int) -> date | None:
    """Return the date, or None where the calendar has none."""
    try:
        return date(year, month, day)
    except ValueError:
        return None
