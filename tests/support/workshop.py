"""Fixtures of the tests that work parcels: a table, a vendor, a shop."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from domain.database import Begin
from domain.work.shop import Shop, Threads
from tests.support.databases import Database
from tests.support.parcels import TABLE, Courier
from tests.support.vendor import vendor


@pytest.fixture(autouse=True)
def said() -> Iterator[list[Any]]:
    """What was logged; and nothing is printed, which takes a second a traceback."""
    with capture_logs() as lines:
        yield lines


@pytest.fixture
def parcels(database: Database) -> Database:
    with database.connect() as connection:
        connection.execute(TABLE)
    return database


@pytest.fixture
def courier(tmp_path: Path) -> Iterator[Courier]:
    with vendor(tmp_path) as path:
        made = Courier(path)
        yield made
        made.close()


@pytest.fixture
def shop(begin_for_real: Begin) -> Shop:
    return Shop(begin=begin_for_real, hands=Threads(8))


def states(database: Database) -> dict[str, int]:
    with database.connect() as connection:
        return dict(connection.execute("SELECT state, count(*) FROM parcels GROUP BY 1").fetchall())
