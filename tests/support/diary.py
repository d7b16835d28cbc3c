"""An owner's diary at Google's stand-in, a tenant whose events go there, and a person who edits."""

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import text

from domain.calendars import pulls, service, shelf, steps
from domain.calendars.desk import Desk
from domain.calendars.ports import Grant
from domain.calendars.tokens import Purse
from domain.database import SYSTEM, Begin
from domain.work import batch, errands, resolve
from domain.work.names import Area, TaskName
from domain.work.shop import Inline, Shop
from providers.google.agenda import GoogleAgenda
from providers.google.login import consent
from tests.support.slice import KEYS
from tests.support.stand_ins import StandIns

SOON = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) + timedelta(days=2)
HOUR = timedelta(hours=1)


@dataclass
class Person:
    """Whoever sits before the calendar: speaks to Google with a token of their own."""

    url: str
    calendar: str

    def ask(self, method: str, path: str = "", body: Any = None, **headers: str) -> Any:
        url = f"{self.url}/calendar/v3/calendars/{self.calendar}/events{path}"
        data = None if body is None else json.dumps(body).encode()
        sent = {"authorization": "Bearer person", "content-type": "application/json", **headers}
        request = urllib.request.Request(url, data, sent, method=method)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                said = answer.read()
        except urllib.error.HTTPError as error:
            error.close()
            return {"status_code": error.code}
        return json.loads(said) if said else {}

    def write(self, title: str, start: datetime, *, lasts: timedelta = HOUR, **more: Any) -> str:
        return self.ask("POST", body={"summary": title, **_times(start, lasts), **more})["id"]

    def edit(self, name: str, **body: Any) -> Any:
        return self.ask("PATCH", f"/{name}", body)

    def move(self, name: str, start: datetime, *, lasts: timedelta = HOUR) -> Any:
        return self.edit(name, **_times(start, lasts))

    def delete(self, name: str) -> None:
        self.ask("DELETE", f"/{name}")

    def find(self, name: str) -> Any:
        return self.ask("GET", f"/{name}")

    def all(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        page = ""
        while True:
            said = self.ask("GET", f"?maxResults=2500{page}")
            found += [one for one in said["items"] if one["status"] != "cancelled"]
            if "nextPageToken" not in said:
                return found
            page = f"&pageToken={said['nextPageToken']}"


def _times(start: datetime, lasts: timedelta) -> dict[str, Any]:
    return {
        "start": {"dateTime": start.isoformat()},
        "end": {"dateTime": (start + lasts).isoformat()},
    }


@dataclass
class Diary:
    """A tenant with one calendar, and all that keeps it in step."""

    begin: Begin
    stand_ins: StandIns
    desk: Desk
    shop: Shop
    user: UUID
    calendar: UUID
    person: Person
    names: dict[UUID, str] = field(default_factory=dict)

    def row(self, query: str, **bound: Any) -> Any:
        with self.begin(self.user) as session:
            return session.execute(text(query), bound).mappings().one_or_none()

    def do(self, query: str, **bound: Any) -> Any:
        with self.begin(self.user) as session:
            return session.execute(text(query), bound)

    def book(self, title: str = "Visit", start: datetime = SOON, **more: Any) -> UUID:
        key = uuid4()
        self.do(
            "INSERT INTO events (id, user_id, title, status, start_time, end_time, timezone)"
            " VALUES (:id, :user, :title, 'confirmed', :start, :end, :zone)",
            id=key,
            user=self.user,
            title=title,
            start=start,
            end=start + more.get("lasts", HOUR),
            zone=more.get("zone", "UTC"),
        )
        return key

    def change(self, event: UUID, **columns: Any) -> None:
        words = ", ".join(f"{name} = :{name}" for name in columns)
        self.do(f"UPDATE events SET {words} WHERE id = :id", id=event, **columns)

    def event(self, event: UUID) -> Any:
        return self.row("SELECT * FROM events WHERE id = :id", id=event)

    def link(self, event: UUID) -> Any:
        return self.row("SELECT * FROM calendar_event_links WHERE event_id = :id", id=event)

    def there(self, event: UUID) -> Any:
        """Return what the person sees of an event of ours."""
        link = self.link(event)
        return self.person.find(link["remote_id"]) if link else None

    def questions(self) -> list[Any]:
        with self.begin(self.user) as session:
            query = "SELECT * FROM questions WHERE answered_at IS NULL ORDER BY field"
            return list(session.execute(text(query)).mappings())

    def push_owed(self) -> None:
        """Do what is owed: links are due then."""
        handlers = dict(service.handlers(self.desk))
        handlers[TaskName.CALENDARS_COMPARE] = lambda _: None
        errands.work(self.shop, Area.CALENDARS, handlers)

    def push(self) -> None:
        """Do what is owed, and bring links into step."""
        self.push_owed()
        job = steps.job(self.desk)
        resolve.resolve(self.shop, job)
        batch.work(self.shop, job)

    def pull(self) -> None:
        """Read the calendar now."""
        with self.begin(SYSTEM) as session:
            shelf.now(session, self.calendar)
        batch.work_one(self.shop, pulls.job(self.desk), self.calendar)

    def sync(self, *, times: int = 1) -> None:
        for _ in range(times):
            self.pull()
            self.do(
                "UPDATE calendar_event_links SET due_at = clock_timestamp()"
                " WHERE state IN ('pending', 'unknown')"
            )
            self.push()

    def writes(self) -> int:
        """How many changes of events have reached Google, whoever made them."""
        made = self.stand_ins.effects("google")
        return sum(one["kind"] in {"created", "changed", "deleted"} for one in made)


@contextmanager
def diary(begin: Begin, stand_ins: StandIns, *, bearer: str = "ours") -> Iterator[Diary]:
    """Make a tenant with a calendar at Google's stand-in."""
    url, user, calendar = stand_ins.at("google"), uuid4(), uuid4()
    login = consent(client_id="client", client_secret="secret", base_url=url)
    purse = Purse(begin=begin, keyring=KEYS, consents={"google": login})
    agenda = GoogleAgenda(purse, base_url=url)
    desk = Desk(begin=begin, agendas={"google": agenda}, purse=purse, told=lambda *_: None)
    name = f"owner-{calendar}@example.com"
    with begin(SYSTEM) as session:
        session.execute(
            text("INSERT INTO users (id, timezone) VALUES (:id, 'Europe/Stockholm')"), {"id": user}
        )
    with begin(user) as session:
        session.execute(
            text(
                "INSERT INTO calendar_integrations (id, user_id, integration_type, calendar_id,"
                " zone) VALUES (:id, :user, 'google', :name, 'Europe/Stockholm')"
            ),
            {"id": calendar, "user": user, "name": name},
        )
        purse.connect(session, calendar, Grant(bearer, "1//refresh", None))
    try:
        yield Diary(
            begin=begin,
            stand_ins=stand_ins,
            desk=desk,
            shop=Shop(begin=begin, hands=Inline()),
            user=user,
            calendar=calendar,
            person=Person(url, name),
        )
    finally:
        agenda.close()
        login.close()
