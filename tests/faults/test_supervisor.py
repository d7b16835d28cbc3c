"""Children that die, freeze or only work hard; and a supervisor that dies itself."""

import os
import signal
import time

import pytest

from tests.faults.conftest import Working
from tests.support.broker import Broker
from tests.support.databases import Database
from tests.support.figures import Measured
from tests.support.processes import celery_of, children_of, is_alive
from tests.support.timetable import Bells
from tests.support.waiting import wait_until

DEAF = 5.0


@pytest.fixture(autouse=True)
def _tasks_may_wait_long(database: Database) -> None:
    """A task that we hold by its row is to wait for longer than a worker's lock may."""
    with database.connect() as connection:
        connection.execute(
            f"ALTER ROLE frontdesk_worker IN DATABASE {database.name} SET lock_timeout = '50s'"
        )


@pytest.mark.slow
def test_a_child_that_is_killed_or_frozen_is_replaced(
    working: Working, bells: Bells, measured: Measured
) -> None:
    with working("--deaf", str(DEAF)) as worker:
        killed = celery_of(worker)
        os.kill(killed, signal.SIGKILL)
        after_kill = bells.seconds_until_one_is_done(within=15)

        frozen = celery_of(worker)
        os.kill(frozen, signal.SIGSTOP)
        after_freeze = bells.seconds_until_one_is_done(within=DEAF + 15)
        gone = not is_alive(frozen)

        held = bells.write()
        with bells.held(held):
            bells.send(held)
            bells.wait_until_stuck(1)
            busy_and_frozen = celery_of(worker)
            os.kill(busy_and_frozen, signal.SIGSTOP)
            after_busy = bells.seconds_until_one_is_done(within=DEAF + 15)

        pool = children_of(celery_of(worker))[0]
        os.kill(pool, signal.SIGKILL)
        after_pool = bells.seconds_until_one_is_done(within=15)
        replaced = worker.said().count("child.replaced")

    measured(
        f"killed {after_kill:.1f} s, frozen {after_freeze:.1f} s (deaf {DEAF:.0f} s), "
        f"frozen with a task running {after_busy:.1f} s, a slot killed {after_pool:.1f} s"
    )
    assert gone
    assert replaced == 3


@pytest.mark.slow
def test_who_only_works_hard_or_has_no_broker_is_left_alone(
    working: Working, broker: Broker, bells: Bells, measured: Measured
) -> None:
    with working("--deaf", str(DEAF)) as worker:
        child = celery_of(worker)
        long = [bells.write() for _ in range(4)]
        with bells.held(*long):
            for slot in long:
                bells.send(slot)
            bells.wait_until_stuck(2)
            time.sleep(DEAF * 1.6)
            alive_while_busy = is_alive(child)
        wait_until(lambda: all(bells.is_done(slot) for slot in long), within=10)

        os.kill(child, signal.SIGSTOP)  # so that a canary is left unanswered
        time.sleep(DEAF / 2)
        broker.kill()
        os.kill(child, signal.SIGCONT)
        time.sleep(DEAF * 2)
        alive_without_broker = is_alive(child)
        broker.start()
        back = bells.seconds_until_one_is_done(within=60)

        os.kill(child, signal.SIGSTOP)
        time.sleep(DEAF / 2)
        broker.freeze()
        os.kill(child, signal.SIGCONT)
        time.sleep(DEAF * 2)
        alive_with_a_frozen_one = is_alive(child)
        broker.thaw()
        thawed = bells.seconds_until_one_is_done(within=60)
        said = worker.said()

    measured(f"broker away for {DEAF * 2:.0f} s: {back:.1f} s after; frozen: {thawed:.1f} s after")
    assert alive_while_busy
    assert alive_without_broker
    assert alive_with_a_frozen_one
    assert "child.replaced" not in said


@pytest.mark.slow
def test_a_killed_supervisor_leaves_nobody(
    working: Working, bells: Bells, measured: Measured
) -> None:
    for frozen in (False, True):
        with working() as worker:
            held = bells.write()
            with bells.held(held):
                bells.send(held)
                bells.wait_until_stuck(1)
                family = worker.family()
                if frozen:
                    os.kill(celery_of(worker), signal.SIGSTOP)

                worker.signal(signal.SIGKILL)
                began = time.monotonic()
                wait_until(lambda: not worker.family(), within=3, what="all are gone")

        gone = time.monotonic() - began
        measured(f"{len(family)} processes, one frozen: {frozen}: gone in {gone:.2f} s")
        assert len(family) >= 4


@pytest.mark.slow
def test_a_stop_lets_the_running_task_finish(working: Working, bells: Bells) -> None:
    with working() as worker:
        held = bells.write()
        with bells.held(held):
            bells.send(held)
            bells.wait_until_stuck(1)
            worker.signal(signal.SIGTERM)
            time.sleep(3)
            waited = worker.process.poll() is None
        code = worker.ends_within(10)
        left = worker.family()

    assert waited
    assert bells.is_done(held)
    assert code == 0
    assert not left


@pytest.mark.slow
def test_a_second_stop_ends_at_once(working: Working, bells: Bells, measured: Measured) -> None:
    with working() as worker:
        held = bells.write()
        with bells.held(held):
            bells.send(held)
            bells.wait_until_stuck(1)
            worker.signal(signal.SIGTERM)
            time.sleep(1)

            worker.signal(signal.SIGTERM)
            began = time.monotonic()
            code = worker.ends_within(3)
            left = worker.family()

    measured(f"a second SIGTERM ends it in {time.monotonic() - began:.2f} s")
    assert code == 0
    assert not left
    assert not bells.is_done(held)


@pytest.mark.slow
def test_a_stop_without_a_broker_does_not_wait_for_one(
    working: Working, broker: Broker, measured: Measured
) -> None:
    with working() as worker:
        broker.kill()
        time.sleep(1)

        worker.signal(signal.SIGTERM)
        began = time.monotonic()
        code = worker.ends_within(35)

    measured(f"stopped without a broker in {time.monotonic() - began:.1f} s")
    assert code == 0
