"""Time zones by the names that vendors give them.

Windows' names are CLDR's windowsZones.xml, which icalendar carries (its file names the commit);
a new release of icalendar brings a new table. The zones themselves are those of domain/zones.py.
"""

from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

from domain import zones

UTC_NAMES: Final = frozenset({"utc", "z", "gmt", "etc/utc", "tzone://microsoft/utc"})
LONGEST_PATH: Final = 3


def find(name: str | None) -> ZoneInfo | None:
    """Return a zone by IANA's name or Windows'; None where nobody knows it.

    Some calendars put their own address before the name ("/mozilla.org/20070129_1/Europe/Paris",
    "/freeassociation.sourceforge.net/Europe/Paris"): what the end names is meant.
    """
    if not name:
        return None
    said = name.strip().strip('"')
    if said.casefold() in UTC_NAMES:
        return zones.find("UTC")
    known = zones.find(WINDOWS_TO_OLSON.get(said, said))
    if known is not None or "/" not in said:
        return known
    parts = [part for part in said.split("/") if part]
    tails = ("/".join(parts[-length:]) for length in range(LONGEST_PATH, 0, -1))
    return next((zone for zone in map(zones.find, tails) if zone is not None), None)


def wall(moment: datetime, zone: ZoneInfo | None) -> datetime:
    """Return a moment in a zone, if the clock on the wall there says it; else in UTC.

    In the night in which clocks go back an hour comes twice, and a time on the wall is read as
    the first: the second can only be said in UTC.
    """
    there = moment.astimezone(zone or UTC)
    return moment.astimezone(UTC) if there.fold else there
