"""What is tried at every point of carrying an event to Google: put there, changed, called off."""

from collections import Counter
from contextlib import suppress
from functools import cache
from typing import ClassVar
from uuid import UUID, uuid4

import psycopg
import pytest

from domain.calendars import drafts, pulls, rules, service, steps, store
from domain.calendars.desk import Desk
from domain.calendars.ports import Grant
from domain.calendars.tokens import Purse
from domain.work import batch, errands, resolve
from domain.work.names import Area, TaskName
from domain.work.shop import Inline
from providers.api import Line
from providers.google.agenda import GoogleAgenda
from tests.support.diary import HOUR, SOON, Person
from tests.support.enumeration import Case
from tests.support.ground import Ground
from tests.support.slice import KEYS
from tests.support.slice_ground import Slice

GUARDS = """
CREATE TRIGGER hold BEFORE UPDATE ON calendar_event_links
    FOR EACH ROW EXECUTE FUNCTION hold_row('state');
"""
NAME = "owner@example.com"
MADE = """
INSERT INTO calendar_integrations (user_id, integration_type, calendar_id, zone)
VALUES (%s, 'google', 'owner@example.com', 'UTC') RETURNING id
"""
BOOKED = """
INSERT INTO events (user_id, title, status, start_time, end_time, timezone)
VALUES (%s, 'Visit', %s, %s, %s, 'UTC') RETURNING id
"""
DUE = """
UPDATE calendar_integrations SET due_at = clock_timestamp() - interval '1 hour',
    lease_expires_at = lease_expires_at - interval '1 hour';
UPDATE errands SET due_at = due_at - interval '1 hour',
    lease_expires_at = lease_expires_at - interval '1 hour'
"""


@cache
def line_of(url: str, *, spare: bool) -> Line:
    """Return connections; the spare ones are first opened in a child."""
    del url, spare
    return Line()


class Pushes(Slice):
    """One event, by a bell and then by sweeps."""

    table = "calendar_event_links"
    emptied = (
        *("sync_logs", "questions", "calendar_event_links", "calendar_events", "events"),
        *("booking_holds", "calendar_integrations"),
    )
    most: ClassVar = {"created": 1, "changed": 0, "deleted": 0}
    """How often anything may be done there, whoever dies."""

    begins = "confirmed"
    status, title = "confirmed", "Visit"
    location: str | None = None

    def __init__(self, ground: Ground) -> None:
        super().__init__(ground)
        self.calendar = self.event = uuid4()
        self.person = Person(self.stand_ins.at("google"), NAME)
        self.person.all()  # loads what is loaded once, before any fork

    @property
    def desk(self) -> Desk:
        url, begin = self.stand_ins.at("google"), self.ground.begin
        purse = Purse(begin=begin, keyring=KEYS, consents={})
        line = line_of(url, spare=self.is_child)
        agenda = GoogleAgenda(purse, base_url=url, line=line)
        return Desk(begin=begin, agendas={"google": agenda}, purse=purse, told=lambda *_: None)

    def reset(self) -> None:
        super().reset()
        self.calendar = self.one(MADE, self.user)
        desk = self.desk
        with self.ground.begin(self.user) as session:
            desk.purse.connect(session, self.calendar, Grant("ours", "1//refresh", None))
        self.event = self.one(BOOKED, self.user, self.begins, SOON, SOON + HOUR)

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
        there = [(one["summary"], one.get("location") or None) for one in self.person.all()]
        wanted = [(self.title, self.location)] if self.status == "confirmed" else []
        facts = f"{here} here and {there} there, link {link}"
        if here != (self.title, self.location, self.status):
            wrong.append(f"lost: {facts}")
        wrong += [f"not in step: {facts}"] if there != wanted else []
        if link and link[0] != "done":
            wrong.append(f"not through: {facts}")
        done = Counter(one["kind"] for one in self.stand_ins.effects("google"))
        often = {kind: done[kind] for kind in self.most if done[kind] > self.most[kind]}
        wrong += [f"too often: {often}, {facts}"] if often else []
        asked = self.one("SELECT count(*) FROM questions")
        return wrong + ([f"asked without need: {facts}"] if asked else [])


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

    most: ClassVar = {"created": 1, "changed": 1, "deleted": 0}
    title = "Longer visit"

    def reset(self) -> None:
        super().reset()
        self.resolve()
        self.one("UPDATE events SET title = 'Longer visit' RETURNING id")


class ChangesOfBoth(Changes):
    """Its owner says there meanwhile where it is."""

    most: ClassVar = {"created": 1, "changed": 2, "deleted": 0}

    def reset(self) -> None:
        super().reset()
        self.location = None

    def meddle(self) -> None:
        self.location = "Harbour Street 1"
        name = self.one("SELECT remote_id FROM calendar_event_links")
        self.person.edit(name, location=self.location)
        self.one("UPDATE calendar_integrations SET last_sync_at = NULL RETURNING id")


class CallsOff(Pushes):
    """An event that is called off before anybody finds out whether it was put there."""

    most: ClassVar = {"created": 1, "changed": 0, "deleted": 1}
    status = "cancelled"
    is_off = False

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


class StandsAgain(Pushes):
    """An event that is called off, and stands again before anybody finds out that it is gone."""

    most: ClassVar = {"created": 2, "changed": 1, "deleted": 1}
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


def event_put_there(ground: Ground) -> Pushes:
    return Pushes(ground)


def event_agreed_on(ground: Ground) -> Agreed:
    return Agreed(ground)


def event_changed(ground: Ground) -> Changes:
    return Changes(ground)


def event_changed_by_both(ground: Ground) -> ChangesOfBoth:
    return ChangesOfBoth(ground)


def event_called_off(ground: Ground) -> CallsOff:
    return CallsOff(ground)


def event_that_stands_again(ground: Ground) -> StandsAgain:
    return StandsAgain(ground)


def with_new_names(patch: pytest.MonkeyPatch) -> None:
    """Each attempt puts an item there under a name of its own."""

    def name_of(link_id: UUID, incarnation: int) -> str:
        del link_id, incarnation
        return uuid4().hex

    patch.setattr(rules, "name_of", name_of)


def without_notes(patch: pytest.MonkeyPatch) -> None:
    """What is about to be written is not noted (removals were not, once)."""
    patch.setattr(store, "offer", lambda *_: True)
