"""How fast it is decided who is dialled next, however many wait; and how soon a slot is used again.

Run it by `python -m benchmarks.outbound`. A thousand tenants wait, one of them with half of all
rows. Decisions are timed whole: locks, turns, limits, law, consent, writing. Beside them, in the
same run, what many houses do: `ORDER BY scheduled_time`, and that behind a Redis semaphore.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from statistics import median
from typing import Annotated, Any, Final
from uuid import uuid4

import psycopg
import typer
from redis import Redis

from benchmarks import page
from benchmarks.ground import empty_ground
from benchmarks.outbound_gap import gaps
from domain.database import Begin, connect, sessions
from domain.outbound.dispatch import Desk, decide
from tests.support.databases import Database
from tests.support.phones import always_open
from tests.support.slice import KEYS

SIZES: Final = (10_000, 100_000, 1_000_000)
TENANTS: Final = 1000
DECISIONS: Final = 300
AT_ONCE: Final = 10
"""Slots that are free at each timed decision."""

STAGE: Final = """
INSERT INTO users (timezone) SELECT 'UTC' FROM generate_series(1, %(tenants)s);
INSERT INTO tenant_turns (user_id) SELECT id FROM users ON CONFLICT DO NOTHING;
INSERT INTO calling_rules (user_id, consent_source) SELECT id, 'asked' FROM users
  ON CONFLICT (user_id) DO UPDATE SET consent_source = 'asked';
INSERT INTO call_service_providers (name, type, provider, concurrency_limit, calls_per_second)
  SELECT 'Vapi', 'voice', 'vapi', 0, 100000 FROM generate_series(1, 4)
"""
FILL: Final = """
WITH who AS (SELECT id, row_number() OVER (ORDER BY id) - 1 AS n FROM users)
INSERT INTO call_queue (user_id, recipient_number, scheduled_time)
SELECT who.id, '+1212' || (2000000 + g.n::bigint * 10007 %% 8000000)::text,
       clock_timestamp() - g.n %% 5000 * interval '1 ms'
FROM generate_series(%(first)s::int, %(last)s::int) g(n)
JOIN who ON who.n = CASE WHEN g.n %% 2 = 0 THEN 0 ELSE 1 + g.n / 2 %% (%(tenants)s::int - 1) END
"""
NAIVE: Final = """
CREATE TABLE naive_queue AS SELECT id, user_id, recipient_number, scheduled_time,
  'queued'::text AS status FROM call_queue;
ALTER TABLE naive_queue ADD PRIMARY KEY (id);
CREATE INDEX ON naive_queue (status, scheduled_time)
"""
NAIVE_TAKE: Final = """
UPDATE naive_queue SET status = 'in-progress' WHERE id IN (SELECT id FROM naive_queue
  WHERE status = 'queued' AND scheduled_time <= now() ORDER BY scheduled_time
  LIMIT %s FOR UPDATE SKIP LOCKED) RETURNING id
"""
SEMAPHORE: Final = """
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', ARGV[1])
local free = math.min(ARGV[3], ARGV[2] - redis.call('ZCARD', KEYS[1]))
for i = 1, free do redis.call('ZADD', KEYS[1], ARGV[1] + 600, ARGV[4] .. i) end return free
"""
END: Final = """
WITH over AS (UPDATE call_attempts SET state = 'completed', ended_at = clock_timestamp()
  WHERE state IN ('dialing', 'live', 'unknown') RETURNING call_queue_id)
UPDATE call_queue q SET status = 'completed' FROM over WHERE q.id = over.call_queue_id
"""
LIMITS: Final = """
UPDATE tenant_turns SET concurrency_limit = 20;
INSERT INTO call_campaigns (user_id, name, status, concurrency_limit)
  SELECT id, 'Autumn', 'running', 15 FROM users;
INSERT INTO user_phone_numbers (user_id, full_number, concurrency_limit)
  SELECT id, '+1415' || (2000000 + row_number() OVER ())::text, 15 FROM users;
UPDATE calling_rules SET calls_per_hour = 1000000, calls_per_day = 1000000,
  spend_per_day = 1000000, countries = '{US}'
"""


class House:
    """A database with tenants in line, and what decides."""

    def __init__(self, database: Database, postgres: psycopg.Connection[Any]) -> None:
        self.postgres = postgres
        self.begin: Begin = sessions(connect(database.url(), name="bench"))
        self.desk = Desk(keyring=KEYS, hours=always_open())
        self.redis = Redis(unix_socket_path=str(database.home.redis_socket))
        self.rows = 0
        self.postgres.execute(STAGE % {"tenants": TENANTS})

    def fill(self, rows: int) -> None:
        """Have so many rows wait in all."""
        bound = {"first": self.rows, "last": rows - 1, "tenants": TENANTS}
        self.postgres.execute(FILL, bound)
        self.rows = rows
        self.postgres.execute("DROP TABLE IF EXISTS naive_queue")
        self.postgres.execute(NAIVE)
        self.postgres.execute("VACUUM (ANALYZE)")
        self.postgres.execute("CHECKPOINT")
        self.slots(AT_ONCE)
        for _ in range(30):  # what sleeps is woken, what is planned once is planned
            self.decision()

    def slots(self, many: int) -> None:
        """Let the accounts together have so many."""
        each, more = divmod(many, 4)
        self.postgres.execute(
            "UPDATE call_service_providers p SET concurrency_limit = %s + (x.n <= %s)::int FROM"
            " (SELECT id, row_number() OVER () AS n FROM call_service_providers) x"
            " WHERE x.id = p.id",
            (each, more),
        )

    def decision(self) -> tuple[float, int]:
        """Decide once over free slots; return seconds and how many were given out."""
        began = time.perf_counter()
        made = decide(self.begin, self.desk).dialled
        took = time.perf_counter() - began
        self.postgres.execute(END)
        return took, made

    def naive(self) -> tuple[float, int]:
        """Take the first rows by their time, as if nobody else wanted anything."""
        began = time.perf_counter()
        made = len(self.postgres.execute(NAIVE_TAKE, (AT_ONCE,)).fetchall())
        return time.perf_counter() - began, made

    def semaphore(self) -> tuple[float, int]:
        """Do so behind a semaphore in Redis, whose leases run out."""
        began = time.perf_counter()
        now, mine = time.time(), uuid4().hex
        free = self.redis.eval(SEMAPHORE, 1, "slots", now, AT_ONCE, AT_ONCE, mine)
        made = len(self.postgres.execute(NAIVE_TAKE, (free,)).fetchall())
        took = time.perf_counter() - began
        self.redis.delete("slots")
        return took, made

    def rate(self, slots: int) -> float:
        """Return how many a second are decided, where so many slots are free each time."""
        self.slots(slots)
        took = made = 0.0
        for _ in range(60):
            seconds, many = self.decision()
            took, made = took + seconds, made + many
        return made / took


def _at(times: list[float], share: float) -> float:
    """Return a quantile in milliseconds."""
    return sorted(times)[min(len(times) - 1, int(len(times) * share))] * 1000


def _time(measure: Callable[[], tuple[float, int]]) -> list[float]:
    found = [measure() for _ in range(DECISIONS)]
    assert all(made == AT_ONCE for _, made in found), "not all slots were given out"
    return [took for took, _ in found]


@contextmanager
def _house() -> Iterator[tuple[House, Database]]:
    with empty_ground() as database, database.connect() as postgres:
        postgres.execute("SET search_path = frontdesk")
        yield House(database, postgres), database


def _told(
    lines: list[str],
    medians: dict[int, tuple[float, float]],
    rates: tuple[float, float],
    waits: list[float],
) -> str:
    """Say it as the page does."""
    small, large = min(medians), max(medians)
    p50, p99 = (medians[large][n] / medians[small][n] for n in (0, 1))
    off, on = rates
    head = f"{page.where('psycopg', 'SQLAlchemy')} `python -m benchmarks.outbound`: {TENANTS:,}"
    head += f" tenants, one with half of all rows, {DECISIONS} decisions at each size, 4 accounts."
    told = [
        f"- {large:,} rows against {small:,}: p50 {p50:.2f} times as long, p99 {p99:.2f} times",
        "  (at most 1.5 wanted).",
        f"- Decided in batches of 50, {large:,} rows waiting: {off:,.0f} a second without limits,",
        f"  {on:,.0f} with a limit on each tenant, campaign, number, hour, day, spend and country:",
        f"  {on / off:.2f} of it.",
        "- From a call's end at the vendor to the next dial on its slot (notice, intake, worker,",
        f"  decision, dial; one slot, {len(waits)} calls): p50 {_at(waits, 0.5):.0f} ms, p99",
        f"  {_at(waits, 0.99):.0f} ms.",
    ]
    return "\n".join(["## Who is dialled next", "", head, "", *lines, "", *told])


def main(
    largest: Annotated[int, typer.Option(help="Rows in the largest queue.")] = SIZES[-1],
    *,
    write: Annotated[bool, typer.Option(help="Write docs/benchmarks.md.")] = True,
) -> None:
    """Measure everything; print it, and write it down."""
    lines = [
        (
            f"| rows that wait | one decision of {AT_ONCE}, p50 ms | p99 ms"
            " | ORDER BY scheduled_time, p50 | p99 | and a Redis semaphore, p50 | p99 |"
        ),
        "|---|---|---|---|---|---|---|",
    ]
    medians: dict[int, tuple[float, float]] = {}
    with _house() as (house, _):
        for rows in [size for size in SIZES if size <= largest]:
            house.fill(rows)
            ours, naive, sema = map(_time, (house.decision, house.naive, house.semaphore))
            medians[rows] = (_at(ours, 0.5), _at(ours, 0.99))
            cells = [f"{_at(each, q):.2f}" for each in (ours, naive, sema) for q in (0.5, 0.99)]
            lines.append(f"| {rows:,} | {' | '.join(cells)} |")
            print(lines[-1], flush=True)
        off = median(house.rate(50) for _ in range(3))
        house.postgres.execute(LIMITS)
        on = median(house.rate(50) for _ in range(3))
    text = _told(lines, medians, (off, on), gaps())
    print(text)
    if write:
        page.write("outbound", text)


if __name__ == "__main__":
    typer.run(main)
