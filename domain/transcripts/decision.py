"""What becomes of a reading. Pure: the model proposes, this disposes.

Every quote must stand in the transcript and bear out its value, every moment is computed from the
words for it, and what is not sure is asked of the owner instead of guessed. What a model read is
confirmed only where the reader without a model, which follows offers and answers by itself, heard
the same moment agreed: one of the two may be wrong or lied to, hardly both in the same way.
"""

import hashlib
from datetime import datetime, timedelta
from typing import Any

from domain.tables.events import EventStatus
from domain.transcripts import confidence, doubts
from domain.transcripts.confidence import Band, Confidence, Seen
from domain.transcripts.facts import Case, Checked, ahead, check, title_of
from domain.transcripts.grounding import fold
from domain.transcripts.rules import Decision, Doubt, Moment, NewEvent
from domain.transcripts.schema import SILENT, CallKind, Intent, Reading, SaidEvent


def decide(reading: Reading, case: Case) -> Decision:
    """Say which events are written, how sure they are, and what is asked instead."""
    if reading.kind in SILENT or (reading.kind is CallKind.VOICEMAIL and not reading.events):
        return Decision(outcome=reading.kind.value)
    decision = Decision(outcome="events" if reading.events else "nothing to book")
    is_message = reading.kind is CallKind.VOICEMAIL  # nobody has said yes to it
    heard_twice = _agreed(case) if case.second is not None else None
    seen: set[str] = set()
    for said in reading.events:
        checked = check(said, case)
        if said.intent is not Intent.BOOK:
            decision.doubts.append(doubts.which(checked))
            continue
        event, asked, note = _one(checked, case, heard_twice, may_be_sure=not is_message)
        if event.fingerprint in seen:
            continue
        seen.add(event.fingerprint)
        decision.events.append(event)
        decision.doubts.extend(asked)
        decision.notes.append(note)
        decision.quotes.extend(_quotes(checked, case, event.fingerprint))
    return decision


def _agreed(case: Case) -> set[datetime]:
    """Return the moments that the reader without a model heard both sides agree to."""
    assert case.second is not None  # noqa: S101  # asked only where there is one
    agreed = [each for each in case.second.events if each.is_agreed and each.intent is Intent.BOOK]
    found = [ahead(each.when.value, case) for each in agreed if each.when]
    return {moments[0].start for moments in found if len(moments) == 1}


def _one(
    checked: Checked, case: Case, heard_twice: set[datetime] | None, *, may_be_sure: bool
) -> tuple[NewEvent, list[Doubt], dict[str, Any]]:
    said, moments = checked.said, checked.moments
    exact = moments[0] if len(moments) == 1 and moments[0].has_time else None
    is_twice = heard_twice is None or (exact is not None and exact.start in heard_twice)
    length = case.measure(checked.value("duration") or "")
    sure = confidence.of(_seen(checked, case, exact, length, is_twice=is_twice), case.trade)
    why = _hindrance(exact, said, sure, case, is_twice=is_twice, may_be_sure=may_be_sure)
    start = exact.start if exact and sure.band is not Band.ASK else None
    event = NewEvent(
        title=title_of(said),
        event_type=said.event_type.value,
        status=EventStatus.EXTRACTED if why else EventStatus.CONFIRMED,
        start=start,
        end=start + (_usable(length) or case.trade.duration) if start else None,
        customer_name=checked.value("customer_name"),
        location=checked.value("location"),
        urgency=said.event_type.value if said.event_type.value == "emergency" else "medium",
        fingerprint=_fingerprint(said, exact.start if exact else None),
        confidence=sure.total,
    )
    return event, doubts.about(checked, event, case, why), _note(event, sure, why)


def _hindrance(
    exact: Moment | None,
    said: SaidEvent,
    sure: Confidence,
    case: Case,
    *,
    is_twice: bool,
    may_be_sure: bool,
) -> str | None:
    """Say why an event is not confirmed; None: it is."""
    reasons = (
        (exact is None, "no one moment"),
        (not said.is_agreed or not may_be_sure, "not agreed by both sides"),
        (not is_twice, doubts.DIFFER),
        (sure.band is not Band.CONFIRM, "too little is known"),
        (not case.trade.confirms, "the owner confirms everything"),
    )
    return next((why for is_so, why in reasons if is_so), None)


def _seen(
    checked: Checked, case: Case, exact: Moment | None, length: timedelta | None, *, is_twice: bool
) -> Seen:
    only = checked.moments[0] if len(checked.moments) == 1 else None
    return Seen(
        event_type=checked.said.event_type.value,
        title=checked.said.title,
        has_name=checked.value("customer_name") is not None,
        has_phone=case.phone is not None,
        has_email=checked.value("customer_email") is not None,
        place=checked.value("location"),
        start=only.start if only else None,
        has_time=exact is not None,
        said_at=case.said_at,
        readings=len(checked.moments),
        length=length,
        grounded=len(checked.facts),
        told=checked.told,
        is_callers=checked.is_callers or is_twice,
        is_agreed=checked.said.is_agreed,
        is_read_twice=is_twice,
    )


def _usable(length: timedelta | None) -> timedelta | None:
    plausible = length is not None and confidence.SHORTEST <= length <= confidence.LONGEST
    return length if plausible else None


def _quotes(checked: Checked, case: Case, fingerprint: str) -> list[dict[str, Any]]:
    found = [(name, case.spoken.find(fact)) for name, fact in checked.facts.items()]
    return [
        {
            "event": fingerprint,
            "field": name,
            "start": passage.start,
            "end": passage.end,
            "speaker": passage.speaker.value if passage.speaker else None,
        }
        for name, passage in found
        if passage is not None
    ]


def _note(event: NewEvent, sure: Confidence, why: str | None) -> dict[str, Any]:
    return {
        "rule": why or "confirmed",
        "event": event.fingerprint,
        "confidence": str(sure.total),
        "factors": {name.value: round(score, 2) for name, score in sure.factors.items()},
    }


def _fingerprint(said: SaidEvent, start: datetime | None) -> str:
    """Name an event within its call: the same thing heard twice is one event."""
    what = start.isoformat() if start else f"{said.event_type.value}|{fold(said.title)}"
    return hashlib.sha256(what.encode()).hexdigest()[:32]
