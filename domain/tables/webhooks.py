"""What vendors tell us: stored first, understood once."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Index, PrimaryKeyConstraint, UniqueConstraint, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from domain.tables.base import Id, Stamp, Table


class WebhookState(StrEnum):
    """Where a notice is in its life; see docs/lifecycles.md."""

    PENDING = "pending"
    WORKING = "working"
    DONE = "done"
    FAILED = "failed"


class WebhookResult(StrEnum):
    """What became of a notice; see docs/lifecycles.md."""

    REFUSED = "refused"
    IGNORED = "ignored"
    DONE = "done"
    FAILED = "failed"


class Webhook(Table):
    """One notice of a vendor. A redelivery has the same key, and stands once."""

    __tablename__ = "webhook_queue"
    __table_args__ = (
        UniqueConstraint("provider", "idempotency_key", name="webhook_queue_once"),
        Index("webhook_queue_due_idx", "due_at", postgresql_where=text("state = 'pending'")),
        Index(
            "webhook_queue_lapsed_idx",
            "lease_expires_at",
            postgresql_where=text("state = 'working'"),
        ),
        Index(
            "webhook_queue_unheeded_idx",
            "received_at",
            postgresql_where=text("result IN ('refused', 'ignored', 'failed')"),
        ),
    )

    id: Mapped[Id]
    user_id: Mapped[UUID | None]
    provider: Mapped[str] = mapped_column(server_default=text("'unknown'"))
    event_type: Mapped[str | None]
    phone_number: Mapped[str | None]
    idempotency_key: Mapped[str] = mapped_column(server_default=text("app_uuid7()::text"))
    result: Mapped[str | None]
    state: Mapped[str] = mapped_column(server_default=text("'pending'"))
    error_message: Mapped[str | None]
    received_at: Mapped[Stamp]
    processed_at: Mapped[datetime | None]
    processed_by: Mapped[str | None]
    due_at: Mapped[Stamp]
    attempts: Mapped[int] = mapped_column(server_default=text("0"))
    lease_token: Mapped[UUID | None]
    lease_expires_at: Mapped[datetime | None]
    last_error: Mapped[str | None]


class WebhookPayload(Table):
    """A notice as it came: the very bytes, and the headers that sign them."""

    __tablename__ = "webhook_payloads"
    __table_args__ = (
        PrimaryKeyConstraint("id", "created_at"),
        Index("webhook_payloads_webhook_id_idx", "webhook_id"),
        {"postgresql_partition_by": "RANGE (created_at)"},
    )

    id: Mapped[UUID] = mapped_column(server_default=func.app_uuid7())
    created_at: Mapped[Stamp]
    webhook_id: Mapped[UUID]
    headers: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))
    body: Mapped[bytes]
