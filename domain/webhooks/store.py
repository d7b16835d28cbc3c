"""Every query on vendors' notices."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

from domain.tables.webhooks import WebhookResult, WebhookState
from domain.webhooks.rules import TARGET
from domain.work.kinds import Kind, Settled
from domain.work.names import Area


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A notice that is about to be stored."""

    id: UUID
    user_id: UUID | None
    provider: str
    key: str
    event_type: str | None
    headers: str = field(repr=False)
    body: bytes = field(repr=False)
    refusal: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """A notice as it stands, with what came."""

    id: UUID
    user_id: UUID | None
    provider: str
    key: str
    event_type: str | None
    result: str | None
    error_message: str | None
    received_at: datetime
    age: timedelta
    target: str
    headers: Mapping[str, str] = field(repr=False)
    body: bytes | None = field(repr=False)


# One statement: no row without its bytes, whatever dies in between.
_KEEP: Final = text("""
WITH x AS MATERIALIZED (
    SELECT * FROM unnest(
        CAST(:ids AS uuid[]), CAST(:users AS uuid[]), CAST(:providers AS text[]),
        CAST(:keys AS text[]), CAST(:types AS text[]), CAST(:headers AS text[]),
        CAST(:bodies AS bytea[]), CAST(:refusals AS text[]))
        AS x(id, user_id, provider, key, type, headers, body, refusal)),
kept AS (
    INSERT INTO webhook_queue (id, user_id, provider, idempotency_key, event_type, result,
                               state, error_message, processed_at, processed_by)
    SELECT id, user_id, provider, key, type, CASE WHEN refusal IS NOT NULL THEN 'refused' END,
           CASE WHEN refusal IS NULL THEN 'pending' ELSE 'done' END, refusal,
           CASE WHEN refusal IS NOT NULL THEN clock_timestamp() END,
           CASE WHEN refusal IS NOT NULL THEN 'intake' END
    FROM x ON CONFLICT (provider, idempotency_key) DO NOTHING RETURNING id),
bytes AS (
    INSERT INTO webhook_payloads (webhook_id, headers, body)
    SELECT x.id, CAST(x.headers AS jsonb), x.body FROM x JOIN kept ON kept.id = x.id)
SELECT id FROM kept
""")
_STORED: Final = (
    "SELECT q.id, q.user_id, q.provider, q.idempotency_key AS key, q.event_type, q.result,"
    " q.error_message, q.received_at, clock_timestamp() - q.received_at AS age, p.headers, p.body"
    " FROM webhook_queue q LEFT JOIN LATERAL (SELECT headers, body FROM webhook_payloads"
    "  WHERE webhook_id = q.id ORDER BY created_at LIMIT 1) p ON true WHERE q.id = :id"
)
# Held against whoever was presumed dead: its news is taken once, whatever becomes of its lease.
_HOLD: Final = text(_STORED + " AND q.processed_at IS NULL FOR UPDATE OF q")
_LOOK: Final = text(_STORED)
_CLOSE: Final = text(
    "UPDATE webhook_queue SET result = :result, error_message = :why,"
    " event_type = coalesce(:type, event_type), user_id = coalesce(:user, user_id),"
    " processed_at = clock_timestamp(), processed_by = coalesce(processed_by, 'frontdesk')"
    " WHERE id = :id"
)
_FAILED: Final = text(
    "UPDATE webhook_queue SET result = 'failed', error_message = last_error"
    " WHERE id = ANY(CAST(:ids AS uuid[])) AND processed_at IS NULL"
)
_PHONE: Final = text("UPDATE webhook_queue SET phone_number = :number WHERE id = :id")
_BELIEVE: Final = text(
    "UPDATE webhook_queue SET idempotency_key = :key, event_type = :type, result = NULL,"
    " error_message = NULL WHERE id = :id AND NOT EXISTS (SELECT 1 FROM webhook_queue o"
    "  WHERE o.provider = webhook_queue.provider AND o.idempotency_key = :key) RETURNING id"
)
_OPEN: Final = text(
    "UPDATE webhook_queue SET processed_at = NULL, processed_by = :by WHERE id = :id"
)
_SINCE: Final = text(
    "SELECT id FROM webhook_queue WHERE received_at >= :since AND id > :after"
    " AND (NOT :failed OR state = 'failed') ORDER BY id LIMIT :n"
)
_DEAD: Final = text(
    "SELECT id FROM webhook_queue WHERE state = 'failed' AND result IS DISTINCT FROM 'done'"
    " AND id > :after ORDER BY id LIMIT :n"
)


def kind() -> Kind[UUID]:
    """Return notices that are to be understood, as claims see them.

    One that was taken by somebody who died before he could settle it is claimed like any other:
    whoever holds it finds it taken, and settles it.
    """
    return Kind(
        name="webhook",
        table="webhook_queue",
        area=Area.WEBHOOKS,
        read=_read,
        leaves_the_building=False,
        most_attempts=12,
        also=_note_failed,
    )


def _read(row: Mapping[str, Any]) -> UUID:
    return row["id"]


def _note_failed(session: Session, settled: Sequence[Settled]) -> None:
    """Say of rows that were given up what became of them; the others have said it themselves."""
    failed = [row.id for row in settled if row.state == WebhookState.FAILED]
    if failed:
        session.execute(_FAILED, {"ids": failed})


def keep(session: Session, entries: Sequence[Entry]) -> list[UUID]:
    """Store notices; return those that are new, a redelivery changes nothing."""
    bound = {
        "ids": [entry.id for entry in entries],
        "users": [entry.user_id for entry in entries],
        "providers": [entry.provider for entry in entries],
        "keys": [entry.key for entry in entries],
        "types": [entry.event_type for entry in entries],
        "headers": [entry.headers for entry in entries],
        "bodies": [entry.body for entry in entries],
        "refusals": [entry.refusal for entry in entries],
    }
    return list(session.scalars(_KEEP, bound))


def hold(session: Session, webhook_id: UUID) -> Stored | None:
    """Return a notice whose news was not taken yet, and let nobody else take it meanwhile."""
    return _stored(session.execute(_HOLD, {"id": webhook_id}).mappings().one_or_none())


def look(session: Session, webhook_id: UUID) -> Stored | None:
    """Return a notice, whatever became of it."""
    return _stored(session.execute(_LOOK, {"id": webhook_id}).mappings().one_or_none())


def _stored(row: RowMapping | None) -> Stored | None:
    if row is None:
        return None
    headers: dict[str, str] = dict(row["headers"] or {})
    target = headers.pop(TARGET, f"/webhooks/{row['provider']}")
    left_out = {"headers", "body"}
    facts: dict[str, Any] = {
        str(name): value for name, value in row.items() if name not in left_out
    }
    body = None if row["body"] is None else bytes(row["body"])
    lowered = {name.lower(): str(value) for name, value in headers.items()}
    return Stored(**facts, target=target, headers=lowered, body=body)


def close(
    session: Session,
    webhook_id: UUID,
    result: WebhookResult,
    *,
    why: str | None,
    event_type: str | None,
    user_id: UUID | None,
) -> None:
    """Write down what became of a notice, in the transaction that took its news."""
    bound = {"id": webhook_id, "result": result.value, "why": why}
    session.execute(_CLOSE, {**bound, "type": event_type, "user": user_id})


def note_number(session: Session, webhook_id: UUID, number: str) -> None:
    """Remember to which number a notice came that belongs to nobody."""
    session.execute(_PHONE, {"id": webhook_id, "number": number})


def believe(session: Session, webhook_id: UUID, *, key: str, event_type: str) -> bool:
    """Take a refused notice for the vendor's after all; not where the true one stands already."""
    bound = {"id": webhook_id, "key": key, "type": event_type}
    return session.scalar(_BELIEVE, bound) is not None


def open_again(session: Session, webhook_id: UUID, *, by: str) -> None:
    """Have the news of a notice taken once more."""
    session.execute(_OPEN, {"id": webhook_id, "by": by})


def since(
    session: Session, moment: datetime, *, after: UUID, only_failed: bool, most: int
) -> list[UUID]:
    """Return a page of notices that came since a moment."""
    bound = {"since": moment, "after": after, "failed": only_failed, "n": most}
    return list(session.scalars(_SINCE, bound))


def dead(session: Session, *, after: UUID, most: int) -> list[UUID]:
    """Return a page of notices that were given up."""
    return list(session.scalars(_DEAD, {"after": after, "n": most}))
