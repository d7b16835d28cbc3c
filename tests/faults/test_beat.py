"""Beats that die, sleep and meet no server: each slot is run once, a missed one made up once."""

import itertools
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.faults.conftest import Working
from tests.support.broker import Broker
from tests.support.databases import Database
from tests.support.figures import Measured
from tests.support.processes import Process, frontdesk, running
from tests.support.proxy import a_proxy
from tests.support.waiting import wait_until

LONG = bool(os.environ.get("LONG"))
PHASE, SLEEP = (30, 20) if LONG else (8, 10)
EVERY = ("1", "3", "7")

COUNT_STARTS = """
CREATE TABLE public.starts (name text, slot timestamptz, at timestamptz DEFAULT clock_timestamp());
CREATE FUNCTION public.count_start() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  AS
  $$ BEGIN INSERT INTO public.starts VALUES (NEW.name, NEW.slot); RETURN NULL; END $$;
CREATE TRIGGER count_start AFTER UPDATE OF started_at ON periodic_runs FOR EACH ROW
  WHEN (NEW.started_at IS NOT NULL) EXECUTE FUNCTION public.count_start();
"""


@pytest.fixture
def starts(database: Database) -> Database:
    """Write down each start, also where the slot's row forgets the first."""
    with database.connect() as connection:
        connection.execute(COUNT_STARTS)
    return database


@contextmanager
def beats(many: int, environment: dict[str, str]) -> Iterator[list[Process]]:
    words = ["-m", "tests.support.fast_beat", *EVERY]
    with (
        running(words, environment) as first,
        running(words, environment) as second,
        running(words, environment) as third,
    ):
        yield [first, second, third][:many]


def rows(database: Database, query: str) -> list[tuple[Any, ...]]:
    with database.connect() as connection:
        return connection.execute(query.encode()).fetchall()


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_three_beats_that_die_and_sleep_run_each_slot_once(
    working: Working,
    environment: dict[str, str],
    starts: Database,
    broker: Broker,
    measured: Measured,
) -> None:
    with working(), beats(3, environment) as three:
        time.sleep(PHASE)
        three[0].signal(signal.SIGKILL)
        time.sleep(PHASE)
        bells_lost_from = datetime.now().astimezone() - timedelta(seconds=1)
        for _ in range(50):  # some bells are lost after their slots were written
            broker.empty("upkeep")
            time.sleep(0.02)
        asleep_from = datetime.now().astimezone()
        for beat in three[1:]:
            beat.signal(signal.SIGSTOP)
        time.sleep(SLEEP)
        awake_from = datetime.now().astimezone()
        for beat in three[1:]:
            beat.signal(signal.SIGCONT)
        time.sleep(PHASE)
        for beat in three[1:]:
            beat.signal(signal.SIGTERM)
            assert beat.ends_within(10) == 0
        wait_until(
            lambda: (
                not rows(
                    starts,
                    "SELECT FROM periodic_runs WHERE name LIKE 'every%' AND finished_at IS NULL",
                )
            ),
            within=10,
            what="all are finished",
        )
    taken = rows(
        starts,
        "SELECT name, slot, started_at, error FROM periodic_runs"
        " WHERE name LIKE 'every%' ORDER BY name, slot",
    )
    started = rows(
        starts,
        "SELECT name, slot, count(*) FROM public.starts WHERE name LIKE 'every%' GROUP BY 1, 2",
    )
    waits = rows(
        starts,
        "SELECT percentile_disc(ARRAY[0.5, 0.99]) WITHIN GROUP (ORDER BY started_at - slot)"
        " FROM periodic_runs WHERE name LIKE 'every%' AND started_at IS NOT NULL",
    )

    measured(f"{len(taken)} slots, {len(started)} started; after their slot, p50 and p99: {waits}")
    assert all(count == 1 for _, _, count in started)
    # A bell lost right before a newer slot was due, or before all slept: the newer stands for it.
    superseded = {(name, slot) for name, slot, _, error in taken if error == "superseded"}
    assert {(name, slot) for name, slot, *_ in taken} - {row[:2] for row in started} == superseded
    assert all(bells_lost_from < slot < asleep_from for _, slot in superseded)
    assert {error for *_, error in taken} <= {None, "superseded"}
    for name, found in itertools.groupby(taken, key=lambda row: row[0]):
        period = timedelta(seconds=int(name.rpartition(".")[2]))
        slots = [slot for _, slot, *_ in found]
        steps = [(after - before, after) for before, after in itertools.pairwise(slots)]
        missed = [(step, at) for step, at in steps if step != period]
        assert all(asleep_from < at <= awake_from + period for _, at in missed), name
        assert len(missed) <= 1, name


@pytest.mark.slow
def test_a_bell_lost_after_its_slot_was_written_is_rung_again(
    environment: dict[str, str], starts: Database, broker: Broker, working: Working
) -> None:
    with running(["-m", "tests.support.fast_beat", "600"], environment):
        # No worker: the slot is written, its bell lies in the queue, and goes.
        wait_until(lambda: broker.length("upkeep"), within=10)
        broker.empty("upkeep")

        with working():
            wait_until(
                lambda: rows(starts, "SELECT FROM public.starts WHERE name = 'every.600'"),
                within=10,
            )

    (row,) = rows(
        starts, "SELECT rings, finished_at IS NOT NULL FROM periodic_runs WHERE name = 'every.600'"
    )
    assert row[0] > 1
    assert row[1]


@pytest.mark.slow
def test_a_tick_without_a_database_or_a_broker_is_short_and_made_up(
    database: Database, broker: Broker, measured: Measured
) -> None:
    socket = database.home.run / ".s.PGSQL.5432"
    with a_proxy(socket) as wire:
        environment = {
            "DATABASE_URL": f"postgresql://frontdesk_worker@127.0.0.1:{wire.port}/{database.name}",
            "REDIS_URL": broker.url,
        }
        with frontdesk("beat", environment=environment) as beat:
            wait_until(lambda: broker.length("upkeep"), within=15)
            wire.refuse()
            time.sleep(7)
            alive_without_database = beat.process.poll() is None
            wire.allow()
            broker.empty("upkeep")
            began = time.monotonic()
            wait_until(lambda: broker.length("upkeep"), within=15)
            after_database = time.monotonic() - began

            broker.freeze()
            time.sleep(8)
            broker.thaw()
            broker.empty("upkeep")
            began = time.monotonic()
            wait_until(lambda: broker.length("upkeep"), within=20)
            after_broker = time.monotonic() - began
            beat.signal(signal.SIGTERM)
            code = beat.ends_within(15)

    measured(
        f"rings {after_database:.1f} s after the database, {after_broker:.1f} s after the broker"
    )
    assert alive_without_database
    assert code == 0
