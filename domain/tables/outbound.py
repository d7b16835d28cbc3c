"""Whom we are to call, who is next, and which calls are on their way."""

from datetime import datetime, time
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Double, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint, func, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Integer

from domain.tables.base import Id, Leased, Stamp, Table, TenantId, in_tenant, oldest_first

LIVE = text("state IN ('dialing', 'live', 'unknown')")
QUEUED = text("status = 'queued'")


class QueueStatus(StrEnum):
    """Where a call that is wanted is in its life; see docs/lifecycles.md."""

    QUEUED = "queued"
    IN_PROGRESS = "in-progress"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELED = "canceled"


class AttemptState(StrEnum):
    """How far one dial has come; the first three hold a slot. See docs/lifecycles.md."""

    DIALING = "dialing"
    LIVE = "live"
    UNKNOWN = "unknown"
    COMPLETED = "completed"
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    VOICEMAIL = "voicemail"
    FAILED = "failed"
    REJECTED = "rejected"
    INVALID_NUMBER = "invalid_number"
    CANCELED = "canceled"


class CampaignStatus(StrEnum):
    """Whether a campaign's calls are placed; see docs/lifecycles.md."""

    DRAFT = "draft"
    RUNNING = "running"
    PAUSED = "paused"
    COMPLETED = "completed"
    CANCELED = "canceled"


class CallCampaign(Table):
    """Many calls with one purpose, one window and one pace. A window may cross midnight."""

    __tablename__ = "call_campaigns"
    __table_args__ = (
        UniqueConstraint("user_id", "id", name="call_campaigns_user_id_id_key"),
        in_tenant(
            "user_phone_numbers", "caller_number_id", name="caller_number", child="call_campaigns"
        ),
    )

    id: Mapped[Id]
    user_id: Mapped[TenantId]
    name: Mapped[str]
    status: Mapped[str] = mapped_column(server_default=text("'draft'"))
    template_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("call_templates.id", ondelete="SET NULL")
    )
    voice_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("voice_options.id", ondelete="SET NULL")
    )
    provider_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("call_service_providers.id", ondelete="SET NULL")
    )
    caller_number_id: Mapped[UUID | None]
    custom_variables: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    timezone: Mapped[str | None]
    window_start: Mapped[time | None]
    window_end: Mapped[time | None]
    window_days: Mapped[list[int]] = mapped_column(
        ARRAY(Integer), server_default=text("'{1,2,3,4,5}'")
    )
    concurrency_limit: Mapped[int | None]
    calls_per_minute: Mapped[Decimal | None]
    most_attempts: Mapped[int] = mapped_column(server_default=text("3"))
    most_attempts_a_day: Mapped[int] = mapped_column(server_default=text("3"))
    retry_rules: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))
    retries_first: Mapped[bool] = mapped_column(server_default=text("false"))
    leaves_voicemail: Mapped[bool] = mapped_column(server_default=text("false"))
    expires_at: Mapped[datetime | None]
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    created_at: Mapped[Stamp]
    updated_at: Mapped[Stamp]
    consent_source: Mapped[str | None]
    paced_until: Mapped[datetime | None]


class QueuedCall(Leased, Table):
    """A call that somebody wants. 1 is the first priority, 10 the last.

    `due_at` follows `scheduled_time` whenever that is written; what we put off ourselves we
    say in `due_at` alone, and `is_ready` follows it: what is for later stands out of the line.
    `verdict` is why it was not dialled when it was last looked at.
    """

    __tablename__ = "call_queue"
    __table_args__ = (
        UniqueConstraint("user_id", "id", name="call_queue_user_id_id_key"),
        UniqueConstraint("user_id", "idempotency_key", name="call_queue_enqueued_once"),
        in_tenant("call_campaigns", "campaign_id", name="campaign", child="call_queue"),
        in_tenant("leads", "lead_id", name="lead", child="call_queue", is_in_a_ring=True),
        in_tenant(
            "user_phone_numbers", "caller_number_id", name="caller_number", child="call_queue"
        ),
        Index("call_queue_due_idx", "due_at", postgresql_where=QUEUED),
        Index(
            "call_queue_lane_idx",
            "user_id",
            text("coalesce(campaign_id, '00000000-0000-0000-0000-000000000000'::uuid)"),
            text("coalesce(provider_id, '00000000-0000-0000-0000-000000000000'::uuid)"),
            *("priority", "due_at"),
            postgresql_where=text("status = 'queued' AND is_ready"),
        ),
        Index(
            "call_queue_later_idx",
            "due_at",
            postgresql_where=text("status = 'queued' AND NOT is_ready"),
        ),
        Index("call_queue_expires_at_idx", "expires_at", postgresql_where=QUEUED),
        Index(
            "call_queue_lapsed_idx",
            "lease_expires_at",
            postgresql_where=text("status = 'in-progress'"),
        ),
        Index(
            "call_queue_campaign_id_idx",
            *("campaign_id", "status"),
            postgresql_where=text("campaign_id IS NOT NULL"),
        ),
        Index(
            "call_queue_lead_once_while_open",
            *("user_id", "lead_id"),
            unique=True,
            postgresql_where=text("lead_id IS NOT NULL AND status IN ('queued', 'in-progress')"),
        ),
        oldest_first("call_queue", "created_at"),
    )

    id: Mapped[Id]
    user_id: Mapped[TenantId]
    campaign_id: Mapped[UUID | None]
    lead_id: Mapped[UUID | None]
    created_by: Mapped[UUID | None]
    recipient_number: Mapped[str]
    caller_number_id: Mapped[UUID | None]
    scheduled_time: Mapped[datetime | None]
    timezone: Mapped[str | None]
    priority: Mapped[int] = mapped_column(server_default=text("5"))
    status: Mapped[str] = mapped_column(server_default=text("'queued'"))
    outcome: Mapped[str | None]
    call_id: Mapped[str | None]
    provider_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("call_service_providers.id", ondelete="SET NULL")
    )
    template_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("call_templates.id", ondelete="SET NULL")
    )
    voice_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("voice_options.id", ondelete="SET NULL")
    )
    custom_variables: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    retry_count: Mapped[int] = mapped_column(server_default=text("0"))
    idempotency_key: Mapped[str | None]
    verdict: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    judged_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]
    created_at: Mapped[Stamp]
    updated_at: Mapped[Stamp]
    is_ready: Mapped[bool] = mapped_column(server_default=text("true"))
    consent_source: Mapped[str | None]


class CallAttempt(Leased, Table):
    """One dial, and while it is live, one slot of its account. Nothing else is counted.

    `asked_at` is when the vendor was last asked about it, `gone_at` when it first said that it
    knows no such call.
    """

    __tablename__ = "call_attempts"
    __table_args__ = (
        UniqueConstraint("call_queue_id", "number", name="call_attempts_dialed_once"),
        ForeignKeyConstraint(
            ["user_id", "call_queue_id"],
            ["call_queue.user_id", "call_queue.id"],
            name="call_attempts_queued_call_of_the_tenant",
            ondelete="CASCADE",
        ),
        in_tenant(
            "user_phone_numbers", "caller_number_id", name="caller_number", child="call_attempts"
        ),
        Index("call_attempts_due_idx", "due_at", postgresql_where=text("state = 'dialing'")),
        Index("call_attempts_unknown_idx", "due_at", postgresql_where=text("state = 'unknown'")),
        Index(
            "call_attempts_lapsed_idx",
            "lease_expires_at",
            postgresql_where=text("state = 'dialing'"),
        ),
        Index("call_attempts_slots_idx", "provider_id", postgresql_where=LIVE),
        Index("call_attempts_live_of_tenant_idx", "user_id", "campaign_id", postgresql_where=LIVE),
        Index("call_attempts_live_of_caller_idx", "caller_number_id", postgresql_where=LIVE),
        Index(
            "call_attempts_one_live_for_a_recipient",
            "recipient_number",
            unique=True,
            postgresql_where=LIVE,
        ),
        Index(
            "call_attempts_once_at_a_provider",
            *("provider_id", "provider_call_id"),
            unique=True,
            postgresql_where=text("provider_call_id IS NOT NULL"),
        ),
        Index(
            "call_attempts_of_caller_idx",
            *("caller_number_id", "created_at"),
            postgresql_where=text("caller_number_id IS NOT NULL"),
        ),
        Index(
            "call_attempts_ended_idx",
            *("user_id", "ended_at"),
            postgresql_where=text("ended_at IS NOT NULL AND cost IS NOT NULL"),
        ),
    )

    id: Mapped[Id]
    user_id: Mapped[TenantId]
    call_queue_id: Mapped[UUID]
    number: Mapped[int] = mapped_column(server_default=text("1"))
    campaign_id: Mapped[UUID | None]
    provider_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("call_service_providers.id", ondelete="SET NULL")
    )
    caller_number_id: Mapped[UUID | None]
    caller_number: Mapped[str | None]
    recipient_number: Mapped[str]
    state: Mapped[str] = mapped_column(server_default=text("'dialing'"))
    provider_call_id: Mapped[str | None]
    end_reason: Mapped[str | None]
    verdict: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    dialed_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    asked_at: Mapped[datetime | None]
    gone_at: Mapped[datetime | None]
    duration: Mapped[int | None]
    cost: Mapped[Decimal | None]
    currency: Mapped[str | None]
    created_at: Mapped[Stamp]
    updated_at: Mapped[Stamp]


class TenantTurn(Table):
    """A tenant's place in line: who has had least for its weight is next.

    Stands from a tenant's first queued call on. Who has nothing that may be dialled now sleeps,
    until `due_at` at the latest. Calls are counted here too, for the caps of an hour and a day.
    """

    __tablename__ = "tenant_turns"
    __table_args__ = (
        Index("tenant_turns_waiting_idx", "virtual_time", postgresql_where=text("is_waiting")),
        Index("tenant_turns_asleep_idx", "due_at", postgresql_where=text("NOT is_waiting")),
    )

    user_id: Mapped[UUID] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"),
        primary_key=True,
        server_default=func.app_current_user(),
    )
    virtual_time: Mapped[float] = mapped_column(Double, server_default=text("0"))
    weight: Mapped[Decimal] = mapped_column(server_default=text("1"))
    concurrency_limit: Mapped[int | None]
    due_at: Mapped[Stamp]
    created_at: Mapped[Stamp]
    updated_at: Mapped[Stamp]
    is_waiting: Mapped[bool] = mapped_column(server_default=text("true"))
    hour_began: Mapped[datetime] = mapped_column(server_default=text("'epoch'"))
    hour_calls: Mapped[int] = mapped_column(server_default=text("0"))
    day_began: Mapped[datetime] = mapped_column(server_default=text("'epoch'"))
    day_calls: Mapped[int] = mapped_column(server_default=text("0"))
