"""A bell that seems old is heard, unless many wait behind it: it may be the clock that is wrong."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from celery import Celery
from kombu import Message

from tests.support.broker import Broker
from tests.support.databases import Database
from tests.support.processes import frontdesk
from tests.support.waiting import wait_until
from workers.consumer import FEW, hear_out

OLD = "2026-01-01T00:00:00+00:00"
YOUNG = "2126-01-01T00:00:00+00:00"


def a_bell(until: object) -> Message:
    headers: Any = {"expires": until}
    return Message(body="[]", headers=headers, delivery_info={"routing_key": "messages"})


@pytest.mark.parametrize(
    ("until", "waiting", "then"),
    [
        (OLD, 0, None),
        (OLD, FEW - 1, None),
        (OLD, FEW, OLD),
        (YOUNG, FEW, YOUNG),
        (YOUNG, 0, YOUNG),
        ("soon", 0, "soon"),
        (None, 0, None),
    ],
)
def test_what_seems_old_is_heard_while_few_wait(until: object, waiting: int, then: object) -> None:
    bell = a_bell(until)

    hear_out(bell, {"messages": waiting}.__getitem__)

    headers: Any = bell.headers
    assert headers["expires"] == then


def test_what_has_no_headers_is_left_to_others() -> None:
    hear_out(Message(body="x"), {"messages": 0}.__getitem__)


@pytest.mark.slow
def test_a_worker_hears_a_ringer_whose_clock_is_an_hour_behind(
    database: Database, broker: Broker
) -> None:
    environment = {"DATABASE_URL": database.url(), "REDIS_URL": broker.url}
    slot = "old.bell|2026-11-27T10:00:00+00:00"
    with database.connect() as connection:
        connection.execute(
            "INSERT INTO periodic_runs (name, slot, rung_by) VALUES ('old.bell', %s, 'a beat')",
            [slot.partition("|")[2]],
        )
        with frontdesk("worker", "--queues", "upkeep", environment=environment):
            ring_late(broker, slot)
            wait_until(
                lambda: connection.execute(
                    "SELECT FROM periodic_runs WHERE name = 'old.bell' AND finished_at IS NOT NULL"
                ).fetchall(),
                within=30,
                what="the old bell is heard",
            )


def ring_late(broker: Broker, slot: str) -> None:
    """Ring as a beat does whose clock is an hour behind."""
    bells = Celery(broker=broker.url, set_as_current=False)
    bells.send_task(
        "upkeep.measure",
        args=["upkeep"],
        queue="upkeep",
        headers={"run": slot},
        expires=datetime.now(UTC) - timedelta(minutes=58),
        ignore_result=True,
    )
