"""Our adapters to three vendors' calendars, and an owner who lets us in at each."""

from collections.abc import Callable, Iterator
from dataclasses import replace
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
from tests.support.diary import Person
from tests.support.outlook import Outlook
from tests.support.outsiders import AtDav, AtGoogle, AtOutlook, Outsider
from tests.support.slice import KEYS
from tests.support.stand_ins import StandIns

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

    def adapters(self, purse: Purse, *, page: int | None = None) -> dict[str, Adapter]:
        """Return who speaks with each vendor; in pages of so many, where pages can be chosen."""
        google = GoogleAgenda(purse, base_url=self.vendors.at("google"))
        return {
            "google": replace(google, page=page or google.page),
            "outlook": GraphAgenda(purse, base_url=self.vendors.at("graph"), page=page or 100),
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
