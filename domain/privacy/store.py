"""Every query on sealed columns. The names in them are constants of ours, never input."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final
from uuid import UUID

from sqlalchemy import TextClause, text
from sqlalchemy.orm import Session

from domain.tables.sealed import Sealed

NIL: Final = UUID(int=0)
"""Before every id; and whose hash a row has that belongs to no tenant."""

CLEAR: Final = """
SELECT id, user_id FROM {table}
WHERE {clear} IS NOT NULL AND id > :after ORDER BY id LIMIT :n
"""

VALUES: Final = """
SELECT id, user_id, {clear} AS value FROM {table}
WHERE id = ANY(CAST(:ids AS uuid[])) AND {clear} IS NOT NULL
"""

# The clear value is compared as it is emptied: what was rewritten meanwhile waits for the next
# round, and a row that somebody holds is not waited for.
TAKE_IN: Final = """
WITH x AS MATERIALIZED (
    SELECT * FROM unnest(
        CAST(:ids AS uuid[]), CAST(:befores AS text[]), CAST(:sealed AS bytea[]),
        CAST(:hashes AS bytea[])) AS x(id, before, sealed, hash)),
mine AS MATERIALIZED (
    SELECT t.id FROM {table} t JOIN x ON t.id = x.id WHERE t.{clear} = x.before
    FOR UPDATE OF t SKIP LOCKED)
UPDATE {table} t SET {clear} = NULL, {sealed} = x.sealed{hash}{shared}
FROM x JOIN mine USING (id) WHERE t.id = x.id
RETURNING t.id
"""

# A window of rows by their key: no statement reads more, however few of them are left to do.
WINDOW: Final = """
WITH seen AS MATERIALIZED (
    SELECT id, user_id, {sealed} AS sealed FROM {table}
    WHERE id > :after ORDER BY id LIMIT :n)
SELECT id, user_id, sealed IS NOT NULL AND substring(sealed FROM 1 FOR :length) <> :head AS stale
FROM seen
WHERE (sealed IS NOT NULL AND substring(sealed FROM 1 FOR :length) <> :head)
   OR id = (SELECT id FROM seen ORDER BY id DESC LIMIT 1)
ORDER BY id
"""

SEALED_VALUES: Final = """
SELECT id, user_id, {sealed} AS value FROM {table}
WHERE id = ANY(CAST(:ids AS uuid[])) AND substring({sealed} FROM 1 FOR :length) <> :head
"""

RESEAL: Final = """
WITH x AS MATERIALIZED (
    SELECT * FROM unnest(
        CAST(:ids AS uuid[]), CAST(:befores AS bytea[]), CAST(:sealed AS bytea[]),
        CAST(:hashes AS bytea[])) AS x(id, before, sealed, hash)),
mine AS MATERIALIZED (
    SELECT t.id FROM {table} t JOIN x ON t.id = x.id WHERE t.{sealed} = x.before
    FOR UPDATE OF t SKIP LOCKED)
UPDATE {table} t SET {sealed} = x.sealed{hash}{shared}
FROM x JOIN mine USING (id) WHERE t.id = x.id
RETURNING t.id
"""

CENSUS: Final = """
WITH seen AS MATERIALIZED (
    SELECT id, {sealed} AS sealed FROM {table} WHERE id > :after ORDER BY id LIMIT :n)
SELECT (SELECT id FROM seen ORDER BY id DESC LIMIT 1) AS last,
       CASE WHEN sealed IS NULL THEN NULL
            WHEN length(sealed) < 2 OR get_byte(sealed, 0) <> 1 THEN ''
            ELSE encode(substring(sealed FROM 3 FOR get_byte(sealed, 1)), 'escape') END AS key,
       count(*) AS many
FROM seen GROUP BY 2
"""


@dataclass(frozen=True, slots=True)
class Found:
    """A row of a table, and whose it is: None where it is the platform's."""

    id: UUID
    user_id: UUID | None


@dataclass(frozen=True, slots=True)
class Change:
    """What is to stand in a row instead of what stood there."""

    id: UUID
    before: str | bytes
    sealed: bytes | None
    hash: bytes | None


@cache
def _sql(words: str, column: Sealed, *, is_shared: bool = False) -> TextClause:
    """Put a statement together for a column, once."""
    shared = f", {column.shared} = {str(is_shared).lower()}" if column.shared else ""
    return text(
        words.format(
            table=column.table,
            clear=column.clear,
            sealed=column.sealed,
            hash=f", {column.hash} = x.hash" if column.hash else "",
            shared=shared,
        )
    )


def clear(session: Session, column: Sealed, *, after: UUID, most: int) -> list[Found]:
    """Return rows whose value is clear, in the order of their keys."""
    found = session.execute(_sql(CLEAR, column), {"after": after, "n": most})
    return [Found(*row) for row in found]


def clear_values(session: Session, column: Sealed, ids: Sequence[UUID]) -> dict[UUID, str]:
    """Return the clear values of these rows, in their tenant's scope."""
    return {row.id: row.value for row in session.execute(_sql(VALUES, column), {"ids": ids})}


def take_in(
    session: Session, column: Sealed, changes: Sequence[Change], *, is_shared: bool = False
) -> int:
    """Put sealed values in the place of clear ones; return how many. Rewritten ones stay."""
    return _change(session, _sql(TAKE_IN, column, is_shared=is_shared), changes)


def stale(
    session: Session, column: Sealed, head: bytes, *, after: UUID, most: int
) -> tuple[list[Found], UUID | None]:
    """Return rows of the next window that are sealed with another key than the newest.

    And the key with which the window ends; None where there is no row left to look at.
    """
    bound = {"after": after, "n": most, "head": head, "length": len(head)}
    rows = session.execute(_sql(WINDOW, column), bound).all()
    last = rows[-1].id if rows else None
    return [Found(row.id, row.user_id) for row in rows if row.stale], last


def sealed_values(
    session: Session, column: Sealed, head: bytes, ids: Sequence[UUID]
) -> dict[UUID, bytes]:
    """Return what is sealed with another key than the newest, in its tenant's scope."""
    bound = {"ids": ids, "head": head, "length": len(head)}
    return {row.id: row.value for row in session.execute(_sql(SEALED_VALUES, column), bound)}


def reseal(
    session: Session, column: Sealed, changes: Sequence[Change], *, is_shared: bool = False
) -> int:
    """Put newly sealed values in the place of older ones; return how many. Rewritten ones stay."""
    return _change(session, _sql(RESEAL, column, is_shared=is_shared), changes)


def census(
    session: Session, column: Sealed, *, after: UUID, most: int
) -> tuple[dict[str, int], UUID | None]:
    """Count the next window's values by the name of their key: '' for what is no ciphertext."""
    rows = session.execute(_sql(CENSUS, column), {"after": after, "n": most}).all()
    counts = {row.key: int(row.many) for row in rows if row.key is not None}
    return counts, rows[0].last if rows else None


def _change(session: Session, statement: TextClause, changes: Sequence[Change]) -> int:
    bound: dict[str, Any] = {
        "ids": [one.id for one in changes],
        "befores": [one.before for one in changes],
        "sealed": [one.sealed for one in changes],
        "hashes": [one.hash for one in changes],
    }
    return len(session.execute(statement, bound).all())
