"""Every query on deliveries and on the addresses they go to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.deliveries import bookkeeping, rules
from domain.tables.deliveries import DeliveryState
from domain.work.kinds import Kind, States
from domain.work.names import Area


@dataclass(frozen=True, slots=True)
class DeliveryRow:
    """A delivery as its receiver will get it."""

    id: UUID
    user_id: UUID
    config_id: UUID
    body: bytes
    attempts: int
    round: int
    is_test: bool
    """A person waits for what comes of it: told once, and not again."""


@dataclass(frozen=True, slots=True)
class ConfigRow:
    """An address as the sender needs it; its secrets are still sealed."""

    id: UUID
    url: str
    is_active: bool
    headers: object
    """What JSON the tenant wrote; None once it is sealed."""

    headers_sealed: bytes | None
    secret: str | None
    secret_sealed: bytes | None
    previous_secret_sealed: bytes | None
    """None once it is out of use."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How a delivery stands, for a person who asked for it to be made."""

    state: str
    status_code: int | None
    last_error: str | None
    due_at: datetime
    is_active: bool
    paused_at: datetime | None


IN_ORDER: Final = """
NOT EXISTS (
    SELECT 1 FROM webhook_deliveries e
    WHERE e.config_id = w.config_id AND e.object_id = w.object_id AND e.sequence < w.sequence
      AND e.state IN ('pending', 'working'))
"""
OFF: Final = """
CASE WHEN NOT EXISTS (SELECT 1 FROM webhook_configs c WHERE c.id = w.config_id AND c.is_active)
     THEN 'its address was switched off' END
"""

_CONFIGS: Final = text(
    "SELECT id, url, is_active, headers, headers_sealed, secret, secret_sealed,"
    " CASE WHEN secret_rotated_at > clock_timestamp() - CAST(:overlap AS interval)"
    "      THEN previous_secret_sealed END AS previous_secret_sealed"
    " FROM webhook_configs WHERE id = ANY(CAST(:ids AS uuid[]))"
)
_UNSEALED: Final = text(
    "SELECT id, user_id FROM webhook_configs WHERE secret IS NOT NULL OR headers IS NOT NULL"
    " LIMIT :n"
)
_HOLD: Final = text(
    "SELECT id, url, is_active, headers, headers_sealed, secret, secret_sealed,"
    " previous_secret_sealed FROM webhook_configs WHERE id = :id FOR NO KEY UPDATE"
)
_SEAL_HEADERS: Final = text(
    "UPDATE webhook_configs SET headers = NULL, headers_sealed = :sealed WHERE id = :id"
)
_SEAL: Final = text(
    "UPDATE webhook_configs SET secret = NULL, secret_sealed = :sealed,"
    " previous_secret_sealed = coalesce(:previous, previous_secret_sealed),"
    " secret_rotated_at = CASE WHEN CAST(:previous AS bytea) IS NULL THEN secret_rotated_at"
    "  ELSE clock_timestamp() END WHERE id = :id"
)
_OWE_TEST: Final = text(
    "INSERT INTO webhook_deliveries (config_id, user_id, event_type, object_id, payload)"
    " SELECT id, user_id, :type, app_uuid7(), jsonb_build_object("
    "  'type', CAST(:type AS text), 'timestamp', clock_timestamp(),"
    "  'data', jsonb_build_object('config_id', id))::text"
    " FROM webhook_configs WHERE id = :id RETURNING id"
)
_STANDING: Final = text(
    "SELECT d.state, d.status_code, d.last_error, d.due_at, c.is_active, c.paused_at"
    " FROM webhook_deliveries d JOIN webhook_configs c ON c.id = d.config_id WHERE d.id = :id"
)
# At the end of its object's queue: what was told since need not wait for it again.
_AGAIN: Final = text(
    "UPDATE webhook_deliveries SET state = 'pending', round = round + 1, attempts = 0,"
    " sequence = DEFAULT, due_at = clock_timestamp(), last_error = NULL, status_code = NULL,"
    " delivered_at = NULL"
    " WHERE id = :id AND state IN ('delivered', 'failed', 'exhausted', 'cancelled') RETURNING id"
)
_NOW: Final = text(
    "UPDATE webhook_deliveries SET due_at = least(due_at, clock_timestamp())"
    " WHERE id = :id AND state = 'pending' RETURNING id"
)
_RESUME: Final = text(
    "UPDATE webhook_configs SET is_active = true, paused_at = NULL, pause_reason = NULL,"
    " failing_since = NULL, failed_at = NULL, slow_since = NULL WHERE id = :id RETURNING id"
)
_PAUSED: Final = text("SELECT id FROM webhook_configs WHERE paused_at IS NOT NULL")


def _read(row: Mapping[str, Any]) -> DeliveryRow:
    return DeliveryRow(
        row["id"],
        row["user_id"],
        row["config_id"],
        row["payload"].encode(),
        row["attempts"],
        row["round"],
        row["event_type"] == rules.TEST,
    )


KIND: Final[Kind[DeliveryRow]] = Kind(
    name="delivery",
    table="webhook_deliveries",
    area=Area.WEBHOOKS,
    read=_read,
    columns=("config_id", "event_type", "payload", "round"),
    states=States(
        done=DeliveryState.DELIVERED.value,
        failed=DeliveryState.EXHAUSTED.value,
        unknown=None,  # the receiver knows a repeat by its id, so that asking is not needed
        void=DeliveryState.CANCELLED.value,
    ),
    where=IN_ORDER,
    void_when=OFF,
    most_attempts=rules.MOST_ATTEMPTS,
    hard_limit=timedelta(seconds=20),
    also=bookkeeping.note,
)


def configs(session: Session, ids: Sequence[UUID], *, overlap: timedelta) -> list[ConfigRow]:
    """Return these addresses of the tenant in whose scope we are."""
    found = session.execute(_CONFIGS, {"ids": list(ids), "overlap": overlap})
    return [ConfigRow(*row) for row in found]


def unsealed(session: Session, *, most: int) -> list[tuple[UUID, UUID]]:
    """Return addresses with something written in clear, each with its tenant."""
    return [(row.id, row.user_id) for row in session.execute(_UNSEALED, {"n": most})]


def hold(session: Session, config_id: UUID) -> ConfigRow | None:
    """Return an address with what is clear and what is sealed, and let nobody change it."""
    row = session.execute(_HOLD, {"id": config_id}).one_or_none()
    return None if row is None else ConfigRow(*row)


def seal(session: Session, config_id: UUID, *, sealed: bytes, previous: bytes | None) -> None:
    """Put the sealed secret in the place of the clear one, and keep the one before for a while."""
    session.execute(_SEAL, {"id": config_id, "sealed": sealed, "previous": previous})


def seal_headers(session: Session, config_id: UUID, *, sealed: bytes | None) -> None:
    """Put the sealed headers in the place of the clear ones."""
    session.execute(_SEAL_HEADERS, {"id": config_id, "sealed": sealed})


def owe_test(session: Session, config_id: UUID) -> UUID | None:
    """Owe an address a word that means nothing; None where there is no such address."""
    return session.scalar(_OWE_TEST, {"id": config_id, "type": rules.TEST})


def standing(session: Session, delivery_id: UUID) -> Standing | None:
    """Return how a delivery stands, and the address that it goes to."""
    row = session.execute(_STANDING, {"id": delivery_id}).one_or_none()
    return None if row is None else Standing(*row)


def again(session: Session, delivery_id: UUID) -> bool:
    """Have a delivery made once more, or at once if it waits; False while it is in hand."""
    bound = {"id": delivery_id}
    return (session.scalar(_NOW, bound) or session.scalar(_AGAIN, bound)) is not None


def resume(session: Session, config_id: UUID) -> bool:
    """Deliver to this address again; False where there is none."""
    return session.scalar(_RESUME, {"id": config_id}) is not None


def paused(session: Session) -> list[UUID]:
    """Return the addresses that are left alone."""
    return list(session.scalars(_PAUSED))
