"""How fast webhooks go out, and what owing them costs who writes.

Run it by `python -m benchmarks.deliveries`.

Receivers answer after 50 ms, on this machine and without TLS, each with a process of its own
that also verifies the signature.
"""

import shutil
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from typing import Any, Final
from urllib.parse import urlsplit
from uuid import UUID

import psycopg
import typer

from config.home import Home
from domain.database import connect, sessions
from domain.deliveries import service
from domain.deliveries.service import Outbox
from domain.work.shop import Shop
from providers.receivers.post import HttpReceivers
from tests.support.databases import make_database
from tests.support.slice import KEYS
from tests.support.tenant import SECRET, tenant
from workers import migration
from workers.embedded import seat

BUSY: Final = 0.05
ROUNDS: Final = 3
ROWS: Final = 5000

OWE: Final = """
INSERT INTO webhook_deliveries (config_id, user_id, event_type, object_id, payload)
SELECT c.id, c.user_id, 'call_ended', gen_random_uuid(), '{"n": ' || n || '}'
FROM webhook_configs c, generate_series(1, %s / (SELECT count(*)::int FROM webhook_configs)) n
"""


class House:
    """A database with tenants, and what delivers for them."""

    def __init__(self, url: str, postgres: psycopg.Connection[Any], receivers: list[str]) -> None:
        self.postgres = postgres
        self.receivers = receivers
        parts = [urlsplit(one) for one in receivers]
        places = frozenset((str(one.hostname), int(one.port or 0)) for one in parts)
        begin = sessions(connect(url, name="bench"))
        self.shop = Shop(begin=begin)
        self.outbox = Outbox(begin=begin, keyring=KEYS, receivers=HttpReceivers(allowed=places))

    def scalar(self, query: str, *given: object) -> Any:  # noqa: ANN401  # what a row holds
        """Return the first value of the first row."""
        row = self.postgres.execute(query, given).fetchone()
        return row[0] if row else None

    def tenants(self, configs: int, slots: int, *, events: str = "{*}") -> list[UUID]:
        """Begin anew with so many tenants, each with one address."""
        self.postgres.execute("TRUNCATE users, effects, errands CASCADE")
        users = [
            self.scalar("INSERT INTO users (timezone) VALUES ('UTC') RETURNING id")
            for _ in range(max(1, configs))
        ]
        for number, user in enumerate(users[:configs]):
            self.postgres.execute(
                "INSERT INTO webhook_configs (user_id, url, secret, max_in_flight, events)"
                " VALUES (%s, %s, %s, %s, %s)",
                [user, self.receivers[number % len(self.receivers)], SECRET, slots, events],
            )
        return users

    def deliveries(self, configs: int, slots: int) -> float:
        """Return how many a second one process delivers."""
        self.tenants(configs, slots)
        self.postgres.execute(OWE, [ROWS])
        self.postgres.execute("VACUUM (ANALYZE) webhook_deliveries, effects")
        owed = self.scalar("SELECT count(*) FROM webhook_deliveries")
        began = time.perf_counter()
        while service.work(self.outbox, self.shop):
            pass
        rate = owed / (time.perf_counter() - began)
        left = self.scalar("SELECT count(*) FROM webhook_deliveries WHERE state <> 'delivered'")
        assert left == 0, left
        return rate

    def events(self, configs: int, *, events: str = "{*}", triggers: bool = True) -> float:
        """Return how long one row of 5,000 booked events takes to insert, in microseconds."""
        (user, *_) = self.tenants(configs, 10, events=events)
        word = "ENABLE" if triggers else "DISABLE"
        self.postgres.execute(f"ALTER TABLE events {word} TRIGGER tell_new")
        began = time.perf_counter()
        self.postgres.execute(
            "INSERT INTO events (user_id, title, status, start_time)"
            " SELECT %s, 'x', 'confirmed', now() FROM generate_series(1, %s)",
            [user, ROWS],
        )
        return (time.perf_counter() - began) / ROWS * 1e6


def main() -> None:
    """Measure everything, each round everything once; print medians, and the least disturbed."""
    home = Home(Path(tempfile.mkdtemp(prefix="frontdesk-bench-")))
    try:
        with seat(home, durable=True), ExitStack() as stack:
            database = make_database(home, "deliveries")
            migration.migrate(database.url("postgres"))
            postgres = stack.enter_context(database.connect())
            urls = [stack.enter_context(tenant(home.path, busy=BUSY)) for _ in range(2)]
            house = House(database.url(), postgres, urls)
            measures: dict[str, Callable[[], float]] = {
                "deliveries/s, 50 receivers at 50 ms": lambda: house.deliveries(50, 10),
                "deliveries/s, one receiver at 50 ms, 10 slots": lambda: house.deliveries(1, 10),
                "deliveries/s, one receiver at 50 ms, 64 slots": lambda: house.deliveries(1, 64),
                "us an event, trigger off": lambda: house.events(0, triggers=False),
                "us an event, no config": lambda: house.events(0),
                "us an event, a config that wants others": lambda: house.events(1, events="{x}"),
                "us an event, told to one address": lambda: house.events(1),
            }
            seen: dict[str, list[float]] = {name: [] for name in measures}
            for _ in range(ROUNDS):
                for name, measure in measures.items():
                    seen[name].append(measure())
        for name, some in seen.items():
            best = min(some) if name.startswith("us") else max(some)
            print(f"{name}: median {median(some):.1f}, best {best:.1f}")
    finally:
        time.sleep(1)
        shutil.rmtree(home.path, ignore_errors=True)


if __name__ == "__main__":
    typer.run(main)
