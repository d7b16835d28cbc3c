"""Owners at three vendors and their tenants: both sides edit, and what must hold is known."""

import random
import threading
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.calendars import pulls, service, steps
from domain.calendars.desk import Desk
from domain.calendars.drafts import Drafts
from domain.calendars.ports import Agenda, Calendar, Grant, Item, Window
from domain.calendars.tokens import Purse
from domain.database import SYSTEM, Begin
from domain.transcripts import review
from domain.work import batch, control, errands, resolve
from domain.work.names import Area, TaskName
from domain.work.shop import Inline, Shop
from tests.support.diary import HOUR
from tests.support.outsiders import Outsider, soon
from tests.support.rough import Crash, Rough, Weather, mortal
from tests.support.slice import FakeReader, a_booking, readers
from tests.support.told import Owner, Totals

ROUNDS = 30
ZONE = ZoneInfo("Europe/Stockholm")
PASSES = """
UPDATE calendar_event_links SET due_at = clock_timestamp() - interval '1 hour',
    lease_expires_at = lease_expires_at - interval '1 hour'
    WHERE state IN ('pending', 'working', 'unknown');
UPDATE calendar_integrations SET due_at = clock_timestamp() - interval '1 hour',
    lease_expires_at = lease_expires_at - interval '1 hour', renewal_ends_at = '-infinity'
    WHERE is_active;
UPDATE errands SET due_at = clock_timestamp() - interval '1 hour',
    lease_expires_at = lease_expires_at - interval '1 hour'
    WHERE state IN ('pending', 'working');
UPDATE effects SET intended_at = intended_at - interval '1 hour'
    WHERE state NOT IN ('done', 'rejected')
"""


class Handful(Inline):
    """One hand that makes several calls before any is written down, as a worker's many do."""

    width = 16


Opens = Callable[[str, UUID, UUID], tuple[Outsider, Calendar, Grant]]


class World:
    """Some owners, and whatever happens to them."""

    def __init__(
        self,
        begin: Begin,
        dice: random.Random,
        weather: Weather,
        agendas: Mapping[str, Agenda],
        purse: Callable[[Begin], Purse],
        totals: Totals,
    ) -> None:
        self.begin, self.dice, self.weather, self.totals = begin, dice, weather, totals
        self.agendas = agendas
        self.rough = {kind: Rough(agenda, self.weather) for kind, agenda in agendas.items()}
        dying = mortal(begin, self.weather)
        mapped: Any = self.rough
        self.purse = purse(begin)
        self.desk = Desk(begin=dying, agendas=mapped, purse=purse(dying), told=lambda *_: None)
        self.calm = Desk(begin=begin, agendas=agendas, purse=self.purse, told=lambda *_: None)
        self.shop = Shop(begin=dying, hands=Handful())
        self.readers = readers(begin, FakeReader(a_booking().model_dump_json()), diary=Drafts())
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

    def remote(self, owner: Owner, event: UUID) -> str | None:
        """Return what the person sees of an event of ours, if it is there and known to be."""
        query = "SELECT remote_id FROM calendar_event_links WHERE event_id = :id AND is_there"
        found = self.rows(owner, query, id=event)
        return found[0]["remote_id"] if found else None

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
        answers = {TaskName.TRANSCRIPTS_ANSWER: lambda key: review.apply(self.readers, key)}
        try:
            errands.work(self.shop, Area.TRANSCRIPTS, answers)
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
            if question["event_id"] in owner.agreed:
                self._choose(owner, question["id"], question["event_id"])
                continue
            choice = self.dice.choice(["ours", "theirs"])
            service.answer(self.calm, question["id"], choice)
            owner.said_by_us += 1
            self.totals.asked += 1
            self.tell(owner, f"{question['field']} of {question['event_id']}: {choice}")
        return len(open_ones)

    def _choose(self, owner: Owner, question: UUID, event: UUID) -> None:
        """Have the owner name another moment for what a call agreed on, or drop it."""
        agreed = owner.agreed[event]
        others = [at for at in owner.hours if abs(at - agreed.start) < HOUR]
        assert len(others) > 1, f"{event} was asked about without need"
        held = "SELECT id FROM booking_holds WHERE event_id = :id AND released_at IS NULL"
        assert not self.rows(owner, held, id=event), f"{event} is held while its owner is asked"
        agreed.is_dropped = self.dice.random() < 0.5
        words = "no"
        if not agreed.is_dropped:
            owner.moments += 1
            day = (self.start + timedelta(days=20 + owner.moments)).replace(hour=12)
            agreed.start, agreed.is_chosen = day, True
            words = f"{day.astimezone(ZONE):%Y-%m-%dT%H:%M}"
        assert review.answer(self.begin, question, words)
        self.tell(owner, f"{event} when? {words}")

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
                retried = self._retry(session)
                left = session.scalar(text(LEFT))
            if is_quiet and not asked and not retried and not left:
                return
        raise AssertionError(f"no end is in sight: {left} left")

    def _retry(self, session: Session) -> int:
        """Do as whoever reads the alert does: what died in eight hands was given up.

        A storm kills one sweep after the other, and what is in hand counts its tries.
        """
        users = [owner.user for owner in self.owners]
        found = session.execute(text(GIVEN_UP), {"users": users}).all()
        for row in found:
            kind = errands.kind(Area(row.task.partition(".")[0]))
            control.retry(session, kind, row.id, is_sure=False)
            self.tell(self.owners[users.index(row.user_id)], f"{row.task} is tried once more")
        self.weather.seen["given up, retried by hand"] += len(found)
        return len(found)

    def items(self, owner: Owner) -> list[Item]:
        """List what stands there, by nobody's cursor."""
        found: list[Item] = []
        page: str | None = None
        window = Window(self.start - timedelta(days=2), self.start + timedelta(days=100))
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


GIVEN_UP = """
SELECT id, user_id, task FROM errands WHERE state = 'failed' AND user_id = ANY(:users)
AND (task LIKE 'calendars.%' OR task = 'transcripts.answer')
"""
LEFT = """
SELECT (SELECT count(*) FROM calendar_event_links l JOIN calendar_integrations i
          ON i.id = l.calendar_integration_id AND i.is_active
         WHERE l.state IN ('pending', 'working', 'unknown'))
     + (SELECT count(*) FROM errands e JOIN calendar_integrations i
          ON i.user_id = e.user_id AND i.is_active
         WHERE (e.task LIKE 'calendars.%' OR e.task = 'transcripts.answer')
         AND e.state IN ('pending', 'working'))
"""
