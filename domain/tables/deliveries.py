"""What we tell tenants' own systems: where to, and what is owed to whom."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    ForeignKeyConstraint,
    Identity,
    Index,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Text

from domain.tables.base import Id, Stamp, Table, TenantId, oldest_first


class DeliveryState(StrEnum):
    """Where a delivery is in its life; see docs/lifecycles.md."""

    PENDING = "pending"
    WORKING = "working"
    DELIVERED = "delivered"
    FAILED = "failed"
    EXHAUSTED = "exhausted"
    CANCELLED = "cancelled"


class WebhookConfig(Table):
    """An address of a tenant's that wants to hear of some events; `*` in `events` is all.

    `secret` is written by others, and sealed within a minute. The house notes how the receiver
    does: `failing_since` and `slow_since` narrow its slots, `paused_at` leaves it alone.
    """

    __tablename__ = "webhook_configs"
    __table_args__ = (
        UniqueConstraint("user_id", "id", name="webhook_configs_user_id_id_key"),
        Index("webhook_configs_told_idx", "user_id", postgresql_where=text("is_active")),
        Index(
            "webhook_configs_paused_idx",
            "paused_at",
            postgresql_where=text("paused_at IS NOT NULL"),
        ),
        Index(
            "webhook_configs_unsealed_idx",
            "id",
            postgresql_where=text("secret IS NOT NULL OR headers IS NOT NULL"),
        ),
    )

    id: Mapped[Id]
    user_id: Mapped[TenantId]
    name: Mapped[str | None]
    url: Mapped[str]
    events: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    is_active: Mapped[bool] = mapped_column(server_default=text("true"))
    secret: Mapped[str | None] = mapped_column(server_default=func.app_webhook_secret())
    secret_sealed: Mapped[bytes | None]
    previous_secret_sealed: Mapped[bytes | None]
    secret_rotated_at: Mapped[datetime | None]
    headers: Mapped[dict[str, Any] | None] = mapped_column(JSONB, server_default=text("'{}'"))
    headers_sealed: Mapped[bytes | None]
    max_in_flight: Mapped[int] = mapped_column(server_default=text("10"))
    paused_at: Mapped[datetime | None]
    pause_reason: Mapped[str | None]
    failing_since: Mapped[datetime | None]
    failed_at: Mapped[datetime | None]
    slow_since: Mapped[datetime | None]
    created_at: Mapped[Stamp]
    updated_at: Mapped[Stamp]


class WebhookDelivery(Table):
    """One thing told to one address, by the same id and in the same bytes however often.

    `sequence` orders what is told of one object; `round` counts how often a person had it sent
    anew. `response_body` is for imports: ours is never kept.
    """

    __tablename__ = "webhook_deliveries"
    __table_args__ = (
        ForeignKeyConstraint(
            ["user_id", "config_id"],
            ["webhook_configs.user_id", "webhook_configs.id"],
            name="webhook_deliveries_config_of_the_tenant",
            ondelete="CASCADE",
        ),
        Index(
            "webhook_deliveries_due_idx",
            "config_id",
            "due_at",
            postgresql_where=text("state = 'pending'"),
        ),
        Index(
            "webhook_deliveries_in_hand_idx",
            "config_id",
            "lease_expires_at",
            postgresql_where=text("state = 'working'"),
        ),
        Index(
            "webhook_deliveries_order_idx",
            "config_id",
            "object_id",
            "sequence",
            postgresql_where=text("state IN ('pending', 'working')"),
        ),
        Index("webhook_deliveries_told_idx", "config_id", "created_at"),
        oldest_first("webhook_deliveries", "created_at"),
    )

    id: Mapped[Id]
    user_id: Mapped[TenantId]
    config_id: Mapped[UUID]
    event_type: Mapped[str]
    object_id: Mapped[UUID]
    sequence: Mapped[int] = mapped_column(BigInteger, Identity(always=False))
    payload: Mapped[str]
    state: Mapped[str] = mapped_column(server_default=text("'pending'"))
    round: Mapped[int] = mapped_column(server_default=text("0"))
    due_at: Mapped[Stamp]
    attempts: Mapped[int] = mapped_column(server_default=text("0"))
    lease_token: Mapped[UUID | None]
    lease_expires_at: Mapped[datetime | None]
    last_error: Mapped[str | None]
    status_code: Mapped[int | None]
    response_body: Mapped[str | None]
    delivered_at: Mapped[datetime | None]
    created_at: Mapped[Stamp]
