"""One owner's calendars at Graph, and what changed in them since a link was given out.

A delta is the difference between two looks at the window: what Graph tells by it is always right,
but it comes page by page, and after a while a link is no longer good.
"""

import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID, uuid5

from sandbox.clock import Clock
from sandbox.graph.events import DEFAULTS, Event, Instance, Refused, checked, show_series

NAMES: Final = UUID("d1d2c3a4-0a52-4f0e-9a0e-6a6b1f3f5a10")
LINKS_KEPT: Final = 200

Look = dict[str, str]
"""What a window held: names of instances, and the state of each."""


@dataclass
class Round:
    """What is told in one round of a delta, and what it ends with."""

    lines: list[dict[str, Any]]
    link: str


@dataclass
class Calendar:
    """One calendar."""

    id: str
    name: str
    is_default: bool = False
    events: dict[str, Event] = field(default_factory=dict)
    links: dict[str, tuple[datetime, datetime, Look]] = field(default_factory=dict)
    rounds: dict[str, Round] = field(default_factory=dict)

    def show(self) -> dict[str, Any]:
        """Return it as Graph does."""
        return {
            "id": self.id,
            "name": self.name,
            "isDefaultCalendar": self.is_default,
            "canEdit": True,
            "color": "auto",
        }


class Mailbox:
    """One owner's calendars."""

    def __init__(self, owner: str, clock: Clock) -> None:
        self.owner = owner
        self._clock = clock
        self._count = 0
        self.flying = 0
        self.calendars: dict[str, Calendar] = {}
        self.add("Calendar", is_default=True)

    def add(self, name: str, *, is_default: bool = False) -> Calendar:
        """Make a calendar."""
        made = Calendar(self._name("calendar"), name, is_default)
        self.calendars[made.id] = made
        return made

    def calendar(self, name: str | None) -> Calendar:
        """Return a calendar by its id, or the default one; raises Refused."""
        if name is None:
            return next(one for one in self.calendars.values() if one.is_default)
        found = self.calendars.get(name)
        if found is None:
            raise Refused(404, "ErrorItemNotFound")
        return found

    def create(self, calendar: Calendar, given: dict[str, Any] | None) -> tuple[Event, bool]:
        """Make an event; the same transaction is the same event, whatever else is said."""
        facts = checked(given, DEFAULTS)
        transaction = facts["transactionId"]
        for event in calendar.events.values():
            if transaction and event.facts["transactionId"] == transaction:
                return event, False
        now = self._clock.now()
        made = Event(self._name("event"), facts, now, now)
        calendar.events[made.id] = made
        return made, True

    def find(self, name: str) -> tuple[Calendar, Event, str]:
        """Return where an event is, and of which day; raises Refused."""
        whole, _, day = name.partition(".")
        for calendar in self.calendars.values():
            event = calendar.events.get(whole)
            if event is not None and (not day or event.instance(day) is not None):
                return calendar, event, day
        raise Refused(404, "ErrorItemNotFound")

    def change(self, name: str, given: dict[str, Any] | None, etag: str | None) -> Event:
        """Change an event, or one day of a series."""
        _, event, day = self.find(name)
        _match(event, etag)
        if day:
            instance = event.instance(day)
            standing = dict(instance.facts if instance else event.facts)
            checked(given, standing)
            event.exceptions[day] = {**event.exceptions.get(day, {}), **(given or {})}
        else:
            event.facts = checked(given, event.facts)
        self._touch(event)
        return event

    def delete(self, name: str, etag: str | None) -> Event:
        """Delete an event, or one day of a series."""
        calendar, event, day = self.find(name)
        _match(event, etag)
        if day:
            event.cancelled.add(day)
            self._touch(event)
        else:
            del calendar.events[event.id]
        return event

    def show(self, name: str, zone: str, tags: str | None) -> dict[str, Any]:
        """Return an event, a series or one day of it, as Graph does; raises Refused."""
        _, event, day = self.find(name)
        if not day and event.is_series:
            return show_series(event, zone, tags)
        instance = event.instance(day) if day else event.whole()
        if instance is None:
            raise Refused(404, "ErrorItemNotFound")
        return instance.show(zone, tags=tags)

    def view(self, calendar: Calendar, since: datetime, until: datetime) -> list[Instance]:
        """Return what a window holds, in order."""
        found = [one for event in calendar.events.values() for one in event.instances(since, until)]
        return sorted(found, key=lambda one: (one.start, one.id))

    def begin_round(
        self, calendar: Calendar, since: datetime, until: datetime, *, link: str | None, zone: str
    ) -> str:
        """Look at the window, and keep what differs from the look behind a link."""
        before: Look = {} if link is None else calendar.links[link][2]
        instances = self.view(calendar, since, until)
        look = {one.id: one.event.etag for one in instances}
        changed = [one for one in instances if before.get(one.id) != look[one.id]]
        series = {one.event.id: one.event for one in changed if one.event.is_series}
        lines = [show_series(event, zone) for event in series.values()]
        lines += [_line(one, zone) for one in changed]
        lines += [
            {"@removed": {"reason": "deleted"}, "id": name} for name in before if name not in look
        ]
        new = link if link and not lines else self._name("link")
        calendar.links[new] = (since, until, look)
        while len(calendar.links) > LINKS_KEPT:
            del calendar.links[next(iter(calendar.links))]
        name = self._name("round")
        calendar.rounds[name] = Round(lines, new)
        return name

    def _touch(self, event: Event) -> None:
        event.version += 1
        event.changed = self._clock.now()

    def _name(self, kind: str) -> str:
        self._count += 1
        made = uuid5(NAMES, f"{self.owner} {kind} {self._count}")
        return "AQMk" + hashlib.sha256(made.bytes).hexdigest()[:40]


def _line(one: Instance, zone: str) -> dict[str, Any]:
    """Return an instance in a delta: of an ordinary one of a series Graph says little."""
    shown = one.show(zone)
    if one.kind != "occurrence":
        return shown
    few = ("@odata.etag", "id", "seriesMasterId", "type", "start", "end")
    return {name: shown[name] for name in few}


def _match(event: Event, etag: str | None) -> None:
    if etag is not None and etag not in {"*", event.etag}:
        raise Refused(412, "ErrorIrresolvableConflict")
