"""Google's events in our words, and ours in Google's."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from typing import Any, Final, cast
from uuid import UUID
from zoneinfo import ZoneInfo

from domain import zones
from domain.calendars.ports import Calendar, Entry, Item, Tag, Window
from providers import entries
from providers.telling import NOTHING, Facts, part, text

LINK: Final = "frontdeskLink"
VERSION: Final = "frontdeskVersion"
CANCELLED: Final = "frontdeskCancelled"
"""Private properties: nobody sees them, and copies of an event carry them along."""


def item(facts: Facts, calendar: Calendar) -> Item:
    """Read an event, or one instance of a recurring one."""
    name, etag = text(facts, "id") or "", text(facts, "etag")
    if facts.get("status") == "cancelled":
        return Item(remote_id=name, etag=etag, is_gone=True, tag=_tag(facts))
    own = zones.find(calendar.zone) or ZoneInfo("UTC")
    start, is_floating = _moment(part(facts, "start"), own)
    end, _ = _moment(part(facts, "end"), own)
    return Item(
        remote_id=name,
        etag=etag,
        title=_title(facts),
        start=start,
        end=end,
        zone=text(part(facts, "start"), "timeZone"),
        is_all_day="date" in part(facts, "start"),
        is_floating=is_floating,
        is_busy=_is_busy(facts),
        is_tentative=facts.get("status") == "tentative",
        location=text(facts, "location"),
        notes=text(facts, "description"),
        declined=_declined(facts),
        tag=_tag(facts),
        series=text(facts, "recurringEventId"),
        changed_at=_stamp(text(facts, "updated")),
    )


def within(found: Item, window: Window) -> Item:
    """Take for gone what has left the window: Google tells of it all the same."""
    start, end = found.start, found.end
    if start is None or (start < window.end and (end or start) > window.start):
        return found
    return Item(remote_id=found.remote_id, etag=found.etag, is_gone=True, tag=found.tag)


def event(entry: Entry, *, is_new: bool, standing: Facts = NOTHING) -> dict[str, Any]:
    """Write an entry as an event; a change says nothing of what is not ours.

    `standing` is what is there, if guests are added: Google takes the list as a whole.
    """
    body: dict[str, Any] = {
        "summary": entries.title(entry),
        "status": "confirmed",
        "start": _written(entry.start, entry.zone),
        "end": _written(entry.end, entry.zone),
        "transparency": "transparent" if entry.is_cancelled else "opaque",
        "extendedProperties": {
            "private": {
                LINK: str(entry.tag.link_id),
                VERSION: str(entry.tag.version),
                CANCELLED: "yes" if entry.is_cancelled else "no",
            }
        },
    }
    if entry.location is not None:
        body["location"] = entry.location
    if entry.notes is not None:
        body["description"] = entry.notes
    if not is_new:  # an owner may have made it one of whole days
        body["start"]["date"] = body["end"]["date"] = None
    if entry.attendees:
        body["attendees"] = guests(standing, entry)
    if entry.reminders is not None:
        minutes = [int(one.total_seconds() // 60) for one in entry.reminders]
        overrides = [{"method": "popup", "minutes": one} for one in minutes]
        body["reminders"] = {"useDefault": False, "overrides": overrides}
    return body


def _written(moment: datetime, zone: str) -> dict[str, Any]:
    """Write a moment with its zone, so that Google shows and repeats it as it was meant."""
    found = zones.find(zone)
    local = moment.astimezone(found or UTC)
    said = {"dateTime": local.isoformat(timespec="seconds")}
    return {**said, "timeZone": zone} if found else said


def _moment(facts: Facts, own: ZoneInfo) -> tuple[datetime | None, bool]:
    """Read a moment; tell whether it named no zone and so was taken in the calendar's."""
    day, moment = text(facts, "date"), text(facts, "dateTime")
    if day is not None:
        midnight = datetime.combine(date.fromisoformat(day), time(), own)
        return midnight.astimezone(UTC), True
    if moment is None:
        return None, False
    found = datetime.fromisoformat(moment)
    if found.tzinfo is not None:
        return found.astimezone(UTC), False
    named = zones.find(text(facts, "timeZone") or "")
    return found.replace(tzinfo=named or own).astimezone(UTC), named is None


def guests(standing: Facts, entry: Entry) -> list[dict[str, Any]]:
    """Return who is a guest there, and who is one besides: they have said yes on the phone."""
    there = [dict(one) for one in _guests(standing)]
    known = {(text(one, "email") or "").casefold() for one in there}
    new = [one for one in entry.attendees if one.casefold() not in known]
    return [*there, *({"email": one, "responseStatus": "accepted"} for one in new)]


def _guests(facts: Facts) -> Sequence[Facts]:
    found: object = facts.get("attendees")
    return cast("Sequence[Facts]", found) if isinstance(found, list) else []


def _declined(facts: Facts) -> list[str]:
    """Name the guests who have said no."""
    no = [one for one in _guests(facts) if one.get("responseStatus") == "declined"]
    return [(text(one, "email") or "").casefold() for one in no if not one.get("self")]


def _is_busy(facts: Facts) -> bool:
    """Tell whether the owner is busy: not where it is shown as free, or was declined."""
    if facts.get("transparency") == "transparent" or facts.get("eventType") == "workingLocation":
        return False
    own = [one for one in _guests(facts) if one.get("self")]
    return not any(one.get("responseStatus") == "declined" for one in own)


def _private(facts: Facts) -> Facts:
    return part(facts, "extendedProperties", "private")


def _title(facts: Facts) -> str:
    title = text(facts, "summary") or ""
    is_marked = text(_private(facts), CANCELLED) == "yes"
    return title.removeprefix(entries.CANCELLED) if is_marked else title


def _tag(facts: Facts) -> Tag | None:
    private = _private(facts)
    try:
        return Tag(UUID(private[LINK]), int(private.get(VERSION, 0)))
    except (KeyError, ValueError, TypeError):
        return None


def moment(words: str) -> datetime:
    """Read an instant; one without an offset is none, nor is one that UTC has no year for."""
    found = datetime.fromisoformat(words)
    if found.tzinfo is None:
        raise ValueError("no offset")
    return found.astimezone(UTC)


def _stamp(words: str | None) -> datetime | None:
    try:
        return moment(words) if words else None
    except (ValueError, OverflowError):
        return None


def spelled(moment: datetime) -> str:
    """Write a moment as Google's parameters want it."""
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
