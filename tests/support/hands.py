"""Owners who edit their calendars by hand, at each vendor, without our adapters."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, Protocol
from uuid import UUID, uuid4

from domain.calendars.ports import Agenda, Calendar, Entry, Item, Page, Tag, Window
from tests.support import dav
from tests.support.dav import DavServer
from tests.support.outlook import Outlook

LINK = UUID("0190a0b0-0000-7000-8000-00000000000a")
START = datetime(2027, 1, 1, tzinfo=UTC)
WINDOW = Window(START, START + timedelta(days=365))
WINDOWS = {
    "Europe/Stockholm": "W. Europe Standard Time",
    "America/New_York": "Eastern Standard Time",
}


@dataclass(frozen=True, kw_only=True)
class Booking:
    """What an owner writes down; times are those of the clock on the wall."""

    title: str = "by hand"
    start: datetime | date
    end: datetime | date
    zone: str | None = "Europe/Stockholm"
    """None: floating."""

    weeks: int | None = None
    is_declined: bool = False
    is_free: bool = False


class Hand(Protocol):
    """One owner at one vendor."""

    floats: bool
    """Whether this vendor knows times without a zone."""

    def book(self, booking: Booking) -> str: ...
    def move(self, name: str, booking: Booking) -> None: ...
    def drop(self, name: str) -> None: ...
    def drop_week(self, name: str, booking: Booking, week: int) -> None: ...
    def move_week(self, name: str, booking: Booking, week: int, to: Booking) -> None: ...
    def untouched(self, name: str) -> str:
        """Colour an event, or otherwise add what we have no word for; return how it reads."""
        ...

    def reads(self, name: str) -> str: ...
    def title(self, name: str) -> str: ...
    def invite(self, name: str, address: str, answer: str) -> None: ...
    def guests(self, name: str) -> dict[str, str]:
        """Return who is a guest of an event, and what they have answered."""
        ...


@dataclass
class Keys:
    """Tokens that stay good, or are followed by another."""

    secret: str
    then: str | None = None
    refused: list[str] = field(default_factory=list)

    def bearer(self, calendar: Calendar) -> str:
        del calendar
        return self.secret

    def renewed(self, calendar: Calendar, *, refused: str) -> str:
        self.refused.append(refused)
        self.secret = self.then or self.secret
        return self.bearer(calendar)


@dataclass
class OutlookHand:
    owner: Outlook
    floats = False

    def _facts(self, booking: Booking) -> dict[str, Any]:
        is_day = not isinstance(booking.start, datetime)
        zone = WINDOWS.get(booking.zone or "UTC", booking.zone or "UTC")
        if is_day:
            zone = "UTC"
        ends = [
            {"dateTime": f"{day:%Y-%m-%dT%H:%M:%S}", "timeZone": zone}
            for day in (booking.start, booking.end)
        ]
        facts: dict[str, Any] = {
            "subject": booking.title,
            "start": ends[0],
            "end": ends[1],
            "isAllDay": is_day,
            "showAs": "free" if booking.is_free else "busy",
        }
        if booking.is_declined:
            facts["responseStatus"] = {"response": "declined", "time": "2027-01-01T00:00:00Z"}
        if booking.weeks:
            facts["recurrence"] = {
                "pattern": {
                    "type": "weekly",
                    "interval": 1,
                    "daysOfWeek": [f"{booking.start:%A}".lower()],
                },
                "range": {
                    "type": "numbered",
                    "startDate": f"{booking.start:%Y-%m-%d}",
                    "numberOfOccurrences": booking.weeks,
                },
            }
        return facts

    def book(self, booking: Booking) -> str:
        return self.owner.create(**self._facts(booking))["id"]

    def move(self, name: str, booking: Booking) -> None:
        self.owner.change(name, **self._facts(booking))

    def drop(self, name: str) -> None:
        self.owner.delete(name)

    def drop_week(self, name: str, booking: Booking, week: int) -> None:
        self.owner.delete(f"{name}.{booking.start + timedelta(weeks=week):%Y%m%d}")

    def move_week(self, name: str, booking: Booking, week: int, to: Booking) -> None:
        day = f"{booking.start + timedelta(weeks=week):%Y%m%d}"
        self.owner.change(f"{name}.{day}", **self._facts(to))

    def untouched(self, name: str) -> str:
        self.owner.change(name, categories=["Red"])
        return self.reads(name)

    def reads(self, name: str) -> str:
        return str(self.owner.ask("GET", f"/me/events/{name}").json()["categories"])

    def title(self, name: str) -> str:
        return self.owner.ask("GET", f"/me/events/{name}").json()["subject"]

    def invite(self, name: str, address: str, answer: str) -> None:
        guests = {**self.guests(name), address: answer}
        several = [
            {"emailAddress": {"address": who}, "status": {"response": said}, "type": "required"}
            for who, said in guests.items()
        ]
        self.owner.change(name, attendees=several)

    def guests(self, name: str) -> dict[str, str]:
        several = self.owner.ask("GET", f"/me/events/{name}").json()["attendees"]
        return {one["emailAddress"]["address"]: one["status"]["response"] for one in several}


@dataclass
class DavHand:
    server: DavServer
    path: str
    floats = True
    texts: dict[str, list[str]] = field(default_factory=dict)

    def _when(self, name: str, at: datetime | date, zone: str | None) -> str:
        if not isinstance(at, datetime):
            return f"{name};VALUE=DATE:{at:%Y%m%d}"
        tzid = f";TZID={zone}" if zone else ""
        return f"{name}{tzid}:{at:%Y%m%dT%H%M%S}"

    def _event(self, name: str, booking: Booking, *more: str) -> str:
        lines = [
            self._when("DTSTART", booking.start, booking.zone),
            self._when("DTEND", booking.end, booking.zone),
            f"SUMMARY:{booking.title}",
            *more,
        ]
        if booking.is_declined:
            lines += ["ORGANIZER:mailto:boss@example.com"]
            lines += [f"ATTENDEE;PARTSTAT=DECLINED:mailto:{dav.USER}@example.com"]
        if booking.is_free:
            lines += ["TRANSP:TRANSPARENT"]
        if booking.weeks:
            lines += [f"RRULE:FREQ=WEEKLY;COUNT={booking.weeks}"]
        return dav.event(name, raw="\n".join(lines))

    def _put(self, name: str, *events: str) -> None:
        self.texts[name] = list(events)
        answer = self.server.ask("PUT", f"{self.path}{name}", dav.ics(*events))
        assert answer.status_code in {200, 201, 204}, answer.text

    def _uid(self, name: str) -> str:
        return name.removesuffix(".ics")

    def book(self, booking: Booking) -> str:
        name = f"{uuid4().hex}.ics"
        self._put(name, self._event(self._uid(name), booking))
        return name

    def move(self, name: str, booking: Booking) -> None:
        standing = self.server.ask("GET", f"{self.path}{name}").text
        uid = next(line for line in standing.splitlines() if line.startswith("UID:"))
        kept = [
            line for line in standing.splitlines() if line.startswith(("X-FRONTDESK", "X-COLOR"))
        ]
        self._put(name, self._event(uid.removeprefix("UID:"), booking, *kept))

    def drop(self, name: str) -> None:
        assert self.server.ask("DELETE", f"{self.path}{name}").status_code in {200, 204}

    def drop_week(self, name: str, booking: Booking, week: int) -> None:
        day = booking.start + timedelta(weeks=week)
        line = self._when("EXDATE", day, booking.zone)
        first, *rest = self.texts[name]
        self._put(name, first.replace("END:VEVENT", f"{line}\nEND:VEVENT"), *rest)

    def move_week(self, name: str, booking: Booking, week: int, to: Booking) -> None:
        day = booking.start + timedelta(weeks=week)
        line = self._when("RECURRENCE-ID", day, booking.zone)
        self._put(name, *self.texts[name], self._event(self._uid(name), to, line))

    def untouched(self, name: str) -> str:
        standing = self.server.ask("GET", f"{self.path}{name}").text
        text = standing.replace("END:VEVENT", "X-COLOR:red\r\nEND:VEVENT")
        assert self.server.ask("PUT", f"{self.path}{name}", text).ok
        return self.reads(name)

    def reads(self, name: str) -> str:
        text = self.server.ask("GET", f"{self.path}{name}").text
        return next((line for line in text.splitlines() if line.startswith("X-COLOR")), "")

    def title(self, name: str) -> str:
        text = self.server.ask("GET", f"{self.path}{name}").text
        return next(line for line in text.splitlines() if line.startswith("SUMMARY"))[8:]

    def invite(self, name: str, address: str, answer: str) -> None:
        standing = self.server.ask("GET", f"{self.path}{name}")
        line = f"ATTENDEE;PARTSTAT={answer.upper()}:mailto:{address}\r\n"
        lines = unfolded(standing.text)
        kept = [one for one in lines if not one.endswith(f"mailto:{address}")]
        text = "".join(f"{one}\r\n" for one in kept).replace("END:VEVENT", f"{line}END:VEVENT")
        assert self.server.ask("PUT", f"{self.path}{name}", text).ok

    def guests(self, name: str) -> dict[str, str]:
        found: dict[str, str] = {}
        for line in unfolded(self.server.ask("GET", f"{self.path}{name}").text):
            if line.startswith("ATTENDEE"):
                words, _, address = line.rpartition(":mailto:")
                said = words.partition("PARTSTAT=")[2].partition(";")[0]
                found[address] = said.lower()
        return found


def unfolded(text: str) -> list[str]:
    """Return a text's lines; long ones are folded."""
    return text.replace("\r\n", "\n").replace("\n ", "").splitlines()


@dataclass
class Desk:
    """An adapter, a calendar, and its owner's hand."""

    vendor: str
    agenda: Agenda
    calendar: Calendar
    hand: Hand

    def all(self, cursor: str | None = None, window: Window = WINDOW) -> tuple[list[Item], Page]:
        """Read every page of a pull; return the items, and the last page."""
        items: list[Item] = []
        page: str | None = None
        for _ in range(1000):
            read = self.agenda.pull(self.calendar, window=window, cursor=cursor, page=page)
            items += read.items
            page = read.next_page
            if page is None:
                return items, read
        raise AssertionError("pages without end")


@dataclass
class Mirror:
    """What somebody knows of a calendar who only ever pulls."""

    desk: Desk
    cursor: str | None = None
    held: dict[str, Item] = field(default_factory=dict)

    def pull(self) -> Sequence[Item]:
        """Pull all pages, merge them, and return what was on them."""
        seen: list[Item] = []
        fresh: dict[str, Item] = {}
        page: str | None = None
        while True:
            read = self.desk.agenda.pull(
                self.desk.calendar, window=WINDOW, cursor=self.cursor, page=page
            )
            named = {one.remote_id for one in read.items}
            for name, item in list(self.held.items()):
                if item.series in read.whole_series and name not in named:
                    del self.held[name]
            for item in read.items:
                seen.append(item)
                target = fresh if read.is_full else self.held
                if item.is_gone:
                    target.pop(item.remote_id, None)
                else:
                    target[item.remote_id] = item
            page = read.next_page
            if page is None:
                self.held = fresh if read.is_full else self.held
                self.cursor = read.cursor
                return seen

    def days(self) -> list[tuple[str, datetime]]:
        """Return titles and starts, in order."""
        starts = [(one.title, one.start) for one in self.held.values() if one.start]
        return sorted(starts, key=lambda pair: pair[1])


def wall(*parts: int) -> datetime:
    """Return what a clock on the wall shows: year to minute, in no zone."""
    return datetime(*parts)  # noqa: DTZ001  # that is the point of it


def entry(title: str = "Ms Canary", *, version: int = 1, **more: Any) -> Entry:
    start = more.pop("start", datetime(2027, 2, 2, 9, tzinfo=UTC))
    end = more.pop("end", start + timedelta(hours=1))
    zone = more.pop("zone", "Europe/Stockholm")
    return Entry(tag=Tag(LINK, version), title=title, start=start, end=end, zone=zone, **more)
