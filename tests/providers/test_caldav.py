"""CalDAV against real servers: what goes wrong on the way, and how a server is found."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler
from urllib.parse import urlsplit
from uuid import uuid4

import pytest

from domain.calendars.ports import CursorLost, Withdrawn
from domain.errors import OutcomeUnknown, Rejected, Retryable
from providers.caldav.agenda import CaldavAgenda
from providers.caldav.line import Line
from tests.support.dav import PASSWORD, USER, DavServer
from tests.support.desks import Open, calendar, dav_desk
from tests.support.hands import WINDOW, Booking, Desk, Keys, Mirror, entry, wall
from tests.support.stand_ins import serving

NINE = Booking(start=wall(2027, 2, 2, 9), end=wall(2027, 2, 2, 10))
UNSUPPORTED = b'<error xmlns="DAV:"><supported-report/></error>'
BOMB = b'<!DOCTYPE m [<!ENTITY a "aaaa">]><multistatus xmlns="DAV:">&a;</multistatus>'

Servers = Callable[[str], DavServer]
Answer = tuple[int, dict[str, str], bytes]


@contextmanager
def between(server: DavServer, act: Callable[[str, bytes], Answer | None]) -> Iterator[str]:
    """Stand before a server; `act` answers in its place, or after it where it returns None."""

    class Gate(BaseHTTPRequestHandler):
        def _carry(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"] or 0))
            answer = act(self.command, body)
            if answer is None:
                line = HTTPConnection(urlsplit(server.url).netloc, timeout=10)
                line.request(self.command, self.path, body, dict(self.headers))
                found = line.getresponse()
                answer = (found.status, dict(found.getheaders()), found.read())
                line.close()
            status, headers, said = answer
            self.send_response(status)
            for name in ("ETag", "Content-Type", "Content-Encoding", "Location"):
                if name in headers:
                    self.send_header(name, headers[name])
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        do_GET = do_PUT = do_DELETE = do_PROPFIND = do_REPORT = _carry  # noqa: N815  # the parent's names

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the parent's name
            pass

    with serving(Gate) as url:
        yield url


def through(desk: Desk, url: str) -> Desk:
    return replace(desk, calendar=replace(desk.calendar, base_url=url))


@pytest.fixture
def desk(desks: Open) -> Desk:
    return desks("radicale")


def test_a_server_without_sync_is_asked_whether_anything_changed(
    dav_servers: Servers, desk: Desk
) -> None:
    def act(_: str, body: bytes) -> Answer | None:
        return (403, {}, UNSUPPORTED) if b"sync-collection" in body else None

    event = desk.hand.book(NINE)
    with between(dav_servers("radicale"), act) as url:
        mirror = Mirror(through(desk, url))
        mirror.pull()
        assert set(mirror.held) == {event}
        assert mirror.pull() == []

        desk.hand.drop(event)
        with pytest.raises(CursorLost):
            mirror.pull()
        mirror.cursor = None
        mirror.pull()
        assert mirror.held == {}


def test_an_insert_whose_answer_was_lost_is_found_by_its_repeat(
    dav_servers: Servers, desk: Desk
) -> None:
    lost = threading.Event()

    def act(method: str, body: bytes) -> Answer | None:
        del body
        if method != "PUT" or lost.is_set():
            return None
        lost.set()
        return 502, {}, b"a gate"

    chosen = uuid4().hex
    with between(dav_servers("radicale"), act) as url:
        gated = through(desk, url)
        with pytest.raises(OutcomeUnknown):
            gated.agenda.insert(gated.calendar, entry(), name=chosen)
        first = gated.agenda.insert(gated.calendar, entry(), name=chosen)
        again = gated.agenda.insert(gated.calendar, entry(), name=chosen)

    assert again.item is not None
    assert again.item.tag == entry().tag
    assert [one.remote_id for one in desk.all()[0]] == [first.remote_id]


@pytest.mark.parametrize(
    ("answer", "word"),
    [
        ((503, {}, b""), Retryable),
        ((500, {}, b""), Retryable),
        ((423, {}, b""), Retryable),
        ((207, {}, b"<html>a gate</html>"), Retryable),
        ((207, {}, b"not even that"), Retryable),
        ((207, {}, BOMB), Retryable),
        ((403, {}, b""), Rejected),
        ((302, {"Location": "http://elsewhere.example/"}, b""), Rejected),
    ],
)
def test_what_a_pull_may_end_in(
    dav_servers: Servers, desk: Desk, answer: Answer, word: type[Exception]
) -> None:
    with between(dav_servers("radicale"), lambda *_: answer) as url:
        gated = through(desk, url)
        with pytest.raises(word) as raised:
            gated.agenda.pull(gated.calendar, window=WINDOW, cursor=None, page=None)

    assert type(raised.value) is word
    assert PASSWORD not in str(raised.value)


def test_a_redirect_at_the_same_name_is_followed_with_the_same_question(
    dav_servers: Servers, desk: Desk
) -> None:
    event = desk.hand.book(NINE)
    server = dav_servers("radicale")
    moved = {"Location": f"{server.url}{desk.calendar.calendar_id}"}
    with between(server, lambda *_: (302, moved, b"")) as url:
        gated = through(desk, url)
        page = gated.agenda.pull(gated.calendar, window=WINDOW, cursor=None, page=None)

    assert page.items == []  # January; the event is of February
    assert [one.remote_id for one in desk.all()[0]] == [event]


def test_a_password_that_is_refused_twice_is_the_owners_matter(dav_servers: Servers) -> None:
    desk = dav_desk(dav_servers("radicale"))
    keys = Keys(f"{USER}:wrong")
    agenda = CaldavAgenda(keys, line=Line(allowed=None))

    with pytest.raises(Withdrawn):
        agenda.calendars(desk.calendar)
    agenda.close()

    assert keys.refused == [f"{USER}:wrong"]


@pytest.mark.parametrize("server", ["radicale", "xandikos"])
@pytest.mark.parametrize("path", ["", "/", "/user/", "/.well-known/caldav"])
def test_calendars_are_found_from_whatever_address_the_owner_knows(
    dav_servers: Servers, server: str, path: str
) -> None:
    desk = dav_desk(dav_servers(server))
    anywhere = calendar(path, dav_servers(server).url)

    found = desk.agenda.calendars(anywhere)

    assert any(desk.calendar.calendar_id in one.calendar_id for one in found)


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:9", "https://127.0.0.1", "https://10.0.0.1:8443"]
)
def test_a_tenants_address_leads_to_no_private_place(url: str) -> None:
    agenda = CaldavAgenda(Keys("user:password"), line=Line())

    with pytest.raises(Retryable, match="its address"):
        agenda.find(calendar("/x/", url), "x.ics")
    agenda.close()
