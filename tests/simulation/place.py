"""Where it is simulated: a real database on the simulation's clock, which keeps a diary of states.

Every move of a state is written down by the database itself, with who made it and by which token:
by that is judged whether a row moved along its edges, and whether a stale token wrote.
"""

import os
import random
import select
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

import psycopg
from psycopg.abc import RV, PQGen
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session, sessionmaker

from domain.database import Begin, Scope, scoped
from tests.simulation.clock import CLOCK
from tests.simulation.moments import Moment
from tests.simulation.stage import Stage, Worker
from tests.support import virtual_clock
from tests.support.databases import Database

DIARY: Final = """
CREATE UNLOGGED TABLE frontdesk.moves (n bigint GENERATED ALWAYS AS IDENTITY, what text, id uuid,
    was text, became text, token_was uuid, token uuid, ended timestamptz, at timestamptz, who text)
"""
WATCHED: Final = """
CREATE FUNCTION frontdesk.move_{table}() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN INSERT INTO frontdesk.moves (what, id, was, became, token_was, token, ended, at, who)
    SELECT '{table}', n.id, o.{state}, n.{state}, o.{token}, n.{token}, {ends},
           frontdesk.clock_timestamp(), current_setting('sim.who', true)
    FROM was o JOIN became n ON n.id = o.id
    WHERE n.{state} <> o.{state} OR n.{token} IS DISTINCT FROM o.{token};
    RETURN NULL; END $$;
CREATE TRIGGER move AFTER UPDATE ON frontdesk.{table}
    REFERENCING OLD TABLE AS was NEW TABLE AS became
    FOR EACH STATEMENT EXECUTE FUNCTION frontdesk.move_{table}();
"""
STEADY: Final = """
SET app.bell = 'off'; SET plan_cache_mode = force_generic_plan; SET enable_seqscan = off;
SET enable_hashjoin = off; SET enable_mergejoin = off; SET jit = off;
SET statement_timeout = 0; SET lock_timeout = 0; SET idle_in_transaction_session_timeout = 0
"""
"""The same plans in every run: what has no order would else come in another one. And nothing goes
by the real time, which passes as it likes."""

STILL: Final = """
DO $$ DECLARE one regclass; BEGIN
  FOR one IN SELECT oid::regclass FROM pg_class
    WHERE relnamespace = 'frontdesk'::regnamespace AND relkind = 'r' LOOP
    EXECUTE format('ALTER TABLE %s SET (autovacuum_enabled = off)', one);
  END LOOP;
END $$
"""
"""Statistics taken in mid-run would be other plans, and those other looks at the clock."""

SETTLES: Final = 0.001
SLICE: Final = 0.006
"""Seconds to wait before asking whether a statement waits for somebody's lock."""


def furnish(database: Database, watched: dict[str, tuple[str, str]]) -> None:
    """Put the clock and the diary into a database; `watched` tables by their state and token."""
    virtual_clock.install(database, clock=CLOCK, everywhere=True)
    with database.connect() as connection:
        connection.execute(DIARY)
        for table, (state, token) in watched.items():
            ends = "o.lease_expires_at" if token == "lease_token" else "NULL"
            words = {"table": table, "state": state, "token": token, "ends": ends}
            connection.execute(WATCHED.format(**words))
        connection.execute(STILL)
        connection.execute(f"ALTER DATABASE {database.name} SET deadlock_timeout = '10min'")


class Watched(psycopg.Connection[Any]):
    """A worker's connection: where it waits for another worker's lock, that one goes on."""

    stage: Stage | None = None
    worker: Worker
    admin: psycopg.Connection[Any]

    def lose_transaction(self) -> None:
        """End it as the server does that has lost its client. A new backend would cost 10 ms."""
        self.pgconn.exec_(b"ROLLBACK")

    def wait(self, gen: PQGen[RV], interval: float = 0.1, timeout: float | None = None) -> RV:
        stage = self.stage
        if stage is None or timeout is not None or stage.is_alone(self.worker):
            return super().wait(gen, interval, timeout)
        try:
            wanted, patience = next(gen), SLICE
            while True:
                ready = _poll(self.pgconn.socket, wanted, patience)
                holders = () if ready else self._holders()
                if not holders:
                    patience *= 2
                    wanted = gen.send(psycopg.waiting.Ready(ready))
                elif not stage.wait_for_lock(self.worker, holders):
                    self.admin.execute("SELECT pg_cancel_backend(%s)", [self.pgconn.backend_pid])
        except StopIteration as end:
            return end.value

    def settle(self) -> None:
        """Wait until the statement that waited is through, or waits for the next who holds it.

        Its backend goes on by itself once the lock is free: what it does must not meet what is
        done next, or chance would be in the run that no seed tells.
        """
        while not _poll(self.pgconn.socket, psycopg.waiting.WAIT_R, SETTLES):
            if self._holders():
                return

    def _holders(self) -> list[int]:
        """Return the backends for whose locks this one waits."""
        found = self.admin.execute(
            "SELECT pg_blocking_pids(%s)", [self.pgconn.backend_pid]
        ).fetchone()
        return found[0] if found else []


def _poll(socket: int, wanted: int, seconds: float) -> int:
    asked = select.poll()
    read, write = psycopg.waiting.WAIT_R, psycopg.waiting.WAIT_W
    asked.register(
        socket, (select.POLLIN if wanted & read else 0) | (select.POLLOUT if wanted & write else 0)
    )
    found = asked.poll(seconds * 1000)
    if not found:
        return 0
    got = found[0][1]
    return (read if got & ~select.POLLOUT else 0) | (write if got & select.POLLOUT else 0)


class Place:
    """A furnished database, and the connections to it."""

    def __init__(self, database: Database, hands: int) -> None:
        words = "&options=-csearch_path%3Dfrontdesk,pg_catalog"
        url = database.url("postgres").replace("+psycopg", "") + words
        self.admin = psycopg.connect(url, autocommit=True, prepare_threshold=0)
        self.admin.pgconn.exec_(f"{STEADY}; SET lock_timeout = '30ms'".encode())
        self.workers = [Worker(number) for number in range(hands)]
        self._engines = [self._engine(database, worker) for worker in self.workers]
        self.begins: list[Begin] = []

    def _engine(self, database: Database, worker: Worker) -> Engine:
        engine = create_engine(database.url(), pool_size=1, max_overflow=0, pool_timeout=1)

        @event.listens_for(engine, "do_connect")
        def open_one(_: Any, __: Any, args: list[str], given: dict[str, Any]) -> Watched:
            made = Watched.connect(*args, **given, prepare_threshold=0)
            made.worker, made.admin, worker.connection = worker, self.admin, made
            made.pgconn.exec_(STEADY.encode())
            return made

        @event.listens_for(engine, "before_cursor_execute")
        def come_by(*_: Any) -> None:
            stage = worker.connection.stage
            if stage is not None:
                stage.point(Moment.STATEMENT)

        return engine

    def settle_in(self, stage: Stage, seed: int) -> None:
        """Have the workers' transactions be the stage's, each on a session as good as new."""
        self.begins = []
        stage.chance = random.Random(seed)
        for worker, engine in zip(self.workers, self._engines, strict=True):
            if worker.connection is None or worker.connection.closed:
                engine.connect().close()
            worker.connection.stage = None
            self._renew(worker.connection, seed + worker.number)
            worker.connection.stage = stage
            real = scoped(sessionmaker(engine, expire_on_commit=False))
            self.begins.append(_pointed(stage, worker, real))

    @staticmethod
    def _renew(connection: Watched, seed: int) -> None:
        """Forget plans, and begin chance anew."""
        connection.rollback()
        for words in ("DISCARD PLANS", f"SELECT setseed({seed % 1000 / 1000})"):
            connection.pgconn.exec_(words.encode())

    def empty(self, tables: list[str]) -> None:
        """Empty tables, and wait for whoever still has one in hand, as a vacuum may."""
        self.admin.execute("SET lock_timeout = '30s'")
        self.admin.execute(f"TRUNCATE {', '.join(tables)} RESTART IDENTITY CASCADE")
        self.admin.execute("SET lock_timeout = '30ms'")

    @contextmanager
    def joining(self) -> Generator[None]:
        """Let the planner join as it likes: for what compares whole tables, in whatever order."""
        words = "SET enable_hashjoin = {0}; SET enable_seqscan = {0}"
        self.admin.pgconn.exec_(words.format("on").encode())
        try:
            yield
        finally:
            self.admin.pgconn.exec_(words.format("off").encode())

    def processor_seconds(self) -> float:
        """Return what PostgreSQL has used for us."""
        made = [self.admin, *(one.connection for one in self.workers if one.connection)]
        ticks = 0
        for connection in made:
            with suppress(OSError):
                stat = Path(f"/proc/{connection.info.backend_pid}/stat").read_text(encoding="ascii")
                ticks += sum(int(word) for word in stat.rpartition(")")[2].split()[11:13])
        return ticks / os.sysconf("SC_CLK_TCK")

    def close(self) -> None:
        for engine in self._engines:
            engine.dispose()
        self.admin.close()


def bear(stage: Stage, worker: Worker) -> None:
    """Begin a process anew, and have the diary know it."""
    stage.bear(worker)
    worker.connection.pgconn.exec_(f"SET sim.who = '{worker.pid}'".encode())


def _pointed(stage: Stage, worker: Worker, real: Callable[[Scope], Any]) -> Begin:
    """Return `begin` with points around it, and with the time told."""

    def come_by(moment: Moment) -> None:
        try:
            stage.point(moment)
        except psycopg.OperationalError as error:
            raise OperationalError("", None, error) from error

    @contextmanager
    def begin(scope: Scope) -> Generator[Session]:
        come_by(Moment.BEGIN)
        worker.has_lost_it = False
        stage.clock.pass_by(0.001)
        stage.clock.tell()
        worker.is_in_transaction = True
        try:
            with real(scope) as session:
                yield session
                come_by(Moment.COMMIT)
        finally:
            stage.transaction_ended(worker)
            worker.has_lost_it = False
        come_by(Moment.COMMITTED)

    return begin
