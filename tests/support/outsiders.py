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

Seen = tuple[str, str | None]


class Outsider(Protocol):
    """One owner at one calendar."""

    def write(self, title: str, start: datetime, weeks: int = 0) -> str: ...
    def change(self, name: str, what: str, value: Any) -> bool:
        """Change it; tell whether it was there."""
        ...

    def delete(self, name: str) -> bool:
        """Delete it; tell whether it was there."""
        ...

    def all(self) -> list[Seen]:
        """List what is there: titles and places."""
        ...


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

    def change(self, name: str, what: str, value: Any) -> bool:
        words = {"title": "summary", "location": "location", "notes": "description"}
        if self.person.find(name).get("status", "cancelled") == "cancelled":
            return False
        if what == "time":
            done = self.person.move(name, value)
        else:
            done = self.person.edit(name, **{words[what]: value})
        assert "status_code" not in done, done
        return True

    def delete(self, name: str) -> bool:
        return "status_code" not in self.person.ask("DELETE", f"/{name}")

    def all(self) -> list[Seen]:
        return [(one["summary"], one.get("location") or None) for one in self.person.all()]


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

    def change(self, name: str, what: str, value: Any) -> bool:
        facts: dict[str, Callable[[], dict[str, Any]]] = {
            "title": lambda: {"subject": value},
            "location": lambda: {"location": {"displayName": value}},
            "notes": lambda: {"body": {"contentType": "text", "content": value}},
            "time": lambda: _outlook_times(value),
        }
        return self._asked("PATCH", name, 200, json=facts[what]())

    def delete(self, name: str) -> bool:
        return self._asked("DELETE", name, 204)

    def all(self) -> list[Seen]:
        near = soon() - timedelta(days=30)
        start, end = (f"{at:%Y-%m-%dT%H:%M:%SZ}" for at in (near, near + timedelta(days=360)))
        path = f"/me/calendars/{self.owner.calendar}/calendarView"
        query = {"startDateTime": start, "endDateTime": end, "$top": "250"}
        said = self.owner.ask("GET", path, params=query).json()
        assert "@odata.nextLink" not in said
        return [(one["subject"], one["location"]["displayName"] or None) for one in said["value"]]

    def _asked(self, method: str, name: str, wanted: int, **more: Any) -> bool:
        answer = self.owner.ask(method, f"/me/events/{name}", **more)
        assert answer.status_code in {wanted, 404}, answer.text
        return answer.status_code == wanted


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

    def change(self, name: str, what: str, value: Any) -> bool:
        words = {"title": "SUMMARY", "location": "LOCATION", "notes": "DESCRIPTION"}
        standing = self.server.ask("GET", f"{self.path}{name}")
        if standing.status_code == 404:
            return False
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
        return True

    def delete(self, name: str) -> bool:
        done = self.server.ask("DELETE", f"{self.path}{name}")
        assert done.ok or done.status_code == 404, done.text
        return done.ok

    def all(self) -> list[Seen]:
        said = self.server.ask("PROPFIND", self.path, dav.NAMES, Depth="1")
        assert said.status_code == 207, said.text
        names = re.findall(rf"<href>{re.escape(self.path)}([^<]+\.ics)</href>", said.text)
        texts = [self.server.ask("GET", f"{self.path}{name}").text for name in names]
        return [(_said(text, "SUMMARY") or "", _said(text, "LOCATION")) for text in texts]


def _said(text: str, word: str) -> str | None:
    found = re.search(rf"^{word}(?:;[^:\r\n]*)?:(.*?)\r?$", text, flags=re.MULTILINE)
    return found[1] or None if found else None


def _stamp(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def soon() -> datetime:
    """Return a full hour a few days from now."""
    return datetime.now(UTC).replace(minute=0, second=0, microsecond=0) + timedelta(days=3)
