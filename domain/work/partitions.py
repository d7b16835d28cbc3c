"""Months as partitions: made before they come, dropped when all in them is past keeping.

Everything is done by one function of the owner, a step a transaction, so that no lock is held
for longer than one step; this room says how far ahead, and for how long.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import psycopg
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from domain.database import SYSTEM, Begin
from domain.tables.ops import Severity
from domain.work import alerts

AHEAD: Final = 3
"""Months that are made before they come: a quarter in which nobody need look."""

NEAR: Final = timedelta(days=45)
"""With less than this left, making has failed for weeks."""

TOO_NEAR: Final = timedelta(days=7)

_STEP: Final = text("SELECT step, partition, rows FROM app_step_partitions(:parent, :ahead, :keep)")
_STANDING: Final = text(
    "SELECT parent.relname AS name, max(p.till) AS edge, clock_timestamp() AS now"
    " FROM pg_class parent LEFT JOIN LATERAL app_partitions(parent.relname) p ON true"
    " WHERE parent.relkind = 'p' AND parent.relnamespace = 'frontdesk'::regnamespace"
    " GROUP BY parent.relname ORDER BY parent.relname"
)

_BUSY: Final = (psycopg.errors.LockNotAvailable, psycopg.errors.DeadlockDetected)


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that was done: a month made or dropped, or old rows of the rest deleted."""

    what: str
    partition: str
    rows: int


@dataclass(frozen=True, slots=True)
class Standing:
    """Up to which moment a table has months, and how far off that is."""

    table: str
    edge: datetime | None
    left: timedelta

    @property
    def severity(self) -> Severity | None:
        """How soon somebody should look; None: all is well."""
        if self.left < TOO_NEAR:
            return Severity.CRITICAL
        return Severity.WARNING if self.left < NEAR else None

    @property
    def words(self) -> str:
        """Say what is wrong, and what comes of it."""
        until = f"only until {self.edge:%Y-%m-%d}" if self.edge else "not yet"
        return f"{self.table} has months {until}; what comes later has to be moved."


def standing(connection: Connection) -> list[Standing]:
    """Return how far ahead each partitioned table has its months."""
    return [
        Standing(row.name, row.edge, row.edge - row.now if row.edge else timedelta(0))
        for row in connection.execute(_STANDING)
    ]


def step(connection: Connection, table: str, *, keep: timedelta | None) -> Step | None:
    """Do the next step for this table, in this transaction; None where all is done.

    Without `keep` nothing is dropped. The function drops nothing that the law wants kept,
    whatever it is told.
    """
    row = connection.execute(_STEP, {"parent": table, "ahead": AHEAD, "keep": keep}).one()
    return Step(row.step, row.partition, row.rows or 0) if row.step else None


def keep_up(begin: Begin, table: str, *, keep: timedelta | None) -> Iterator[Step]:
    """Do all that is due for this table; what is locked by others is left for the next run."""

    def one_step() -> Step | None:
        with begin(SYSTEM) as session:
            return step(session.connection(), table, keep=keep)

    return _until_done(one_step)


def make_ahead(connection: Connection) -> list[Step]:
    """Make the months of all tables on the owner's own connection; drop nothing."""
    done: list[Step] = []
    with connection.begin():
        tables = [one.table for one in standing(connection)]
    for table in tables:

        def one_step(table: str = table) -> Step | None:
            with connection.begin():
                return step(connection, table, keep=None)

        done += _until_done(one_step)
    return done


def _until_done(one_step: Callable[[], Step | None]) -> Iterator[Step]:
    while True:
        try:
            done = one_step()
        except DBAPIError as error:
            if isinstance(error.orig, _BUSY):
                return
            raise
        if done is None:
            return
        yield done


def notice_few_months(begin: Begin) -> None:
    """Alert on tables whose newest month is near its end."""
    with begin(SYSTEM) as session:
        unwell = [one for one in standing(session.connection()) if one.severity]
        for one in unwell:
            alerts.tell(
                session,
                "partitions_near",
                subject=one.table,
                message=one.words,
                severity=one.severity or Severity.WARNING,
            )
        alerts.settle_others(session, "partitions_near", still=[one.table for one in unwell])
