"""How fast workers empty a full queue, and how fast they work what is due."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from celery import Celery

from benchmarks.ground import Ground
from workers.servers.unprivileged import tied

WARM = 0.1
"""Part of a queue that is not timed: workers start to fetch."""


@contextmanager
def worker(ground: Ground, command: Sequence[str], *, vendor: str = "") -> Iterator[None]:
    """Run a worker for as long as the block runs."""
    told = {"BENCH_HOME": str(ground.home.path), "BENCH_VENDOR": vendor}
    log = (ground.home.path / "worker.log").open("ab")
    with (
        log,
        subprocess.Popen(
            [sys.executable, *command],
            env={**os.environ, **told},
            stdout=log,
            stderr=log,
            start_new_session=True,
            preexec_fn=tied(signal.SIGTERM),  # noqa: PLW1509  # one thread
        ) as process,
    ):
        try:
            yield
        finally:
            process.terminate()
            try:
                process.wait(timeout=15)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)


def celery_worker(queues: str, *, pool: str = "prefork", slots: int = 2) -> list[str]:
    """Return how a bare Celery worker is started."""
    options = f"worker -P {pool} -c {slots} -Q {queues} -l ERROR --without-gossip --without-mingle"
    return ["-m", "celery", "-A", "benchmarks.celery_tasks", *options.split()]


DRAMATIQ = ["-m", "dramatiq", "benchmarks.dramatiq_tasks", "-p", "2", "-t", "8"]


def fill(ground: Ground, task: str, ids: Sequence[object]) -> None:
    """Put a message for each id where no worker looks yet."""
    app = Celery("bench", broker=ground.home.broker_url)
    with app.connection_for_write() as connection, app.amqp.Producer(connection) as producer:
        for key in ids:
            app.send_task(
                f"benchmarks.celery_tasks.{task}",
                [str(key)],
                queue=f"parked.{task}",
                producer=producer,
                ignore_result=True,
            )


def drain(ground: Ground, queue: str) -> float:
    """Let workers have the messages all at once; return how many a second they took."""
    count = ground.valkey.llen(f"parked.{queue}")
    ground.valkey.rename(f"parked.{queue}", queue)
    return _rate(count, lambda: ground.valkey.llen(queue))


def drain_dramatiq(ground: Ground, count: int) -> float:
    """Let Dramatiq's workers have the messages all at once; return how many a second they took."""
    fill = [sys.executable, "-m", "benchmarks.dramatiq_tasks", str(count)]
    subprocess.run(fill, env={**os.environ, "BENCH_HOME": str(ground.home.path)}, check=True)
    ground.valkey.rename("dramatiq:parked.msgs", "dramatiq:default.msgs")
    ground.valkey.rename("dramatiq:parked", "dramatiq:default")
    return _rate(count, lambda: ground.valkey.hlen("dramatiq:default.msgs"))


def _rate(count: int, left: Callable[[], int]) -> float:
    """Return the rate between a tenth and the end: before it, workers begin to fetch."""
    first, timed = 0.0, 0
    while True:
        now, still = time.perf_counter(), left()
        if not first and still <= count * (1 - WARM):
            first, timed = now, still
        if not still:
            return timed / (now - first)
        time.sleep(0.002)


def sweep(ground: Ground, *, sweeps: int) -> float:
    """Ring for sweeps; return how many rows a second they worked."""
    ground.valkey.delete("swept")
    count = ground.due()
    app = Celery("bench", broker=ground.home.broker_url)
    began = time.time()
    for _ in range(sweeps):
        app.send_task("benchmarks.celery_tasks.sweep", queue="sweep", ignore_result=True)
    ended = [ground.valkey.blpop(["swept"], timeout=120) for _ in range(sweeps)]
    assert all(ended)
    assert ground.is_done()
    return count / (max(float(end[1]) for end in ended) - began)
