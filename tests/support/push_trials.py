"""What is tried at every point of carrying an event: put there, changed, called off.

At Google's and Graph's stand-ins and on a CalDAV server, by the same trials: an event is looked
for as its owner would look for it, not through our adapters.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from domain.calendars import drafts, mirror, pulls, rules, service, steps, store
from domain.calendars.desk import Desk
from domain.calendars.ports import Agenda, Grant
from domain.calendars.tokens import Purse
from domain.database import Begin
from domain.work import batch, errands, resolve
from domain.work.names import Area, TaskName
from domain.work.shop import Inline
from providers.api import Line
from providers.caldav.agenda import CaldavAgenda
from providers.caldav.line import Line as DavLine
from providers.google.agenda import GoogleAgenda
from providers.graph.agenda import GraphAgenda
from tests.support import dav, slice_ground
from tests.support.dav import DavServer
from tests.support.diary import HOUR, SOON, Person
from tests.support.enumeration import Case
from tests.support.ground import Ground
from tests.support.outlook import Outlook
from tests.support.outsiders import AtDav, AtGoogle, AtOutlook, Outsider
from tests.support.slice import KEYS
from tests.support.slice_ground import Slice
from tests.support.stand_ins import StandIns

GUARDS = """
CREATE TRIGGER hold BEFORE UPDATE ON calendar_event_links
    FOR EACH ROW EXECUTE FUNCTION hold_row('state');
"""
MADE = """
INSERT INTO calendar_integrations (user_id, integration_type, calendar_id, base_url, zone)
VALUES (%s, %s, %s, %s, 'UTC') RETURNING id
"""
BOOKED = """
INSERT INTO events (user_id, title, status, start_time, end_time, timezone)
VALUES (%s, 'Visit', %s, %s, %s, 'UTC') RETURNING id
"""
LEDGERS = {"google": "google", "outlook": "graph"}
"""Where a vendor itself says what was done there; a CalDAV server keeps no such list."""

WORDS = {"updated": "changed"}
SECRETS = {
    "google": Grant("ours", "1//refresh", None),
    "outlook": Grant("person.owner@outlook.example", None, None),
    "other": Grant(f"{dav.USER}:{dav.PASSWORD}", None, None),
}
DUE = """
UPDATE calendar_integrations SET due_at = clock_timestamp() - interval '1 hour',
    lease_expires_at = lease_expires_at - interval '1 hour';
UPDATE errands SET due_at = due_at - interval '1 hour',
    lease_expires_at = lease_expires_at - interval '1 hour'
"""


@contextmanager
def vendors(folder: Path) -> Iterator[str]:
    """Run the stand-ins, and a CalDAV server; yield both addresses."""
    home = folder / "dav"
    home.mkdir()
    with slice_ground.sandbox(folder) as url, dav.dav_server("radicale", home) as server:
        yield f"{url} {server.url}"


@cache
def agenda_of(kind: str, begin: Begin, url: str, *, spare: bool) -> Agenda:
    """Return an adapter; the spare one first opens connections in a child."""
    del spare
    purse = purse_of(begin)
    if kind == "google":
        return GoogleAgenda(purse, base_url=f"{url}/google", line=Line())
    if kind == "outlook":
        return GraphAgenda(purse, base_url=f"{url}/graph")
    return CaldavAgenda(purse, line=DavLine(allowed=None))


def purse_of(begin: Begin) -> Purse:
    return Purse(begin=begin, keyring=KEYS, consents={})


def owner_at(kind: str, stand_ins: StandIns, url: str) -> tuple[Outsider, str, str | None]:
    """Return an owner with an empty calendar, its name and where it is."""
    if kind == "google":
        person = Person(stand_ins.at("google"), "owner@example.com")
        return AtGoogle(person), person.calendar, None
    if kind == "outlook":
        owner = Outlook(stand_ins)
        return AtOutlook(owner), owner.calendar, None
    server = DavServer("radicale", url, "/user/")
    path = server.make(uuid4().hex)
    return AtDav(server, path), path, url


class Pushes(Slice):
    """One event, by a bell and then by sweeps."""

    table = "calendar_event_links"
    emptied = (
        *("sync_logs", "questions", "calendar_event_links", "calendar_events", "events"),
        *("booking_holds", "calendar_integrations"),
    )
    most: Mapping[str, int] = {"created": 1, "changed": 0, "deleted": 0}
    """How often anything may be done there, whoever dies."""

    begins = "confirmed"
    status, title = "confirmed", "Visit"
    location: str | None = None

    def __init__(self, ground: Ground, kind: str) -> None:
        super().__init__(ground)
        self.kind, self.url = kind, ground.place.vendor.partition(" ")[2]
        self.calendar = self.event = uuid4()
        self.person, _, _ = owner_at(kind, self.stand_ins, self.url)
        self.person.all()  # loads what is loaded once, before any fork
        for spare in (True, False):
            self._agenda(spare=spare)

    def _agenda(self, *, spare: bool) -> Agenda:
        return agenda_of(self.kind, self.ground.begin, self.stand_ins.url, spare=spare)

    @property
    def desk(self) -> Desk:
        begin = self.ground.begin
        agendas = {self.kind: self._agenda(spare=self.is_child)}
        return Desk(begin=begin, agendas=agendas, purse=purse_of(begin), told=lambda *_: None)

    def reset(self) -> None:
        super().reset()
        self.person, name, url = owner_at(self.kind, self.stand_ins, self.url)
        self.calendar = self.one(MADE, self.user, self.kind, name, url)
        desk = self.desk
        with self.ground.begin(self.user) as session:
            desk.purse.connect(session, self.calendar, SECRETS[self.kind])
        self.event = self.one(BOOKED, self.user, self.begins, SOON, SOON + HOUR)

    def quiet(self, *, asleep: bool) -> None:
        super().quiet(asleep=asleep)
        self.person.all()  # likewise, on a server of another kind

    def work(self) -> None:
        desk, shop = self.desk, self.shop(Inline())
        errands.work_for(shop, TaskName.CALENDARS_PUSH, self.event, service.handlers(desk))
        batch.work(shop, steps.job(desk))
        self.ground.ring()

    def resolve(self) -> None:
        desk, shop = self.desk, self.shop(Inline())
        errands.work(shop, Area.CALENDARS, service.handlers(desk))
        for job in (pulls.job(desk), steps.job(desk)):
            resolve.resolve(shop, job)
            batch.work(shop, job)

    def hurry(self) -> None:
        super().hurry()
        self.ground.connection.execute(DUE)

    def is_through(self) -> bool:
        """Tell whether nothing is owed, and a pull has shown nothing more."""
        links = (
            "SELECT 1 FROM calendar_event_links WHERE state IN ('pending', 'working', 'unknown')"
        )
        owed = (
            "SELECT 1 FROM errands WHERE state IN ('pending', 'working')"
            " AND task LIKE 'calendars.%%'"
        )
        unread = "SELECT 1 FROM calendar_integrations WHERE last_sync_at IS NULL"
        return all(self.one(query) is None for query in (links, owed, unread))

    def judge(self, case: Case, names: list[str]) -> list[str]:  # noqa: ARG002  # of Trial
        wrong = self.ground.overwrites()
        here = self.ground.connection.execute(
            "SELECT title, location, status FROM events"
        ).fetchone()
        link = self.ground.connection.execute(
            "SELECT state, last_error, fields FROM calendar_event_links"
        ).fetchone()
        there = self.person.all()
        wanted = [(self.title, self.location)] if self.status == "confirmed" else []
        facts = f"{here} here and {there} there, link {link}"
        if here != (self.title, self.location, self.status):
            wrong.append(f"lost: {facts}")
        wrong += [f"not in step: {facts}"] if there != wanted else []
        if link and link[0] != "done":
            wrong.append(f"not through: {facts}")
        done = self._done()
        often = {kind: done[kind] for kind in self.most if done[kind] > self.most[kind]}
        wrong += [f"too often: {often}, {facts}"] if often else []
        asked = self.one("SELECT count(*) FROM questions")
        return wrong + ([f"asked without need: {facts}"] if asked else [])

    def _done(self) -> Counter[str]:
        """Return how often anything was done there, by whomever."""
        ledger = LEDGERS.get(self.kind)
        effects = self.stand_ins.effects(ledger) if ledger else []
        kinds = [one["kind"] for one in effects]
        return Counter(WORDS.get(kind, kind) for kind in kinds)


class Agreed(Pushes):
    """A draft that a call agreed on: its calendar is asked, and then it is put there."""

    begins = "extracted"

    def reset(self) -> None:
        super().reset()
        with self.ground.begin(self.user) as session:
            drafts.Drafts().hold(session, self.event)

    def judge(self, case: Case, names: list[str]) -> list[str]:
        held = self.one("SELECT count(*) FROM booking_holds WHERE released_at IS NULL")
        wrong = super().judge(case, names)
        return wrong + ([f"{held} holds where there is one booking"] if held != 1 else [])


class Changes(Pushes):
    """An event that is there already, and gets another title."""

    most: Mapping[str, int] = {"created": 1, "changed": 1, "deleted": 0}
    title = "Longer visit"

    def reset(self) -> None:
        super().reset()
        self.resolve()
        self.one("UPDATE events SET title = 'Longer visit' RETURNING id")


class ChangesOfBoth(Changes):
    """Its owner says there meanwhile where it is."""

    most: Mapping[str, int] = {"created": 1, "changed": 2, "deleted": 0}

    def reset(self) -> None:
        super().reset()
        self.location = None

    def meddle(self) -> None:
        self.location = "Harbour Street 1"
        name = self.one("SELECT remote_id FROM calendar_event_links")
        assert self.person.change(name, "location", self.location)
        self.one("UPDATE calendar_integrations SET last_sync_at = NULL RETURNING id")


class NamesOfBoth(Changes):
    """Its owner calls it something else there meanwhile: nobody's word is lost unasked."""

    most: Mapping[str, int] = {"created": 1, "changed": 2, "deleted": 0}
    theirs: str | None = None

    def reset(self) -> None:
        super().reset()
        self.theirs = None

    def meddle(self) -> None:
        self.theirs = "Their visit"
        name = self.one("SELECT remote_id FROM calendar_event_links")
        assert self.person.change(name, "title", self.theirs)
        self.one("UPDATE calendar_integrations SET last_sync_at = NULL RETURNING id")

    def judge(self, case: Case, names: list[str]) -> list[str]:
        if self.theirs is None:
            return super().judge(case, names)
        wrong, there = self.ground.overwrites(), self.person.all()
        here = self.one("SELECT title FROM events")
        asked = self.one("SELECT count(*) FROM questions")
        if there != [(self.theirs, None)]:
            wrong.append(f"lost: {self.theirs} is not there, but {there}")
        if (here, asked) not in {(self.theirs, 0), (self.title, 1)}:
            wrong.append(f"lost: {here} stands here, and {asked} questions were asked")
        return wrong


class CallsOff(Pushes):
    """An event that is called off before anybody finds out whether it was put there.

    Where a name may be used again, a sleeper puts it there once more, and it is taken out again.
    """

    status = "cancelled"
    is_off = False

    def __init__(self, ground: Ground, kind: str) -> None:
        super().__init__(ground, kind)
        often = 1 if kind == "google" else 2
        self.most = {"created": often, "changed": 0, "deleted": often}

    def reset(self) -> None:
        super().reset()
        self.is_off = False

    def hurry(self) -> None:
        with suppress(psycopg.errors.LockNotAvailable), self.ground.connection.transaction():
            self.ground.connection.execute("SET LOCAL lock_timeout = '50ms'")
            self.one("UPDATE events SET status = 'cancelled' RETURNING id")
            self.is_off = True
        super().hurry()

    def is_through(self) -> bool:
        return self.is_off and super().is_through()


class Cancels(Pushes):
    """An event that is there, and is called off."""

    most: Mapping[str, int] = {"created": 1, "changed": 0, "deleted": 1}
    status = "cancelled"

    def reset(self) -> None:
        super().reset()
        self.resolve()
        self.one("UPDATE events SET status = 'cancelled' RETURNING id")


class StandsAgain(Pushes):
    """An event that is called off, and stands again before anybody finds out that it is gone."""

    most: Mapping[str, int] = {"created": 2, "changed": 1, "deleted": 1}
    is_back = False

    def reset(self) -> None:
        super().reset()
        self.is_back = False
        self.resolve()
        self.one("UPDATE events SET status = 'cancelled' RETURNING id")

    def hurry(self) -> None:
        with suppress(psycopg.errors.LockNotAvailable), self.ground.connection.transaction():
            self.ground.connection.execute("SET LOCAL lock_timeout = '50ms'")
            if not self.is_back:
                self.one("UPDATE events SET status = 'confirmed' RETURNING id")
            self.is_back = True
        super().hurry()

    def is_through(self) -> bool:
        return self.is_back and super().is_through()


class MarkedAgain(StandsAgain):
    """The same where what is called off stays there, and says so."""

    most: Mapping[str, int] = {"created": 1, "changed": 2, "deleted": 0}

    def reset(self) -> None:
        super().reset()
        self.one("UPDATE calendar_integrations SET on_cancel = 'mark' RETURNING id")


@dataclass(frozen=True)
class At:
    """A trial at one of the vendors."""

    trial: type[Pushes]
    kind: str

    def __call__(self, ground: Ground) -> Pushes:
        return self.trial(ground, self.kind)

    def __str__(self) -> str:
        return f"{self.trial.__name__} at {self.kind}"


def with_new_names(patch: pytest.MonkeyPatch) -> None:
    """Each attempt puts an item there under a name of its own."""

    def name_of(link_id: UUID, incarnation: int) -> str:
        del link_id, incarnation
        return uuid4().hex

    patch.setattr(rules, "name_of", name_of)


def without_notes(patch: pytest.MonkeyPatch) -> None:
    """What is about to be written is not noted (removals were not, once)."""
    patch.setattr(store, "offer", lambda *_: True)


def without_etags(patch: pytest.MonkeyPatch) -> None:
    """What stands there is written over, whoever has changed it since."""
    for adapter in (GoogleAgenda, GraphAgenda, CaldavAgenda):
        changing = adapter.change

        def change(
            self: Any, calendar: Any, name: Any, entry: Any, *, etag: Any, of: Any = changing
        ) -> Any:
            del etag
            return of(self, calendar, name, entry, etag=None)

        patch.setattr(adapter, "change", change)


def without_looks_at_what_is_late(patch: pytest.MonkeyPatch) -> None:
    """What a sleeper puts there after it was called off stays (it did, once)."""
    patch.setattr(mirror, "_see_late", lambda *_: 0)
