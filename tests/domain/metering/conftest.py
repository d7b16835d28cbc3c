"""A tenant whose money is counted."""

from collections.abc import Iterator

import pytest

from domain.database import Begin
from tests.support.databases import Database
from tests.support.purse import Purse, purse


@pytest.fixture
def tenant(begin_for_real: Begin, database: Database) -> Iterator[Purse]:
    with database.connect() as connection, purse(begin_for_real, connection) as made:
        yield made
