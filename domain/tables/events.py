"""What is to happen."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from domain.tables.base import Id, Stamp, Table, TenantId


class EventStatus(StrEnum):
    """How sure it is that an event happens, or what became of it; see docs/lifecycles.md."""

    EXTRACTED = "extracted"
    PENDING = "pending"
    TENTATIVE = "tentative"
    SCHEDULED = "scheduled"
    CONFIRMED = "confirmed"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    NO_SHOW = "no_show"


class PaymentStatus(StrEnum):
    """Whether an event was paid for; see docs/lifecycles.md."""

    PENDING = "pending"
    PAID = "paid"
    FAILED = "failed"


class Event(Table):
    """An appointment, a visit, a call back: whatever stands in a calendar.

    `generation` counts what changes its messages: start, end and status, whoever writes them.
    """

    __tablename__ = "events"
    __table_args__ = (
        UniqueConstraint("user_id", "id", name="events_user_id_id_key"),
        UniqueConstraint("call_id", "fingerprint", name="events_once_from_a_call"),
        ForeignKeyConstraint(
            ["user_id", "call_id"],
            ["calls.user_id", "calls.id"],
            name="events_call_of_the_tenant",
            ondelete="SET NULL (call_id)",
        ),
        ForeignKeyConstraint(
            ["user_id", "customer_id"],
            ["customers.user_id", "customers.id"],
            name="events_customer_of_the_tenant",
            ondelete="SET NULL (customer_id)",
        ),
        Index("events_user_id_start_time_idx", "user_id", "start_time"),
        Index("events_customer_phone_hash_idx", "user_id", "customer_phone_hash"),
        Index("events_customer_email_hash_idx", "user_id", "customer_email_hash"),
        Index(
            "events_customer_phone_clear_idx",
            "id",
            postgresql_where=text("customer_phone IS NOT NULL"),
        ),
        Index(
            "events_customer_email_clear_idx",
            "id",
            postgresql_where=text("customer_email IS NOT NULL"),
        ),
    )

    id: Mapped[Id]
    user_id: Mapped[TenantId]
    call_id: Mapped[UUID | None]
    customer_id: Mapped[UUID | None]
    title: Mapped[str] = mapped_column(server_default=text("''"))
    event_type: Mapped[str] = mapped_column(server_default=text("'meeting'"))
    service_type: Mapped[str | None]
    status: Mapped[str] = mapped_column(server_default=text("'extracted'"))
    proposed_datetime: Mapped[datetime | None]
    start_time: Mapped[datetime | None]
    end_time: Mapped[datetime | None]
    timezone: Mapped[str] = mapped_column(server_default=text("'UTC'"))
    customer_name: Mapped[str | None]
    customer_phone: Mapped[str | None]
    customer_phone_sealed: Mapped[bytes | None]
    customer_phone_hash: Mapped[bytes | None]
    customer_email: Mapped[str | None]
    customer_email_sealed: Mapped[bytes | None]
    customer_email_hash: Mapped[bytes | None]
    location: Mapped[str | None]
    location_type: Mapped[str] = mapped_column(server_default=text("'tbd'"))
    urgency_level: Mapped[str | None]
    source: Mapped[str | None]
    notes: Mapped[str | None]
    ai_confidence: Mapped[Decimal | None]
    fingerprint: Mapped[str | None]
    generation: Mapped[int] = mapped_column(server_default=text("0"))
    owes_nothing: Mapped[bool] = mapped_column(server_default=text("false"))
    created_at: Mapped[Stamp]
    updated_at: Mapped[Stamp]
    description: Mapped[str | None]
    duration_minutes: Mapped[int | None] = mapped_column(
        doc="as it was wished for; with a start and no end, the end follows from it"
    )
    price_estimate: Mapped[Decimal | None]
    payment_amount: Mapped[Decimal | None]
    currency: Mapped[str | None]
    payment_status: Mapped[str | None]
    number_of_loads: Mapped[int | None]
    follow_up_required: Mapped[bool] = mapped_column(server_default=text("false"))
    follow_up_reason: Mapped[str | None]
    completed_at: Mapped[datetime | None]
    on_my_way_at: Mapped[datetime | None] = mapped_column(
        doc="when the owner set out; whoever writes it has the customer told"
    )
