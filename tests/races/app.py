"""A worker's application with one task: a bell and a sweep of parcels."""

import os
from uuid import UUID

from celery import Celery, signals

from domain.database import connect, sessions
from domain.work import batch, resolve
from domain.work.shop import Shop, Threads
from tests.support.parcels import Courier, parcel_job

app = Celery("races", broker=os.environ["RACES_BROKER"])
app.conf.task_ignore_result = True
app.conf.broker_connection_retry_on_startup = True

JOB = parcel_job(Courier(os.environ["RACES_VENDOR"]))
_shops: list[Shop] = []


@signals.worker_process_init.connect
def begin_after_fork(**_: object) -> None:
    begin = sessions(connect(os.environ["RACES_DATABASE"], name="races"))
    _shops[:] = [Shop(begin=begin, hands=Threads(8), size=20)]


@app.task(name="send")
def send(row_id: str) -> None:
    batch.work_one(_shops[0], JOB, UUID(row_id))


@app.task(name="sweep")
def sweep() -> None:
    resolve.resolve(_shops[0], JOB)
    batch.work(_shops[0], JOB)
