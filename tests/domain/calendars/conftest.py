from collections.abc import Iterator

import pytest
from sqlalchemy import create_engine

from domain.database import Begin, sessions
from tests.support.databases import Database
from tests.support.diary import Diary, diary
from tests.support.stage import running_vendors, vendors
from tests.support.stand_ins import StandIns

__all__ = ["running_vendors", "vendors"]


@pytest.fixture(scope="module")
def begin_for_all(own_database: Database) -> Iterator[Begin]:
    """Transactions that commit; each test has a tenant of its own."""
    engine = create_engine(own_database.url(), pool_size=20)
    yield sessions(engine)
    engine.dispose()


@pytest.fixture
def book(begin_for_all: Begin, vendors: StandIns) -> Iterator[Diary]:
    """A tenant and an owner at their calendar."""
    with diary(begin_for_all, vendors) as made:
        yield made
