"""A host whose clock is off is told of, and no more when it is right again."""

from datetime import UTC, datetime, timedelta

from domain.database import SYSTEM, Begin
from domain.work import clocks
from tests.support.databases import Database

OPEN = "SELECT subject, message FROM ops_alerts WHERE resolved_at IS NULL"


def test_a_clock_that_is_off_is_told_of_until_it_is_right(
    begin_for_real: Begin, database: Database
) -> None:
    now = datetime.now(UTC)
    with database.connect() as connection:
        for ahead in (timedelta(minutes=2), timedelta(minutes=-2)):
            with begin_for_real(SYSTEM) as session:
                clocks.compare(session, here="desk-1", shown=now + ahead, now=now)
            [(subject, message)] = connection.execute(OPEN).fetchall()
            assert subject == "desk-1"
            assert "by 120 s" in message

        with begin_for_real(SYSTEM) as session:
            clocks.compare(session, here="desk-1", shown=datetime.now(UTC))

        assert connection.execute(OPEN).fetchall() == []
