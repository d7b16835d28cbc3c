"""The owner's calendars: what they hold, what is free, and what was carried over."""

from datetime import datetime, time
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB, TSTZRANGE, Range
from sqlalchemy.orm import Mapped, mapped_column

from domain.tables.base import Id, Stamp, Table, TenantId, oldest_first


class CalendarStatus(StrEnum):
    """Whether an outside calendar can be reached; see docs/lifecycles.md."""

    CONNECTED = "connected"
    NEEDS_RECONNECT = "needs_reconnect"


class CalendarEventStatus(StrEnum):
    """How sure an event of an outside calendar is, or what became of it; see docs/lifecycles.md."""

    TENTATIVE = "tentative"
    SCHEDULED = "scheduled"
    CONFIRMED = "confirmed"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    NO_SHOW = "no_show"


class SyncStatus(StrEnum):
    """What became of a change that was carried over; see docs/lifecycles.md."""

    DONE = "done"
    FAILED = "failed"
    CONFLICT = "conflict"


class CalendarIntegration(Table):
    """A tenant's calendar elsewhere, and how to reach it."""

    __tablename__ = "calendar_integrations"
    __table_args__ = (
        UniqueConstraint("user_id", "id", name="calendar_integrations_user_id_id_key"),
        UniqueConstraint(
            "user_id",
            "integration_type",
            "calendar_id",
            name="calendar_integrations_one_for_a_calendar",
        ),
        Index(
            "calendar_integrations_access_token_clear_idx",
            "id",
            postgresql_where=text("access_token IS NOT NULL"),
        ),
        Index(
            "calendar_integrations_refresh_token_clear_idx",
            "id",
            postgresql_where=text("refresh_token IS NOT NULL"),
        ),
    )

    id: Mapped[Id]
    user_id: Mapped[TenantId]
    integration_type: Mapped[str]
    status: Mapped[str] = mapped_column(server_default=text("'connected'"))
    is_active: Mapped[bool] = mapped_column(server_default=text("true"))
    base_url: Mapped[str | None]
    access_token: Mapped[str | None]
    access_token_sealed: Mapped[bytes | None]
    refresh_token: Mapped[str | None]
    refresh_token_sealed: Mapped[bytes | None]
    token_expires_at: Mapped[datetime | None]
    calendar_id: Mapped[str | None]
    calendar_name: Mapped[str | None]
    sync_enabled: Mapped[bool] = mapped_column(server_default=text("true"))
    sync_token: Mapped[str | None]
    last_sync_at: Mapped[datetime | None]
    last_error: Mapped[str | None]
    created_at: Mapped[Stamp]
    updated_at: Mapped[Stamp]


class CalendarEvent(Table):
    """What an outside calendar holds, and what it is worth.

    `generation` counts changes of start, end and status, whoever writes them.
    """

    __tablename__ = "calendar_events"
    __table_args__ = (
        UniqueConstraint("user_id", "id", name="calendar_events_user_id_id_key"),
        ForeignKeyConstraint(
            ["user_id", "calendar_integration_id"],
            ["calendar_integrations.user_id", "calendar_integrations.id"],
            name="calendar_events_calendar_of_the_tenant",
            ondelete="CASCADE",
        ),
        Index(
            "calendar_events_once_from_a_source",
            "user_id",
            "calendar_integration_id",
            "source",
            "external_id",
            unique=True,
            postgresql_nulls_not_distinct=True,
            postgresql_where=text("external_id IS NOT NULL"),
        ),
        Index("calendar_events_user_id_start_time_idx", "user_id", "start_time"),
        Index("calendar_events_calendar_integration_id_idx", "calendar_integration_id"),
    )

    id: Mapped[Id]
    user_id: Mapped[TenantId]
    calendar_integration_id: Mapped[UUID | None]
    title: Mapped[str | None]
    start_time: Mapped[datetime | None]
    end_time: Mapped[datetime | None]
    timezone: Mapped[str | None]
    is_all_day: Mapped[bool] = mapped_column(server_default=text("false"))
    event_type: Mapped[str | None]
    status: Mapped[str] = mapped_column(server_default=text("'scheduled'"))
    service_type: Mapped[str | None]
    expected_revenue: Mapped[Decimal | None]
    actual_revenue: Mapped[Decimal | None]
    currency: Mapped[str | None]
    contact_person: Mapped[str | None]
    contact_email: Mapped[str | None]
    contact_phone: Mapped[str | None]
    external_id: Mapped[str | None]
    source: Mapped[str | None]
    etag: Mapped[str | None]
    generation: Mapped[int] = mapped_column(server_default=text("0"))
    created_at: Mapped[Stamp]
    updated_at: Mapped[Stamp]


class CalendarEventLink(Table):
    """One of our events, and the same event elsewhere.

    `generation` is the one of ours that was written there last.
    """

    __tablename__ = "calendar_event_links"
    __table_args__ = (
        UniqueConstraint(
            "event_id", "calendar_integration_id", name="calendar_event_links_one_in_a_calendar"
        ),
        UniqueConstraint(
            "calendar_integration_id",
            "remote_id",
            name="calendar_event_links_one_for_a_remote_event",
        ),
        ForeignKeyConstraint(
            ["user_id", "event_id"],
            ["events.user_id", "events.id"],
            name="calendar_event_links_event_of_the_tenant",
            ondelete="CASCADE",
        ),
        ForeignKeyConstraint(
            ["user_id", "calendar_integration_id"],
            ["calendar_integrations.user_id", "calendar_integrations.id"],
            name="calendar_event_links_calendar_of_the_tenant",
            ondelete="CASCADE",
        ),
    )

    id: Mapped[Id]
    user_id: Mapped[TenantId]
    event_id: Mapped[UUID]
    calendar_integration_id: Mapped[UUID]
    remote_id: Mapped[str]
    etag: Mapped[str | None]
    content_hash: Mapped[bytes | None]
    generation: Mapped[int] = mapped_column(server_default=text("0"))
    pushed_at: Mapped[datetime | None]
    created_at: Mapped[Stamp]
    updated_at: Mapped[Stamp]


class AvailabilitySlot(Table):
    """When a tenant can be booked, by the day of the week (Sunday is 0), in its own zone."""

    __tablename__ = "availability_slots"
    __table_args__ = (
        UniqueConstraint("user_id", "day_of_week", "start_time", name="availability_slots_once"),
    )

    id: Mapped[Id]
    user_id: Mapped[TenantId]
    day_of_week: Mapped[int]
    start_time: Mapped[time]
    end_time: Mapped[time]
    is_active: Mapped[bool] = mapped_column(server_default=text("true"))
    created_at: Mapped[Stamp]
    updated_at: Mapped[Stamp]


class BookingHold(Table):
    """A time that somebody is about to book; two of one resource never overlap."""

    __tablename__ = "booking_holds"
    __table_args__ = (
        ForeignKeyConstraint(
            ["user_id", "event_id"],
            ["events.user_id", "events.id"],
            name="booking_holds_event_of_the_tenant",
            ondelete="SET NULL (event_id)",
        ),
        Index("booking_holds_open_idx", "expires_at", postgresql_where=text("released_at IS NULL")),
        Index("booking_holds_event_id_idx", "event_id"),
    )

    id: Mapped[Id]
    user_id: Mapped[TenantId]
    resource: Mapped[str] = mapped_column(server_default=text("'owner'"))
    during: Mapped[Range[datetime]] = mapped_column(TSTZRANGE)
    event_id: Mapped[UUID | None]
    expires_at: Mapped[datetime]
    released_at: Mapped[datetime | None]
    created_at: Mapped[Stamp]


class SyncLog(Table):
    """One change carried to or from an outside calendar."""

    __tablename__ = "sync_logs"
    __table_args__ = (
        ForeignKeyConstraint(
            ["user_id", "calendar_integration_id"],
            ["calendar_integrations.user_id", "calendar_integrations.id"],
            name="sync_logs_calendar_of_the_tenant",
            ondelete="CASCADE",
        ),
        Index(
            "sync_logs_calendar_integration_id_created_at_idx",
            "calendar_integration_id",
            "created_at",
        ),
        oldest_first("sync_logs", "created_at"),
    )

    id: Mapped[Id]
    user_id: Mapped[TenantId]
    calendar_integration_id: Mapped[UUID | None]
    subject_id: Mapped[UUID | None]
    direction: Mapped[str]
    action: Mapped[str]
    status: Mapped[str] = mapped_column(server_default=text("'done'"))
    details: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))
    error_message: Mapped[str | None]
    created_at: Mapped[Stamp]
