"""The one clock of a simulation: the workers' and the database's, which moves only when it is told.

In the database a sequence is the clock. Each look at it moves it on by a microsecond, so that no
two stamps are alike and what is ordered by them has one order; and it costs a tenth of the table
that `virtual_clock` asks. It never goes back, not even with a transaction that is undone.
"""

import random
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import psycopg

SECOND: Final = 1_000_000
CLOCK: Final = """
CREATE SEQUENCE frontdesk.tick;
GRANT USAGE ON SEQUENCE frontdesk.tick TO PUBLIC;
CREATE FUNCTION frontdesk.clock_timestamp() RETURNS timestamptz LANGUAGE sql VOLATILE AS $$
    SELECT timestamptz '1970-01-01 00:00:00+00'
        + pg_catalog.nextval('frontdesk.tick') * interval '1 microsecond' $$;
CREATE OR REPLACE FUNCTION frontdesk.app_uuid7() RETURNS uuid LANGUAGE sql VOLATILE AS $$
    SELECT (lpad(to_hex(pg_catalog.nextval('frontdesk.tick')), 16, '0')
        || '7000800000000000')::uuid $$;
"""


class Clock:
    """Time in microseconds since 1970, for Python code as the module `time`, and for PostgreSQL."""

    def __init__(self, connection: psycopg.Connection[Any], begins: datetime) -> None:
        self._pgconn = connection.pgconn
        self._begins = self.at = round(begins.timestamp() * SECOND)
        self._told = 0
        self._set(f"SELECT setval('frontdesk.tick', {self.at})")

    @property
    def now(self) -> datetime:
        return datetime.fromtimestamp(self.at / SECOND, UTC)

    def pass_by(self, seconds: float) -> None:
        """Let time pass."""
        self.at += round(seconds * SECOND)

    def pass_until(self, moment: datetime) -> None:
        self.at = max(self.at, round(moment.timestamp() * SECOND) + 1)

    def tell(self) -> None:
        """Have the database know what time it is; it may have looked more often than we know."""
        if self.at != self._told:
            self._told = self.at = self._set(
                f"SELECT setval('frontdesk.tick', greatest(last_value, {self.at}))"
                " FROM frontdesk.tick"
            )

    def _set(self, statement: str) -> int:
        value = self._pgconn.exec_(statement.encode()).get_value(0, 0)
        assert value is not None, self._pgconn.error_message
        return int(value)

    def monotonic(self) -> float:
        """Stand in for `time.monotonic`: no two looks are alike, as in life."""
        self.at += 1
        return (self.at - self._begins) / SECOND

    def time(self) -> float:
        return self.at / SECOND

    def time_ns(self) -> int:
        return self.at * 1000

    def sleep(self, seconds: float) -> None:
        self.pass_by(seconds)


def jump(chance: random.Random) -> timedelta:
    """Return how far a clock jumps: mostly seconds, now and then over days and clock changes."""
    most = chance.choices(
        [timedelta(seconds=5), timedelta(minutes=3), timedelta(hours=3), timedelta(days=4)],
        [50, 35, 12, 3],
    )[0]
    return most * chance.random()
