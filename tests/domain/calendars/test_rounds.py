"""A round of reading has several pages, and the world goes on between them."""

import random
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from domain.calendars import pulls, rules, service, steps
from domain.calendars.compare import compare
from domain.calendars.desk import Desk, Told
from domain.calendars.ports import Entry, Tag
from domain.calendars.shelf import PullRow
from domain.database import SYSTEM, Begin
from domain.work import batch
from tests.support.desks import dav_servers
from tests.support.diary import HOUR
from tests.support.edits import we_write
from tests.support.house import House, house
from tests.support.rough import Weather
from tests.support.told import Owner, Totals
from tests.support.two_sides import World

__all__ = ["dav_servers", "house"]

FRESH = "SELECT last_sync_at FROM calendar_integrations WHERE id = :id"


class Paged:
    """An agenda between whose pages something happens, once."""

    def __init__(self, agenda: Any) -> None:
        self._agenda = agenda
        self.between: Callable[[], None] | None = None
        self.read = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._agenda, name)

    def pull(self, *given: Any, **named: Any) -> Any:
        page = self._agenda.pull(*given, **named)
        self.read += 1
        if self.between is not None and page.next_page is not None:
            act, self.between = self.between, None
            act()
        return page


class Reader:
    """One owner, and a desk that reads their calendar in small pages."""

    def __init__(self, world: World, owner: Owner, desk: Desk, paged: Paged) -> None:
        self.world, self.owner, self.desk, self.paged = world, owner, desk, paged

    def book(self) -> UUID:
        """Have an event put there, and hear of it."""
        we_write(self.world, self.owner)
        [event] = list(self.owner.events)[-1:]
        service.push(self.desk, event)
        batch.work(self.world.shop, steps.job(self.desk))
        return event

    def read(self) -> int:
        """Read one round; return of how many pages."""
        self.paged.read = 0
        pulls.pull(self.desk, PullRow(self.owner.calendar.integration_id, self.owner.user))
        return self.paged.read

    def settle(self) -> None:
        for _ in range(3):
            self.world.do(self.owner, "UPDATE calendar_event_links SET due_at = now()")
            batch.work(self.world.shop, steps.job(self.desk))

    def delete(self, event: UUID) -> None:
        name = self.world.remote(self.owner, event)
        assert name is not None
        self.owner.person.delete(name)

    def fresh(self) -> Any:
        [row] = self.world.rows(self.owner, FRESH, id=self.owner.calendar.integration_id)
        return row["last_sync_at"]

    def status(self, event: UUID) -> str:
        query = "SELECT status FROM events WHERE id = :id"
        return self.world.rows(self.owner, query, id=event)[0]["status"]

    def now(self) -> Any:
        return self.world.rows(self.owner, "SELECT clock_timestamp() AS now")[0]["now"]


def _untold(vendor: str, integration_id: UUID) -> Told | None:
    del vendor, integration_id
    return None


@contextmanager
def reading(house: House, begin: Begin, kind: str) -> Generator[Reader]:
    adapters = house.adapters(house.purse(begin), page=2)
    dice = random.Random(1)
    world = World(begin, dice, Weather(dice), adapters, house.purse, Totals())
    try:
        owner = world.owner(kind, house.open)
        for number in range(5):
            owner.person.write(f"private {number}", world.start + number * timedelta(days=1))
        paged = Paged(adapters[kind])
        agendas: Any = {kind: paged}
        desk = Desk(begin=begin, agendas=agendas, purse=world.purse, told=_untold)
        yield Reader(world, owner, desk, paged)
    finally:
        world.leave()
        for adapter in adapters.values():
            adapter.close()


@pytest.fixture(params=["google", "outlook", "other"])
def reader(request: pytest.FixtureRequest, house: House, begin_for_all: Begin) -> Iterator[Reader]:
    with reading(house, begin_for_all, request.param) as made:
        yield made


def test_what_came_while_everything_was_listed_and_went_after_it_is_missed(
    reader: Reader,
) -> None:
    events: list[UUID] = []
    reader.paged.between = lambda: events.append(reader.book())
    assert reader.read() > 1
    [event] = events

    reader.delete(event)  # vendors need not tell of what came and went since their cursor
    reader.read()
    reader.settle()

    assert reader.status(event) == "cancelled"


@pytest.mark.parametrize("reader", ["google", "outlook"], indirect=True)
def test_what_came_between_pages_of_changes_and_went_after_them_is_missed(
    reader: Reader,
) -> None:
    reader.read()  # Radicale tells all changes on one page
    for number in range(5):
        reader.owner.person.write(f"later {number}", reader.world.start + number * HOUR)
    events: list[UUID] = []
    reader.paged.between = lambda: events.append(reader.book())
    assert reader.read() > 1
    [event] = events

    reader.delete(event)
    reader.read()
    reader.settle()

    assert reader.status(event) == "cancelled"


def test_a_round_is_as_fresh_as_its_first_page_and_a_notice_since_then_asks_for_another(
    reader: Reader,
) -> None:
    calendar = reader.owner.calendar.integration_id
    moments: list[Any] = []

    def told() -> None:
        moments.append(reader.now())
        service.pull(reader.desk, calendar)

    reader.paged.between = told

    reader.read()

    assert reader.fresh() <= moments[0]
    query = "SELECT due_at <= clock_timestamp() FROM calendar_integrations WHERE id = :id"
    with reader.world.begin(SYSTEM) as session:
        assert session.scalar(text(query), {"id": calendar})


@pytest.mark.parametrize("reader", ["outlook", "other"], indirect=True)
def test_what_was_read_once_is_not_looked_for_again_and_again(reader: Reader) -> None:
    event = reader.book()
    reader.read()
    reader.settle()

    for _ in range(3):
        reader.read()
    query = "SELECT wanted, carried, seen_etag FROM calendar_event_links WHERE event_id = :id"
    [link] = reader.world.rows(reader.owner, query, id=event)

    assert link["seen_etag"] is None
    assert link["wanted"] == link["carried"]


def _late(reader: Reader, event: UUID, *, incarnation: int = 0) -> None:
    """Have somebody who slept before their request put an event of ours there."""
    query = "SELECT l.id, e.start_time FROM calendar_event_links l JOIN events e"
    [link] = reader.world.rows(
        reader.owner, f"{query} ON e.id = l.event_id WHERE e.id = :id", id=event
    )
    start = link["start_time"]
    entry = Entry(title="late", start=start, end=start + HOUR, zone="UTC", tag=Tag(link["id"], 1))
    name = rules.name_of(link["id"], incarnation)
    reader.world.agendas[reader.owner.kind].insert(reader.owner.calendar, entry, name=name)


def test_what_a_sleeper_puts_there_after_it_was_called_off_is_taken_out_again(
    reader: Reader,
) -> None:
    event = reader.book()
    reader.read()
    reader.world.do(reader.owner, "UPDATE events SET status = 'cancelled'")
    service.push(reader.desk, event)
    reader.settle()

    _late(reader, event)  # Google keeps the name; others take it once more
    reader.read()
    reader.settle()

    assert all(item.tag is None for item in reader.world.items(reader.owner))
    assert reader.status(event) == "cancelled"


def test_a_copy_beside_what_is_ours_is_named(reader: Reader) -> None:
    event = reader.book()
    _late(reader, event, incarnation=7)

    found = compare(reader.desk, reader.owner.calendar.integration_id)

    assert found is not None
    assert found.counts == {"copy": 1}
