"""Two limiters as many houses have them, to be held against ours: a process that dials by one.

    counter   INCR before the call, DECR when a notice says that it has ended
    lease     a name in a sorted set, for as long as calls usually take; a notice takes it out

    python -m tests.support.limiters KIND SOCKET SANDBOX PORT LIMIT SECONDS

The numbers to be dialled stand in a list of Redis's second database.
"""

import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Protocol
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import redis

from domain.errors import ProviderError
from domain.outbound.ports import Dial
from providers.twilio.calls import Account, TwilioCalls
from tests.support.vendors import SCRIPTS, SENDER, TENANT

KINDS = ("counter", "lease")
HANDS = 4
OVER = {"completed", "busy", "no-answer", "failed", "canceled"}
TAKE = """
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', ARGV[1])
if redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[2]) then return 0 end
redis.call('ZADD', KEYS[1], ARGV[3], ARGV[4]) return 1
"""


def sid_of(kind: str) -> str:
    """Return the account over which a limiter dials."""
    return "AC" + {"counter": "c", "lease": "e"}[kind] * 32


class Limiter(Protocol):
    def take(self, key: str) -> bool: ...
    def give(self, key: str) -> None: ...
    def held(self) -> int: ...


@dataclass
class Counter:
    slots: Any
    limit: int

    def take(self, key: str) -> bool:
        del key
        if self.slots.incr("counter") <= self.limit:
            return True
        self.slots.decr("counter")
        return False

    def give(self, key: str) -> None:
        del key
        self.slots.decr("counter")

    def held(self) -> int:
        return int(self.slots.get("counter") or 0)


@dataclass
class Lease:
    slots: Any
    limit: int
    seconds: float = 10

    def take(self, key: str) -> bool:
        now = time.time()
        return self.slots.eval(TAKE, 1, "lease", now, self.limit, now + self.seconds, key) == 1

    def give(self, key: str) -> None:
        self.slots.zrem("lease", key)

    def held(self) -> int:
        return int(self.slots.zcount("lease", time.time(), "+inf"))


def limiter(kind: str, socket: str, limit: int, seconds: float) -> Limiter:
    slots = redis.Redis(unix_socket_path=socket)
    return Counter(slots, limit) if kind == "counter" else Lease(slots, limit, seconds)


def serve(port: int, give: Callable[[str], None]) -> None:
    """Hear the vendor's notices, and give back what has ended."""

    class Ear(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
            key = parse_qs(urlsplit(self.path).query).get("rid", [""])[0]
            if form.get("CallStatus", [""])[0] in OVER:
                give(key)
            self.send_response(204)
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # the parent's name
            pass

    ThreadingHTTPServer(("127.0.0.1", port), Ear).serve_forever()


def dial(mine: Limiter, calls: TwilioCalls, todo: Any) -> None:
    """Dial one number after the other, as slots come free."""
    while True:
        key = f"call:{uuid4().hex}"
        if not mine.take(key):
            time.sleep(0.05)
            continue
        number = todo.lpop("todo")
        if number is None:
            mine.give(key)
            time.sleep(0.2)
            continue
        order = Dial(
            to=number.decode(), user_id=TENANT, caller=SENDER, assistant_id=SCRIPTS["twilio"]
        )
        try:
            calls.place(order, key=key)
        except ProviderError:
            mine.give(key)  # it said that nothing came of it


def main(kind: str, socket: str, sandbox: str, port: str, limit: str, seconds: str) -> None:
    mine = limiter(kind, socket, int(limit), float(seconds))
    todo = redis.Redis(unix_socket_path=socket, db=1 + KINDS.index(kind))
    account = Account(
        sid=sid_of(kind),
        token="k",
        base_url=f"{sandbox}/twilio",
        callback=f"http://127.0.0.1:{port}/",
    )
    for _ in range(HANDS):
        threading.Thread(
            target=dial, args=(mine, TwilioCalls(account, read=10.0), todo), daemon=True
        ).start()
    serve(int(port), mine.give)


if __name__ == "__main__":
    main(*sys.argv[1:])
