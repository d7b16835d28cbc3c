"""Redis forgets everything, again and again, and nothing that is owed is lost."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from celery import Celery

from tests.support.broker import Broker, a_broker
from tests.support.databases import Database
from tests.support.parcels import Courier, owe_parcels
from tests.support.processes import running
from tests.support.waiting import wait_until
from tests.support.workshop import states

WORKER = "-m celery -A tests.races.app worker -P prefork -c 2 -l WARNING -Q bells -n"


@pytest.fixture
def broker() -> Iterator[Broker]:
    with a_broker() as made:
        yield made


@pytest.fixture
def queue(parcels: Database, broker: Broker, tmp_path: Path) -> Iterator[Celery]:
    """Two real workers at the queue."""
    told = {
        "RACES_BROKER": broker.url,
        "RACES_DATABASE": parcels.url(),
        "RACES_VENDOR": str(tmp_path / "vendor.sock"),
    }
    app = Celery("rings", broker=broker.url, set_as_current=False)
    app.conf.task_default_queue = "bells"
    with running([*WORKER.split(), "one"], told), running([*WORKER.split(), "two"], told):
        yield app
    app.close()


def ring(queue: Celery, task: str, *ids: object) -> None:
    queue.send_task(task, [str(key) for key in ids], ignore_result=True)


@pytest.mark.slow
def test_redis_may_be_flushed_at_any_moment(
    parcels: Database, courier: Courier, queue: Celery, broker: Broker
) -> None:
    with parcels.connect() as connection, broker.client as server:
        first = owe_parcels(connection, 50, prefix="lost")
        for row_id in first:
            ring(queue, "send", row_id)
        server.flushall()  # between commit and ring it is all one to the row

        end, number = time.monotonic() + 6, 0
        while time.monotonic() < end:
            number += 1
            for row_id in owe_parcels(connection, 10, prefix=f"{number}-"):
                ring(queue, "send", row_id)
            if number % 10 == 0:
                server.flushall()
            time.sleep(0.1)
        server.flushall()

        def is_all_sent() -> bool:
            return set(states(parcels)) == {"sent"}

        for _ in range(2):
            ring(queue, "sweep")
        wait_until(is_all_sent, within=20, what="what is owed is done within two sweeps")

    sent = courier.ledger()
    assert len(sent) == len(set(sent)) == 50 + number * 10
