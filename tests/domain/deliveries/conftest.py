"""A tenant with receivers that answer as they are told."""

from collections.abc import Iterator

import pytest

from domain.database import Begin
from tests.support.databases import Database
from tests.support.receivers import Desk, FakeReceivers


@pytest.fixture
def desk(begin_for_real: Begin, database: Database) -> Iterator[Desk]:
    with database.connect() as connection:
        yield Desk(begin_for_real, connection, FakeReceivers())
