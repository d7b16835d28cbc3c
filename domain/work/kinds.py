"""What a work table looks like to the claim: its words, its columns, its patience.

A kind is written once beside its table's queries and handed to `batch`, `resolve` and the
command line. Names in it become SQL, so they are constants of ours and never input.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Generic, TypeAlias, TypeVar
from uuid import UUID

from sqlalchemy.orm import Session

from domain.work.names import Area
from domain.work.rules import Patience

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Claimed(Generic[Row]):
    """A row in our hands, and how often it has been in somebody's."""

    id: UUID
    user_id: UUID | None
    attempts: int
    row: Row


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """What a claimed row came to; areas add their own facts in the same transaction."""

    id: UUID
    user_id: UUID | None
    state: str
    reference: str | None
    facts: object = None


Also: TypeAlias = Callable[[Session, Sequence[Settled]], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class States:
    """The table's own words for the stations of a row's life."""

    waiting: str = "pending"
    working: str = "working"
    done: str = "done"
    failed: str = "failed"
    unknown: str | None = None
    """Where a call may have happened; None for work that touches nothing outside."""
    void: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind(Generic[Row]):
    """A work table."""

    name: str
    """What `explain`, `retry` and effects call a row of it."""

    table: str
    area: Area
    read: Callable[[Mapping[str, Any]], Row]
    """Parse a row; what it raises fails that row only, so a newer release's word harms nobody."""

    columns: tuple[str, ...] = ()
    state: str = "state"
    states: States = field(default_factory=States)
    where: str = "true"
    """What else a waiting row must be to be claimed; the table is `w`."""

    ready: str = "true"
    """What must be so for it to be claimed now, and becomes so by itself: a pace allows it."""

    void_when: str = "NULL"
    """Why a claimed row is not to be acted on after all, asked right before the call; NULL: act."""

    reference: str | None = None
    """The column for the vendor's name of what we made."""

    leaves_the_building: bool = True
    """Whether FRONTDESK_HOLD keeps it back."""

    most_attempts: int = 8
    hard_limit: timedelta = timedelta(seconds=30)
    """After how long every call of this kind has ended, one way or the other."""

    margin: timedelta = timedelta(seconds=30)
    patience: Patience = field(default_factory=Patience)
    also: Also | None = None
    """What the area writes in the transaction that settles its rows; by rows that are ours only."""

    is_for_its_facts: bool = False
    """Whether a row without what its area writes has failed; a call that was made has not."""

    @property
    def lease(self) -> timedelta:
        """How long a claim is ours: the longest call, and as much again to write it down."""
        return self.hard_limit + self.margin
