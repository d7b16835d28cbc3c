"""The owner's calendars elsewhere, what they hold, and which of it is ours."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index, Integer, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from domain.tables.base import Id, Leased, Stamp, Table, TenantId


class CalendarStatus(StrEnum):
    """Whether an outside calendar can be reached; see docs/lifecycles.md."""

    CONNECTED = "connected"
    NEEDS_RECONNECT = "needs_reconnect"


class PullState(StrEnum):
    """Whether an outside calendar is being read; see docs/lifecycles.md."""

    WAITING = "waiting"
    PULLING = "pulling"
    FAILED = "failed"


class LinkState(StrEnum):
    """Whether an event of ours and the outside one are in step; see docs/lifecycles.md."""

    PENDING = "pending"
    WORKING = "working"
    DONE = "done"
    FAILED = "failed"
    UNKNOWN = "unknown"
    STOPPED = "stopped"


class CalendarEventStatus(StrEnum):
    """How sure an event of an outside calendar is, or what became of it; see docs/lifecycles.md."""

    TENTATIVE = "tentative"
    SCHEDULED = "scheduled"
    CONFIRMED = "confirmed"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    NO_SHOW = "no_show"


class CalendarIntegration(Leased, Table):
    """A tenant's calendar elsewhere, how to reach it, and how far it has been read.

    It is a work row: a claim of it is one pull.
    """

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
        Index(
            "calendar_integrations_due_idx",
            "due_at",
            postgresql_where=text("pull_state = 'waiting'"),
        ),
        Index(
            "calendar_integrations_lapsed_idx",
            "lease_expires_at",
            postgresql_where=text("pull_state = 'pulling'"),
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
    last_sync_at: Mapped[datetime | None] = mapped_column(
        doc="as of when what we know of it is fresh"
    )
    created_at: Mapped[Stamp]
    updated_at: Mapped[Stamp]
    pull_state: Mapped[str] = mapped_column(server_default=text("'waiting'"))
    zone: Mapped[str | None] = mapped_column(doc="in which whole days and floating times are meant")
    page: Mapped[str | None] = mapped_column(doc="which page of a listing comes next")
    listing_since: Mapped[datetime | None] = mapped_column(
        doc="when the listing of everything began that is under way"
    )
    reading_since: Mapped[datetime | None] = mapped_column(
        doc="when the first page of the changes was asked for that are being read"
    )
    window_end: Mapped[datetime | None] = mapped_column(doc="up to where the cursor tells changes")
    writes: Mapped[bool] = mapped_column(
        server_default=text("true"), doc="whether our events are carried there"
    )
    on_cancel: Mapped[str] = mapped_column(
        server_default=text("'remove'"), doc="what a cancelled event of ours becomes there"
    )
    outside_cancel: Mapped[str] = mapped_column(
        server_default=text("'follow'"), doc="whether one deleted there is cancelled here"
    )
    outside_move: Mapped[str] = mapped_column(
        server_default=text("'follow'"), doc="whether one moved there is moved here"
    )
    outside_decline: Mapped[str] = mapped_column(
        server_default=text("'ask'"), doc="whether one that its customer declines is cancelled here"
    )
    invites: Mapped[bool] = mapped_column(
        server_default=text("false"), doc="whether the customer is named there as a guest"
    )
    reminders: Mapped[list[int] | None] = mapped_column(
        ARRAY(Integer), doc="minutes before; without any the calendar reminds as it does by itself"
    )
    watch_name: Mapped[str | None] = mapped_column(doc="the channel or subscription that stands")
    watch_resource: Mapped[str | None]
    watch_ends_at: Mapped[datetime | None]
    watch_due_at: Mapped[datetime | None] = mapped_column(doc="when it is next made or renewed")
    renewal: Mapped[UUID | None] = mapped_column(doc="who is renewing its tokens")
    renewal_ends_at: Mapped[datetime | None]
    drift: Mapped[int | None] = mapped_column(doc="differences that the last comparison found")
    compared_at: Mapped[datetime | None]


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
        Index(
            "calendar_events_link_id_idx",
            "user_id",
            "link_id",
            postgresql_where=text("link_id IS NOT NULL"),
        ),
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
    is_busy: Mapped[bool] = mapped_column(server_default=text("true"))
    link_id: Mapped[UUID | None] = mapped_column(doc="the link that our mark on it names")
    series: Mapped[str | None] = mapped_column(doc="the recurring event of which it is one")
    listed_at: Mapped[datetime | None] = mapped_column(doc="when it was last seen there")


class CalendarEventLink(Leased, Table):
    """One of our events, and the same event elsewhere. A claim of it brings both into step.

    `generation` is the event's when both were last equal; `wanted` counts what was owed, and
    `carried` says up to which of those it was done.
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
        Index("calendar_event_links_due_idx", "due_at", postgresql_where=text("state = 'pending'")),
        Index(
            "calendar_event_links_unknown_idx", "due_at", postgresql_where=text("state = 'unknown'")
        ),
        Index(
            "calendar_event_links_lapsed_idx",
            "lease_expires_at",
            postgresql_where=text("state = 'working'"),
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
    pushed_at: Mapped[datetime | None] = mapped_column(doc="when we last wrote there")
    created_at: Mapped[Stamp]
    updated_at: Mapped[Stamp]
    state: Mapped[str] = mapped_column(server_default=text("'done'"))
    wanted: Mapped[int] = mapped_column(server_default=text("0"))
    carried: Mapped[int] = mapped_column(server_default=text("0"))
    incarnation: Mapped[int] = mapped_column(
        server_default=text("0"), doc="how often it was taken out there: each has its own name"
    )
    is_there: Mapped[bool] = mapped_column(server_default=text("false"))
    seen_etag: Mapped[str | None] = mapped_column(doc="what a pull saw there that is not ours")
    fields: Mapped[dict[str, Any]] = mapped_column(
        JSONB, server_default=text("'{}'"), doc="digests of what both sides last agreed on"
    )
    trail: Mapped[list[dict[str, Any]]] = mapped_column(
        JSONB, server_default=text("'[]'"), doc="digests that came from outside lately"
    )
