"""Stripe's stand-in, a database that the module's tests share, and a tenant of each test's own."""

from collections.abc import Iterator

import pytest
from sqlalchemy import create_engine

from domain.database import Begin, sessions
from tests.support.databases import Database
from tests.support.stand_ins import StandIns
from tests.support.stripe_here import stand_ins_here
from tests.support.till import Till
from tests.support.till import till as a_till


@pytest.fixture(scope="module")
def vendors() -> Iterator[StandIns]:
    with stand_ins_here() as made:
        yield made


@pytest.fixture(scope="module")
def books(own_database: Database) -> Iterator[Begin]:
    """Transactions that commit."""
    engine = create_engine(own_database.url(), pool_size=20)
    yield sessions(engine)
    engine.dispose()


@pytest.fixture
def till(vendors: StandIns, books: Begin, own_database: Database) -> Iterator[Till]:
    vendors.reset()
    with own_database.connect() as connection, a_till(vendors, books, connection) as made:
        yield made
