"""Owners at each vendor who change one thing of an event at a time, without our adapters."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol
from uuid import uuid4

from tests.support import dav
from tests.support.dav import DavServer
from tests.support.diary import HOUR, Person
from tests.support.outlook import Outlook


class Outsider(Protocol):
    """One owner at one calendar."""

    def write(self, title: str, start: datetime, weeks: int = 0) -> str: ...
    def change(self, name: str, what: str, value: Any) -> None: ...
    def delete(self, name: str) -> None: ...


@dataclass
class AtGoogle:
    person: Person

    def write(self, title: str, start: datetime, weeks: int = 0) -> str:
        if not weeks:
            return self.person.write(title, start)
        times = {
            name: {"dateTime": moment.isoformat(), "timeZone": "Europe/Stockholm"}
            for name, moment in (("start", start), ("end", start + HOUR))
        }
        rule = [f"RRULE:FREQ=WEEKLY;COUNT={weeks}"]
        return self.person.ask("POST", body={"summary": title, "recurrence": rule, **times})["id"]

    def change(self, name: str, what: str, value: Any) -> None:
        words = {"title": "summary", "location": "location", "notes": "description"}
        if what == "time":
            done = self.person.move(name, value)
        else:
            done = self.person.edit(name, **{words[what]: value})
        assert "status_code" not in done, done

    def delete(self, name: str) -> None:
        self.person.delete(name)


@dataclass
class AtOutlook:
    owner: Outlook

    def write(self, title: str, start: datetime, weeks: int = 0) -> str:
        facts: dict[str, Any] = {"subject": title, **_outlook_times(start)}
        if weeks:
            pattern = {"type": "weekly", "interval": 1, "daysOfWeek": [f"{start:%A}".lower()]}
            ends = {"type": "numbered", "startDate": f"{start:%Y-%m-%d}"}
            ends["numberOfOccurrences"] = weeks  # type: ignore[assignment]
            facts["recurrence"] = {"pattern": pattern, "range": ends}
        return self.owner.create(**facts)["id"]

    def change(self, name: str, what: str, value: Any) -> None:
        facts: dict[str, Callable[[], dict[str, Any]]] = {
            "title": lambda: {"subject": value},
            "location": lambda: {"location": {"displayName": value}},
            "notes": lambda: {"body": {"contentType": "text", "content": value}},
            "time": lambda: _outlook_times(value),
        }
        self.owner.change(name, **facts[what]())

    def delete(self, name: str) -> None:
        self.owner.delete(name)


def _outlook_times(start: datetime) -> dict[str, Any]:
    times = (("start", start), ("end", start + HOUR))
    return {
        name: {"dateTime": f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S}", "timeZone": "UTC"}
        for name, at in times
    }


@dataclass
class AtDav:
    server: DavServer
    path: str

    def write(self, title: str, start: datetime, weeks: int = 0) -> str:
        name = f"{uuid4().hex}.ics"
        lines = [f"DTSTART:{_stamp(start)}", f"DTEND:{_stamp(start + HOUR)}", f"SUMMARY:{title}"]
        lines += [f"RRULE:FREQ=WEEKLY;COUNT={weeks}"] if weeks else []
        text = dav.ics(dav.event(name, raw="\n".join(lines)))
        assert self.server.ask("PUT", f"{self.path}{name}", text).ok
        return name

    def change(self, name: str, what: str, value: Any) -> None:
        words = {"title": "SUMMARY", "location": "LOCATION", "notes": "DESCRIPTION"}
        standing = self.server.ask("GET", f"{self.path}{name}")
        assert standing.ok, standing.text
        first, found, rest = standing.text.partition("BEGIN:VEVENT\r\n")
        lines = (
            {"DTSTART": _stamp(value), "DTEND": _stamp(value + HOUR)}
            if what == "time"
            else {words[what]: value}
        )
        for word, said in lines.items():
            rest = re.sub(rf"^{word}[;:].*\r\n", "", rest, flags=re.MULTILINE)
            rest = f"{word}:{said}\r\n{rest}"
        done = self.server.ask(
            "PUT", f"{self.path}{name}", first + found + rest, If_Match=standing.headers["ETag"]
        )
        assert done.ok, done.text

    def delete(self, name: str) -> None:
        assert self.server.ask("DELETE", f"{self.path}{name}").ok


def _stamp(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def soon() -> datetime:
    """Return a full hour a few days from now."""
    return datetime.now(UTC).replace(minute=0, second=0, microsecond=0) + timedelta(days=3)
