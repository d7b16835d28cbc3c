"""The control of the timetable: plain Celery, its beat, and a task once a second."""

import os
from typing import Final

from celery import Celery
from redis import Redis

TICKS: Final = "ticks"

app = Celery("ticker", broker=os.environ.get("CHAOS_BROKER"), set_as_current=False)
app.conf.update(
    task_ignore_result=True,
    broker_connection_retry_on_startup=True,
    beat_schedule={"tick": {"task": "benchmarks.chaos.ticker.tick", "schedule": 1.0}},
    beat_max_loop_interval=1,
)


@app.task(shared=False)
def tick() -> None:
    """Count one."""
    with Redis.from_url(os.environ["CHAOS_BROKER"]) as client:  # pyright: ignore[reportUnknownMemberType]  # redis-py leaves its keywords untyped
        client.incr(TICKS)
