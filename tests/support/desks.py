"""A desk at every vendor, as fixtures: an adapter, a fresh calendar, and its owner's hand."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from uuid import uuid4

import pytest

from domain.calendars.ports import Calendar
from providers.caldav.agenda import CaldavAgenda
from providers.caldav.line import Line
from providers.google.agenda import GoogleAgenda
from providers.graph.agenda import GraphAgenda
from tests.support import dav
from tests.support.dav import SERVERS, DavServer
from tests.support.diary import Person
from tests.support.google_hand import GoogleHand
from tests.support.hands import DavHand, Desk, Keys, OutlookHand
from tests.support.outlook import Outlook
from tests.support.stand_ins import StandIns

VENDORS = ("google", "graph", *SERVERS)
Open = Callable[[str], Desk]


def calendar(calendar_id: str, base_url: str | None = None) -> Calendar:
    return Calendar(
        integration_id=uuid4(),
        user_id=uuid4(),
        calendar_id=calendar_id,
        zone="Europe/Stockholm",
        base_url=base_url,
    )


@pytest.fixture(scope="session")
def dav_servers(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Callable[[str], DavServer]]:
    """Start each server when it is first asked for."""
    running: dict[str, DavServer] = {}
    with ExitStack() as stack:

        def get(name: str) -> DavServer:
            if name not in running:
                home = tmp_path_factory.mktemp(name)
                running[name] = stack.enter_context(dav.dav_server(name, home))
            return running[name]

        yield get


@pytest.fixture
def desks(
    request: pytest.FixtureRequest, dav_servers: Callable[[str], DavServer]
) -> Iterator[Open]:
    """Open desks; adapters are closed afterwards."""
    with ExitStack() as stack:

        def get(vendor: str) -> Desk:
            if vendor in {"google", "graph"}:
                make = google_desk if vendor == "google" else graph_desk
                made = make(request.getfixturevalue("vendors"))
            else:
                made = dav_desk(dav_servers(vendor))
            stack.callback(made.agenda.close)  # pyright: ignore[reportAttributeAccessIssue]  # both have it
            return made

        yield get


@pytest.fixture(params=VENDORS)
def desk(request: pytest.FixtureRequest, desks: Open) -> Desk:
    return desks(request.param)


def google_desk(vendors: StandIns) -> Desk:
    url, name = vendors.at("google"), f"{uuid4().hex}@example.com"
    agenda, owner = GoogleAgenda(Keys("ours"), base_url=url), Person(url, name)
    owner.all()  # from here on there is such a calendar
    return Desk("google", agenda, calendar(name), GoogleHand(owner))


def graph_desk(vendors: StandIns, url: str | None = None) -> Desk:
    owner = Outlook(vendors, f"{uuid4().hex}@outlook.example")
    keys = Keys(owner.bearer)
    agenda = GraphAgenda(keys, base_url=url or vendors.at("graph"), read=10.0)
    return Desk("graph", agenda, calendar(owner.calendar), OutlookHand(owner))


def dav_desk(server: DavServer) -> Desk:
    path = server.make(uuid4().hex)
    agenda = CaldavAgenda(Keys(f"{dav.USER}:{dav.PASSWORD}"), line=Line(allowed=None))
    return Desk(server.name, agenda, calendar(path, server.url), DavHand(server, path))
