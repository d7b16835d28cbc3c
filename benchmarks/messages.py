"""How many texts a second go out through a carrier that takes 50 ms, and what idle sweeps cost.

Run it by `python -m benchmarks.messages`.

Ours goes by one sweep with 64 hands and every check on; beside it a plain Celery task a message
with 64 threads and the same SDK call. Both, the broker, PostgreSQL and the carrier's stand-in
share the machine's cores.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Annotated, Any, Final

import psycopg
import typer
from celery import Celery

from benchmarks import page
from config.home import Home
from domain.database import connect, sessions
from domain.messages import sending
from domain.messages.ports import Texts
from domain.messages.post import Post
from domain.work import batch
from domain.work.shop import Shop, Threads
from providers.twilio.sms import Account, TwilioTexts
from tests.support.databases import Database, make_database
from tests.support.slice import KEYS, FakeMails, FakeTexts
from tests.support.stand_ins import StandIns, stand_ins
from workers import migration
from workers.embedded import seat

HANDS: Final = 64
LATENCY: Final = 0.05
OURS: Final = int(os.environ.get("BENCH_OURS", "3000"))
PLAIN: Final = int(os.environ.get("BENCH_PLAIN", "1000"))
PLANNED: Final = int(os.environ.get("BENCH_PLANNED", "1000000"))
DUE: Final = int(os.environ.get("BENCH_DUE", "100000"))
ROUNDS: Final = 3

USER: Final = """
INSERT INTO users (settings) VALUES ('{"messages": {"per_minute": 60000,
  "per_range": {"minute": 1000000, "hour": 1000000, "day": 1000000}}}') RETURNING id
"""
OWE: Final = """
INSERT INTO messages (user_id, to_number, body, rule, identity, due_at, answers_at, segments)
SELECT %s, '+1212' || (2000000 + n::bigint * 10007 %% 8000000)::text,
       'Your visit ' || n || ' is confirmed.', 'confirmation', gen_random_uuid()::text,
       clock_timestamp() + CAST(%s AS interval),
       clock_timestamp(), 1
FROM generate_series(1, %s) n
"""


class House:
    """A database with a tenant, and what sends for it."""

    def __init__(self, database: Database, postgres: psycopg.Connection[Any]) -> None:
        self.postgres = postgres
        self.database = database
        self.begin = sessions(connect(database.url(), name="bench"))
        self.hands = Threads(HANDS)

    def owe(self, many: int, *, after: str = "0 seconds", anew: bool = True) -> None:
        """Owe so many texts."""
        if anew:
            self.postgres.execute("TRUNCATE users, effects, errands, pace_buckets CASCADE")
            self.postgres.execute("TRUNCATE messages CASCADE")
            self.user = self.scalar(USER)
        self.postgres.execute(OWE, [self.user, after, many])
        self.postgres.execute("VACUUM (ANALYZE) messages, effects")

    def scalar(self, query: str, *given: object) -> Any:  # noqa: ANN401  # what a row holds
        """Return the first value of the first row."""
        row = self.postgres.execute(query.encode(), given).fetchone()
        return row[0] if row else None

    def sent(self) -> int:
        """Return how many have gone out."""
        return self.scalar("SELECT count(*) FROM messages WHERE status = 'sent'")

    def sweep(self, texts: Texts) -> None:
        """Do what the sweep's sending part does."""
        post = Post(begin=self.begin, keyring=KEYS, texts=texts, mails=FakeMails())
        batch.work(Shop(begin=self.begin, hands=self.hands), sending.job(post))


def ours(house: House, url: str) -> float:
    """Return how many texts a second one sweep sends."""
    sid = "AC" + "0" * 32
    texts = TwilioTexts(Account(sid=sid, token="t", sender="+12125550000", base_url=url))  # noqa: S106  # the stand-in takes any
    house.owe(OURS)
    began = time.perf_counter()
    while house.sent() < OURS:
        house.sweep(texts)
    return OURS / (time.perf_counter() - began)


def plain(house: House, home: Home, url: str) -> float:
    """Return how many texts a second plain tasks send, from a queue that is full."""
    house.owe(PLAIN)
    app = Celery("texting", broker=home.broker_url)
    for (key,) in house.postgres.execute("SELECT id FROM messages").fetchall():
        app.send_task("benchmarks.texting.send", [str(key)], queue="texting")
    told = {
        "BENCH_HOME": str(home.path),
        "BENCH_DATABASE": house.database.url("postgres"),
        "BENCH_TWILIO": url,
    }
    words = f"-A benchmarks.texting worker -P threads -c {HANDS} -Q texting -l ERROR"
    command = [sys.executable, "-m", "celery", *words.split(), "--without-gossip"]
    with subprocess.Popen(command, env={**os.environ, **told}) as worker:
        while house.sent() < PLAIN // 10:  # it starts
            time.sleep(0.05)
        first, began = house.sent(), time.perf_counter()
        while house.sent() < PLAIN:
            time.sleep(0.05)
        rate = (PLAIN - first) / (time.perf_counter() - began)
        worker.terminate()
    return rate


def idle(house: House) -> tuple[float, float]:
    """Return what a sweep with nothing due takes among planned rows: median and p99, in ms."""
    house.owe(PLANNED, after="30 days")
    took: list[float] = []
    for _ in range(300):
        began = time.perf_counter()
        house.sweep(FakeTexts())
        took.append((time.perf_counter() - began) * 1000)
    took.sort()
    return median(took), took[int(len(took) * 0.99)]


def full(house: House) -> float:
    """Return how many of many due texts a second are worked, the carrier taking no time."""
    house.owe(DUE, anew=False)
    texts = FakeTexts()
    end = time.perf_counter() + 20
    began = time.perf_counter()
    while time.perf_counter() < end and house.sent() < DUE:
        house.sweep(texts)
    return house.sent() / (time.perf_counter() - began)


def main(*, write: Annotated[bool, typer.Option(help="Write docs/benchmarks.md.")] = True) -> None:
    """Measure everything, print it, and write it down."""
    home = Home(Path(tempfile.mkdtemp(prefix="frontdesk-bench-")))
    try:
        with seat(home, durable=True), stand_ins(home.path) as carrier:
            database = make_database(home, "messages")
            migration.migrate(database.url("postgres"))
            with database.connect() as postgres:
                text = _measure(House(database, postgres), home, carrier)
    finally:
        time.sleep(1)
        shutil.rmtree(home.path, ignore_errors=True)
    print(text)
    if write:
        page.write("messages", text)


def _measure(house: House, home: Home, carrier: StandIns) -> str:
    mine: list[float] = []
    theirs: list[float] = []
    for _ in range(ROUNDS):
        carrier.reset(still=False)
        carrier.fault("delay", "twilio", "messages.create", seconds=LATENCY)
        mine.append(ours(house, carrier.at("twilio")))
        theirs.append(plain(house, home, carrier.at("twilio")))
        print(f"ours {mine[-1]:.0f}/s, plain {theirs[-1]:.0f}/s", flush=True)
    middle, late = idle(house)
    print(f"idle {middle:.2f} ms, p99 {late:.2f} ms", flush=True)
    rate = full(house)
    return table(median(mine), median(theirs), (middle, late), rate)


def table(mine: float, theirs: float, quiet: tuple[float, float], rate: float) -> str:
    """Return the section of the page."""
    lines = [
        (f"one sweep, {OURS:,} texts", f"{mine:,.0f} a second", ""),
        (f"a plain Celery task a message, {HANDS} threads", f"{theirs:,.0f} a second", ""),
        ("one to the other", f"{mine / theirs:.2f}", "at least 3"),
        (f"one sweep to {HANDS} / 50 ms", f"{mine / HANDS * LATENCY:.2f}", "at least 0.70"),
        (
            f"a sweep, {PLANNED:,} planned, none due: median; p99",
            f"{quiet[0]:.2f} ms; {quiet[1]:.2f} ms",
            "below 1 ms",
        ),
        (f"{DUE:,} due, a carrier that takes no time", f"{rate:,.0f} a second", ""),
    ]
    rows = "\n".join(f"| {what} | {found} | {aim} |" for what, found, aim in lines)
    return f"""## Texts

`python -m benchmarks.messages`: Twilio's stand-in answers after 50 ms, {HANDS} requests at once on
either side by the same SDK; every check of the claim is on; the stand-in, the broker and
PostgreSQL share the cores.

| what | measured | aim |
|---|---|---|
{rows}

{page.where("celery", "twilio")}"""


if __name__ == "__main__":
    typer.run(main)
