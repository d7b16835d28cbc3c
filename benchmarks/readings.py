"""What of reading a call is ours, beside the model's own time: `python -m benchmarks.readings`.

The model is a stand-in in this process that answers rightly after a second, or at once where our
own time is measured: the second reading, the checks, the ledger's line and the writing are all
there, the network is not. Servers are durable. It takes two minutes.
"""

import resource
import time
from dataclasses import dataclass
from datetime import timedelta
from statistics import median, quantiles
from typing import Annotated, Any, Final
from uuid import UUID

import psycopg
import typer

from benchmarks import page
from benchmarks.ground import empty_ground
from benchmarks.pace import a_long_call
from domain.database import Begin, connect, sessions
from domain.metering.usage import Usage
from domain.transcripts import reading, service
from domain.transcripts.extraction import Readers
from domain.transcripts.ports import Answer, Request
from domain.transcripts.store import CallRow
from domain.work import batch
from domain.work.attempts import Job
from domain.work.shop import Hands, Inline, Shop, Threads
from tests.support.slice import KEYS
from workers.vendors import models

ONE_BY_ONE: Final = 60
SLOW: Final = 1.0
TABLE: Final = """
| what | figure |
| --- | --- |
| our time for a call of {words} words (five minutes), median | {p50:.0f} ms (aim: 30) |
| of which processor time, median | {cpu:.0f} ms |
| the same, the least of {rounds}: with no neighbour on the core | {least:.0f} ms |
| 95 of 100 within | {p95:.0f} ms |
| calls a second, 16 in flight, the model takes 1 s | {rate16:.1f} (at most 16) |
| calls a second, 64 in flight, the model takes 1 s | {rate64:.1f} (at most 64) |
| most memory of the process | {memory:.0f} MB |
"""


@dataclass
class Model:
    """Answers as the reader without a model would, for money."""

    answer: str
    takes: float = 0.0
    vendor: str = "openai"

    def estimate(self, request: Request) -> Usage:
        """Say what a call of five minutes is billed for."""
        return Usage(
            provider="openai",
            model="gpt-4o-mini",
            request_id=request.reference,
            prompt_tokens=1500,
            completion_tokens=300,
        )

    def read(self, request: Request) -> Answer:
        """Take as long as a model does."""
        time.sleep(self.takes)
        usage = self.estimate(request)
        return Answer(text=self.answer, usage=usage, finish="stop")


class Desk:
    """A tenant with calls to read."""

    def __init__(self, begin: Begin, postgres: psycopg.Connection[Any]) -> None:
        self.begin = begin
        self.postgres = postgres
        self.call = a_long_call()
        self.answer = reading.read(self.call).model_dump_json()
        row = postgres.execute("INSERT INTO users DEFAULT VALUES RETURNING id").fetchone()
        assert row is not None
        self.user: UUID = row[0]

    def owe(self, many: int) -> list[UUID]:
        """Owe the reading of so many calls, no two of them alike."""
        rows = self.postgres.execute(
            "INSERT INTO calls (user_id, phone_number, transcript)"
            " SELECT %s, '+1555' || (1000000 + n), %s || E'\\nCaller: ' || gen_random_uuid()"
            " FROM generate_series(1, %s) n RETURNING id",
            [self.user, self.call, many],
        )
        return [row[0] for row in rows.fetchall()]

    def job(self, takes: float) -> Job[CallRow]:
        """Return how calls are read by a model that takes so long."""
        reader = Model(self.answer, takes)
        return service.job(
            Readers(begin=self.begin, readers=[reader], resolve=models.moments, keyring=KEYS)
        )

    def shop(self, hands: Hands) -> Shop:
        """Return where these hands work."""
        return Shop(begin=self.begin, hands=hands, budget=timedelta(minutes=5))


def _alone(desk: Desk) -> dict[str, float]:
    """Read calls one after the other, with a model that answers at once."""
    ids, job, shop = desk.owe(ONE_BY_ONE), desk.job(0.0), desk.shop(Inline())
    taken: list[float] = []
    worked: list[float] = []
    for key in ids:
        began, began_work = time.perf_counter(), time.thread_time()
        batch.work_one(shop, job, key)
        taken.append((time.perf_counter() - began) * 1000)
        worked.append((time.thread_time() - began_work) * 1000)
    return {
        "p50": median(taken),
        "p95": quantiles(taken, n=20)[-1],
        "cpu": median(worked),
        "least": min(worked),
    }


def _many(desk: Desk, width: int, many: int) -> float:
    """Sweep so many calls through a model that takes a second; return calls a second."""
    desk.owe(many)
    began = time.perf_counter()
    batch.work(desk.shop(Threads(width)), desk.job(SLOW))
    return many / (time.perf_counter() - began)


def main(*, write: Annotated[bool, typer.Option(help="Write docs/benchmarks.md.")] = True) -> None:
    """Measure, and write the section of the page."""
    with empty_ground() as database, database.connect() as postgres:
        engine = connect(database.url(), name="bench", size=80)
        desk = Desk(sessions(engine), postgres)
        desk.owe(3)
        batch.work(desk.shop(Inline()), desk.job(0.0))
        seen = _alone(desk)
        seen["rate16"] = _many(desk, 16, 160)
        seen["rate64"] = _many(desk, 64, 320)
        engine.dispose()
    seen["memory"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    text = TABLE.format(words=len(desk.call.split()), rounds=ONE_BY_ONE, **seen)
    text = f"## Reading calls\n\n{(__doc__ or '').strip()}\n{text}\n{page.where('psycopg')}"
    print(text)
    if write:
        page.write("readings", text)


if __name__ == "__main__":
    typer.run(main)
