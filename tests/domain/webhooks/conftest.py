"""A hall of each test's own, in which commits are real."""

from collections.abc import Iterator

import pytest

from domain.database import Begin
from tests.support.databases import Database
from tests.support.hall import Hall


@pytest.fixture
def hall(begin_for_real: Begin, database: Database) -> Iterator[Hall]:
    with database.connect() as connection:
        yield Hall(begin_for_real, connection)
