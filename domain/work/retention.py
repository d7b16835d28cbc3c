"""Throwing away what is past keeping: a little at a time, and only the count is left.

A round goes once through a line of `keeping`. Each batch is one short transaction that also
notes how far it came, so a round that is broken off goes on there; two at once share nothing,
because a batch holds the round's row. Rows that somebody else holds are passed over.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Final, cast
from uuid import UUID

import structlog
from sqlalchemy import Connection, TextClause, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from domain.database import SYSTEM, Begin, within
from domain.work.keeping import Line
from domain.work.lifetimes import LINES

MOST_ROWS: Final = 1000
"""Rows of one batch: a hundredth of a second or so, in which nobody is kept from anything."""

MOST_TENANTS: Final = 50
AT_A_TIME: Final = timedelta(seconds=20)
"""How long one run works before it lets others have the worker's slot."""

LONGEST_PAUSE: Final = 0.5
BETWEEN_ROUNDS: Final = timedelta(hours=6)
BEHIND: Final = timedelta(days=2)
"""A line without a whole round for so long has fallen behind: rounds are daily."""

log = structlog.get_logger("upkeep")

_THEN: Final = "now() - CAST(:keep AS interval)"
_KEY_OF_THEN: Final = (
    f"(lpad(to_hex((extract(epoch FROM {_THEN}) * 1000)::bigint), 12, '0')"
    " || repeat('0', 20))::uuid"
)
"""The first key of that moment: keys are times, so old rows are found without an index more."""

_TAKE: Final = text(
    "SELECT rule, cursor_id FROM retention_rounds WHERE rule = :rule FOR UPDATE SKIP LOCKED"
)
_OPEN: Final = text(
    "INSERT INTO retention_rounds (rule) SELECT unnest(CAST(:rules AS text[]))"
    " ON CONFLICT DO NOTHING"
)
_DUE: Final = text(
    "SELECT rule FROM retention_rounds WHERE rule = ANY(:rules) AND (began_at IS NOT NULL"
    " OR finished_at IS NULL OR finished_at < clock_timestamp() - CAST(:rest AS interval))"
    " ORDER BY began_at NULLS LAST, finished_at NULLS FIRST, rule"
)
_NOTE: Final = text(
    "UPDATE retention_rounds SET began_at = coalesce(began_at, clock_timestamp()),"
    " cursor_id = :cursor, rows = rows + :rows, total_rows = total_rows + :rows WHERE rule = :rule"
)
_ADD: Final = text(
    "UPDATE retention_rounds SET rows = rows + :rows, total_rows = total_rows + :rows"
    " WHERE rule = :rule"
)
_FINISH: Final = text(
    "UPDATE retention_rounds SET finished_at = clock_timestamp(), finished_rows = rows,"
    " rows = 0, began_at = NULL, cursor_id = NULL WHERE rule = :rule"
)
_TENANTS: Final = text(
    "SELECT id, industry, settings -> 'retention' AS chosen FROM users"
    " WHERE CAST(:after AS uuid) IS NULL OR id > :after ORDER BY id LIMIT :most"
)
_CHOICES: Final = text(
    "SELECT DISTINCT industry, settings -> 'retention' AS chosen FROM users"
    " WHERE industry IS NOT NULL OR settings ? 'retention'"
)
_STANDING: Final = text(
    "SELECT rule, rows, finished_rows, total_rows, finished_at,"
    " coalesce(coalesce(finished_at, began_at)"
    "  < clock_timestamp() - CAST(:behind AS interval), false) AS is_behind"
    " FROM retention_rounds ORDER BY rule"
)


@dataclass(frozen=True, slots=True)
class Standing:
    """How a line stands: what went in the last whole round, in this one, and ever."""

    rule: str
    rows: int
    finished_rows: int
    total_rows: int
    finished_at: datetime | None
    is_behind: bool


def work(
    begin: Begin,
    *,
    lines: Sequence[Line] = LINES,
    rest: timedelta = BETWEEN_ROUNDS,
    within_time: timedelta = AT_A_TIME,
    wait: Callable[[float], None] = time.sleep,
) -> bool:
    """Go on with the rounds that are due; tell whether there is more than there was time for."""
    end = time.monotonic() + within_time.total_seconds()
    by_name = {line.name: line for line in lines if line.goes_by_rows}
    with begin(SYSTEM) as session:
        session.execute(_OPEN, {"rules": list(by_name)})
        due = session.scalars(_DUE, {"rules": list(by_name), "rest": rest}).all()
    for rule in due:
        try:
            if not _work_line(begin, by_name[rule], end=end, wait=wait):
                return True
        except DBAPIError as error:  # the others must not wait for it; an alert names it in time
            log.warning("retention.broken_off", rule=rule, error=type(error.orig).__name__)
    return False


def note_months(begin: Begin, line: Line, *, rows: int) -> None:
    """Note that a line's months have been gone through, and how many rows went with them."""
    with begin(SYSTEM) as session:
        session.execute(_OPEN, {"rules": [line.name]})
        session.execute(_ADD, {"rule": line.name, "rows": rows})
        if not line.goes_by_rows:
            session.execute(_FINISH, {"rule": line.name})


def longest(begin: Begin, line: Line) -> timedelta:
    """Return how long the tenant that keeps this longest keeps it."""
    if line.chosen_as is None:
        return line.keep
    with begin(SYSTEM) as session:
        kept = [
            line.keep_for(row.industry, _mapping(row.chosen)) for row in session.execute(_CHOICES)
        ]
    return max([line.keep, *kept])


def standing(connection: Connection | Session) -> list[Standing]:
    """Return how each line stands."""
    rows = connection.execute(_STANDING, {"behind": BEHIND})
    return [Standing(**row) for row in rows.mappings()]


def _work_line(begin: Begin, line: Line, *, end: float, wait: Callable[[float], None]) -> bool:
    """Go on with a line until its round is through; tell whether there was time for it."""
    is_through = False
    while not is_through:
        began = time.monotonic()
        if began >= end:
            return False
        is_through = _work_batch(begin, line)
        wait(min(time.monotonic() - began, LONGEST_PAUSE))  # half of the time is others'
    return True


def _work_batch(begin: Begin, line: Line) -> bool:
    """Do one batch of a line; tell whether its round is through, or somebody else's."""
    with begin(SYSTEM) as session:
        taken = session.execute(_TAKE, {"rule": line.name}).one_or_none()
        if taken is None:
            return True
        if line.of_tenants:
            rows, cursor, is_through = _batch_of_tenants(session, line, taken.cursor_id)
        else:
            rows, cursor = _throw_away(session, line, keep=line.keep, most=MOST_ROWS), None
            is_through = rows < MOST_ROWS
        session.execute(_NOTE, {"rule": line.name, "rows": rows, "cursor": cursor})
        if is_through:
            session.execute(_FINISH, {"rule": line.name})
        return is_through


def _batch_of_tenants(
    session: Session, line: Line, after: UUID | None
) -> tuple[int, UUID | None, bool]:
    """Go on from tenant to tenant until the batch is full; return rows, the last one, the end."""
    tenants = session.execute(_TENANTS, {"after": after, "most": MOST_TENANTS}).all()
    rows, cursor = 0, after
    for tenant in tenants:
        keep, left = line.keep_for(tenant.industry, _mapping(tenant.chosen)), MOST_ROWS - rows
        # A tenant may only add to what lies in months; there the house goes by ids and days.
        with nullcontext() if line.months else within(session, tenant.id):
            rows += _throw_away(session, line, keep=keep, most=left, user=tenant.id)
        if rows >= MOST_ROWS:
            return rows, cursor, False
        cursor = tenant.id
    return rows, cursor, len(tenants) < MOST_TENANTS


def _throw_away(
    session: Session, line: Line, *, keep: timedelta, most: int, user: UUID | None = None
) -> int:
    values = {"keep": keep, "most": most, "user": user}
    return session.connection().execute(_statement(line), values).rowcount


def _mapping(chosen: object) -> Mapping[str, object]:
    return cast("Mapping[str, object]", chosen) if isinstance(chosen, dict) else {}


@cache
def _statement(line: Line) -> TextClause:
    key = "id" if line.months else "ctid"  # a place is a place in one partition only
    what = f"UPDATE {line.table} SET {line.blank}" if line.blank else f"DELETE FROM {line.table}"  # noqa: S608  # our own names
    mine = " AND w.user_id = :user" if line.of_tenants else ""
    first = f" AND w.id < {_KEY_OF_THEN} ORDER BY w.id" if line.to_the_day else ""
    bound = f" AND {line.moment} < {_THEN}" if line.months else ""
    return text(
        f"{what} WHERE {key} = ANY(ARRAY(SELECT {key} FROM {line.table} w"  # noqa: S608  # our own names
        f" WHERE w.{line.moment} < {_THEN} AND {line.past}{mine}{first}"
        f" LIMIT :most FOR UPDATE SKIP LOCKED)){bound}"
    )
