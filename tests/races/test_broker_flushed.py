"""Redis forgets everything, again and again, and nothing that is owed is lost."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
import redis
from celery import Celery

from config.home import Home
from tests.support.databases import Database
from tests.support.parcels import Courier, owe_parcels
from tests.support.waiting import wait_until
from tests.support.workshop import states

OPTIONS = "worker -P prefork -c 2 -l WARNING --without-gossip --without-mingle"


@pytest.fixture
def queue(
    parcels: Database, courier: Courier, servers: Home, tmp_path: Path
) -> Iterator[Celery]:
    """Two real workers at a queue of this test's own."""
    name = f"races-{uuid4().hex[:8]}"
    told = {
        "RACES_BROKER": servers.broker_url,
        "RACES_DATABASE": parcels.url(),
        "RACES_VENDOR": str(tmp_path / "vendor.sock"),
    }
    log = (tmp_path / "worker.log").open("ab")
    command = [sys.executable, "-m", "celery", "-A", "tests.races.app", *OPTIONS.split()]
    with log:
        workers = [
            subprocess.Popen(
                [*command, "-Q", name, "-n", f"{name}-{number}"],
                env={**os.environ, **told},
                stdout=log,
                stderr=log,
            )
            for number in range(2)
        ]
    app = Celery("bells", broker=servers.broker_url, set_as_current=False)
    app.conf.task_default_queue = name
    yield app
    app.close()
    for worker in workers:
        worker.terminate()
    for worker in workers:
        try:
            worker.wait(10)
        except subprocess.TimeoutExpired:
            worker.kill()
            worker.wait(5)


def ring(queue: Celery, task: str, *ids: object) -> None:
    queue.send_task(task, [str(key) for key in ids], ignore_result=True)


def forget(server: "redis.Redis", queue: Celery) -> None:
    """Flush what a flush would take of ours; other tests share the server."""
    server.delete(queue.conf.task_default_queue, "unacked", "unacked_index")


@pytest.mark.slow
def test_redis_may_be_flushed_at_any_moment(
    parcels: Database, courier: Courier, queue: Celery, servers: Home
) -> None:
    with (
        parcels.connect() as connection,
        redis.Redis(unix_socket_path=str(servers.redis_socket)) as server,
    ):
        first = owe_parcels(connection, 50, prefix="lost")
        for row_id in first:
            ring(queue, "send", row_id)
        forget(server, queue)  # between commit and ring it is all one to the row

        end, number = time.monotonic() + 6, 0
        while time.monotonic() < end:
            number += 1
            for row_id in owe_parcels(connection, 10, prefix=f"{number}-"):
                ring(queue, "send", row_id)
            if number % 10 == 0:
                forget(server, queue)
            time.sleep(0.1)
        forget(server, queue)

        def is_all_sent() -> bool:
            return set(states(parcels)) == {"sent"}

        for _ in range(2):
            ring(queue, "sweep")
        wait_until(is_all_sent, within=20, what="what is owed is done within two sweeps")

    sent = courier.ledger()
    assert len(sent) == len(set(sent)) == 50 + number * 10
