"""What the schema's own rules cost: keys that are times, row level security, sealing.

python -m benchmarks.schema
"""

import itertools
import os
import time
from collections.abc import Callable, Iterator
from statistics import median
from typing import Annotated, Any, Final
from uuid import UUID, uuid4

import psycopg
import typer

from benchmarks import page
from benchmarks.ground import empty_ground
from domain.ids import new_id
from domain.sealing import Key, Keyring

TENANTS: Final = 1000
ROWS: Final = 1_000_000
BATCH: Final = 20_000
ROUNDS: Final = 5
CALLS: Final = 200_000

KEYS: Final = {
    "bigserial": ("bigserial", None),
    "UUIDv4 by the application": ("uuid", uuid4),
    "UUIDv7 by the application": ("uuid", new_id),
}
NUMBERS: Final = itertools.count(1)
ONE: Final = UUID(int=1)
TENANT: Final = f"lpad(to_hex(n % {TENANTS} + 1), 32, '0')::uuid"
"""The n-th row's tenant."""

Connection = psycopg.Connection[Any]


def main(*, write: Annotated[bool, typer.Option(help="Write docs/benchmarks.md.")] = True) -> None:
    """Measure keys, policies and sealing; the medians of interleaved rounds count."""
    with (
        empty_ground() as database,
        database.connect() as postgres,
        database.connect("frontdesk_tenant") as tenant,
    ):
        tenant.execute("SELECT set_config('app.user_id', %s, false)", (str(ONE),))
        lines = [*_keys(postgres), "", *_policies(postgres, tenant), "", *_sealing(postgres)]
    lines.append("")
    lines.append(page.where("psycopg", "cryptography"))
    text = "\n".join(["## What the schema's rules cost", "", *lines])
    print(text)
    if write:
        page.write("schema", text)


def _keys(postgres: Connection) -> Iterator[str]:
    """Fill three tables that differ in their key alone, then add to them in turns."""
    for number, (kind, _) in enumerate(KEYS.values()):
        postgres.execute(f"CREATE TABLE keys_{number} (id {kind} PRIMARY KEY, word text)")
        _copy(postgres, number, ROWS)
    rates: dict[str, list[float]] = {name: [] for name in KEYS}
    for _ in range(ROUNDS):
        for number, name in enumerate(KEYS):
            postgres.execute("CHECKPOINT")
            rates[name].append(BATCH / _copy(postgres, number, BATCH))
    base = median(rates["bigserial"])
    yield f"| key, added to {ROWS:,} rows | rows/s | : bigserial | index, MB |"
    yield "|---|---|---|---|"
    for number, name in enumerate(KEYS):
        rate, size = median(rates[name]), _size(postgres, f"keys_{number}_pkey")
        yield f"| {name} | {rate:,.0f} | {rate / base:.2f} | {size:.0f} |"
    for function in ("gen_random_uuid()", "app_uuid7()"):
        calls = f"SELECT count({function}) FROM generate_series(1, {CALLS})"
        cost = _timed(lambda words=calls: postgres.execute(words))
        yield f"| a key by `{function}`: {cost / CALLS * 1e6:.2f} us | | | |"


def _copy(postgres: Connection, number: int, count: int) -> float:
    """Add rows whose keys were made before; what is left is the index's part."""
    make = list(KEYS.values())[number][1]
    keys = [make() if make else next(NUMBERS) for _ in range(count)]
    began = time.perf_counter()
    with (
        postgres.cursor() as cursor,
        cursor.copy(f"COPY keys_{number} (id, word) FROM STDIN") as into,
    ):
        for key in keys:
            into.write_row((key, "word"))
    return time.perf_counter() - began


def _size(postgres: Connection, index: str) -> float:
    row = postgres.execute("SELECT pg_relation_size(%s::regclass)", (index,)).fetchone()
    return (row[0] if row else 0) / 1e6


QUERIES: Final = {
    "the newest 50 of one tenant": (
        "SELECT id, title FROM events WHERE user_id = %s ORDER BY start_time DESC LIMIT 50"
    ),
    "a sum over one tenant's 1,000": "SELECT count(title) FROM events WHERE user_id = %s",
    "one by its key": "SELECT title FROM events WHERE user_id = %s AND id = (SELECT '{key}'::uuid)",
}


def _policies(postgres: Connection, tenant: Connection) -> Iterator[str]:
    """Ask the same of one table as somebody whom no policy binds, and as the tenant."""
    postgres.execute(f"INSERT INTO users (id) SELECT {TENANT} FROM generate_series(1, {TENANTS}) n")
    postgres.execute("ALTER TABLE events DISABLE TRIGGER USER")
    postgres.execute(
        "INSERT INTO events (user_id, title, start_time)"
        f" SELECT {TENANT}, 'x', now() + n * interval '1 second'"
        f" FROM generate_series(1, {ROWS}) n"
    )
    postgres.execute("VACUUM ANALYZE events")
    row = postgres.execute("SELECT id FROM events WHERE user_id = %s LIMIT 1", (ONE,)).fetchone()
    key = row[0] if row else ONE
    yield f"| {ROWS:,} events, {TENANTS:,} tenants | no policy, ms | policies, ms | ratio |"
    yield "|---|---|---|---|"
    for name, words in QUERIES.items():
        query = words.format(key=key)
        free: list[float] = []
        bound: list[float] = []
        for _ in range(ROUNDS * 50):
            free.append(_asked(postgres, query))
            bound.append(_asked(tenant, query))
        yield (
            f"| {name} | {median(free) * 1e3:.3f} | {median(bound) * 1e3:.3f}"
            f" | {median(bound) / median(free):.2f} |"
        )


def _asked(connection: Connection, query: str) -> float:
    return _timed(lambda: connection.execute(query, (ONE,)).fetchall())


def _sealing(postgres: Connection) -> Iterator[str]:
    """Seal, open and look up by hash; then write customers clear and sealed, in turns."""
    ring = Keyring((Key("bench", os.urandom(32)),))
    phone, row = "+46701234567", new_id()
    sealed = ring.seal(phone, table="customers", column="phone", row_id=row)
    yield "| sealing | us |"
    yield "|---|---|"
    for name, act in {
        "seal a number": lambda: ring.seal(phone, table="customers", column="phone", row_id=row),
        "open it": lambda: ring.open(sealed, table="customers", column="phone", row_id=row),
        "its keyed hash": lambda: ring.hash(phone, user_id=ONE),
    }.items():
        yield f"| {name} | {median(_timed(act) for _ in range(2000)) * 1e6:.1f} |"
    clear: list[float] = []
    closed: list[float] = []
    for number in range(ROUNDS):
        clear.append(_timed(lambda n=number: _customers(postgres, n, None)))
        closed.append(_timed(lambda n=number: _customers(postgres, n, ring)))
    for name, taken in (("a customer, clear", clear), ("the same, sealed and hashed", closed)):
        yield f"| {name}, written a thousand at a time | {median(taken) / 1000 * 1e6:.0f} |"


def _customers(postgres: Connection, turn: int, ring: Keyring | None) -> None:
    rows: list[tuple[object, ...]] = []
    for number in range(1000):
        phone = f"+4670{turn:03d}{number:04d}{'1' if ring else '0'}"
        key = new_id()
        if ring is None:
            rows.append((key, ONE, phone, None, None))
        else:
            place = ring.seal(phone, table="customers", column="phone", row_id=key)
            rows.append((key, ONE, None, place, ring.hash(phone, user_id=ONE)))
    with postgres.transaction(), postgres.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO customers (id, user_id, phone, phone_sealed, phone_hash)"
            " VALUES (%s, %s, %s, %s, %s)",
            rows,
        )


def _timed(act: Callable[[], object]) -> float:
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


if __name__ == "__main__":
    typer.run(main)
