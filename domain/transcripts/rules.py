"""What becomes of a reading. Pure: the model proposes, this disposes.

Every quote must stand in the transcript, every moment is computed from the words for it, and
what is not sure is asked of the owner instead of guessed.
"""

import hashlib
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from dataclasses import field as made_of
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final
from zoneinfo import ZoneInfo

from domain import zones
from domain.tables.events import EventStatus
from domain.transcripts.schema import SILENT, CallKind, Intent, Reading, Said, SaidEvent

SHORTEST: Final = 20
"""Characters; a shorter transcript says nothing that could be booked."""

LONGEST: Final = 400_000
"""Characters; a phone call of ten hours. What is longer is no call."""

LATE: Final = timedelta(hours=24)
"""A call that began this long before its transcript came is history: nobody is written to."""

USUAL: Final = timedelta(minutes=60)

MAKESHIFT: Final = Decimal("0.5")
"""What a reading by rules may be trusted at most where a model should have read."""

PROMPT_VERSION: Final = "1"

FOLDED: Final = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "–": "-", "—": "-"})  # noqa: RUF001  # typography


@dataclass(frozen=True, slots=True)
class Moment:
    """One moment that a phrase may mean, and how it was read."""

    start: datetime
    has_time: bool
    reading: str


Resolve = Callable[[str], Sequence[Moment]]
"""The moments that a phrase may mean, at this call's time and place."""


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """A question for the owner, with what it could be and the words that say so."""

    field: str
    question: str
    candidates: list[dict[str, Any]] = made_of(default_factory=list[dict[str, Any]])
    fingerprint: str | None = None
    """Of the event that it is about, where there is one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What is written for a call."""

    outcome: str
    events: list[NewEvent] = made_of(default_factory=list[NewEvent])
    doubts: list[Doubt] = made_of(default_factory=list[Doubt])


def zone_of(*names: str | None) -> ZoneInfo | None:
    """Return the first of these zones that was given; None where that one is no zone."""
    return zones.find(next((name for name in names if name), "UTC"))


def unreadable(transcript: str) -> str | None:
    """Say why a transcript is not worth a reader's time; None: it is."""
    if len(transcript.strip()) < SHORTEST:
        return "too short to say anything"
    if len(transcript) > LONGEST:
        return "longer than any call"
    return None


def is_grounded(said: Said, transcript: str) -> bool:
    """Tell whether the quote stands in exactly this text, white space and typography aside."""
    return bool(said.quote.strip()) and _folded(said.quote) in _folded(transcript)


def decide(reading: Reading, transcript: str, resolve: Resolve, *, said_at: datetime) -> Decision:
    """Say which events are written, how sure they are, and what is asked instead."""
    if reading.kind in SILENT or (reading.kind is CallKind.VOICEMAIL and not reading.events):
        return Decision(outcome=reading.kind.value)
    decision = Decision(outcome="events" if reading.events else "nothing to book")
    is_message = reading.kind is CallKind.VOICEMAIL  # nobody has said yes to it
    seen: set[str] = set()
    for said in reading.events:
        if said.intent is not Intent.BOOK:
            decision.doubts.append(_ask_which(said))
            continue
        event, doubt = _one(said, transcript, resolve, said_at=said_at, may_be_sure=not is_message)
        if event.fingerprint in seen:
            continue
        seen.add(event.fingerprint)
        decision.events.append(event)
        if doubt is not None:
            decision.doubts.append(doubt)
    return decision


def _one(
    said: SaidEvent, transcript: str, resolve: Resolve, *, said_at: datetime, may_be_sure: bool
) -> tuple[NewEvent, Doubt | None]:
    name = _value(said.customer_name, transcript)
    location = _value(said.location, transcript)
    when = said.when if said.when and is_grounded(said.when, transcript) else None
    moments = [one for one in (resolve(when.value) if when else ()) if one.start > said_at]
    exact = moments[0] if len(moments) == 1 and moments[0].has_time else None
    sure = exact is not None and said.is_agreed and may_be_sure
    start = exact.start if exact else None
    fingerprint = _fingerprint(said, start)
    event = NewEvent(
        title=said.title,
        event_type=said.event_type.value,
        status=EventStatus.CONFIRMED if sure else EventStatus.EXTRACTED,
        start=start,
        end=start + USUAL if start else None,
        customer_name=name,
        location=location,
        urgency=said.event_type.value if said.event_type.value == "emergency" else "medium",
        fingerprint=fingerprint,
    )
    return event, None if sure else _doubt(said, when, moments, fingerprint)


def _doubt(
    said: SaidEvent, when: Said | None, moments: Sequence[Moment], fingerprint: str
) -> Doubt:
    """Ask for what is missing: the moment, or whether it was agreed."""
    candidates = [
        {
            "start": one.start.isoformat(),
            "reading": one.reading,
            "quote": when.quote if when else "",
        }
        for one in moments
    ]
    if len(candidates) == 1 and moments[0].has_time:
        question = f"Was “{said.title}” agreed for this moment?"
    elif candidates:
        question = f"When is “{said.title}”?"
    else:
        question = f"No moment was said for “{said.title}”. When is it?"
    return Doubt(
        field="start_time", question=question, candidates=candidates, fingerprint=fingerprint
    )


def hold_for_review(decision: Decision) -> Decision:
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
    events = [replace(event, status=EventStatus.EXTRACTED) for event in decision.events]
    return replace(decision, events=events, doubts=[*decision.doubts, *asked])


def _ask_which(said: SaidEvent) -> Doubt:
    verb = "moved" if said.intent is Intent.MOVE else "cancelled"
    quote = said.when.quote if said.when else ""
    return Doubt(
        field="event",
        question=f"The caller wants “{said.title}” {verb}. Which event is it?",
        candidates=[{"quote": quote}] if quote else [],
    )


def _value(said: Said | None, transcript: str) -> str | None:
    """Return a fact that stands in the transcript; anything else was not said."""
    return said.value.strip() or None if said and is_grounded(said, transcript) else None


def _fingerprint(said: SaidEvent, start: datetime | None) -> str:
    """Name an event within its call: the same thing heard twice is one event."""
    what = start.isoformat() if start else _folded(said.title)
    return hashlib.sha256(f"{said.event_type.value}|{what}".encode()).hexdigest()[:32]


def _folded(text: str) -> str:
    plain = unicodedata.normalize("NFKC", text).translate(FOLDED)
    return " ".join(plain.split()).casefold()
