"""The door of an owner's consent, and guests who send it whatever: only our answer is taken."""

import random
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

import pytest

from domain.calendars.ports import Grant
from domain.errors import Refusal
from tests.support.figures import Measured
from tests.support.spoiled import LONG, cut_up, junk, new_dice
from workers.consent import PATH, ask

MANY = 10_000 if LONG else 120
CODE = "4/0AX4XfWh"


@dataclass
class Visit:
    """A log-in under way: where its door is, and what came in by it."""

    port: int = 0
    state: str = ""
    codes: list[str] = field(default_factory=list[str])
    ended: threading.Event = field(default_factory=threading.Event)
    vendor = "spoiled"

    def address(self, *, state: str, redirect: str, challenge: str) -> str:
        return f"http://login.example/?state={state}&redirect_uri={redirect}&x={challenge}"

    def redeem(self, code: str, *, redirect: str, verifier: str) -> Grant:
        assert redirect
        assert verifier
        self.codes.append(code)
        return Grant("access", "refresh", None)

    def show(self, url: str) -> None:
        said = parse_qs(urlsplit(url).query)
        self.state = said["state"][0]
        self.port = urlsplit(said["redirect_uri"][0]).port or 0

    def say(self, request: bytes, *, wait: float = 5.0) -> bytes:
        """Send bytes, and return what was answered until the door hung up."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=wait) as line:
            heard = b""
            try:
                line.sendall(request)
                line.shutdown(socket.SHUT_WR)
                while part := line.recv(65_536):
                    heard += part
            except OSError:  # it hung up on us, as it may
                pass
            return heard

    def answer(self) -> bytes:
        return f"GET {PATH}?code={CODE}&state={self.state} HTTP/1.1\r\nHost: x\r\n\r\n".encode()


@contextmanager
def visiting() -> Iterator[Visit]:
    """Have somebody wait at the door until the block ends."""
    visit = Visit()
    shown = threading.Event()

    def show(url: str) -> None:
        visit.show(url)
        shown.set()

    def wait() -> None:
        try:
            ask(visit, show, patience=3600 if LONG else 60)
        except Refusal:
            pass
        finally:
            visit.ended.set()

    thread = threading.Thread(target=wait, daemon=True)
    thread.start()
    assert shown.wait(5)
    yield visit
    if not visit.ended.is_set():
        visit.say(visit.answer())
    thread.join(10)


def spoiled(whole: bytes, dice: random.Random) -> bytes:
    """Return a request with its bytes or one of its words spoiled."""
    if dice.randrange(2):
        return cut_up(whole, dice)
    words = whole.split(b" ")
    words[dice.randrange(len(words))] = str(junk(dice)).encode("utf-8", "replace")
    return b" ".join(words)


@pytest.mark.timeout(3600 if LONG else 120)
def test_whatever_is_sent_without_our_state_is_not_taken_and_the_answer_still_is(
    measured: Measured,
) -> None:
    dice = new_dice()
    silent = 0

    with visiting() as visit:
        guess = visit.answer().replace(visit.state.encode(), b"guess" * 8)
        for _ in range(MANY):
            request = spoiled(guess, dice)
            heard = visit.say(request)
            silent += not heard
            assert b"Thank you" not in heard, request
            assert not visit.ended.is_set(), request
        heard = visit.say(visit.answer())

    measured(f"{MANY} spoiled requests at the door, {silent} of them without an answer")
    assert b"Thank you" in heard
    assert visit.codes == [CODE]


@pytest.mark.parametrize(
    "target",
    [
        f"{PATH}?code=x&state=\u00fc".encode("latin-1"),
        PATH.encode() + b"?code=x&state=%ff%fe",
        b"http://[?code=x&state=y",
        b"//[::1" + PATH.encode() + b"?code=x",
    ],
)
def test_what_is_no_address_is_answered_too(target: bytes) -> None:
    with visiting() as visit:
        heard = visit.say(b"GET " + target + b" HTTP/1.1\r\nHost: x\r\n\r\n")

    assert b" 404 " in heard.splitlines()[0]
    assert visit.codes == [CODE]


def test_guests_who_say_nothing_hold_nobody_up() -> None:
    with visiting() as visit:
        quiet = [socket.create_connection(("127.0.0.1", visit.port)) for _ in range(20)]
        heard = visit.say(visit.answer(), wait=2.0)
        for one in quiet:
            one.close()

    assert b"Thank you" in heard


def test_an_owner_whose_browser_hangs_up_at_once_has_answered() -> None:
    with visiting() as visit:
        line = socket.create_connection(("127.0.0.1", visit.port))
        line.sendall(visit.answer())
        line.close()
        assert visit.ended.wait(10)

    assert visit.codes == [CODE]
