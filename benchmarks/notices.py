"""How fast vendors' notices come in, and how soon they are understood.

Run it by `python -m benchmarks.notices`.

One process of `frontdesk intake`, one worker, and whoever sends them share this machine's cores;
servers are durable; each notice is signed, and stored with its bytes before it is answered.
"""

import asyncio
import json
import logging
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from statistics import quantiles
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

import psycopg
import structlog
import typer
from twilio.request_validator import RequestValidator

from benchmarks.ground import empty_ground
from domain.database import connect, sessions
from domain.webhooks.addresses import Addresses
from domain.webhooks.service import Caused, job
from domain.work import batch
from domain.work.shop import Shop
from tasks import webhooks
from tests.support.processes import frontdesk
from tests.support.slice import KEYS
from tests.support.stand_ins import free_port
from tests.support.waiting import wait_until
from tests.support.webhook_box import box

LINES: Final = 32
"""Connections that the vendors keep open."""

MANY: Final = 6000
STEADY: Final = 100
"""Notices a second, where it is asked how soon they are answered and understood."""

SECONDS: Final = 15
TOKEN: Final = "token-of-the-account"  # noqa: S105  # of nobody
WAITING: Final = "SELECT count(*) FROM webhook_queue WHERE processed_at IS NULL"
SOON: Final = """
SELECT percentile_cont(ARRAY[0.5, 0.99]) WITHIN GROUP (
    ORDER BY extract(epoch FROM processed_at - received_at) * 1000)
FROM webhook_queue
"""


class Vendor:
    """Twilio, which tells of texts that people send to a tenant's number."""

    def __init__(self, port: int, user: UUID) -> None:
        self.port = port
        self.target = f"/webhooks/twilio/{Addresses(KEYS).token('twilio', user)}"
        self._sign = RequestValidator(TOKEN)
        self._count = 0

    def notices(self, count: int) -> list[bytes]:
        """Return requests as they go over the wire."""
        return [self._notice() for _ in range(count)]

    def _notice(self) -> bytes:
        self._count += 1
        form = {
            "AccountSid": "AC" + "0" * 32,
            "ApiVersion": "2010-04-01",
            "Body": "Yes, that suits me well. Please ring the bell twice.",
            "From": f"+1555{self._count:07}",
            "MessageSid": f"SM{self._count:032}",
            "NumSegments": "1",
            "SmsSid": f"SM{self._count:032}",
            "SmsStatus": "received",
            "To": "+12125550111",
        }
        url = f"http://127.0.0.1:{self.port}{self.target}"
        body = urlencode(form).encode()
        head = (
            f"POST {self.target} HTTP/1.1\r\nHost: desk\r\nContent-Length: {len(body)}\r\n"
            "Content-Type: application/x-www-form-urlencoded\r\n"
            f"X-Twilio-Signature: {self._sign.compute_signature(url, form)}\r\n\r\n"
        )
        return head.encode() + body

    async def send(self, notices: Sequence[bytes], *, every: float = 0.0) -> list[float]:
        """Send them over several lines, at a pace or as fast as it goes; return milliseconds."""
        left = iter(enumerate(notices))
        began = time.perf_counter()
        found = await asyncio.gather(*(self._line(left, began, every) for _ in range(LINES)))
        return [took for some in found for took in some]

    async def _line(
        self, left: Iterator[tuple[int, bytes]], began: float, every: float
    ) -> list[float]:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        took: list[float] = []
        for number, notice in left:
            await asyncio.sleep(max(0.0, began + number * every - time.perf_counter()))
            sent = time.perf_counter()
            writer.write(notice)
            head = await reader.readuntil(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 204"), head
            took.append((time.perf_counter() - sent) * 1000)
        writer.close()
        return took


def _spread(took: Sequence[float]) -> tuple[float, float]:
    cuts = quantiles(took, n=100)
    return round(cuts[49], 1), round(cuts[98], 1)


def _understand(url: str, postgres: psycopg.Connection[Any]) -> float:
    """Return how many a second one process understands in one sweep."""
    engine = connect(url, name="bench", size=32)
    toolbox = box(sessions(engine))
    shop = Shop(begin=toolbox.begin, hands=webhooks.HANDS)
    count = _one(postgres, WAITING)
    began = time.perf_counter()
    while batch.work(shop, job(webhooks.ears(toolbox), Caused())):
        pass
    rate = count / (time.perf_counter() - began)
    assert _one(postgres, WAITING) == 0
    engine.dispose()
    return rate


def _one(postgres: psycopg.Connection[Any], query: str) -> Any:  # noqa: ANN401  # what a row holds
    row = postgres.execute(query).fetchone()
    return row[0] if row else None


def main() -> None:
    """Measure everything and print it."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    seen: dict[str, object] = {"at": f"{datetime.now(UTC):%Y-%m-%d %H:%M}"}
    with empty_ground() as database, ExitStack() as stack:
        postgres = stack.enter_context(database.connect())
        user = _one(postgres, "INSERT INTO users (timezone) VALUES ('UTC') RETURNING id")
        port = free_port()
        environment = {
            "DATABASE_URL": database.url(),
            "REDIS_URL": f"redis+socket://{database.home.redis_socket}?virtual_host=0",
            "INTAKE_PORT": str(port),
            "PUBLIC_URL": f"http://127.0.0.1:{port}",
            "TWILIO_AUTH_TOKEN": TOKEN,
            "ENCRYPTION_KEYS": "k1:" + "A" * 43 + "=",
        }
        stack.enter_context(frontdesk("intake", environment=environment))
        vendor = Vendor(port, user)
        wait_until(lambda: _is_open(vendor), within=30, what="the door is open")
        for number in range(3):
            notices = vendor.notices(MANY)
            began = time.perf_counter()
            took = asyncio.run(vendor.send(notices))
            rate = MANY / (time.perf_counter() - began)
            seen[f"flood {number}: requests/s, p50 and p99 ms"] = [round(rate), *_spread(took)]
            seen[f"sweep {number}: understood/s"] = round(_understand(database.url(), postgres))
        # What people wrote is acted on by another queue's worker, which has its own figures.
        stack.enter_context(frontdesk("worker", "--queues", "webhooks", environment=environment))
        asyncio.run(vendor.send(vendor.notices(1)))
        wait_until(lambda: _one(postgres, WAITING) == 0, within=60, what="the worker works")
        postgres.execute("DELETE FROM webhook_queue")
        took = asyncio.run(vendor.send(vendor.notices(STEADY * SECONDS), every=1 / STEADY))
        wait_until(lambda: _one(postgres, WAITING) == 0, within=60, what="all are understood")
        seen[f"{STEADY}/s: answered, p50 and p99 ms"] = _spread(took)
        seen[f"{STEADY}/s: stored to understood, p50 and p99 ms"] = _one(postgres, SOON)
    print(json.dumps(seen, indent=2))


def _is_open(vendor: Vendor) -> bool:
    try:
        asyncio.run(vendor.send(vendor.notices(1)))
    except OSError:
        return False
    return True


if __name__ == "__main__":
    typer.run(main)
