"""Beats that die, sleep and meet no server: each slot is run once, a missed one made up once."""

import itertools
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from celery import Celery
from sqlalchemy import text

from domain.database import SYSTEM, Begin
from domain.work import runs
from tests.faults.conftest import Working
from tests.support.broker import Broker
from tests.support.databases import Database
from tests.support.processes import Process, frontdesk, running
from tests.support.proxy import a_proxy
from tests.support.waiting import wait_until
from workers.timetable import Entry, RowScheduler

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
    working: Working, environment: dict[str, str], starts: Database, broker: Broker
) -> None:
    with working(), beats(3, environment) as three:
        time.sleep(PHASE)
        three[0].signal(signal.SIGKILL)
        time.sleep(PHASE)
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

    print(f"{len(taken)} slots, {len(started)} started; after their slot, p50 and p99: {waits}")
    assert all(count == 1 for _, _, count in started)
    assert len(started) >= len(taken) - 2  # a bell of each second may be lost, and its next rung
    assert {error for name, *_, error in taken if name != "every.1"} == {None}
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
        starts,
        "SELECT rings, finished_at IS NOT NULL FROM periodic_runs WHERE name = 'every.600'",
    )
    assert row[0] > 1
    assert row[1]


@pytest.mark.slow
def test_a_tick_without_a_database_or_a_broker_is_short_and_made_up(
    database: Database, broker: Broker
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

    print(f"rings {after_database:.1f} s after the database, {after_broker:.1f} s after the broker")
    assert alive_without_database
    assert code == 0


class Scheduler(RowScheduler):
    """A timetable of one row, due now."""

    def setup_schedule(self) -> None:
        self.entries = {
            name: Entry(
                name=name,
                task="upkeep.measure",
                when=timedelta(seconds=seconds),
                args=("upkeep",),
                queue="upkeep",
            )
            for name, seconds in (("rows", 60.0), ("more rows", 60.0), ("sweep", 5.0))
        }


@pytest.fixture
def scheduler(begin_for_real: Begin, broker: Broker) -> Iterator[Scheduler]:
    app = Celery("tests", broker=broker.url, set_as_current=False)
    app.config_from_object("celeryconfig")
    app.conf.broker_url = broker.url
    yield Scheduler(app, begin=begin_for_real)
    app.close()


def insert_run(begin: Begin, slot: runs.Slot, **values: str) -> None:
    """Write a slot as it would stand after a while; values are SQL."""
    names = ["name", "slot", "rung_by", *values]
    with begin(SYSTEM) as session:
        session.execute(
            text(
                f"INSERT INTO periodic_runs ({', '.join(names)})"
                f" VALUES (:name, :slot, 'test', {', '.join(values.values())})"
            ),
            {"name": slot.name, "slot": slot.at},
        )


def rings(begin: Begin, slot: runs.Slot) -> int:
    with begin(SYSTEM) as session:
        query = text("SELECT rings FROM periodic_runs WHERE name = :name AND slot = :slot")
        return session.execute(query, {"name": slot.name, "slot": slot.at}).scalar_one()


def this_minute() -> datetime:
    return datetime.now(UTC).replace(second=0, microsecond=0)


def test_a_tick_at_a_frozen_broker_gives_up_and_recovers(
    scheduler: Scheduler, broker: Broker
) -> None:
    broker.freeze()
    began = time.monotonic()
    scheduler.tick()
    frozen = time.monotonic() - began
    broker.thaw()

    began = time.monotonic()
    wait_until(lambda: scheduler.tick() and broker.length("upkeep") >= 3, within=20)

    print(f"a tick at a frozen broker takes {frozen:.1f} s;", end=" ")
    print(f"all is rung {time.monotonic() - began:.1f} s after the thaw")
    assert frozen < 10


def test_a_tick_at_a_full_broker_does_not_end_beat(scheduler: Scheduler, broker: Broker) -> None:
    broker.set("maxmemory", 1)

    scheduler.tick()
    lost = broker.length("upkeep")
    broker.set("maxmemory", 0)

    assert lost == 0
    wait_until(lambda: scheduler.tick() and broker.length("upkeep") >= 3, within=20)


def test_a_run_that_died_is_rung_again(
    scheduler: Scheduler, begin_for_real: Begin, broker: Broker
) -> None:
    died = runs.Slot("rows", this_minute())
    alive = runs.Slot("more rows", this_minute())
    insert_run(begin_for_real, died, started_at="clock_timestamp() - interval '15.1 minutes'")
    insert_run(begin_for_real, alive, started_at="clock_timestamp() - interval '14.5 minutes'")

    scheduler.tick()

    assert rings(begin_for_real, died) == 2
    assert rings(begin_for_real, alive) == 1


def test_a_slot_that_nobody_starts_for_weeks_is_rung_every_five_minutes(
    scheduler: Scheduler, begin_for_real: Begin
) -> None:
    long, just = runs.Slot("rows", this_minute()), runs.Slot("more rows", this_minute())
    ago = "clock_timestamp() - interval '{} minutes'"
    insert_run(begin_for_real, long, rings="5000", rung_at=ago.format(5.1))
    insert_run(begin_for_real, just, rings="5000", rung_at=ago.format(4.9))

    scheduler.tick()

    assert rings(begin_for_real, long) == 5001
    assert rings(begin_for_real, just) == 5000


def test_of_the_slots_that_piled_up_only_the_newest_is_made_up(
    scheduler: Scheduler, begin_for_real: Begin
) -> None:
    slots = [runs.Slot("rows", this_minute() - timedelta(minutes=late)) for late in range(5)]
    for slot in slots:
        insert_run(begin_for_real, slot, rung_at="clock_timestamp() - interval '1 hour'")

    scheduler.tick()
    rung = [rings(begin_for_real, slot) for slot in slots]
    with begin_for_real(SYSTEM) as session:
        late_before = runs.late(session, after=timedelta(seconds=90))
        assert runs.start(session, slots[0])
        runs.finish(session, slots[0], error=None)
        late_after = runs.late(session, after=timedelta(seconds=90))
        older_bell_starts = runs.start(session, slots[3])

    assert rung[1:] == [1, 1, 1, 1]
    assert rung[0] == 2
    assert {slot.name for slot in late_before} == {"rows"}
    assert late_after == []
    assert not older_bell_starts
