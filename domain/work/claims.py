"""Claiming rows, and letting go of them: the one place that writes leases.

A claim is one short statement: rows that are due and in nobody's hands, locked past those
that others are locking, marked as ours by a token until a moment by the database's clock.
Every later write names the token, so that a worker that was presumed dead and wakes up
changes nothing. `attempts` counts here, before the work: a row that kills its worker ends.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import TextClause
from sqlalchemy.orm import Session

from domain.ids import new_id
from domain.work.kinds import Claimed, Kind, Row
from domain.work.statements import statements

CALLS_END: Final = 0.6
GIVEN_BACK: Final = 0.4
"""Of a lease's margin, what lies between them and its end: our calls end first, then the
supervisor's patience with us, then the lease itself; and half a lease later it is resolved."""


@dataclass(frozen=True, slots=True)
class Lease:
    """One token and one deadline a claim statement; never prolonged, never revived.

    A later claim has a lease of its own: sharing one would lengthen the earlier rows' time
    without the database knowing (found by pausing at every point, docs/evidence.md).
    """

    token: UUID
    ends: float
    """When our last call has ended, by this process's clock, counted from before the claim."""

    given_back: float
    """When all is written down, or the supervisor ends us."""

    @classmethod
    def ask(cls, kind: Kind[Any]) -> "Lease":
        """Begin to count a lease that is about to be asked for."""
        end, margin = time.monotonic() + kind.lease.total_seconds(), kind.margin.total_seconds()
        return cls(new_id(), end - margin * CALLS_END, end - margin * GIVEN_BACK)

    def has_room_for(self, call: timedelta) -> bool:
        """Tell whether a call that begins now ends while the lease is surely ours."""
        return time.monotonic() + call.total_seconds() <= self.ends


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """What is to be written on a claimed row."""

    id: UUID
    user_id: UUID | None
    state: str
    why: str | None = None
    reference: str | None = None
    due_in: timedelta | None = None
    """When to take it up again, for a state that is taken up again."""
    uncounted: bool = False
    """The attempt never began and does not count."""
    is_alarming: bool = False
    """It was given up, and somebody should know."""
    was_open: bool = False
    """It was being found out about: an alarm on it may stand."""
    facts: object = None
    """What the area writes down with it."""


def claim(session: Session, kind: Kind[Row], lease: Lease, *, most: int) -> list[Claimed[Any]]:
    """Take up to `most` due rows, oldest first, past those that others are taking."""
    return _take(session, kind, statements(kind).claim, lease, {"n": most})


def claim_one(session: Session, kind: Kind[Row], lease: Lease, row_id: UUID) -> list[Claimed[Any]]:
    """Take this row if it is due and in nobody's hands. It does not wait for a lock either."""
    return _take(session, kind, statements(kind).claim_one, lease, {"n": 1, "id": row_id})


def claim_chosen(
    session: Session, kind: Kind[Row], lease: Lease, row_ids: Sequence[UUID]
) -> list[Claimed[Any]]:
    """Take those of the chosen rows that are due and in nobody's hands."""
    bound = {"n": len(row_ids), "ids": list(row_ids)}
    return _take(session, kind, statements(kind).claim_chosen, lease, bound)


def claim_lapsed(
    session: Session, kind: Kind[Row], lease: Lease, *, most: int
) -> list[Claimed[Any]]:
    """Take rows whose lease ran out half a lease ago, and unknown ones that are to be asked about.

    Not counted as an attempt: nothing is tried, it is found out what became of the last one.
    """
    bound = {"n": most, "grace": kind.lease / 2}
    return _take(session, kind, statements(kind).claim_lapsed, lease, bound)


def _take(
    session: Session, kind: Kind[Row], statement: TextClause, lease: Lease, bound: dict[str, Any]
) -> list[Claimed[Any]]:
    found = session.execute(statement, {**bound, "token": lease.token, "lasts": kind.lease})
    return [Claimed(row["id"], row["user_id"], row["attempts"], row) for row in found.mappings()]


def reread(
    session: Session, kind: Kind[Row], lease: Lease, ids: Sequence[UUID]
) -> dict[UUID, str | None]:
    """Return those of our rows that are still ours, each with why it is not to be acted on."""
    bound = {"ids": list(ids), "token": lease.token}
    return {row.id: row.void for row in session.execute(statements(kind).reread, bound)}


def is_held(session: Session, kind: Kind[Row], lease: Lease, row_id: UUID) -> bool:
    """Tell whether the row is still to be settled by us, and let nobody take it meanwhile."""
    bound = {"id": row_id, "token": lease.token}
    return session.scalar(statements(kind).held, bound) is not None


def give_back(session: Session, kind: Kind[Row], lease: Lease) -> list[UUID]:
    """Let all rows of a claim go, uncounted; return them."""
    return list(session.scalars(statements(kind).give_back, {"token": lease.token}))


def settle(session: Session, kind: Kind[Row], lease: Lease, endings: Sequence[Ending]) -> set[UUID]:
    """Write the endings; return the rows that were still ours. The others are not touched."""
    bound = {
        "token": lease.token,
        "ids": [ending.id for ending in endings],
        "states": [ending.state for ending in endings],
        "whys": [ending.why for ending in endings],
        "references": [ending.reference for ending in endings],
        "waits": [
            None if ending.due_in is None else ending.due_in.total_seconds() for ending in endings
        ],
        "uncounted": [int(ending.uncounted) for ending in endings],
    }
    return set(session.scalars(statements(kind).settle, bound))
