"""Who spoke, and what was said."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ARRAY, ForeignKeyConstraint, Index, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from domain.tables.base import Id, Stamp, Table, TenantId


class ReadingState(StrEnum):
    """How far the reading of a call's transcript has come; see docs/lifecycles.md."""

    PENDING = "pending"
    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"
    SKIPPED = "skipped"


class Customer(Table):
    """Somebody whom a tenant serves. Number and address are sealed, and found by their hash."""

    __tablename__ = "customers"
    __table_args__ = (
        UniqueConstraint("user_id", "id", name="customers_user_id_id_key"),
        UniqueConstraint("user_id", "phone_hash", name="customers_one_for_a_phone"),
        Index("customers_email_hash_idx", "user_id", "email_hash"),
        Index("customers_one_for_a_clear_phone", "user_id", "phone", unique=True),
    )

    id: Mapped[Id]
    user_id: Mapped[TenantId]
    name: Mapped[str | None]
    phone: Mapped[str | None]
    phone_sealed: Mapped[bytes | None]
    phone_hash: Mapped[bytes | None]
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


class Call(Table):
    """One phone call, and a work row once its transcript is there."""

    __tablename__ = "calls"
    __table_args__ = (
        UniqueConstraint("user_id", "id", name="calls_user_id_id_key"),
        ForeignKeyConstraint(
            ["user_id", "customer_id"],
            ["customers.user_id", "customers.id"],
            name="calls_customer_of_the_tenant",
            ondelete="SET NULL (customer_id)",
        ),
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
        Index("calls_user_id_started_at_idx", "user_id", "started_at"),
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
