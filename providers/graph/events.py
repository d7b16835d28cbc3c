"""Graph's events in our words, and our entries in Graph's."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any, Final, cast

from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

from domain import zones as known
from domain.calendars.ports import Entry, Item
from providers import entries, zones
from providers.telling import Facts, part, text

TAG: Final = "String {5b2f6d0c-7a51-4e0b-9d0e-2f1f6c9e7a11} Name FrontdeskTag"
"""An extended property: no person sees it, and it goes wherever the event goes."""

EXPAND: Final = f"singleValueExtendedProperties($filter=id eq '{TAG}')"
TAGS: Final = "singleValueExtendedProperties"
FREE: Final = frozenset({"free", "workingElsewhere"})
WINDOWS: Final[Mapping[str, str]] = {iana: name for name, iana in WINDOWS_TO_OLSON.items()}
"""Names that Graph is sure to know; of IANA's own it knows many, and is told otherwise in UTC."""


def facts(entry: Entry, *, is_utc: bool = False) -> dict[str, Any]:
    """Return what an event is to be.

    Guests are left out: Graph writes to every guest of an event that we make, and cannot be told
    not to. Of reminders it knows one, the first.
    """
    zone = None if is_utc else known.find(entry.zone)
    name = WINDOWS.get(entry.zone, entry.zone) if zone is not None else "UTC"
    said: dict[str, Any] = {
        "subject": entries.title(entry),
        "start": _moment(zones.wall(entry.start, zone), name),
        "end": _moment(zones.wall(entry.end, zone), name),
        "isAllDay": False,
        "showAs": "free" if entry.is_cancelled else "busy",
        TAGS: [{"id": TAG, "value": entries.written(entry.tag)}],
    }
    if entry.location is not None:
        said["location"] = {"displayName": entry.location}
    if entry.notes is not None:
        said["body"] = {"contentType": "text", "content": entry.notes}
    if entry.reminders is not None:
        said["isReminderOn"] = bool(entry.reminders)
        if entry.reminders:
            before = entry.reminders[0] // timedelta(minutes=1)
            said["reminderMinutesBeforeStart"] = before
    return said


def _moment(at: datetime, name: str) -> dict[str, str]:
    said = "UTC" if at.tzinfo is UTC else name
    return {"dateTime": at.strftime("%Y-%m-%dT%H:%M:%S"), "timeZone": said}


def item(event: Facts, *, home: tzinfo, master: Facts | None = None) -> Item:
    """Read one event; what Graph leaves out of a day of a series stands in the series."""
    whole = {**(master or {}), **{name: said for name, said in event.items() if said is not None}}
    is_day = whole.get("isAllDay") is True
    status = text(part(whole, "responseStatus"), "response")
    is_off = whole.get("isCancelled") is True or status == "declined"
    shown = text(whole, "showAs") or "busy"
    zone = zones.find(text(whole, "originalStartTimeZone"))
    mark, is_busy = tag(event), not (is_off or shown in FREE)
    return Item(
        remote_id=str(whole["id"]),
        etag=text(event, "@odata.etag"),
        title=entries.plain(text(whole, "subject") or "", mark, is_busy=is_busy),
        start=_read(part(whole, "start"), home, is_day=is_day),
        end=_read(part(whole, "end"), home, is_day=is_day),
        zone=None if zone is None or is_day else str(zone),
        is_all_day=is_day,
        is_busy=is_busy,
        is_tentative=shown == "tentative",
        location=text(part(whole, "location"), "displayName"),
        notes=(text(part(whole, "body"), "content") or "").strip() or None,
        declined=_declined(whole),
        tag=mark,
        series=text(event, "seriesMasterId"),
        changed_at=_stamp(text(whole, "lastModifiedDateTime")),
    )


def tag(event: Facts) -> entries.Tag | None:
    """Return our mark, where it was asked for."""
    several = cast("list[Facts]", event.get(TAGS) or [])
    return next((entries.tag(text(one, "value")) for one in several if one["id"] == TAG), None)


def _declined(event: Facts) -> list[str]:
    """Name the guests who have said no."""
    several = cast("list[Facts]", event.get("attendees") or [])
    no = [one for one in several if part(one, "status").get("response") == "declined"]
    return [(text(part(one, "emailAddress"), "address") or "").casefold() for one in no]


def _read(given: Facts, home: tzinfo, *, is_day: bool) -> datetime:
    said = str(given["dateTime"])
    if is_day:
        return datetime.fromisoformat(said[:10]).replace(tzinfo=home).astimezone(UTC)
    zone = zones.find(text(given, "timeZone")) or UTC
    return datetime.fromisoformat(said[:26]).replace(tzinfo=zone).astimezone(UTC)


def _stamp(said: str | None) -> datetime | None:
    """Read a moment of Graph's own: UTC, with more digits than anybody needs."""
    try:
        return datetime.fromisoformat((said or "")[:19]).replace(tzinfo=UTC)
    except ValueError:
        return None
