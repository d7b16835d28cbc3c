"""What people are told, and who wants to be told nothing."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from domain.tables.base import Id, Stamp, Table, TenantId


class MessageStatus(StrEnum):
    """Where a message is in its life; see docs/lifecycles.md."""

    PENDING = "pending"
    SENDING = "sending"
    SENT = "sent"
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"
    FAILED = "failed"
    BOUNCED = "bounced"
    COMPLAINED = "complained"
    RECEIVED = "received"
    VOID = "void"
    HELD = "held"
    UNKNOWN = "unknown"


class Message(Table):
    """One text or letter, either way. Without `due_at` it is a record, and is never sent.

    `identity` says what it is (event, start, rule, recipient, channel): owed twice, it
    stands once.
    """

    __tablename__ = "messages"
    __table_args__ = (
        UniqueConstraint("user_id", "id", name="messages_user_id_id_key"),
        UniqueConstraint("identity", name="messages_owed_once"),
        ForeignKeyConstraint(
            ["user_id", "event_id"],
            ["events.user_id", "events.id"],
            name="messages_event_of_the_tenant",
            ondelete="CASCADE",
        ),
        ForeignKeyConstraint(
            ["user_id", "customer_id"],
            ["customers.user_id", "customers.id"],
            name="messages_customer_of_the_tenant",
            ondelete="SET NULL (customer_id)",
        ),
        Index("messages_due_idx", "due_at", postgresql_where=text("status = 'pending'")),
        Index("messages_unknown_idx", "due_at", postgresql_where=text("status = 'unknown'")),
        Index(
            "messages_lapsed_idx", "lease_expires_at", postgresql_where=text("status = 'sending'")
        ),
        Index("messages_event_id_idx", "event_id"),
        Index("messages_provider_message_id_idx", "provider", "provider_message_id"),
        Index("messages_to_number_idx", "user_id", "to_number"),
        Index("messages_from_number_idx", "user_id", "from_number"),
    )

    id: Mapped[Id]
    user_id: Mapped[TenantId]
    event_id: Mapped[UUID | None]
    customer_id: Mapped[UUID | None]
    channel: Mapped[str] = mapped_column(server_default=text("'sms'"))
    direction: Mapped[str] = mapped_column(server_default=text("'outbound'"))
    from_number: Mapped[str | None]
    to_number: Mapped[str | None]
    from_email: Mapped[str | None]
    to_email: Mapped[str | None]
    subject: Mapped[str | None]
    body: Mapped[str]
    status: Mapped[str] = mapped_column(server_default=text("'pending'"))
    provider: Mapped[str | None]
    provider_message_id: Mapped[str | None]
    rule: Mapped[str | None]
    identity: Mapped[str | None]
    event_start: Mapped[datetime | None]
    void_requested: Mapped[bool] = mapped_column(server_default=text("false"))
    segments: Mapped[int | None]
    cost: Mapped[Decimal | None]
    currency: Mapped[str | None]
    due_at: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(server_default=text("0"))
    lease_token: Mapped[UUID | None]
    lease_expires_at: Mapped[datetime | None]
    last_error: Mapped[str | None]
    sent_at: Mapped[datetime | None]
    delivered_at: Mapped[datetime | None]
    created_at: Mapped[Stamp]
    updated_at: Mapped[Stamp]


class SmsOptOut(Table):
    """Somebody said STOP to a tenant; until `opted_in_at` is later, nothing is sent."""

    __tablename__ = "sms_opt_outs"
    __table_args__ = (UniqueConstraint("user_id", "phone_number", name="sms_opt_outs_once"),)

    id: Mapped[Id]
    user_id: Mapped[TenantId]
    phone_number: Mapped[str]
    source: Mapped[str | None]
    opted_out_at: Mapped[Stamp]
    opted_in_at: Mapped[datetime | None]
