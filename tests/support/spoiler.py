"""Stands between adapters and stand-ins: what is asked arrives, what is answered is spoiled."""

import json
import random
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import urlsplit

from tests.support.spoiled import cut_up, spoil
from tests.support.stand_ins import StandIns, serving

LARGEST = 2**31
DEAREST = Decimal(10) ** 10
LONGEST = timedelta(days=366)
BY_HOP = {"connection", "transfer-encoding", "content-length", "keep-alive"}


@dataclass
class Spoiler(StandIns):
    """The vendors, by the way of somebody who spoils their answers while `dice` are set."""

    dice: random.Random | None = None
    said: bytes = b""
    """What was last handed on, for who wonders what broke."""

    in_place: Any = ...
    """What stands in the place of a page's list; the ellipsis leaves the list alone."""

    asked: list[tuple[str, int]] = field(default_factory=list[tuple[str, int]])
    """What was asked for by its method, and the vendor's own answer to it."""

    def hand_on(self, body: bytes) -> bytes:
        self.said = self._spoiled(body) if self.dice and body else body
        if self.in_place is not ...:
            self.said = self._without_list(body)
        return self.said

    def _without_list(self, body: bytes) -> bytes:
        told = json.loads(body)
        if isinstance(told, list):
            return json.dumps(self.in_place).encode()
        lists = {name: self.in_place for name, value in told.items() if isinstance(value, list)}
        return json.dumps({**told, **lists}).encode()

    def _spoiled(self, body: bytes) -> bytes:
        assert self.dice
        if self.dice.randrange(4) == 0:
            return cut_up(body, self.dice)
        return json.dumps(spoil(json.loads(body), self.dice)).encode()


@contextmanager
def a_spoiler(vendors: StandIns) -> Iterator[Spoiler]:
    """Stand between until the block ends."""
    place = urlsplit(vendors.url).netloc
    made = Spoiler("")

    class Between(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # in one piece: else each answer waits 40 ms for the other side

        def setup(self) -> None:
            super().setup()
            self.behind = HTTPConnection(place, timeout=30)

        def finish(self) -> None:
            self.behind.close()
            super().finish()

        def pass_on(self) -> None:
            asked = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            headers = {k: v for k, v in self.headers.items() if k.lower() not in BY_HOP}
            self.behind.request(
                self.command, self.path, asked, {**headers, "Accept-Encoding": "identity"}
            )
            answer = self.behind.getresponse()
            made.asked.append((self.command, answer.status))
            body = made.hand_on(answer.read())
            self.send_response_only(answer.status)
            for name, value in answer.getheaders():
                if name.lower() not in BY_HOP:
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_DELETE = do_PATCH = pass_on  # noqa: N815  # the parent's names

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # the parent's name
            pass

    with serving(Between) as url:
        made.url = url
        yield made


def misfit(found: Any) -> str | None:
    """Say what of an answer no table of ours holds; None: it fits."""
    if isinstance(found, list | tuple):
        return next((wrong for one in found if (wrong := misfit(one))), None)
    names = getattr(type(found), "__dataclass_fields__", None)
    if names is not None:
        return next((f"{n}, {w}" for n in names if (w := misfit(getattr(found, n)))), None)
    is_held = next((holds for kind, holds in HELD.items() if isinstance(found, kind)), None)
    return None if is_held is None or is_held(found) else f"{type(found).__name__}: {found!r}"


def _has_utc(moment: datetime) -> bool:
    try:
        return moment.astimezone(UTC) == moment
    except OverflowError:
        return False


HELD: Mapping[type, Callable[[Any], bool]] = {
    str: lambda said: all(c != "\0" and not "\ud800" <= c <= "\udfff" for c in said),
    int: lambda number: -LARGEST <= number < LARGEST,
    Decimal: lambda money: money.is_finite() and abs(money) < DEAREST,
    timedelta: lambda span: timedelta() <= span <= LONGEST,
    datetime: lambda moment: bool(moment.tzinfo) and _has_utc(moment),
}
"""What a column holds of each kind of value."""
