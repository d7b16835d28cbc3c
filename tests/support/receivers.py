"""A tenant's receivers: a fake behind our port, a house that owes, and a server that listens."""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any
from uuid import UUID

import psycopg

from domain.database import Begin
from domain.deliveries import service
from domain.deliveries.ports import Answer
from domain.deliveries.service import Outbox
from domain.work.shop import Shop, Threads
from tests.support.slice import KEYS
from tests.support.stand_ins import serving


@dataclass(frozen=True)
class Post:
    url: str
    body: bytes
    headers: dict[str, str]


@dataclass
class FakeReceivers:
    """Receivers that answer as they are told: a status, an error, or something of their own."""

    answers: dict[str, Any] = field(default_factory=dict)
    posts: list[Post] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        with self._lock:
            self.posts.append(Post(url, body, dict(headers)))
        answer = self.answers.get(url, 200)
        if callable(answer):
            answer = answer()
        if isinstance(answer, Exception):
            raise answer
        return answer if isinstance(answer, Answer) else Answer(answer)

    def ids(self, url: str = "") -> list[str]:
        return [post.headers["webhook-id"] for post in self.posts if url in post.url]


class Desk:
    """A tenant, its addresses, and what a worker does for them."""

    def __init__(self, begin: Begin, connection: psycopg.Connection[Any], receivers: Any) -> None:
        self.begin = begin
        self.connection = connection
        self.receivers = receivers
        self.shop = Shop(begin=begin, hands=Threads(16))
        self.outbox = Outbox(begin=begin, keyring=KEYS, receivers=receivers)
        self.user = self.tenant()

    def scalar(self, query: str, *given: Any) -> Any:
        row = self.connection.execute(query, given).fetchone()
        return row[0] if row else None

    def rows(self, query: str, *given: Any) -> list[Any]:
        return self.connection.execute(query, given).fetchall()

    def tenant(self) -> UUID:
        return self.scalar("INSERT INTO users (timezone) VALUES ('UTC') RETURNING id")

    def config(self, url: str = "https://a.example/", **facts: Any) -> UUID:
        facts = {"user_id": self.user, "url": url, "events": ["*"], **facts}
        names, marks = ", ".join(facts), ", ".join(["%s"] * len(facts))
        return self.scalar(
            f"INSERT INTO webhook_configs ({names}) VALUES ({marks}) RETURNING id",
            *facts.values(),
        )

    def event(self, status: str = "confirmed", user: UUID | None = None) -> UUID:
        return self.scalar(
            "INSERT INTO events (user_id, title, status, start_time)"
            " VALUES (%s, 'Ms Canary, by the back door', %s, now()) RETURNING id",
            user or self.user,
            status,
        )

    def owe(self, config: UUID, *, many: int = 1, object_id: UUID | None = None) -> None:
        """Owe so many deliveries to an address, each of an object of its own, or all of one."""
        self.connection.execute(
            "INSERT INTO webhook_deliveries (config_id, user_id, event_type, object_id, payload)"
            " SELECT c.id, c.user_id, 'call_ended', coalesce(%s, gen_random_uuid()),"
            "  '{\"n\": ' || n || '}'"
            " FROM webhook_configs c, generate_series(1, %s) n WHERE c.id = %s ORDER BY n",
            (object_id, many, config),
        )

    def work(self) -> None:
        service.work(self.outbox, self.shop)

    def hurry(self) -> None:
        """Let a day and more pass for what waits."""
        self.connection.execute(
            "UPDATE webhook_deliveries SET due_at = clock_timestamp() WHERE state = 'pending'"
        )

    def states(self) -> dict[str, int]:
        found = self.rows("SELECT state, count(*) FROM webhook_deliveries GROUP BY 1")
        return dict(found)


@contextmanager
def receiver(answer: Callable[[Any], None]) -> Iterator[str]:
    """Listen on a free port, and let `answer` do as it likes with each request."""

    class Receiver(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            answer(self)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # the parent's name
            pass

    with serving(Receiver) as url:
        yield url


def take(request: Any) -> bytes:
    """Read a request to its end, and say that it was taken; return its body."""
    body = request.rfile.read(int(request.headers["Content-Length"]))
    request.send_response(204)
    request.send_header("Content-Length", "0")
    request.end_headers()
    return body
