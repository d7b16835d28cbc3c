"""A town whose people are known to somebody."""

from collections.abc import Iterator

import pytest

from tests.support.databases import Database
from tests.support.people import Town


@pytest.fixture
def town(database: Database) -> Iterator[Town]:
    with database.connect() as connection:
        yield Town(connection)
