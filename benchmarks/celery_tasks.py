"""Celery as it comes, and our unit of work rung through it one by one and as sweeps."""

import os
import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import redis
from celery import Celery, signals
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from benchmarks import jobs
from benchmarks.naive import Effect, Parcel
from config.home import Home
from domain.database import connect
from domain.work import batch
from domain.work.shop import Shop
from tests.support.databases import Database
from tests.support.parcels import Courier

HOME = Home(Path(os.environ["BENCH_HOME"]))
VENDOR = os.environ.get("BENCH_VENDOR", "")
BUDGET = timedelta(minutes=5)

app = Celery("bench", broker=HOME.broker_url)
app.conf.task_ignore_result = True
app.conf.broker_connection_retry_on_startup = True

_made: dict[str, Any] = {}


@signals.worker_process_init.connect
def begin_after_fork(**_: object) -> None:
    """Open what tasks work with: nothing crosses the fork."""
    database = Database("bench", HOME)
    engine = connect(database.url("postgres"), name="naive")
    _made["shop"] = replace(jobs.shop(database), budget=BUDGET)
    _made["job"] = jobs.job(VENDOR)
    _made["naive"] = sessionmaker(engine)
    _made["courier"] = Courier(VENDOR) if VENDOR else None
    _made["valkey"] = redis.Redis(unix_socket_path=str(HOME.redis_socket))


@app.task
def noop(row_id: str) -> None:
    """Do nothing."""


@app.task
def one(row_id: str) -> None:
    """Do our unit of work for this row."""
    batch.work_one(_made["shop"], _made["job"], UUID(row_id))


@app.task
def sweep() -> None:
    """Do our unit of work for whatever is due, and say when it was done."""
    shop: Shop = _made["shop"]
    batch.work(shop, _made["job"])
    _made["valkey"].rpush("swept", time.time())


@app.task
def naive(row_id: str) -> None:
    """Do the same as one does it by hand: ORM, a commit before the call and one after it."""
    session: Session
    with _made["naive"]() as session:
        parcel = session.scalars(select(Parcel).where(Parcel.id == UUID(row_id))).one()
        if parcel.state != "pending":
            return
        parcel.state = "sending"
        parcel.attempts += 1
        effect = Effect(key=f"parcel:{parcel.ref}", row_id=parcel.id)
        session.add(effect)
        session.commit()
        courier = _made["courier"]
        receipt = courier.send(parcel.ref, effect.key) if courier else jobs.RECEIPT
        parcel.state, parcel.vendor_id = "sent", receipt.reference
        effect.state, effect.reference = "done", receipt.reference
        session.commit()


@app.task(name="upkeep.sweep")
def heard() -> None:
    """Say when a bell from `listen` was heard."""
    _made["valkey"].rpush("heard", time.time())
