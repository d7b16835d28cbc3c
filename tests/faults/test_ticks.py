"""One tick of beat: at a frozen and a full broker, after deaths, after weeks without a worker."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from celery import Celery
from sqlalchemy import text

from domain.database import SYSTEM, Begin
from domain.work import runs
from tests.support.broker import Broker
from tests.support.figures import Measured
from tests.support.waiting import wait_until
from workers.timetable import Entry, RowScheduler


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
    scheduler: Scheduler, broker: Broker, measured: Measured
) -> None:
    broker.freeze()
    began = time.monotonic()
    scheduler.tick()
    frozen = time.monotonic() - began
    broker.thaw()

    began = time.monotonic()
    wait_until(lambda: scheduler.tick() and broker.length("upkeep") >= 3, within=20)

    measured(
        f"a tick at a frozen broker takes {frozen:.1f} s; "
        f"all is rung {time.monotonic() - began:.1f} s after the thaw"
    )
    assert frozen < 10


def test_a_tick_at_a_full_broker_does_not_end_beat(scheduler: Scheduler, broker: Broker) -> None:
    broker.set("maxmemory", 1)

    scheduler.tick()
    lost = broker.length("upkeep")
    broker.set("maxmemory", 0)

    assert lost == 0
    wait_until(lambda: scheduler.tick() and broker.length("upkeep") >= 3, within=20)


def test_a_run_that_died_is_rung_again(scheduler: Scheduler, begin_for_real: Begin) -> None:
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
