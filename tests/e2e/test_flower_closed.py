"""Flower to who has no password and to who has: nothing is shown to one, nothing done for both."""

import base64
import random
import re
import socket
from collections.abc import Iterator

import pytest
import requests
from flower.urls import handlers

from tests.support.broker import a_broker
from tests.support.databases import Database
from tests.support.figures import Measured
from tests.support.premises import Premises, premises
from tests.support.spoiled import LONG, cut_up, junk, new_dice
from tests.support.stand_ins import free_port
from tests.support.waiting import wait_until

MANY = 10_000 if LONG else 120
SOON = 0.2
LOGIN = ("frontdesk", "correct-horse-battery")
OPEN = {"/metrics", "/healthcheck", "/static/", "/login", "/logout"}
"""What is told to whoever asks: names of tasks and workers, that it lives, and how it looks."""

METHODS = ("GET", "POST", "PUT", "DELETE", "PATCH", "HEAD")
REFUSED = {401, 403, 404, 405}
PLACES = [str(one.regex.pattern if hasattr(one, "regex") else one[0]) for one in handlers]
PATHS = sorted(
    {re.sub(r"\(\.[+*]\)", "{0}", place).rstrip("$?") for place in PLACES if place != ".*"}
)
CONTROLS = [path for path in PATHS if re.match(r"/api/(worker/|task/)", path)]


@pytest.fixture(scope="module")
def port() -> int:
    return free_port()


@pytest.fixture
def place(database: Database, port: int) -> Iterator[Premises]:
    environment = {"FLOWER_PORT": str(port), "FLOWER_BASIC_AUTH": ":".join(LOGIN)}
    with (
        a_broker() as broker,
        premises(database, broker, "flower", "worker", environment=environment) as made,
    ):
        wait_until(lambda: len(workers_of(port)) > 1, within=60, what="Flower sees the workers")
        yield made


def ask(port: int, method: str, path: str, *, auth: tuple[str, str] | None = None) -> int:
    url = f"http://127.0.0.1:{port}{path}"
    return requests.request(method, url, auth=auth, timeout=20, allow_redirects=False).status_code


def workers_of(port: int) -> list[str]:
    """Return who works, as Flower knows it."""
    try:
        known = requests.get(
            f"http://127.0.0.1:{port}/api/workers", auth=LOGIN, params={"status": "1"}, timeout=20
        )
        return sorted(name for name, lives in known.json().items() if lives)
    except (requests.RequestException, ValueError):
        return []


def spoiled(dice: random.Random) -> bytes:
    """Return a request for some page with a wrong login, and something in it spoiled."""
    path = dice.choice(PATHS).format("x")
    password = str(junk(dice)).encode("utf-8", "replace")[:4000]
    login = base64.b64encode(dice.choice((b"frontdesk:" + password, password)))
    head = b"%s %s HTTP/1.1\r\nHost: x\r\nAuthorization: Basic %s\r\nConnection: close\r\n\r\n"
    whole = head % (dice.choice(METHODS).encode(), path.encode(), login)
    return whole if dice.randrange(3) == 0 else cut_up(whole, dice)


def say(port: int, request: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", port), timeout=SOON) as line:
        heard = b""
        try:
            line.sendall(request)
            while part := line.recv(65_536):
                heard += part
        except OSError:  # it hung up on us, or waits for the rest of the question
            pass
        return heard


@pytest.mark.slow
@pytest.mark.timeout(3600 if LONG else 300)
def test_nothing_is_shown_without_the_password_and_nothing_is_done_with_it(
    place: Premises, port: int, measured: Measured
) -> None:
    before = workers_of(port)
    name = before[0]
    dice = new_dice()

    shown = {
        path: status
        for path in PATHS
        for method in METHODS
        if (status := ask(port, method, path.format(name))) not in REFUSED
    }
    done = {path: ask(port, "POST", path.format(name), auth=LOGIN) for path in CONTROLS}
    answers = [say(port, spoiled(dice)) for _ in range(MANY)]

    measured(f"Flower: {len(PATHS)} addresses, {MANY} spoiled questions without the password")
    assert {path.format("") for path in shown} <= OPEN
    assert all(status in REFUSED for status in done.values()), done
    told = [heard for heard in answers if b"sweep" in heard and b"# HELP" not in heard]
    assert not told
    assert workers_of(port) == before
    assert place.scalar("SELECT count(*) FROM effects") == 0
