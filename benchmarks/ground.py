"""Where it is measured: servers of its own, durable, with a table of parcels."""

import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import redis

from config.home import Home
from domain.ids import new_id
from tests.support.databases import Database, make_database
from tests.support.parcels import TABLE
from tests.support.waiting import wait_until
from workers import migration
from workers.embedded import seat

DATABASE = "bench"
CLOSED = 1_000_000
"""Rows that were worked long ago; a fifth of them with their effect."""

OPEN = """
SELECT (SELECT count(*) FROM parcels WHERE state <> 'sent'),
       (SELECT count(*) FROM effects WHERE state <> 'done')
"""


@dataclass(frozen=True, slots=True)
class Ground:
    """The servers, and a connection to each."""

    home: Home
    database: Database
    postgres: psycopg.Connection[Any]
    valkey: "redis.Redis"

    def owe(self, count: int) -> list[UUID]:
        """Add `count` parcels that are to be sent; what was sent stays, as it does in life."""
        ids = [new_id() for _ in range(count)]
        with (
            self.postgres.cursor() as cursor,
            cursor.copy("COPY parcels (id, ref) FROM STDIN") as into,
        ):
            for key in ids:
                into.write_row((key, f"r{key}"))
        self.postgres.execute("VACUUM (ANALYZE) parcels, effects")
        self.postgres.execute("CHECKPOINT")
        return ids

    def due(self) -> int:
        """Return how many parcels are to be sent."""
        row = self.postgres.execute(
            "SELECT count(*) FROM parcels WHERE state = 'pending'"
        ).fetchone()
        assert row is not None
        return row[0]

    def is_done(self) -> bool:
        """Tell whether every parcel was sent, and every effect is done."""
        row = self.postgres.execute(OPEN).fetchone()
        return row == (0, 0)


def _close_many(postgres: psycopg.Connection[Any]) -> None:
    """Give the tables a past: what was sent long ago must cost nothing."""
    postgres.execute(
        "INSERT INTO parcels (ref, state, vendor_id, attempts)"
        f" SELECT 'old' || n, 'sent', 'P', 1 FROM generate_series(1, {CLOSED}) n"
    )
    postgres.execute(
        "INSERT INTO effects (key, kind, row_id, vendor, state, token, settled_at)"
        " SELECT 'parcel:' || ref, 'parcel', id, 'courier', 'done', gen_random_uuid(), now()"
        f" FROM parcels LIMIT {CLOSED // 5}"
    )


@contextmanager
def empty_ground(
    at: Path | None = None, *, like: Path | None = None, durable: bool = True
) -> Iterator[Database]:
    """Have a migrated database for as long as the block runs; nothing is left after it.

    `at` is where its folder is made, where that matters; `like` is a `cold_ground` to copy.
    """
    folder = Path(tempfile.mkdtemp(prefix="frontdesk-bench-", dir=at))
    home = Home(folder)
    try:
        if like is not None:  # by `cp`: the files may be another user's, and stay so
            subprocess.run(["/bin/cp", "-a", f"{like}/.", folder], check=True)
        with seat(home, durable=durable):
            if like is None:
                made = make_database(home, DATABASE)
                migration.migrate(made.url("postgres"))
            yield Database(DATABASE, home)
    finally:
        _clear(folder)


@contextmanager
def cold_ground() -> Iterator[Path]:
    """Have the files of a migrated database that nobody serves: a copy is as good as a new one."""
    folder = Path(tempfile.mkdtemp(prefix="frontdesk-bench-"))
    home = Home(folder)
    try:
        with seat(home, durable=False):
            made = make_database(home, DATABASE)
            migration.migrate(made.url("postgres"))
            with made.connect() as connection:  # so that it ends at once, and begins at once
                connection.execute("CHECKPOINT")
        wait_until(lambda: not list(folder.rglob("postmaster.pid")), within=30, what="it is cold")
        time.sleep(0.2)  # the keeper ends after its servers
        yield folder
    finally:
        _clear(folder)


@contextmanager
def ground() -> Iterator[Ground]:
    """Have servers with parcels, a million of them closed, for as long as the block runs."""
    with (
        empty_ground() as database,
        database.connect() as postgres,
        redis.Redis(unix_socket_path=str(database.home.redis_socket)) as valkey,
    ):
        postgres.execute(TABLE)
        _close_many(postgres)
        yield Ground(database.home, database, postgres, valkey)


def _clear(folder: Path) -> None:
    """Remove the folder; the servers end after our seat, and may write a little longer."""
    end = time.monotonic() + 10
    while folder.exists() and time.monotonic() < end:
        shutil.rmtree(folder, ignore_errors=True)
        time.sleep(0.2)
