"""Every query on calls and what is heard on them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.ids import new_id
from domain.sealing import Keyring
from domain.tables.telephony import ReadingState
from domain.transcripts.rules import MAKESHIFT, PROMPT_VERSION, Decision, NewEvent
from domain.transcripts.schema import Reading
from domain.work.kinds import Also, Kind, States
from domain.work.names import Area


@dataclass(frozen=True, slots=True)
class CallRow:
    """A call as the claim sees it: when, and not what was said."""

    id: UUID
    user_id: UUID
    started_at: datetime
    transcribed_at: datetime


@dataclass(frozen=True, slots=True)
class Heard:
    """A call as its own tenant sees it."""

    transcript: str
    started_at: datetime
    phone_number: str | None
    timezone: str | None
    tenant_timezone: str
    business_name: str | None
    language: str | None
    has_budget: bool = False
    """What is spent on its tenant's behalf is limited, this month or since another."""


@dataclass(frozen=True, slots=True)
class Extraction:
    """What was read from a call and decided, to be written with its row."""

    reader: str
    model: str | None
    reading: Reading | None
    decision: Decision
    timezone: str
    phone_number: str | None
    is_makeshift: bool = False
    """It was read by rules because no money was left for a model."""


def kind(also: Also) -> Kind[CallRow]:
    """Return calls with a transcript, as claims see them."""
    return Kind(
        name="call",
        table="calls",
        area=Area.TRANSCRIPTS,
        read=_read,
        columns=("started_at", "transcribed_at"),
        state="ai_processing_status",
        states=States(
            working=ReadingState.PROCESSING.value,
            done=ReadingState.COMPLETED.value,
            void=ReadingState.SKIPPED.value,
        ),
        where="w.transcript IS NOT NULL",
        hard_limit=timedelta(seconds=120),
        most_attempts=5,
        also=also,
        is_for_its_facts=True,
    )


def _read(row: Mapping[str, Any]) -> CallRow:
    return CallRow(row["id"], row["user_id"], row["started_at"], row["transcribed_at"])


_HEARD: Final = text(
    "SELECT c.transcript, c.started_at, c.phone_number, c.timezone, u.timezone AS tenant_timezone,"
    " u.business_name, p.language,"
    " EXISTS (SELECT 1 FROM ai_budgets b WHERE b.user_id = c.user_id) AS has_budget"
    " FROM calls c JOIN users u ON u.id = c.user_id"
    " LEFT JOIN customers p ON p.id = c.customer_id"
    " WHERE c.id = :id AND (c.customer_id IS NULL OR p.id IS NOT NULL)"
)
_CUSTOMER: Final = text(
    "INSERT INTO customers (id, user_id, name, phone_sealed, phone_hash)"
    " VALUES (:id, :user, :name, :sealed, :hash)"
    " ON CONFLICT (user_id, phone_hash) WHERE NOT shares_phone DO UPDATE"
    " SET name = coalesce(customers.name, excluded.name) RETURNING id"
)
# While keys are rotated a row may be known by the hash under either key.
_KNOWN: Final = text(
    "UPDATE customers SET name = coalesce(name, :name) WHERE id = (SELECT id FROM customers"
    " WHERE phone_hash = ANY(CAST(:hashes AS bytea[])) ORDER BY shares_phone, id LIMIT 1)"
    " RETURNING id"
)
_EVENT: Final = text(
    "INSERT INTO events (id, user_id, call_id, customer_id, title, event_type, status,"
    " proposed_datetime, start_time, end_time, timezone, customer_name, customer_phone_sealed,"
    " customer_phone_hash, location, location_type, urgency_level, source, fingerprint)"
    " VALUES (:id, :user, :call, :customer, :title, :type, :status, :start, :start, :end, :zone,"
    "  :name, :sealed, :hash, :location, :location_type, :urgency, 'voice', :fingerprint)"
    " ON CONFLICT (call_id, fingerprint) DO UPDATE SET fingerprint = excluded.fingerprint"
    " RETURNING id"
)
_QUESTION: Final = text(
    "INSERT INTO questions (user_id, call_id, event_id, field, question, candidates)"
    " VALUES (:user, :call, :event, :field, :question, CAST(:candidates AS jsonb))"
)
_RUN: Final = text(
    "INSERT INTO extraction_runs"
    " (user_id, call_id, reader, model, prompt_version, outcome, reading, confidence, decisions)"
    " VALUES (:user, :call, :reader, :model, :version, :outcome, CAST(:reading AS jsonb),"
    "  :confidence, CAST(:decisions AS jsonb))"
)
_SUMMARY: Final = text(
    "UPDATE calls SET main_topic = :topic, call_summary = :summary, sentiment = :sentiment,"
    " urgency_level = :urgency, customer_id = coalesce(customer_id, :customer) WHERE id = :call"
)


def heard(session: Session, call_id: UUID) -> Heard | None:
    """Return what was said on a call, in its tenant's own scope."""
    row = session.execute(_HEARD, {"id": call_id}).one_or_none()
    return None if row is None else Heard(*row)


def write(
    session: Session, keyring: Keyring, extraction: Extraction, *, user_id: UUID, call_id: UUID
) -> None:
    """Write everything that was decided for a call, in its tenant's scope."""
    bound = {"user": user_id, "call": call_id}
    reading, decision = extraction.reading, extraction.decision
    customer = _write_customer(session, keyring, extraction, user_id) if decision.events else None
    ids: dict[str, UUID] = {}
    for event in decision.events:
        ids[event.fingerprint] = _write_event(session, keyring, extraction, event, bound, customer)
    for doubt in decision.doubts:
        facts = {"field": doubt.field, "question": doubt.question}
        event_id = ids.get(doubt.fingerprint) if doubt.fingerprint else None
        candidates = json.dumps(doubt.candidates)
        session.execute(_QUESTION, {**bound, **facts, "event": event_id, "candidates": candidates})
    session.execute(
        _RUN,
        {
            **bound,
            "reader": extraction.reader,
            "model": extraction.model,
            "version": PROMPT_VERSION,
            "outcome": decision.outcome,
            "reading": reading.model_dump_json() if reading else None,
            "confidence": MAKESHIFT if extraction.is_makeshift else None,
            "decisions": json.dumps([{"rule": "budget"}] if extraction.is_makeshift else []),
        },
    )
    if reading is not None:
        summary = {
            "topic": reading.topic,
            "summary": reading.summary,
            "sentiment": reading.sentiment.value,
            "urgency": reading.urgency.value,
        }
        session.execute(_SUMMARY, {**bound, **summary, "customer": customer})


def _write_customer(
    session: Session, keyring: Keyring, extraction: Extraction, user_id: UUID
) -> UUID | None:
    """Know the caller by the number that the carrier says called; a spoken one proves nothing."""
    phone = extraction.phone_number
    if phone is None:
        return None
    row_id = new_id()
    name = next(
        (one.customer_name for one in extraction.decision.events if one.customer_name), None
    )
    hashes = keyring.hashes(phone, user_id=user_id)
    known: UUID | None = session.scalar(_KNOWN, {"name": name, "hashes": hashes})
    return known or session.scalar(
        _CUSTOMER,
        {
            "id": row_id,
            "user": user_id,
            "name": name,
            "sealed": keyring.seal(phone, table="customers", column="phone", row_id=row_id),
            "hash": hashes[0],
        },
    )


def _write_event(
    session: Session,
    keyring: Keyring,
    extraction: Extraction,
    event: NewEvent,
    bound: dict[str, UUID],
    customer: UUID | None,
) -> UUID:
    row_id, phone = new_id(), extraction.phone_number
    written = session.scalar(
        _EVENT,
        {
            **bound,
            "id": row_id,
            "customer": customer,
            "title": event.title,
            "type": event.event_type,
            "status": event.status.value,
            "start": event.start,
            "end": event.end,
            "zone": extraction.timezone,
            "name": event.customer_name,
            "sealed": phone
            and keyring.seal(phone, table="events", column="customer_phone", row_id=row_id),
            "hash": phone and keyring.hash(phone, user_id=bound["user"]),
            "location": event.location,
            "location_type": "address" if event.location else "tbd",
            "urgency": event.urgency,
            "fingerprint": event.fingerprint,
        },
    )
    return written or row_id
