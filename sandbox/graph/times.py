"""Moments as Graph writes them: a local time without an offset, and a zone beside it."""

from datetime import UTC, date, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from dateutil.rrule import DAILY, FR, MO, MONTHLY, SA, SU, TH, TU, WE, WEEKLY, YEARLY, rrule
from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

from domain import zones

DAYS: Final = {
    "monday": MO,
    "tuesday": TU,
    "wednesday": WE,
    "thursday": TH,
    "friday": FR,
    "saturday": SA,
    "sunday": SU,
}
INDEXES: Final = {"first": 1, "second": 2, "third": 3, "fourth": 4, "last": -1}
KINDS: Final = {
    "daily": DAILY,
    "weekly": WEEKLY,
    "absoluteMonthly": MONTHLY,
    "relativeMonthly": MONTHLY,
    "absoluteYearly": YEARLY,
    "relativeYearly": YEARLY,
}
LONGEST: Final = 2000
"""No series has more instances than these."""


def zone_of(name: str) -> ZoneInfo | None:
    """Return a zone by Windows' name or IANA's; None where nobody knows it."""
    return zones.find(WINDOWS_TO_OLSON.get(name, name))


def local(given: Any) -> datetime:  # noqa: ANN401  # whatever JSON came
    """Return the local time of a dateTimeTimeZone, in its zone; raises ValueError."""
    zone = zone_of(str(given["timeZone"]))
    if zone is None:
        raise ValueError(str(given["timeZone"]))
    plain = datetime.fromisoformat(str(given["dateTime"])[:26])
    if plain.tzinfo is not None:
        return plain.astimezone(zone)
    return plain.replace(tzinfo=zone)


def shown(moment: datetime, name: str, *, is_all_day: bool) -> dict[str, str]:
    """Return a moment in the zone that is asked for; a whole day is midnight in any."""
    zone = zone_of(name) or ZoneInfo("UTC")
    plain = moment if is_all_day else moment.astimezone(zone)
    return {"dateTime": plain.strftime("%Y-%m-%dT%H:%M:%S.%f") + "0", "timeZone": name}


def instants(start: datetime, recurrence: dict[str, Any]) -> list[datetime]:
    """Return the starts of a series, each at the same local time, in the series' own zone."""
    pattern, span = recurrence["pattern"], recurrence["range"]
    first = date.fromisoformat(span["startDate"])
    plain = datetime.combine(first, start.time())
    rule: dict[str, Any] = {
        "freq": KINDS[pattern["type"]],
        "interval": pattern.get("interval") or 1,
        "dtstart": plain,
        "wkst": DAYS[pattern.get("firstDayOfWeek") or "sunday"],
    }
    days = [DAYS[day] for day in pattern.get("daysOfWeek") or ()]
    if pattern["type"].startswith("relative"):
        place = INDEXES[pattern.get("index") or "first"]
        days = [day(place) for day in days]
    if days:
        rule["byweekday"] = days
    if pattern["type"].startswith("absolute"):
        rule["bymonthday"] = pattern["dayOfMonth"]
    if pattern["type"].endswith("Yearly"):
        rule["bymonth"] = pattern["month"]
    if span["type"] == "endDate":
        last = date.fromisoformat(span["endDate"])
        rule["until"] = datetime.combine(last, start.time()) + timedelta(seconds=1)
    rule["count"] = span["numberOfOccurrences"] if span["type"] == "numbered" else LONGEST
    if "until" in rule:
        del rule["count"]
    return [one.replace(tzinfo=start.tzinfo) for one in rrule(**rule)]


def moment(text: str) -> datetime:
    """Read a moment of a query; without an offset it is UTC."""
    found = datetime.fromisoformat(text.replace(" ", "+"))
    return found if found.tzinfo else found.replace(tzinfo=UTC)
