"""A room with phones of each test's own, at an hour at which everybody may be called."""

from collections.abc import Iterator

import pytest

from domain.database import Begin
from tests.support.databases import Database
from tests.support.phones import Phones


@pytest.fixture
def phones(begin_for_real: Begin, database: Database) -> Iterator[Phones]:
    with database.connect() as connection:
        yield Phones(begin_for_real, connection)
