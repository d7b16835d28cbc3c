"""From one call's transcript to what is written for it: read, checked, decided.

Nothing is written here but what the reading cost. Where models cannot be asked, rules read.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from domain.database import Begin
from domain.errors import Rejected, Retryable
from domain.metering.usage import Account, Purpose
from domain.sealing import Keyring
from domain.transcripts import decision, gate, reading, rules, store, when
from domain.transcripts.asking import Asking, Found, form_of
from domain.transcripts.facts import Case
from domain.transcripts.grounding import Spoken
from domain.transcripts.ports import Answer, Diary, NoDiary, Reader, Request
from domain.transcripts.prompts import Prompt, prompt_of
from domain.transcripts.rules import Decision, Moment
from domain.transcripts.schema import Reading
from domain.transcripts.store import Extraction, Heard

SOON: Final = timedelta(seconds=30)
"""When money that others hold is theirs or free again."""

PATIENCE: Final = 6
"""Attempts, some three minutes, before rules read what no model could be asked about."""

UNPAID: Final = "budget"
FAILED: Final = "models failed"

Resolver = Callable[[str, datetime, ZoneInfo, str | None], Sequence[Moment]]
"""The moments that a phrase may mean, said at a moment in a zone, in a language."""


def _none_of_their_own(user_id: UUID) -> Sequence[Reader]:
    """Say that a tenant has brought no key."""
    del user_id
    return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Readers:
    """Who reads, in which order, and what the reading is checked with."""

    begin: Begin
    readers: Sequence[Reader]
    resolve: Resolver
    keyring: Keyring
    spare: Reader | None = None
    """Reads without a model, where no model can be asked: marked as such, and for review."""

    own: Callable[[UUID], Sequence[Reader]] = _none_of_their_own
    """Who reads for a tenant that brought its own key; they win over the house's."""

    diary: Diary = field(default_factory=NoDiary)
    """Who keeps the times that are booked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call on its way through: what was said, where, and how it is to be read."""

    user_id: UUID
    id: UUID
    heard: Heard
    zone: ZoneInfo
    prompt: Prompt
    attempts: int

    @property
    def request(self) -> Request:
        """What a reader is given."""
        words = self.prompt.words
        heard = self.heard
        return Request(instructions=words, transcript=heard.transcript, language=heard.language)

    @property
    def input_hash(self) -> str:
        """Name all that the reader is given; the same again is the same reading."""
        given = self.request
        parts = (self.prompt.version, given.instructions, given.language or "", given.transcript)
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def extract(tools: Readers, user_id: UUID, call_id: UUID, *, attempts: int = 1) -> Extraction:
    """Read a call and decide; nothing is written but what it cost."""
    readers = [*tools.own(user_id), *tools.readers]
    with tools.begin(user_id) as session:
        call = _call(store.heard(session, call_id), user_id, call_id, attempts)
        is_by_model = _is_a_model(readers[0], call.request)
        known = store.read_before(session, call.input_hash) if is_by_model else None
    reason = gate.unreadable(call.heard.transcript)
    if reason is not None:
        return _extraction(call, "none", None, None, Decision(outcome=reason))
    if not is_by_model:
        return _read(tools, call, readers, first=None)
    first = reading.read(call.heard.transcript)
    away = gate.turned_away(first, call.heard.transcript, call.heard.trade)
    if away is not None:
        return _extraction(call, "local", None, first, Decision(outcome=away))
    if known is not None:
        return _read_before(tools, call, known, second=first)
    return _read(tools, call, readers, first=first)


def _call(heard: Heard | None, user_id: UUID, call_id: UUID, attempts: int) -> Call:
    if heard is None:
        raise Rejected("the call or its customer is not of its tenant")
    zone = rules.zone_of(heard.timezone, heard.tenant_timezone)
    if zone is None:
        raise Rejected(f"unknown time zone: {heard.timezone or heard.tenant_timezone}")
    prompt = prompt_of(heard.trade, business=heard.business_name, own=heard.own_prompt)
    return Call(
        user_id=user_id, id=call_id, heard=heard, zone=zone, prompt=prompt, attempts=attempts
    )


def _read(
    tools: Readers, call: Call, readers: Sequence[Reader], *, first: Reading | None
) -> Extraction:
    """Ask the readers in order; where none of them can, rules read, and the owner reviews."""
    account = Account(
        user_id=call.user_id,
        purpose=Purpose.TRANSCRIPT,
        call_id=call.id,
        has_budget=call.heard.has_budget,
    )
    asking = Asking(tools.begin, account, paid=call.heard.paid)
    found = asking.read(readers, call.request)
    if found is None:
        return _without_models(tools, call, asking)
    return _of(tools, call, found, second=first)


def _is_a_model(reader: Reader, request: Request) -> bool:
    """Tell whether a reader costs money: then it is a model, and another one must agree with it."""
    return reader.estimate(request) is not None


def _of(tools: Readers, call: Call, found: Found, *, second: Reading | None) -> Extraction:
    is_model = _is_a_model(found.reader, call.request)
    second = second if is_model else None
    made = judge(tools.resolve, found.reading, call.heard, call.zone, second=second)
    return _extraction(
        call,
        found.reader.vendor,
        found.model,
        found.reading,
        made,
        input_hash=call.input_hash if is_model else None,
    )


def _read_before(
    tools: Readers, call: Call, known: tuple[str, str | None, Reading], *, second: Reading
) -> Extraction:
    """Decide anew on what was read from exactly this before: it costs nothing."""
    reader, model, told = known
    made = judge(tools.resolve, told, call.heard, call.zone, second=second)
    made.notes.insert(0, {"rule": "read before"})
    return _extraction(call, reader, model, told, made)


def _without_models(tools: Readers, call: Call, asking: Asking) -> Extraction:
    """Wait for what passes; for what does not, let rules read, for the owner to review."""
    if any(one.may_pass for one in asking.refused):
        raise Retryable(asking.refused[-1].why, after=SOON)
    is_unpaid = bool(asking.refused) and asking.passing is None and asking.lasting is None
    if asking.passing is not None and (call.attempts < PATIENCE or tools.spare is None):
        raise asking.passing
    if tools.spare is None:
        raise asking.lasting or Retryable(asking.refused[-1].why, after=SOON)
    answer = tools.spare.read(call.request)
    told, _ = form_of(answer)
    if told is None:
        raise Retryable(f"{tools.spare.vendor} gave no reading: {answer.finish}")
    made = judge(tools.resolve, told, call.heard, call.zone)
    cause = UNPAID if is_unpaid else FAILED
    return _extraction(call, tools.spare.vendor, None, told, rules.hold_for_review(made, why=cause))


def _extraction(
    call: Call,
    reader: str,
    model: str | None,
    told: Reading | None,
    made: Decision,
    *,
    input_hash: str | None = None,
) -> Extraction:
    return Extraction(
        reader=reader,
        model=model,
        reading=told,
        decision=made,
        timezone=call.zone.key,
        phone_number=call.heard.phone_number,
        prompt_version=call.prompt.version,
        input_hash=input_hash,
        confidence=min((event.confidence for event in made.events), default=None),
    )


def judge(
    resolve: Resolver,
    told: Reading,
    heard: Heard,
    zone: ZoneInfo,
    *,
    second: Reading | None = None,
) -> Decision:
    """Decide on a reading, at the call's own time and place, in the language that was spoken."""
    spoken, said_at = Spoken(heard.transcript), heard.started_at
    language = heard.language or reading.speech_of(spoken.turns).code

    @cache  # what two readings agree on is looked up for both
    def moments(phrase: str) -> Sequence[Moment]:
        return resolve(phrase, said_at, zone, language)

    def measure(phrase: str) -> timedelta | None:
        return when.resolve(phrase, said_at=said_at, zone=zone, language=language).duration

    case = Case(
        spoken=spoken,
        resolve=moments,
        measure=measure,
        said_at=said_at,
        trade=heard.trade,
        phone=heard.phone_number,
        second=second,
    )
    return decision.decide(told, case)


def understand(answer: Answer) -> Reading | None:
    """Read an answer as the form; whatever else it is, is none."""
    return form_of(answer)[0]


def facts_of(extraction: Extraction) -> dict[str, Any]:
    """Return an extraction for people and machines to look at."""
    made = extraction.decision
    return {
        "reader": extraction.reader,
        "outcome": made.outcome,
        "events": [
            {
                "title": e.title,
                "type": e.event_type,
                "status": e.status.value,
                "start": e.start,
                "confidence": e.confidence,
            }
            for e in made.events
        ],
        "questions": [doubt.question for doubt in made.doubts],
        "decisions": made.notes,
        "quotes": made.quotes,
    }
