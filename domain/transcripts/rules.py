"""What is decided on a call, in words: moments, events to write, questions to ask. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from dataclasses import field as made_of
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final
from zoneinfo import ZoneInfo

from domain import zones
from domain.tables.events import EventStatus

LATE: Final = timedelta(hours=24)
"""A call that began this long before its transcript came is history: nobody is written to."""

MAKESHIFT: Final = Decimal("0.5")
"""What a reading by rules may be trusted at most where a model should have read."""


@dataclass(frozen=True, slots=True)
class Moment:
    """One moment that a phrase may mean, and how it was read."""

    start: datetime
    has_time: bool
    reading: str


Resolve = Callable[[str], Sequence[Moment]]
"""The moments that a phrase may mean, at this call's time and place."""

Measure = Callable[[str], timedelta | None]
"""The length of time that a phrase means."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEvent:
    """An event to be written."""

    title: str
    event_type: str
    status: EventStatus
    start: datetime | None
    end: datetime | None
    customer_name: str | None
    location: str | None
    urgency: str
    fingerprint: str
    confidence: Decimal = Decimal(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """A question for the owner, with what it could be and the words that say so."""

    field: str
    question: str
    candidates: list[dict[str, Any]] = made_of(default_factory=list[dict[str, Any]])
    fingerprint: str | None = None
    """Of the event that it is about, where there is one."""

    subject: str = "book"
    """What an answer does: book, move, cancel, or fill in the field."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What is written for a call."""

    outcome: str
    events: list[NewEvent] = made_of(default_factory=list[NewEvent])
    doubts: list[Doubt] = made_of(default_factory=list[Doubt])
    quotes: list[dict[str, Any]] = made_of(default_factory=list[dict[str, Any]])
    """Where each fact stands in the transcript, and who said it; never its words."""

    notes: list[dict[str, Any]] = made_of(default_factory=list[dict[str, Any]])
    """What was decided by which rule, with the factors of each confidence."""


def zone_of(*names: str | None) -> ZoneInfo | None:
    """Return the first of these zones that was given; None where that one is no zone."""
    return zones.find(next((name for name in names if name), "UTC"))


def agreed(decision: Decision) -> list[str]:
    """Name the events that both sides agreed on, as far as a call can tell."""
    return [one.fingerprint for one in decision.events if one.status is EventStatus.CONFIRMED]


def as_drafts(decision: Decision) -> Decision:
    """Let nothing of it stand before the owner's calendar was asked."""
    return replace(
        decision, events=[replace(one, status=EventStatus.EXTRACTED) for one in decision.events]
    )


def hold_for_review(decision: Decision, *, why: str) -> Decision:
    """Book nothing of it: the owner is asked about each event that would have been."""
    asked = [
        Doubt(
            field="start_time",
            question=f"Was “{event.title}” agreed for this moment? No model has read the call.",
            candidates=[{"start": event.start.isoformat()}] if event.start else [],
            fingerprint=event.fingerprint,
        )
        for event in decision.events
        if event.status is EventStatus.CONFIRMED
    ]
    events = [
        replace(event, status=EventStatus.EXTRACTED, confidence=min(event.confidence, MAKESHIFT))
        for event in decision.events
    ]
    notes = [{"rule": why}, *decision.notes]
    return replace(decision, events=events, doubts=[*decision.doubts, *asked], notes=notes)
