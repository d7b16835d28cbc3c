"""Taking in what other services write clear: sealed within a minute, and the clear value emptied.

The house finds which rows, by id; what stands in them is read and written in their own
tenant's scope. Nothing is locked while it is sealed: the write compares, so that a value
that was rewritten in between is taken in next time, and none is lost.
"""

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

import structlog
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session

from domain.database import SYSTEM, Begin, Scope
from domain.privacy import rules, store
from domain.privacy.store import NIL, Change, Found
from domain.sealing import Keyring
from domain.tables.ops import Severity
from domain.tables.sealed import SEALED, Sealed
from domain.work import alerts

log = structlog.get_logger("privacy")

SIZE: Final = 5000
BUDGET: Final = timedelta(seconds=10)
"""After how long a round leaves a column for the next: no table's flood keeps another waiting."""

NOT_SEALED: Final = "not_sealed"

Write = Callable[..., int]


@dataclass(frozen=True, slots=True)
class Round:
    """What one round came to."""

    sealed: int = 0
    failed: int = 0

    def __add__(self, other: "Round") -> "Round":
        """Count both."""
        return Round(self.sealed + other.sealed, self.failed + other.failed)


def take_in(begin: Begin, keyring: Keyring, *, size: int = SIZE) -> Round:
    """Seal what stands clear in a column that has a sealed twin.

    One pass over each column: a row that somebody holds, or that cannot be written, keeps
    nobody behind it waiting. An alert says which column has such rows.
    """
    total = Round()
    for column in SEALED:
        if column.clear:
            until = time.monotonic() + BUDGET.total_seconds()
            done = _column(begin, keyring, column, size=size, until=until)
            _tell(begin, column, failed=done.failed)
            total += done
    return total


def _column(begin: Begin, keyring: Keyring, column: Sealed, *, size: int, until: float) -> Round:
    after, done = NIL, Round()
    while time.monotonic() < until:
        with begin(SYSTEM) as session:
            found = store.clear(session, column, after=after, most=size)
        for owner, ids in by_owner(found):
            done += _rows(begin, keyring, column, owner, ids)
        if len(found) < size:
            break
        after = found[-1].id
    return done


def _rows(
    begin: Begin, keyring: Keyring, column: Sealed, owner: UUID | None, ids: Sequence[UUID]
) -> Round:
    try:
        with begin(scope_of(column, owner)) as session:
            values = store.clear_values(session, column, ids)
            changes = [_sealed(keyring, column, owner, *value) for value in values.items()]
            done = write_all(session, column, changes, store.take_in)
    except DBAPIError as error:
        log.warning("privacy.not_sealed", column=str(column), error=type(error).__name__)
        return Round(failed=len(ids))
    return Round(sealed=done)


def _sealed(
    keyring: Keyring, column: Sealed, owner: UUID | None, row_id: UUID, text: str
) -> Change:
    """Seal a value as it was written; by its normal form it is found. A blank one empties."""
    if not text.strip():
        return Change(row_id, text, None, None)
    return Change(row_id, text, *seal(keyring, column, owner, row_id, text))


def seal(
    keyring: Keyring, column: Sealed, owner: UUID | None, row_id: UUID, text: str
) -> tuple[bytes, bytes | None]:
    """Return a text sealed for its place, and the hash by which it is found."""
    sealed = keyring.seal(text, table=column.table, column=column.name, row_id=row_id)
    if column.hash is None:
        return sealed, None
    known_to = NIL if owner is None or column.is_known_to_all else owner
    return sealed, keyring.hash(rules.normal(column.form, text), user_id=known_to)


def write_all(session: Session, column: Sealed, changes: Sequence[Change], write: Write) -> int:
    """Write changes; where another row is known by a value already, the later one shares it."""
    if not changes:
        return 0
    try:
        with session.begin_nested():
            return write(session, column, changes)
    except IntegrityError:
        if column.shared is None:
            raise
    return sum(_write_one(session, column, change, write) for change in changes)


def _write_one(session: Session, column: Sealed, change: Change, write: Write) -> int:
    try:
        with session.begin_nested():
            return write(session, column, [change])
    except IntegrityError:
        return write(session, column, [change], is_shared=True)


def scope_of(column: Sealed, owner: UUID | None) -> Scope:
    """Return the scope in which a value is read and written: its tenant's, where it may."""
    return SYSTEM if owner is None or column.is_the_houses else owner


def by_owner(found: Iterable[Found]) -> list[tuple[UUID | None, list[UUID]]]:
    """Put rows of one tenant together; None has the platform's."""
    groups: dict[UUID | None, list[UUID]] = {}
    for row in found:
        groups.setdefault(row.user_id, []).append(row.id)
    return list(groups.items())


def _tell(begin: Begin, column: Sealed, *, failed: int) -> None:
    with begin(SYSTEM) as session:
        if not failed:
            alerts.settle(session, NOT_SEALED, subject=str(column))
            return
        alerts.tell(
            session,
            NOT_SEALED,
            subject=str(column),
            message=f"{failed} rows of {column} could not be sealed and stand clear.",
            severity=Severity.WARNING,
        )
