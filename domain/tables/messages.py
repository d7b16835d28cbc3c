"""What people are told, and who wants to be told nothing."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from domain.tables.base import Id, Stamp, Table, TenantId, oldest_first, still_kept


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
        ForeignKeyConstraint(
            ["user_id", "call_id"],
            ["calls.user_id", "calls.id"],
            name="messages_call_of_the_tenant",
            ondelete="SET NULL (call_id)",
        ),
        Index("messages_due_idx", "due_at", postgresql_where=text("status = 'pending'")),
        Index("messages_unknown_idx", "due_at", postgresql_where=text("status = 'unknown'")),
        Index(
            "messages_lapsed_idx", "lease_expires_at", postgresql_where=text("status = 'sending'")
        ),
        Index("messages_on_their_way_idx", "sent_at", postgresql_where=text("status = 'sent'")),
        Index("messages_held_idx", "customer_id", postgresql_where=text("status = 'held'")),
        Index("messages_event_id_idx", "event_id"),
        Index("messages_provider_message_id_idx", "provider", "provider_message_id"),
        Index("messages_to_number_idx", "user_id", "to_number"),
        Index("messages_from_number_idx", "user_id", "from_number"),
        Index("messages_call_id_idx", "call_id", postgresql_where=text("call_id IS NOT NULL")),
        Index("messages_thread_id_idx", "user_id", "thread_id", "created_at"),
        oldest_first("messages", "created_at"),
        still_kept("messages", "created_at", "body <> ''"),
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
    body: Mapped[str] = mapped_column(server_default=text("''"))
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
    call_id: Mapped[UUID | None]
    thread_id: Mapped[str | None]
    html: Mapped[str | None] = mapped_column(doc="a letter's other form; text stands in `body`")
    calendar: Mapped[str | None] = mapped_column(doc="what a letter brings along for a calendar")
    useful_until: Mapped[datetime | None]
    answers_at: Mapped[datetime | None] = mapped_column(
        doc="when the person did what this answers; such a message may come at night"
    )
    worded_on: Mapped[date | None] = mapped_column(
        doc="the day, at the event's place, on which its 'tomorrow' is true"
    )
    leaves_at: Mapped[datetime | None] = mapped_column(
        doc="until when it waits at a carrier that can still be told to drop it"
    )
    worded_zone: Mapped[str | None] = mapped_column(doc="on whose clock its words tell the time")
    verdict: Mapped[dict[str, Any] | None] = mapped_column(
        JSONB, doc="why it was not sent when it was last in hand, and by which rules"
    )


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


class MessageTemplate(Table):
    """How a message reads; nobody's row is the default."""

    __tablename__ = "message_templates"
    __table_args__ = (
        UniqueConstraint(
            "user_id",
            "template_name",
            "channel",
            "language",
            name="message_templates_one_for_a_name",
            postgresql_nulls_not_distinct=True,
        ),
        Index(
            "message_templates_rule_idx",
            *("rule", "channel", "language"),
            postgresql_where=text("is_active"),
        ),
    )

    id: Mapped[Id]
    user_id: Mapped[TenantId | None]
    template_name: Mapped[str]
    rule: Mapped[str | None] = mapped_column(doc="what it is for: confirmation, reminder, ...")
    channel: Mapped[str] = mapped_column(server_default=text("'email'"))
    language: Mapped[str] = mapped_column(server_default=text("'en'"))
    industry_type: Mapped[str | None]
    event_type: Mapped[str | None]
    subject_template: Mapped[str] = mapped_column(server_default=text("''"))
    body_template: Mapped[str]
    is_active: Mapped[bool] = mapped_column(server_default=text("true"))
    is_default: Mapped[bool] = mapped_column(server_default=text("false"))
    variables: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    styling: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    created_at: Mapped[Stamp]
    updated_at: Mapped[Stamp]


class Suppression(Table):
    """Whom nothing may be sent: by hash, so that it stays when the person is erased.

    Nobody's row holds for every tenant.
    """

    __tablename__ = "suppressions"
    __table_args__ = (
        UniqueConstraint(
            "user_id",
            "channel",
            "address_hash",
            name="suppressions_once",
            postgresql_nulls_not_distinct=True,
        ),
    )

    id: Mapped[Id]
    user_id: Mapped[TenantId | None]
    channel: Mapped[str] = mapped_column(server_default=text("'any'"))
    address_hash: Mapped[bytes]
    digest_sealed: Mapped[bytes | None]
    reason: Mapped[str]
    created_at: Mapped[Stamp]


class SmsThreadLock(Table):
    """Whose a conversation on a shared number is, and until when."""

    __tablename__ = "sms_thread_locks"
    __table_args__ = (
        UniqueConstraint(
            "shared_number", "customer_number", name="sms_thread_locks_one_owner_of_a_thread"
        ),
    )

    id: Mapped[Id]
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    shared_number: Mapped[str]
    customer_number: Mapped[str]
    business_name: Mapped[str | None]
    locked_until: Mapped[datetime]
    last_outbound_at: Mapped[datetime | None]
    created_at: Mapped[Stamp]
    updated_at: Mapped[Stamp]


class PaceBucket(Table):
    """How fast a vendor or sender may be used, by all workers together."""

    __tablename__ = "pace_buckets"

    bucket: Mapped[str] = mapped_column(primary_key=True)
    rate: Mapped[Decimal]
    burst: Mapped[Decimal]
    tokens: Mapped[Decimal] = mapped_column(server_default=text("0"))
    refilled_at: Mapped[Stamp]


class NumberRange(Table):
    """How many texts or calls of a tenant went to strangers of one range of numbers.

    A range is a number without its last four digits. A period begins with the first that is
    counted in it; `stopped_at` is when something last had to wait for an hour's or a day's end.
    """

    __tablename__ = "number_ranges"
    __table_args__ = (
        UniqueConstraint("user_id", "channel", "prefix", name="number_ranges_once"),
        Index(
            "number_ranges_stopped_at_idx",
            "stopped_at",
            postgresql_where=text("stopped_at IS NOT NULL"),
        ),
    )

    id: Mapped[Id]
    user_id: Mapped[TenantId]
    channel: Mapped[str]
    prefix: Mapped[str]
    minute_began: Mapped[Stamp]
    minute_count: Mapped[int] = mapped_column(server_default=text("0"))
    hour_began: Mapped[Stamp]
    hour_count: Mapped[int] = mapped_column(server_default=text("0"))
    day_began: Mapped[Stamp]
    day_count: Mapped[int] = mapped_column(server_default=text("0"))
    stopped_at: Mapped[datetime | None]
    created_at: Mapped[Stamp]


class OwnerNotice(Table):
    """One thing that a tenant's owner is to be told; said twice, it stands once.

    `told_at` is when messages of it were owed; `why_not` says why none was.
    """

    __tablename__ = "owner_notices"
    __table_args__ = (
        UniqueConstraint("user_id", "kind", "key", name="owner_notices_once"),
        Index("owner_notices_created_at_idx", "created_at"),
    )

    id: Mapped[Id]
    user_id: Mapped[TenantId]
    kind: Mapped[str]
    key: Mapped[str]
    facts: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))
    told_at: Mapped[datetime | None]
    why_not: Mapped[str | None]
    created_at: Mapped[Stamp]
