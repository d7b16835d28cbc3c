"""A tenant whose money is counted."""

from collections.abc import Iterator

import pytest
from sqlalchemy import create_engine

from domain.database import Begin, sessions
from tests.support.databases import Database
from tests.support.payer import Payer
from tests.support.payer import payer as a_payer
from tests.support.purse import Purse, purse


@pytest.fixture
def tenant(begin_for_real: Begin, database: Database) -> Iterator[Purse]:
    with database.connect() as connection, purse(begin_for_real, connection) as made:
        yield made


@pytest.fixture(scope="module")
def books(own_database: Database) -> Iterator[Begin]:
    """Transactions that commit, on a database that the module's tests share."""
    engine = create_engine(own_database.url(), pool_size=20)
    yield sessions(engine)
    engine.dispose()


@pytest.fixture
def payer(books: Begin, own_database: Database) -> Iterator[Payer]:
    with own_database.connect() as connection, a_payer(books, connection) as made:
        yield made
        connection.execute("TRUNCATE users, errands CASCADE")
