"""Where it is measured: servers of its own, durable, with a table of parcels."""

import shutil
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
from workers import migration
from workers.embedded import seat

DATABASE = "bench"


@dataclass(frozen=True, slots=True)
class Ground:
    """The servers, and a connection to each."""

    home: Home
    database: Database
    postgres: psycopg.Connection[Any]
    valkey: "redis.Redis"

    def owe(self, count: int) -> list[UUID]:
        """Begin anew with `count` parcels to be sent."""
        ids = [new_id() for _ in range(count)]
        self.postgres.execute("TRUNCATE parcels, effects")
        with self.postgres.cursor() as cursor, cursor.copy("COPY parcels (id, ref) FROM STDIN") as into:
            for key in ids:
                into.write_row((key, f"r{key}"))
        self.postgres.execute("ANALYZE parcels")
        self.postgres.execute("CHECKPOINT")
        return ids

    def sent(self) -> int:
        """Return how many parcels were sent, each with its effect done."""
        row = self.postgres.execute(
            "SELECT count(*) FROM parcels p JOIN effects e ON e.row_id = p.id"
            " WHERE p.state = 'sent' AND e.state = 'done'"
        ).fetchone()
        assert row is not None
        return row[0]


@contextmanager
def ground() -> Iterator[Ground]:
    """Have servers for as long as the block runs; nothing of them is left after it."""
    folder = Path(tempfile.mkdtemp(prefix="frontdesk-bench-"))
    home = Home(folder)
    try:
        with seat(home, durable=True):
            database = make_database(home, DATABASE)
            migration.migrate(database.url("postgres"))
            with database.connect() as postgres, redis.Redis(
                unix_socket_path=str(home.redis_socket)
            ) as valkey:
                postgres.execute(TABLE)
                yield Ground(home, database, postgres, valkey)
            time.sleep(0.1)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
