"""Owners at three vendors and their tenants: both sides edit, and what must hold is known."""

import random
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import text

from domain.calendars import bookings, pulls, rules, service, steps
from domain.calendars.bookings import Taken, Wish
from domain.calendars.desk import Desk
from domain.calendars.ports import Agenda, Calendar, Grant, Item
from domain.calendars.tokens import Purse
from domain.database import SYSTEM, Begin
from domain.work import batch, errands, resolve
from domain.work.names import Area, TaskName
from domain.work.shop import Inline, Shop
from tests.support.diary import HOUR
from tests.support.outsiders import Outsider, soon
from tests.support.rough import Crash, Rough, Weather, mortal

FIELDS = ("title", "location", "notes", "time")
COLUMNS = {"title": "title", "location": "location", "notes": "notes", "time": "start_time"}
ROUNDS = 30
EVENTS = 8
PASSES = """
UPDATE calendar_event_links SET due_at = clock_timestamp() - interval '1 hour',
    lease_expires_at = lease_expires_at - interval '1 hour'
    WHERE state IN ('pending', 'working', 'unknown');
UPDATE calendar_integrations SET due_at = clock_timestamp() - interval '1 hour',
    lease_expires_at = lease_expires_at - interval '1 hour', renewal_ends_at = '-infinity'
    WHERE is_active;
UPDATE errands SET due_at = clock_timestamp() - interval '1 hour',
    lease_expires_at = lease_expires_at - interval '1 hour';
UPDATE effects SET intended_at = intended_at - interval '1 hour'
    WHERE state NOT IN ('done', 'rejected')
"""


@dataclass
class Told:
    """What either side has said of an event since both were last seen equal."""

    base: dict[str, Any]
    status: str = "confirmed"
    is_new: bool = True
    ours: dict[str, Any] = field(default_factory=dict[str, Any])
    theirs: dict[str, Any] = field(default_factory=dict[str, Any])
    our_status: str | None = None
    was_off: bool = False
    """It was cancelled here, or deleted there, in between."""

    is_deleted: bool = False
    told_there: dict[str, list[Any]] = field(default_factory=dict[str, "list[Any]"])
    """All that was said there, in order."""

    lost: dict[str, list[Any]] = field(default_factory=dict[str, "list[Any]"])
    """What was said there before it was deleted there: how much of it had been read is chance."""

    clashes: set[str] = field(default_factory=set[str])
    """Fields that both changed before anybody had looked: the owner must have been asked."""


@dataclass
class Owner:
    """A tenant with one calendar, and a person who edits there."""

    user: UUID
    calendar: Calendar
    kind: str
    person: Outsider
    events: dict[UUID, Told] = field(default_factory=dict[UUID, Told])
    foreign: dict[str, datetime | None] = field(default_factory=dict[str, "datetime | None"])
    said_by_us: int = 0
    edited: dict[str, set[tuple[UUID, str]]] = field(
        default_factory=lambda: {"us": set(), "them": set()}
    )
    """What was changed since anybody last looked."""


@dataclass
class Totals:
    edits: int = 0
    asked: int = 0
    booked: int = 0
    refused: int = 0
    sweeps: int = 0
    writes: int = 0
    checks: int = 0
    at: Counter[str] = field(default_factory=Counter[str])
    """Edits, and writes of ours, by vendor."""

    seen: Counter[str] = field(default_factory=Counter[str])


Opens = Callable[[str, UUID, UUID], tuple[Outsider, Calendar, Grant]]


class World:
    """Some owners, and whatever happens to them."""

    def __init__(
        self,
        begin: Begin,
        seed: int,
        agendas: Mapping[str, Agenda],
        purse: Callable[[Begin], Purse],
        totals: Totals,
    ) -> None:
        self.begin, self.seed, self.totals = begin, seed, totals
        self.dice = random.Random(seed)
        self.weather = Weather(random.Random(seed + 1))
        self.agendas = agendas
        self.rough = {kind: Rough(agenda, self.weather) for kind, agenda in agendas.items()}
        dying = mortal(begin, self.weather)
        mapped: Any = self.rough
        self.purse = purse(begin)
        self.desk = Desk(begin=dying, agendas=mapped, purse=purse(dying), told=lambda *_: None)
        self.calm = Desk(begin=begin, agendas=agendas, purse=self.purse, told=lambda *_: None)
        self.shop = Shop(begin=dying, hands=Inline())
        self.owners: list[Owner] = []
        self.story: list[str] = []
        self.number = 0
        self.start = soon()

    def owner(self, kind: str, open_: Opens) -> Owner:
        user, key = uuid4(), uuid4()
        person, calendar, grant = open_(kind, user, key)
        with self.begin(SYSTEM) as session:
            tenant = "INSERT INTO users (id, timezone) VALUES (:id, 'Europe/Stockholm')"
            session.execute(text(tenant), {"id": user})
        with self.begin(user) as session:
            session.execute(
                text(
                    "INSERT INTO calendar_integrations (id, user_id, integration_type,"
                    " calendar_id, base_url, zone)"
                    " VALUES (:id, :user, :kind, :name, :url, 'Europe/Stockholm')"
                ),
                {
                    "id": key,
                    "user": user,
                    "kind": kind,
                    "name": calendar.calendar_id,
                    "url": calendar.base_url,
                },
            )
            self.purse.connect(session, key, grant)
        made = Owner(user, calendar, kind, person)
        self.owners.append(made)
        return made

    # What is read and written here

    def rows(self, owner: Owner, query: str, **bound: Any) -> list[dict[str, Any]]:
        with self.begin(owner.user) as session:
            return [dict(row) for row in session.execute(text(query), bound).mappings()]

    def do(self, owner: Owner, query: str, **bound: Any) -> None:
        with self.begin(owner.user) as session:
            session.execute(text(query), bound)

    def tell(self, owner: Owner, words: str) -> None:
        self.story.append(f"{owner.kind}: {words}")

    def fresh(self, what: str) -> Any:
        """Return a value that nobody has used: the same words thrice would stop a link."""
        self.number += 1
        late = timedelta(days=2, minutes=7 * self.number)
        return self.start + late if what == "time" else f"{what} {self.number}"

    def said(self, owner: Owner, who: str) -> None:
        self.totals.edits += 1
        self.totals.at[f"{owner.kind} edits"] += 1
        owner.said_by_us += who == "us"

    def pick(self, owner: Owner) -> UUID | None:
        return self.dice.choice(list(owner.events)) if owner.events else None

    def remote(self, owner: Owner, event: UUID) -> str | None:
        """Return what the person sees of an event of ours, if it is there and known to be."""
        query = "SELECT remote_id FROM calendar_event_links WHERE event_id = :id AND is_there"
        found = self.rows(owner, query, id=event)
        return found[0]["remote_id"] if found else None

    # What happens

    def we_write(self, owner: Owner) -> None:
        if len(owner.events) >= EVENTS:
            return
        title, start, key = self.fresh("title"), self.fresh("time"), uuid4()
        self.do(
            owner,
            "INSERT INTO events (id, user_id, title, status, start_time, end_time, timezone)"
            " VALUES (:id, :user, :title, 'confirmed', :start, :end, 'Europe/Stockholm')",
            id=key,
            user=owner.user,
            title=title,
            start=start,
            end=start + HOUR,
        )
        self._have(owner, key, title, start)

    def _have(self, owner: Owner, key: UUID, title: str, start: datetime) -> None:
        base = {"title": title, "time": start, "location": None, "notes": None}
        owner.events[key] = Told(base)
        self.tell(owner, f"we write {key} {title} {start:%d %H:%M}")
        self.said(owner, "us")

    def we_book(self, owner: Owner) -> None:
        """Take one of a few hours, which a person there may have taken."""
        if len(owner.events) >= EVENTS:
            return
        start = self.start + timedelta(minutes=30 * self.dice.randrange(12))
        wish = Wish(title=self.fresh("title"), start=start, end=start + HOUR)
        overlaps = (
            "SELECT id FROM events WHERE status = 'confirmed' AND start_time < :end"
            " AND end_time > :start"
        )
        standing = self.rows(owner, overlaps, start=wish.start, end=wish.end)
        near = [at for at in owner.foreign.values() if at and abs(at - start) < HOUR]
        try:
            key = bookings.book(self.calm, owner.user, wish)
        except Taken:
            self.totals.refused += 1
            self.tell(owner, f"{start:%H:%M} is taken")
            return
        assert not standing, f"booked twice: {standing}"
        assert not near, f"booked over what stands there: {near}"
        self.totals.booked += 1
        self._have(owner, key, wish.title, start)

    def we_change(self, owner: Owner) -> None:
        event, what = self.pick(owner), self.dice.choice(FIELDS)
        if event is None:
            return
        value = self.fresh(what)
        end = ", end_time = :end" if what == "time" else ""
        bound = {"end": value + HOUR} if what == "time" else {}
        query = f"UPDATE events SET {COLUMNS[what]} = :value{end} WHERE id = :id"
        self.do(owner, query, id=event, value=value, **bound)
        owner.events[event].ours[what] = value
        self._edited(owner, "us", event, what)
        self.tell(owner, f"we change {event} {what} to {value}")

    def _edited(self, owner: Owner, who: str, event: UUID, what: str) -> None:
        other = "them" if who == "us" else "us"
        owner.edited[who].add((event, what))
        if (event, what) in owner.edited[other]:
            owner.events[event].clashes.add(what)
        self.said(owner, who)

    def we_cancel_or_confirm(self, owner: Owner) -> None:
        event = self.pick(owner)
        if event is None:
            return
        status = self.dice.choice(["cancelled", "confirmed"])
        self.do(owner, "UPDATE events SET status = :to WHERE id = :id", id=event, to=status)
        told = owner.events[event]
        told.our_status = status
        told.was_off = told.was_off or status == "cancelled"
        self.tell(owner, f"we set {event} {status}")
        self.said(owner, "us")

    def they_change(self, owner: Owner) -> None:
        event, what = self.pick(owner), self.dice.choice(FIELDS)
        name = self.remote(owner, event) if event else None
        if event is None or name is None or not self._stands_there(owner, event):
            return
        value = self.fresh(what)
        owner.person.change(name, what, value)
        told = owner.events[event]
        told.theirs[what] = value
        told.told_there.setdefault(what, []).append(value)
        told.lost.pop(what, None)
        self._edited(owner, "them", event, what)
        self.tell(owner, f"they change {event} {what} to {value}")

    def they_delete(self, owner: Owner) -> None:
        event = self.pick(owner)
        name = self.remote(owner, event) if event else None
        if event is None or name is None or not self._stands_there(owner, event):
            return
        owner.person.delete(name)
        told = owner.events[event]
        told.is_deleted = told.was_off = True
        told.lost = {what: list(values) for what, values in told.told_there.items()}
        self.tell(owner, f"they delete {event}")
        self.said(owner, "them")

    def _stands_there(self, owner: Owner, event: UUID) -> bool:
        name = self.remote(owner, event)
        item = self.agendas[owner.kind].find(owner.calendar, name) if name else None
        return item is not None and not item.is_gone

    def they_write(self, owner: Owner) -> None:
        if self.dice.random() < 0.2:
            name = owner.person.write(
                self.fresh("series"), self.start + timedelta(hours=14, minutes=15), weeks=4
            )
            owner.foreign[name] = None
        else:
            start = self.start + timedelta(minutes=30 * self.dice.randrange(12))
            name = owner.person.write(self.fresh("private"), start)
            owner.foreign[name] = start
        self.tell(owner, f"they write {name}")
        self.said(owner, "them")

    def they_drop(self, owner: Owner) -> None:
        if owner.foreign:
            name = self.dice.choice(list(owner.foreign))
            del owner.foreign[name]
            owner.person.delete(name)
            self.tell(owner, f"they drop {name}")
            self.said(owner, "them")

    def token_runs_out(self, owner: Owner) -> None:
        """Let the vendor refuse a token that we take for a good one."""
        if owner.kind == "other":
            return
        held = self.purse._held(owner.calendar)  # noqa: SLF001  # the last refresh token, rotated
        with self.begin(owner.user) as session:
            grant = Grant("wrong", held.refresh, timedelta(hours=1))
            self.purse.connect(session, owner.calendar.integration_id, grant)
        self.tell(owner, "the token runs out")

    def notice(self, owner: Owner) -> None:
        """A notice comes, perhaps twice; those that are lost need no line."""
        for _ in range(self.dice.choice([1, 2])):
            service.pull(self.calm, owner.calendar.integration_id)

    def cursor_is_lost(self, owner: Owner) -> None:
        query = (
            "UPDATE calendar_integrations SET sync_token = CASE integration_type WHEN 'outlook'"
            " THEN regexp_replace(sync_token, 'token=.*', 'token=wrong') ELSE 'wrong' END"
            " WHERE id = :id AND sync_token IS NOT NULL AND page IS NULL"
        )
        self.do(owner, query, id=owner.calendar.integration_id)
        self.tell(owner, "the cursor is lost")

    # What keeps both sides in step

    def sweep(self, *, hands: int = 1) -> None:
        """Do as sweeps do, by one or several at once; some die of it."""
        self.story.append(f"{hands} sweeps")
        threads = [threading.Thread(target=self._sweep) for _ in range(hands - 1)]
        for thread in threads:
            thread.start()
        self._sweep()
        for thread in threads:
            thread.join(60)
        self._time_passes()
        for owner in self.owners:
            owner.edited = {"us": set(), "them": set()}
        self.totals.sweeps += hands

    def _time_passes(self) -> None:
        with self.begin(SYSTEM) as session:
            session.execute(text(PASSES))

    def _sweep(self) -> None:
        handlers = dict(service.handlers(self.desk))
        handlers[TaskName.CALENDARS_COMPARE] = lambda _: None
        try:
            errands.work(self.shop, Area.CALENDARS, handlers)
            for job in (pulls.job(self.desk), steps.job(self.desk)):
                resolve.resolve(self.shop, job)
                batch.work(self.shop, job)
        except Crash:
            self.story.append("a sweep dies")

    def answer(self, owner: Owner) -> int:
        """Have the owner answer what is open."""
        query = "SELECT id, event_id, field FROM questions WHERE answered_at IS NULL"
        open_ones = self.rows(owner, query)
        for question in open_ones:
            choice = self.dice.choice(["ours", "theirs"])
            service.answer(self.calm, question["id"], choice)
            owner.said_by_us += 1
            self.totals.asked += 1
            self.tell(owner, f"{question['field']} of {question['event_id']}: {choice}")
        return len(open_ones)

    def written(self, owner: Owner) -> int:
        return self.rough[owner.kind].written[owner.calendar.integration_id]

    def settle(self) -> None:
        """Let the weather clear, and whatever is under way come to its end."""
        self.weather.is_rough = False
        for _ in range(ROUNDS):
            before = [self.written(owner) for owner in self.owners]
            self.sweep()
            is_quiet = before == [self.written(owner) for owner in self.owners]
            asked = sum(self.answer(owner) for owner in self.owners)
            with self.begin(SYSTEM) as session:
                left = session.scalar(text(LEFT))
            if is_quiet and not asked and not left:
                return
        raise AssertionError(f"no end is in sight: {left} left")

    def items(self, owner: Owner) -> list[Item]:
        """List what stands there, by nobody's cursor."""
        found: list[Item] = []
        page: str | None = None
        window = rules.window(self.start)
        while True:
            got = self.agendas[owner.kind].pull(
                owner.calendar, window=window, cursor=None, page=page
            )
            found += [item for item in got.items if not item.is_gone]
            page = got.next_page
            if page is None:
                return found

    def leave(self) -> None:
        """Let nobody sweep these owners again."""
        for owner in self.owners:
            self.do(owner, "UPDATE calendar_integrations SET is_active = false")
        self.totals.seen += self.weather.seen


LEFT = """
SELECT (SELECT count(*) FROM calendar_event_links l JOIN calendar_integrations i
          ON i.id = l.calendar_integration_id AND i.is_active
         WHERE l.state IN ('pending', 'working', 'unknown'))
     + (SELECT count(*) FROM errands e JOIN calendar_integrations i
          ON i.user_id = e.user_id AND i.is_active WHERE e.task LIKE 'calendars.%'
         AND e.state IN ('pending', 'working'))
"""
