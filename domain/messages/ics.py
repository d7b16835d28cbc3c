"""An appointment as calendars take it (RFC 5545), to go along with a letter. Pure."""

from datetime import UTC, datetime, timedelta
from typing import Final

from domain.messages import templates
from domain.messages.owing import EventRow

FOLD: Final = 73
LASTS: Final = timedelta(hours=1)


def of(event: EventRow) -> str | None:
    """Return the event as a calendar's file; None where it has no time."""
    start = event.start_time
    if start is None:
        return None
    lines = [
        *("BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Frontdesk//EN", "METHOD:PUBLISH"),
        "BEGIN:VEVENT",
        f"UID:{event.id}@frontdesk",
        f"DTSTAMP:{_stamp(event.booked_at)}",
        f"DTSTART:{_stamp(start)}",
        f"DTEND:{_stamp(event.end_time or start + LASTS)}",
        f"SUMMARY:{_text(templates.plain(event.title))}",
        *([f"LOCATION:{_text(templates.plain(event.location))}"] if event.location else []),
        f"ORGANIZER;CN={_parameter(event.business_name or 'Frontdesk')}:invalid:nomail",
        *("END:VEVENT", "END:VCALENDAR", ""),
    ]
    return "\r\n".join(_folded(line) for line in lines)


def _stamp(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _text(words: str) -> str:
    """Escape what separates: nothing that a caller said begins a line of its own."""
    for mark in ("\\", ";", ","):
        words = words.replace(mark, f"\\{mark}")
    return words


def _parameter(words: str) -> str:
    return '"' + templates.plain(words, most=60).replace('"', "'") + '"'


def _folded(line: str) -> str:
    """Fold a line so that none is longer than 75 octets, and no character is cut."""
    parts, part, size = list[str](), "", 0
    for char in line:
        width = len(char.encode())
        if size + width > FOLD:
            parts.append(part)
            part, size = "", 0
        part, size = part + char, size + width
    return "\r\n ".join([*parts, part])
