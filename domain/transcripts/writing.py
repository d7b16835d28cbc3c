"""Everything that was decided for a call, written in the transaction that settles its row."""

import json
from dataclasses import replace
from typing import Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.ids import new_id
from domain.sealing import Keyring
from domain.tables.events import EventStatus
from domain.transcripts import rules
from domain.transcripts.extraction import Readers
from domain.transcripts.rules import Doubt, NewEvent
from domain.transcripts.store import Extraction

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
    " customer_phone_hash, location, location_type, urgency_level, source, fingerprint,"
    " ai_confidence)"
    " VALUES (:id, :user, :call, :customer, :title, :type, :status, :start, :start, :end, :zone,"
    "  :name, :sealed, :hash, :location, :location_type, :urgency, 'voice', :fingerprint,"
    "  :confidence)"
    " ON CONFLICT (call_id, fingerprint) DO UPDATE SET fingerprint = excluded.fingerprint"
    " RETURNING id"
)
_QUESTION: Final = text(
    "INSERT INTO questions (user_id, call_id, event_id, field, subject, question, candidates)"
    " SELECT :user, :call, CAST(:event AS uuid), :field, :subject, :question,"
    "  CAST(:candidates AS jsonb)"
    " WHERE NOT EXISTS (SELECT 1 FROM questions WHERE user_id = :user AND answered_at IS NULL"
    "  AND call_id = :call AND field = :field AND question = :question)"
)
_RUN: Final = text(
    "INSERT INTO extraction_runs"
    " (user_id, call_id, reader, model, prompt_version, outcome, reading, confidence, decisions,"
    "  quotes, input_hash)"
    " VALUES (:user, :call, :reader, :model, :version, :outcome, CAST(:reading AS jsonb),"
    "  :confidence, CAST(:decisions AS jsonb), CAST(:quotes AS jsonb), :hash)"
)
_UPCOMING: Final = text(
    "SELECT id, title, start_time FROM events WHERE customer_id = :customer"
    " AND start_time > clock_timestamp()"
    " AND status IN ('pending', 'tentative', 'scheduled', 'confirmed') ORDER BY start_time LIMIT 5"
)
_KNOWN_LEAD: Final = text(
    "UPDATE leads SET call_id = :call, name = coalesce(name, :name), summary = :summary,"
    " sentiment = :sentiment, flagged_for_review = :flagged,"
    " appointment_booked = appointment_booked OR :booked,"
    " status = CASE WHEN :booked AND status = 'new' THEN 'booked' ELSE status END"
    " WHERE id = (SELECT id FROM leads WHERE customer_id = :customer ORDER BY id LIMIT 1)"
    " RETURNING id"
)
_LEAD: Final = text(
    "INSERT INTO leads (user_id, call_id, customer_id, name, status, lead_type, summary,"
    " sentiment, appointment_booked, flagged_for_review)"
    " VALUES (:user, :call, :customer, :name, :status, 'consumer', :summary, :sentiment, :booked,"
    "  :flagged)"
)
_SUMMARY: Final = text(
    "UPDATE calls SET main_topic = :topic, call_summary = :summary, sentiment = :sentiment,"
    " urgency_level = :urgency, customer_id = coalesce(customer_id, :customer) WHERE id = :call"
)


def write(
    session: Session, tools: Readers, extraction: Extraction, *, user_id: UUID, call_id: UUID
) -> None:
    """Write everything that was decided for a call, in its tenant's scope."""
    bound, keyring = {"user": user_id, "call": call_id}, tools.keyring
    agreed = rules.agreed(extraction.decision)
    is_kept = bool(agreed) and tools.diary.decides(session)
    if is_kept:
        extraction = replace(extraction, decision=rules.as_drafts(extraction.decision))
    reading, decision = extraction.reading, extraction.decision
    is_about_somebody = decision.events or decision.doubts
    customer = _write_customer(session, keyring, extraction, user_id) if is_about_somebody else None
    ids: dict[str, UUID] = {}
    for event in decision.events:
        ids[event.fingerprint] = _write_event(session, keyring, extraction, event, bound, customer)
    if decision.doubts:
        asked = [
            _question(session, doubt, bound, ids.get(doubt.fingerprint or ""), customer)
            for doubt in decision.doubts
        ]
        session.execute(_QUESTION, asked)
    for fingerprint in agreed if is_kept else ():
        tools.diary.hold(session, ids[fingerprint])
    session.execute(_RUN, {**bound, **_run(extraction)})
    if customer is not None:
        _write_lead(session, extraction, bound, customer)
    if reading is not None:
        summary = {
            "topic": reading.topic,
            "summary": reading.summary,
            "sentiment": reading.sentiment.value,
            "urgency": reading.urgency.value,
        }
        session.execute(_SUMMARY, {**bound, **summary, "customer": customer})


def _run(extraction: Extraction) -> dict[str, object]:
    """Return what is kept of how a call was read."""
    reading, decision = extraction.reading, extraction.decision
    return {
        "reader": extraction.reader,
        "model": extraction.model,
        "version": extraction.prompt_version,
        "outcome": decision.outcome,
        "reading": reading.model_dump_json() if reading else None,
        "confidence": extraction.confidence,
        "decisions": json.dumps(decision.notes),
        "quotes": json.dumps(decision.quotes),
        "hash": extraction.input_hash,
    }


def _question(
    session: Session,
    doubt: Doubt,
    bound: dict[str, UUID],
    event_id: UUID | None,
    customer: UUID | None,
) -> dict[str, object]:
    """Return what is asked; of an event to be moved or cancelled, name those that are theirs."""
    candidates = doubt.candidates
    if doubt.field == "event" and customer is not None:
        told = {k: v for one in candidates for k, v in one.items() if k in {"start", "quote"}}
        found = session.execute(_UPCOMING, {"customer": customer}).all()
        candidates = [
            {**told, "event": str(row.id), "title": row.title, "was": row.start_time.isoformat()}
            for row in found
        ] or candidates
        event_id = found[0].id if len(found) == 1 else event_id
    return {
        **bound,
        "event": event_id,
        "field": doubt.field,
        "subject": doubt.subject,
        "question": doubt.question,
        "candidates": json.dumps(candidates),
    }


def _write_lead(
    session: Session, extraction: Extraction, bound: dict[str, UUID], customer: UUID
) -> None:
    """Keep one lead for a customer: what they last wanted, and whether it was booked."""
    decision, reading = extraction.decision, extraction.reading
    is_booked = any(one.status is EventStatus.CONFIRMED for one in decision.events)
    facts = {
        **bound,
        "customer": customer,
        "name": next((one.customer_name for one in decision.events if one.customer_name), None),
        "summary": reading.summary if reading else None,
        "sentiment": reading.sentiment.value if reading else None,
        "booked": is_booked,
        "flagged": bool(decision.doubts),
        "status": "booked" if is_booked else "new",
    }
    if session.scalar(_KNOWN_LEAD, facts) is None:
        session.execute(_LEAD, facts)


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
            "confidence": event.confidence,
        },
    )
    return written or row_id
