"""What Graph knows of one event, what it refuses, and how an event is shown."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from sandbox.graph import times

OWN: Final = frozenset(
    {
        *("subject", "body", "start", "end", "isAllDay", "location", "showAs", "recurrence"),
        *("transactionId", "isReminderOn", "reminderMinutesBeforeStart", "attendees"),
        *("sensitivity", "importance", "categories", "singleValueExtendedProperties"),
        *("responseRequested", "hideAttendees", "allowNewTimeProposals", "isOnlineMeeting"),
        # What only Graph itself writes, but for a person who declines or calls off.
        *("responseStatus", "isCancelled"),
    }
)
TAGS: Final = "singleValueExtendedProperties"
DEFAULTS: Final[Mapping[str, Any]] = {
    "subject": "",
    "body": {"contentType": "text", "content": ""},
    "isAllDay": False,
    "isCancelled": False,
    "showAs": "busy",
    "location": {"displayName": ""},
    "recurrence": None,
    "transactionId": None,
    "isReminderOn": True,
    "reminderMinutesBeforeStart": 15,
    "attendees": [],
    "categories": [],
    "importance": "normal",
    "sensitivity": "normal",
    "responseStatus": {"response": "organizer", "time": "0001-01-01T00:00:00Z"},
}


class Refused(Exception):  # an answer, not an error of the program
    """Graph does not take this: a status, and a code of its own."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(code)
        self.status = status
        self.code = code


@dataclass
class Event:
    """One event, or a series with what differs in single instances."""

    id: str
    facts: dict[str, Any]
    created: datetime
    changed: datetime
    version: int = 1
    exceptions: dict[str, dict[str, Any]] = field(default_factory=dict)
    """By the day of an instance."""

    cancelled: set[str] = field(default_factory=set)
    _starts: tuple[int, list[datetime]] | None = None

    @property
    def etag(self) -> str:
        """Name this state of it."""
        return f'W/"{self.id[-8:]}/{self.version}"'

    @property
    def is_series(self) -> bool:
        """Tell whether it recurs."""
        return bool(self.facts.get("recurrence"))

    def starts(self) -> list[datetime]:
        """Return when its instances start."""
        if self._starts is None or self._starts[0] != self.version:
            found = times.instants(times.local(self.facts["start"]), self.facts["recurrence"])
            self._starts = (self.version, found)
        return self._starts[1]

    def instances(self, since: datetime, until: datetime) -> list["Instance"]:
        """Return what of it lies between two moments."""
        if not self.is_series:
            one = self.whole()
            return [one] if one.meets(since, until) else []
        found = (self._instance(start) for start in self.starts())
        return [one for one in found if one is not None and one.meets(since, until)]

    def instance(self, day: str) -> "Instance | None":
        """Return the instance of a day."""
        starts = (start for start in self.starts() if f"{start:%Y%m%d}" == day)
        return next((self._instance(start) for start in starts), None)

    def whole(self) -> "Instance":
        """Return it as one; of a series the first."""
        start, end = times.local(self.facts["start"]), times.local(self.facts["end"])
        return Instance(self, self.id, self.facts, start, end)

    def _instance(self, start: datetime) -> "Instance | None":
        day = f"{start:%Y%m%d}"
        if day in self.cancelled:
            return None
        differs = self.exceptions.get(day, {})
        name = f"{self.id}.{day}"
        facts = {**self.facts, **differs, "recurrence": None}
        # As long by the clock on the wall: in the night of a change an hour more or less.
        end = start + (_plain(self.facts["end"]) - _plain(self.facts["start"]))
        if "start" in differs:
            start = times.local(differs["start"])
        if "end" in differs:
            end = times.local(differs["end"])
        return Instance(self, name, facts, start, end, is_exception=bool(differs))


def _plain(given: Mapping[str, Any]) -> datetime:
    return times.local(given).replace(tzinfo=None)


@dataclass(frozen=True, slots=True)
class Instance:
    """One event on one day."""

    event: Event
    id: str
    facts: Mapping[str, Any]
    start: datetime
    end: datetime
    is_exception: bool = False

    def meets(self, since: datetime, until: datetime) -> bool:
        """Tell whether it overlaps a window."""
        return self.start < until and self.end > since

    @property
    def kind(self) -> str:
        """What Graph calls it."""
        if not self.event.is_series:
            return "singleInstance"
        return "exception" if self.is_exception else "occurrence"

    def show(self, zone: str = "UTC", *, tags: str | None = None) -> dict[str, Any]:
        """Return it as Graph does; extended properties only if they are asked for by name."""
        return _shown(self, self.kind, zone, tags)


def show_series(event: Event, zone: str, tags: str | None = None) -> dict[str, Any]:
    """Return a series as a whole."""
    return _shown(event.whole(), "seriesMaster", zone, tags)


def _shown(one: Instance, kind: str, zone: str, tags: str | None) -> dict[str, Any]:
    facts = {name: value for name, value in one.facts.items() if name != TAGS}
    is_all_day = bool(facts.get("isAllDay"))
    shown = {
        "@odata.etag": one.event.etag,
        "id": one.id,
        "createdDateTime": f"{one.event.created:%Y-%m-%dT%H:%M:%S}Z",
        "lastModifiedDateTime": f"{one.event.changed:%Y-%m-%dT%H:%M:%S}Z",
        "changeKey": one.event.etag[3:-1],
        "iCalUId": f"040000008200E{one.event.id}",
        "type": kind,
        "seriesMasterId": one.event.id if kind in {"occurrence", "exception"} else None,
        "originalStartTimeZone": one.event.facts["start"]["timeZone"],
        "originalEndTimeZone": one.event.facts["end"]["timeZone"],
        "isOrganizer": True,
        "bodyPreview": str(one.facts["body"].get("content", ""))[:255],
        **facts,
        "start": times.shown(one.start, zone, is_all_day=is_all_day),
        "end": times.shown(one.end, zone, is_all_day=is_all_day),
    }
    wanted = [tag for tag in one.facts.get(TAGS, ()) if tag["id"] == tags]
    return {**shown, TAGS: wanted} if wanted else shown


def checked(given: Mapping[str, Any] | None, standing: Mapping[str, Any]) -> dict[str, Any]:
    """Return what an event becomes; raises Refused."""
    if given is None or not set(given) <= OWN:
        raise Refused(400, "RequestBodyRead")
    facts = {**standing, **given}
    if TAGS in given:
        kept = {tag["id"]: tag for tag in standing.get(TAGS, ())}
        facts[TAGS] = list({**kept, **{tag["id"]: tag for tag in given[TAGS]}}.values())
    try:
        start, end = times.local(facts["start"]), times.local(facts["end"])
    except (KeyError, TypeError):
        raise Refused(400, "ErrorPropertyValidationFailure") from None
    except ValueError:
        raise Refused(400, "TimeZoneNotSupportedException") from None
    if end < start:
        raise Refused(400, "ErrorPropertyValidationFailure")
    is_midnight = start.time() == end.time() == start.min.time()
    if facts.get("isAllDay") and (not is_midnight or end == start):
        raise Refused(400, "ErrorInvalidRequest")
    return facts
