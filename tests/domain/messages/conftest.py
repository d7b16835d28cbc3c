"""A desk for messages, at ten in the morning of a plain Tuesday in New York."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from domain.database import Begin
from tests.support import virtual_clock
from tests.support.databases import Database
from tests.support.message_desk import MessageDesk

TUESDAY = datetime(2026, 12, 1, 15, 0, tzinfo=UTC)


@pytest.fixture
def desk(begin_for_real: Begin, database: Database) -> Iterator[MessageDesk]:
    virtual_clock.install(database)
    with database.connect() as connection:
        yield MessageDesk(begin_for_real, connection, TUESDAY)
