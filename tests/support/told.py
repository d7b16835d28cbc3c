"""What is known of owners and their events: who has said what since both sides were seen equal."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from domain.calendars.ports import Calendar
from tests.support.diary import HOUR
from tests.support.outsiders import Outsider


@dataclass
class Told:
    """What either side has said of an event since both were last seen equal."""

    base: dict[str, Any]
    status: str = "confirmed"
    is_new: bool = True
    ours: dict[str, Any] = field(default_factory=dict[str, Any])
    theirs: dict[str, Any] = field(default_factory=dict[str, Any])
    our_status: str | None = None
    was_off: bool = False
    """It was cancelled here, or deleted there, in between."""

    is_deleted: bool = False
    told_there: dict[str, list[Any]] = field(default_factory=dict[str, "list[Any]"])
    """All that was said there, in order."""

    lost: dict[str, list[Any]] = field(default_factory=dict[str, "list[Any]"])
    """What was said there before it was deleted there, or called off here and so taken out: how
    much of it had been read is chance."""

    clashes: set[str] = field(default_factory=set[str])
    """Fields that both changed before anybody had looked: the owner must have been asked."""

    was_set: bool = False
    """Somebody has set it by hand, whatever stands in that hour."""

    def all_told_there(self) -> dict[str, list[Any]]:
        return {what: list(values) for what, values in self.told_there.items()}

    @classmethod
    def new(cls, title: str, start: datetime) -> "Told":
        return cls({"title": title, "time": start, "location": None, "notes": None})


@dataclass
class Agreed:
    """What a call has agreed on; it stands once the calendar was asked."""

    title: str
    start: datetime
    was_taken: bool
    """Another booking had that hour when it was agreed on."""

    near: frozenset[str]
    """What of the person's own stood there in that hour."""

    is_chosen: bool = False
    """Its owner has named the moment."""

    is_dropped: bool = False
    """Its owner has said no."""


@dataclass
class Owner:
    """A tenant with one calendar, and a person who edits there."""

    user: UUID
    calendar: Calendar
    kind: str
    person: Outsider
    events: dict[UUID, Told] = field(default_factory=dict[UUID, Told])
    agreed: dict[UUID, Agreed] = field(default_factory=dict[UUID, Agreed])
    foreign: dict[str, datetime | None] = field(default_factory=dict[str, "datetime | None"])
    hours: list[datetime] = field(default_factory=list[datetime])
    """All that anybody ever wanted, of those few for which several compete."""

    moments: int = 0
    """How many its owner has named."""

    said_by_us: int = 0
    edited: dict[str, set[tuple[UUID, str]]] = field(
        default_factory=lambda: {"us": set(), "them": set()}
    )
    """What was changed since anybody last looked."""

    def near(self, start: datetime) -> frozenset[str]:
        """Name what of the person's own stands there in that hour."""
        return frozenset(name for name, at in self.foreign.items() if at and abs(at - start) < HOUR)


@dataclass
class Totals:
    edits: int = 0
    asked: int = 0
    booked: int = 0
    refused: int = 0
    agreed: int = 0
    given_up: int = 0
    sweeps: int = 0
    writes: int = 0
    checks: int = 0
    at: Counter[str] = field(default_factory=Counter[str])
    """Edits, and writes of ours, by vendor."""

    seen: Counter[str] = field(default_factory=Counter[str])
