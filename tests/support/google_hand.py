"""An owner who edits at Google by hand."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tests.support.diary import Person
from tests.support.hands import Booking


@dataclass
class GoogleHand:
    person: Person
    floats = False

    def _facts(self, booking: Booking) -> dict[str, Any]:
        facts: dict[str, Any] = {
            "summary": booking.title,
            "start": self._when(booking.start, booking.zone),
            "end": self._when(booking.end, booking.zone),
            "transparency": "transparent" if booking.is_free else "opaque",
        }
        if booking.is_declined:
            own = {"email": self.person.calendar, "self": True, "responseStatus": "declined"}
            facts["attendees"] = [own]
        if booking.weeks:
            facts["recurrence"] = [f"RRULE:FREQ=WEEKLY;COUNT={booking.weeks}"]
        return facts

    def _when(self, at: datetime | date, zone: str | None) -> dict[str, str]:
        if not isinstance(at, datetime):
            return {"date": f"{at:%Y-%m-%d}"}
        return {"dateTime": f"{at:%Y-%m-%dT%H:%M:%S}", "timeZone": zone or "UTC"}

    def _day(self, name: str, booking: Booking, week: int) -> str:
        wall = booking.start + timedelta(weeks=week)
        assert isinstance(wall, datetime)
        moment = wall.replace(tzinfo=ZoneInfo(booking.zone or "UTC")).astimezone(UTC)
        return f"{name}_{moment:%Y%m%dT%H%M%SZ}"

    def book(self, booking: Booking) -> str:
        return self.person.ask("POST", body=self._facts(booking))["id"]

    def move(self, name: str, booking: Booking) -> None:
        assert self.person.edit(name, **self._facts(booking))["id"] == name

    def drop(self, name: str) -> None:
        self.person.delete(name)

    def drop_week(self, name: str, booking: Booking, week: int) -> None:
        self.person.delete(self._day(name, booking, week))

    def move_week(self, name: str, booking: Booking, week: int, to: Booking) -> None:
        self.person.edit(self._day(name, booking, week), **self._facts(to))

    def untouched(self, name: str) -> str:
        self.person.edit(name, colorId="11")
        return self.reads(name)

    def reads(self, name: str) -> str:
        return self.person.find(name)["colorId"]

    def title(self, name: str) -> str:
        return self.person.find(name)["summary"]

    def invite(self, name: str, address: str, answer: str) -> None:
        guests = {**self.guests(name), address: answer}
        several = [{"email": who, "responseStatus": said} for who, said in guests.items()]
        self.person.edit(name, attendees=several)

    def guests(self, name: str) -> dict[str, str]:
        several = self.person.find(name).get("attendees", [])
        return {one["email"]: one["responseStatus"] for one in several}
