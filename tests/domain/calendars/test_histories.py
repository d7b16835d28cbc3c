"""Random histories of two sides that edit one calendar, with all that goes wrong between them.

Whatever the order: in the end both sides are equal, no edit is lost outside the written rule, no
hour is booked twice, and we have written there no more often than we had something to say.
"""

import os
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from domain.calendars.ports import Calendar, Grant
from domain.calendars.tokens import Purse
from domain.database import Begin
from providers.caldav.agenda import CaldavAgenda
from providers.caldav.line import Line
from providers.google import login
from providers.google.agenda import GoogleAgenda
from providers.graph.agenda import GraphAgenda
from providers.graph.consent import consent
from tests.support import dav, outlook
from tests.support.dav import DavServer
from tests.support.desks import dav_servers
from tests.support.diary import Person
from tests.support.in_step import judge
from tests.support.outlook import Outlook
from tests.support.outsiders import AtDav, AtGoogle, AtOutlook, Outsider
from tests.support.slice import KEYS
from tests.support.stand_ins import StandIns
from tests.support.two_sides import Totals, World

__all__ = ["dav_servers"]

LONG = bool(os.environ.get("LONG"))
EDITS = int(os.environ.get("EDITS", "100000" if LONG else "120"))
SEED = int(os.environ.get("SEED", "1"))
STEPS, CHECK = 240, 120
STORY = 120

WEIGHTS = {
    "we_change": 22,
    "they_change": 22,
    "we_write": 8,
    "we_book": 4,
    "we_cancel_or_confirm": 5,
    "they_delete": 4,
    "they_write": 4,
    "they_drop": 2,
    "notice": 2,
    "token_runs_out": 1,
    "cursor_is_lost": 1,
    "answer": 2,
}
SWEEPS = 6


Adapter = GoogleAgenda | GraphAgenda | CaldavAgenda


class House:
    """The vendors, and our adapters to them."""

    def __init__(self, vendors: StandIns, server: DavServer) -> None:
        self.vendors, self.server = vendors, server
        self.google = login.consent(
            client_id="client", client_secret="secret", base_url=vendors.at("google")
        )
        self.microsoft = consent(
            client_id="client", client_secret="secret", login_url=vendors.at("login")
        )

    def purse(self, begin: Begin) -> Purse:
        consents = {"google": self.google, "outlook": self.microsoft}
        return Purse(begin=begin, keyring=KEYS, consents=consents)

    def adapters(self, purse: Purse) -> dict[str, Adapter]:
        return {
            "google": GoogleAgenda(purse, base_url=self.vendors.at("google")),
            "outlook": GraphAgenda(purse, base_url=self.vendors.at("graph")),
            "other": CaldavAgenda(purse, line=Line(allowed=None)),
        }

    def open(self, kind: str, user: UUID, key: UUID) -> tuple[Outsider, Calendar, Grant]:
        def calendar(name: str, url: str | None = None) -> Calendar:
            return Calendar(
                integration_id=key,
                user_id=user,
                calendar_id=name,
                zone="Europe/Stockholm",
                base_url=url,
            )

        if kind == "google":
            name = f"owner-{key}@example.com"
            person = AtGoogle(Person(self.vendors.at("google"), name))
            return person, calendar(name), Grant("ours", "1//refresh", None)
        if kind == "outlook":
            who = f"{uuid4().hex}@outlook.example"
            given = outlook.consent(self.vendors, who)
            said = outlook.with_code(self.vendors, given["code"]).json()
            owner = Outlook(self.vendors, who)
            grant = Grant(said["access_token"], said["refresh_token"], timedelta(hours=1))
            return AtOutlook(owner), calendar(owner.calendar), grant
        path = self.server.make(uuid4().hex)
        grant = Grant(f"{dav.USER}:{dav.PASSWORD}", None, None)
        return AtDav(self.server, path), calendar(path, self.server.url), grant


@pytest.fixture
def house(vendors: StandIns, dav_servers: Callable[[str], DavServer]) -> Iterator[House]:
    made = House(vendors, dav_servers("radicale"))
    yield made
    made.google.close()
    made.microsoft.close()


def live(house: House, begin: Begin, seed: int, totals: Totals) -> None:
    adapters = house.adapters(house.purse(begin))
    world = World(begin, seed, adapters, house.purse, totals)
    names = [*WEIGHTS, "sweep"]
    weights = [*WEIGHTS.values(), SWEEPS]
    try:
        for kind in ("google", "outlook", "other"):
            world.owner(kind, house.open)
        for step in range(1, STEPS + 1):
            world.weather.is_rough = True
            [name] = world.dice.choices(names, weights)
            if name == "sweep":
                world.sweep(hands=2 if world.dice.random() < 0.1 else 1)
            else:
                getattr(world, name)(world.dice.choice(world.owners))
            if step % CHECK == 0:
                world.settle()
                judge(world)
    except Exception as error:
        error.add_note(f"seed {seed}, and the last that happened:")
        error.add_note("\n".join(world.story[-STORY:]))
        raise
    finally:
        world.leave()
        for adapter in adapters.values():
            adapter.close()


@pytest.mark.slow
@pytest.mark.timeout(7200 if LONG else 300)
def test_both_sides_end_equal_whatever_happens(
    begin_for_all: Begin, house: House, measured: Callable[[str], None]
) -> None:
    totals, began, seed = Totals(), time.monotonic(), SEED
    while totals.edits < EDITS:
        live(house, begin_for_all, seed, totals)
        seed += 1

    struck = ", ".join(f"{name} {number}" for name, number in sorted(totals.seen.items()))
    measured(
        f"{totals.edits} edits in {seed - SEED} histories at three vendors,"
        f" {totals.sweeps} sweeps, {totals.writes} writes of ours, {totals.asked} questions,"
        f" {totals.booked} booked and {totals.refused} refused:"
        f" {totals.checks} times both sides equal ({time.monotonic() - began:.0f} s; {struck})"
    )
    assert totals.booked
    assert totals.refused
    assert totals.asked
