"""Who spoke, and what was said."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, ForeignKeyConstraint, Index, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from domain.tables.base import Id, Stamp, Table, TenantId, in_tenant, still_kept


class CallStatus(StrEnum):
    """How far a call itself has come; see docs/lifecycles.md."""

    RINGING = "ringing"
    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"
    BUSY = "busy"
    FAILED = "failed"
    NO_ANSWER = "no_answer"
    CANCELLED = "cancelled"


class SalesOutcome(StrEnum):
    """What came of a seller's call; see docs/lifecycles.md."""

    NO_ANSWER = "no_answer"
    GATEKEEPER = "gatekeeper"
    NOT_INTERESTED = "not_interested"
    HANGUP = "hangup"
    PITCH_DELIVERED = "pitch_delivered"
    DEMO_SET = "demo_set"


class ReadingState(StrEnum):
    """How far the reading of a call's transcript has come; see docs/lifecycles.md."""

    PENDING = "pending"
    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"
    SKIPPED = "skipped"


class Customer(Table):
    """Somebody whom a tenant serves. Number and address are sealed, and found by their hash.

    `shares_phone`: another row is the one that is known by this number.
    """

    __tablename__ = "customers"
    __table_args__ = (
        UniqueConstraint("user_id", "id", name="customers_user_id_id_key"),
        Index(
            "customers_one_for_a_phone",
            "user_id",
            "phone_hash",
            unique=True,
            postgresql_where=text("NOT shares_phone"),
        ),
        Index("customers_phone_hash_idx", "user_id", "phone_hash"),
        Index("customers_email_hash_idx", "user_id", "email_hash"),
        Index("customers_phone_clear_idx", "id", postgresql_where=text("phone IS NOT NULL")),
        Index("customers_email_clear_idx", "id", postgresql_where=text("email IS NOT NULL")),
        Index("customers_one_for_a_clear_phone", "user_id", "phone", unique=True),
    )

    id: Mapped[Id]
    user_id: Mapped[TenantId]
    name: Mapped[str | None]
    phone: Mapped[str | None]
    phone_sealed: Mapped[bytes | None]
    phone_hash: Mapped[bytes | None]
    shares_phone: Mapped[bool] = mapped_column(server_default=text("false"))
    email: Mapped[str | None]
    email_sealed: Mapped[bytes | None]
    email_hash: Mapped[bytes | None]
    timezone: Mapped[str | None]
    language: Mapped[str | None]
    created_at: Mapped[Stamp]
    updated_at: Mapped[Stamp]
    notes: Mapped[str | None]
    tags: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    address: Mapped[str | None]
    total_bookings: Mapped[int] = mapped_column(server_default=text("0"))
    total_calls: Mapped[int] = mapped_column(server_default=text("0"))
    total_spent: Mapped[Decimal] = mapped_column(server_default=text("0"))
    currency: Mapped[str | None]
    last_contact: Mapped[datetime | None]
    marketing_consent_at: Mapped[datetime | None] = mapped_column(
        doc="when they agreed to what is written for the tenant's sake, such as a wish for a review"
    )
    marketing_consent_source: Mapped[str | None] = mapped_column(doc="where they did")


class Call(Table):
    """One phone call, and a work row once its transcript is there.

    It is history too: account, voice and vendor's number are kept as plain ids, for they may
    be gone.
    """

    __tablename__ = "calls"
    __table_args__ = (
        UniqueConstraint("user_id", "id", name="calls_user_id_id_key"),
        ForeignKeyConstraint(
            ["user_id", "customer_id"],
            ["customers.user_id", "customers.id"],
            name="calls_customer_of_the_tenant",
            ondelete="SET NULL (customer_id)",
        ),
        in_tenant(
            "user_phone_numbers", "user_phone_number_id", name="user_phone_number", child="calls"
        ),
        in_tenant("call_queue", "call_queue_id", name="queued_call", child="calls"),
        in_tenant("leads", "lead_id", name="lead", child="calls", is_in_a_ring=True),
        Index(
            "calls_due_idx",
            "due_at",
            postgresql_where=text("ai_processing_status = 'pending' AND transcript IS NOT NULL"),
        ),
        Index(
            "calls_lapsed_idx",
            "lease_expires_at",
            postgresql_where=text("ai_processing_status = 'processing'"),
        ),
        Index("calls_provider_call_id_idx", "provider", "provider_call_id"),
        Index("calls_user_id_started_at_idx", "user_id", "started_at"),
        Index("calls_phone_number_idx", "user_id", "phone_number"),
        Index(
            "calls_once_at_a_provider",
            *("user_id", "provider", "provider_call_id"),
            unique=True,
            postgresql_nulls_not_distinct=True,
            postgresql_where=text("provider_call_id IS NOT NULL"),
        ),
        Index(
            "calls_call_queue_id_idx",
            "call_queue_id",
            postgresql_where=text("call_queue_id IS NOT NULL"),
        ),
        still_kept("calls", "started_at", "transcript IS NOT NULL"),
        still_kept("calls", "started_at", "recording_url IS NOT NULL"),
    )

    id: Mapped[Id]
    user_id: Mapped[TenantId]
    customer_id: Mapped[UUID | None]
    provider: Mapped[str | None]
    provider_call_id: Mapped[str | None]
    phone_number: Mapped[str | None]
    call_type: Mapped[str] = mapped_column(server_default=text("'inbound'"))
    status: Mapped[str] = mapped_column(server_default=text("'completed'"))
    duration: Mapped[int | None]
    transcript: Mapped[str | None]
    transcribed_at: Mapped[datetime | None]
    recording_url: Mapped[str | None]
    started_at: Mapped[Stamp]
    timezone: Mapped[str | None]
    ai_processing_status: Mapped[str] = mapped_column(server_default=text("'pending'"))
    main_topic: Mapped[str | None]
    call_summary: Mapped[str | None]
    sentiment: Mapped[str | None]
    urgency_level: Mapped[str | None]
    cost: Mapped[Decimal | None]
    due_at: Mapped[Stamp]
    attempts: Mapped[int] = mapped_column(server_default=text("0"))
    lease_token: Mapped[UUID | None]
    lease_expires_at: Mapped[datetime | None]
    last_error: Mapped[str | None]
    created_at: Mapped[Stamp]
    updated_at: Mapped[Stamp]
    customer_name: Mapped[str | None]
    user_phone_number_id: Mapped[UUID | None]
    provider_phone_number_id: Mapped[UUID | None]
    provider_id: Mapped[UUID | None]
    voice_id: Mapped[UUID | None]
    assistant_id: Mapped[str | None]
    lead_id: Mapped[UUID | None]
    call_queue_id: Mapped[UUID | None]
    answered_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    disconnect_reason: Mapped[str | None]
    recording_sid: Mapped[str | None]
    transcription_confidence: Mapped[Decimal | None]
    sentiment_analysis: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    call_data: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    notes: Mapped[str | None]
    outcome: Mapped[str | None]
    qa_flags: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    manager_notes: Mapped[str | None]
    flagged_for_review: Mapped[bool] = mapped_column(server_default=text("false"))
    processed_at: Mapped[datetime | None]
    email_sent_at: Mapped[datetime | None]
    currency: Mapped[str | None] = mapped_column(server_default=text("'USD'"))
