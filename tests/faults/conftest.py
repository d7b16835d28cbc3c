"""A broker of the test's own, and workers on it."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import TypeAlias

import pytest

from tests.support.broker import Broker, a_broker
from tests.support.databases import Database
from tests.support.processes import Process, frontdesk
from tests.support.timetable import Bells

Working: TypeAlias = Callable[..., AbstractContextManager[Process]]


@pytest.fixture
def broker() -> Iterator[Broker]:
    with a_broker() as made:
        yield made


@pytest.fixture
def environment(database: Database, broker: Broker) -> dict[str, str]:
    """What our processes are told: the test's own servers."""
    return {"DATABASE_URL": database.url(), "REDIS_URL": broker.url}


@pytest.fixture
def bells(database: Database, broker: Broker) -> Bells:
    return Bells(database, broker.url)


@pytest.fixture
def working(environment: dict[str, str], bells: Bells) -> Working:
    """Run `frontdesk worker` with more words; it has done a task when the block begins."""

    @contextmanager
    def work(*words: str, **other: str) -> Iterator[Process]:
        given = {**environment, **other}
        with frontdesk("worker", "--queues", "upkeep", *words, environment=given) as process:
            bells.seconds_until_one_is_done(within=30)
            yield process

    return work
