"""Whatever an SMTP server says: a letter it has is never taken for one that did not arrive."""

import random
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

import pytest

from domain.errors import OutcomeUnknown, ProviderError, Retryable
from domain.messages.ports import Mail
from providers.smtp.mail import Account, SmtpMails
from tests.support.figures import Measured
from tests.support.spoiled import LONG, cut_up, junk, new_dice

MANY = 10_000 if LONG else 100
LETTER = Mail(to="canary@example.com", subject="Tuesday at two", text="See you.")
REPLIES = {
    b"EHLO": b"250-desk.example\r\n250-SIZE 1000000\r\n250 8BITMIME\r\n",
    b"MAIL": b"250 2.1.0 OK\r\n",
    b"RCPT": b"250 2.1.5 OK\r\n",
    b"DATA": b"354 go on\r\n",
    b"RSET": b"250 OK\r\n",
    b"QUIT": b"221 bye\r\n",
}


@dataclass
class Talk:
    """What a server said over one letter, and whether it has it."""

    has_it: bool = False
    said: list[bytes] = field(default_factory=list[bytes])

    @property
    def last_word(self) -> bytes:
        """What it said to the letter, if it has it."""
        return self.said[-1] if self.said else b""


class Server(socketserver.ThreadingTCPServer):
    """Says what the dice make of its lines."""

    daemon_threads = True

    def __init__(self, dice: random.Random) -> None:
        super().__init__(("127.0.0.1", 0), Guest)
        self.dice = dice
        self.talk = Talk()

    def spoiled(self, line: bytes) -> bytes:
        what = self.dice.randrange(12)
        if what == 0:
            return str(junk(self.dice)).encode("utf-8", "replace") + b"\r\n"
        if what == 1:
            return b"%d strange\r\n" % self.dice.choice((0, 7, 199, 250, 299, 399, 450, 554, 999))
        if what == 2:
            return b""
        return cut_up(line, self.dice)[:20_000] if what == 3 else line


class Guest(socketserver.StreamRequestHandler):
    server: Server
    timeout = 0.3

    def handle(self) -> None:
        self.talk = self.server.talk
        with suppress(OSError):
            self.say(b"220 desk.example\r\n")
            while line := self.rfile.readline(4096):
                word = line[:4].upper()
                said = self.say(REPLIES.get(word, b"502 what?\r\n"))
                if word == b"DATA" and said.startswith(b"354"):
                    self.take()

    def take(self) -> None:
        while line := self.rfile.readline(4096):
            if line == b".\r\n":
                self.talk.has_it = True
                self.say(b"250 2.0.0 taken\r\n")
                return

    def say(self, whole: bytes) -> bytes:
        line = self.server.spoiled(whole)
        self.talk.said.append(line)
        if not line:
            raise ConnectionError("it hangs up in the middle of it")
        self.wfile.write(line)
        return line


@contextmanager
def a_server(dice: random.Random) -> Iterator[Server]:
    with Server(dice) as made:
        thread = threading.Thread(target=made.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield made
        finally:
            made.shutdown()
            thread.join()


@pytest.mark.timeout(7200 if LONG else 300)
def test_a_letter_that_a_spoiled_server_has_is_never_taken_for_lost(measured: Measured) -> None:
    ends: dict[str, int] = {}

    with a_server(new_dice()) as server:
        account = Account(
            url=f"smtp://127.0.0.1:{server.server_address[1]}", sender="desk@example.com"
        )
        for number in range(MANY):
            talk = server.talk = Talk()
            post = SmtpMails(account)
            try:
                post.send(LETTER, key=f"message:{number}")
                end = told = "taken"
            except ProviderError as error:
                end, told = type(error).__name__, str(error)
            finally:
                post.close()
            ends[end] = ends.get(end, 0) + 1
            assert "canary" not in told
            if end == "taken":
                assert talk.last_word.startswith(b"2"), talk.said
            elif talk.has_it and talk.last_word[:1] not in {b"4", b"5"}:
                assert end == OutcomeUnknown.__name__, talk.said

    measured(f"SMTP: {MANY} letters to a spoiled server: {ends}")
    assert ends["taken"] > MANY / 20
    assert ends[Retryable.__name__] > MANY / 20
