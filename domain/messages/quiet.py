"""An owner's own quiet hours. Pure."""

from datetime import datetime, time, timedelta

from domain import zones


def until(now: datetime, zone_name: str, start: time | None, end: time | None) -> datetime | None:
    """Return when quiet hours end, on the clock of a zone; None where it is not quiet."""
    zone = zones.find(zone_name)
    if start is None or end is None or zone is None or start == end:
        return None
    local = now.astimezone(zone)
    if not is_within(local.time(), start, end):
        return None
    day = local.date() + timedelta(days=1 if local.time() >= end else 0)
    return datetime.combine(day, end, tzinfo=zone)


def is_within(now: time, start: time, end: time) -> bool:
    """Tell whether a time of day lies in a span that may go over midnight."""
    return start <= now < end if start < end else now >= start or now < end
