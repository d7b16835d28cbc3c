"""What vendors and our own doors report, month by month; and what a receptionist knows."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Index, PrimaryKeyConstraint, func, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Text

from domain.tables.base import Id, Stamp, Table, TenantId


class Resolution(StrEnum):
    """What became of a caller's number that nobody knew; see docs/lifecycles.md."""

    MATCHED_AGENT = "matched_agent"
    SPAM = "spam"
    IGNORED = "ignored"


class TelephonyEvent(Table):
    """One thing that a vendor told of a call or a text. Only added to, never changed."""

    __tablename__ = "telephony_events"
    __table_args__ = (
        PrimaryKeyConstraint("id", "created_at"),
        Index("telephony_events_user_id_created_at_idx", "user_id", "created_at"),
        Index("telephony_events_integration_id_idx", "integration_id", "event_timestamp"),
        Index(
            "telephony_events_parent_event_id_idx",
            "parent_event_id",
            postgresql_where=text("parent_event_id IS NOT NULL"),
        ),
        Index(
            "telephony_events_person_hash_idx",
            "person_hash",
            postgresql_where=text("person_hash IS NOT NULL"),
        ),
        {"postgresql_partition_by": "RANGE (created_at)"},
    )

    id: Mapped[UUID] = mapped_column(server_default=func.app_uuid7())
    created_at: Mapped[Stamp]
    user_id: Mapped[UUID] = mapped_column(server_default=func.app_current_user())
    integration_id: Mapped[UUID | None]
    webhook_id: Mapped[UUID | None]
    parent_event_id: Mapped[UUID | None]
    agent_id: Mapped[str | None]
    provider: Mapped[str | None]
    provider_layer: Mapped[str | None]
    provider_event_id: Mapped[str | None]
    provider_call_id: Mapped[str | None]
    provider_message_id: Mapped[str | None]
    event_type: Mapped[str | None]
    direction: Mapped[str | None]
    from_number: Mapped[str | None]
    to_number: Mapped[str | None]
    person_hash: Mapped[bytes | None]
    status: Mapped[str | None]
    event_timestamp: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    duration_seconds: Mapped[int | None]
    billed_seconds: Mapped[int | None]
    billed_units: Mapped[int | None]
    disconnect_reason: Mapped[str | None]
    recording_url: Mapped[str | None]
    body: Mapped[str | None]
    media_urls: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    tags: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    cost_usd: Mapped[Decimal | None]
    cost_local: Mapped[Decimal | None]
    currency: Mapped[str | None]
    signature_valid: Mapped[bool | None]
    details: Mapped[dict[str, Any]] = mapped_column("metadata", JSONB, server_default=text("'{}'"))


class LatencyLog(Table):
    """How long one request at a door took."""

    __tablename__ = "latency_logs"
    __table_args__ = (
        PrimaryKeyConstraint("id", "created_at"),
        Index("latency_logs_slow_idx", "created_at", postgresql_where=text("is_slow")),
        {"postgresql_partition_by": "RANGE (created_at)"},
    )

    id: Mapped[UUID] = mapped_column(server_default=func.app_uuid7())
    created_at: Mapped[Stamp]
    user_id: Mapped[UUID | None]
    endpoint: Mapped[str]
    method: Mapped[str | None]
    duration_ms: Mapped[int]
    status_code: Mapped[int | None]
    request_id: Mapped[str | None]
    is_slow: Mapped[bool] = mapped_column(server_default=text("false"))


class UnknownPhone(Table):
    """A notice about a number that is no tenant's; open until somebody says what it was."""

    __tablename__ = "unknown_phone"
    __table_args__ = (
        Index(
            "unknown_phone_open_idx", "received_at", postgresql_where=text("resolved_at IS NULL")
        ),
        Index(
            "unknown_phone_open_once",
            "webhook_id",
            unique=True,
            postgresql_where=text("resolved_at IS NULL"),
        ),
    )

    id: Mapped[Id]
    phone_number: Mapped[str]
    provider: Mapped[str | None]
    event_type: Mapped[str | None]
    webhook_id: Mapped[UUID | None]
    received_at: Mapped[Stamp]
    resolved_at: Mapped[datetime | None]
    resolved_by: Mapped[str | None]
    resolution: Mapped[str | None]
    notes: Mapped[str | None]


class Faq(Table):
    """A question that callers ask, and a tenant's answer to it."""

    __tablename__ = "faqs"
    __table_args__ = (Index("faqs_user_id_idx", "user_id", "display_order"),)

    id: Mapped[Id]
    user_id: Mapped[TenantId]
    category: Mapped[str]
    question: Mapped[str]
    answer: Mapped[str]
    keywords: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    is_active: Mapped[bool] = mapped_column(server_default=text("true"))
    display_order: Mapped[int] = mapped_column(server_default=text("0"))
    usage_count: Mapped[int] = mapped_column(server_default=text("0"))
    created_at: Mapped[Stamp]
    updated_at: Mapped[Stamp]


class SystemPrompt(Table):
    """What a tenant's agent is told to be, on the phone or by text."""

    __tablename__ = "system_prompts"
    __table_args__ = (Index("system_prompts_user_id_idx", "user_id", "prompt_type"),)

    id: Mapped[Id]
    user_id: Mapped[TenantId]
    prompt_type: Mapped[str]
    system_prompt: Mapped[str]
    prompt_version: Mapped[str] = mapped_column(server_default=text("'v1.0.0'"))
    is_active: Mapped[bool] = mapped_column(server_default=text("true"))
    created_at: Mapped[Stamp]
    updated_at: Mapped[Stamp]
