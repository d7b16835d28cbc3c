"""What a tenant has agreed to pay for, and how much of it is left."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Computed, ForeignKey, Index, UniqueConstraint, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from domain.tables.base import Id, Stamp, Table, TenantId, in_tenant


class SubscriptionStatus(StrEnum):
    """Stripe's eight states, word for word; see docs/lifecycles.md."""

    INCOMPLETE = "incomplete"
    INCOMPLETE_EXPIRED = "incomplete_expired"
    TRIALING = "trialing"
    ACTIVE = "active"
    PAST_DUE = "past_due"
    CANCELED = "canceled"
    UNPAID = "unpaid"
    PAUSED = "paused"


class LimitState(StrEnum):
    """How near a tenant is to what it may use; see docs/lifecycles.md."""

    UNDER = "under"
    SOFT = "soft"
    HARD = "hard"


class SubscriptionPlan(Table):
    """What is sold. A limit that is not there is none."""

    __tablename__ = "subscription_plans"
    __table_args__ = (
        UniqueConstraint("stripe_price_id", name="subscription_plans_one_for_a_price"),
        Index("subscription_plans_interval_idx", "interval"),
    )

    id: Mapped[Id]
    name: Mapped[str]
    description: Mapped[str | None]
    tier: Mapped[str | None]
    price: Mapped[Decimal]
    currency: Mapped[str] = mapped_column(server_default=text("'USD'"))
    interval: Mapped[str]
    features: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    call_limit: Mapped[int | None]
    minutes_limit: Mapped[int | None]
    sms_limit: Mapped[int | None]
    rollover_seconds: Mapped[int] = mapped_column(server_default=text("0"))
    grace_seconds: Mapped[int] = mapped_column(server_default=text("600"))
    soft_percent: Mapped[int] = mapped_column(server_default=text("80"))
    hard_percent: Mapped[int] = mapped_column(server_default=text("100"))
    overage_minute_price: Mapped[Decimal | None]
    overage_sms_price: Mapped[Decimal | None]
    minutes_meter: Mapped[str | None]
    sms_meter: Mapped[str | None]
    stripe_price_id: Mapped[str | None]
    is_active: Mapped[bool] = mapped_column(server_default=text("true"))
    created_at: Mapped[Stamp]
    updated_at: Mapped[Stamp]


class Subscription(Table):
    """What Stripe last told us of a tenant's subscription, and when (`synced_at`)."""

    __tablename__ = "subscriptions"
    __table_args__ = (
        UniqueConstraint("user_id", "id", name="subscriptions_user_id_id_key"),
        UniqueConstraint("stripe_subscription_id", name="subscriptions_stripe_subscription_id_key"),
        Index("subscriptions_user_id_idx", "user_id", "current_period_end"),
        Index("subscriptions_stripe_customer_id_idx", "stripe_customer_id"),
        Index("subscriptions_plan_id_idx", "plan_id"),
    )

    id: Mapped[Id]
    user_id: Mapped[TenantId]
    plan_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("subscription_plans.id", ondelete="SET NULL")
    )
    tier: Mapped[str | None]
    status: Mapped[str] = mapped_column(server_default=text("'incomplete'"))
    stripe_subscription_id: Mapped[str | None]
    stripe_customer_id: Mapped[str | None]
    stripe_price_id: Mapped[str | None]
    external_id: Mapped[str | None]
    current_period_start: Mapped[datetime | None]
    current_period_end: Mapped[datetime | None]
    trial_end: Mapped[datetime | None]
    cancel_at_period_end: Mapped[bool] = mapped_column(server_default=text("false"))
    canceled_at: Mapped[datetime | None]
    payment_method: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    started_at: Mapped[datetime | None]
    synced_at: Mapped[datetime | None]
    created_at: Mapped[Stamp]
    updated_at: Mapped[Stamp]


class UsageLimit(Table):
    """The current period of a tenant, derived from the ledgers. A cap that is not there is none.

    Allowance = cap + credit + rollover + grace, in seconds and in messages; the database adds
    it up (`app_call_allowance`), and its state follows the numbers, whoever writes them.
    `stopped_for` says why nothing may be used at all, `bridge_percent` how much of the cap a
    tenant may use more while the vendor is silent about a period that has ended.
    """

    __tablename__ = "usage_limits"
    __table_args__ = (Index("usage_limits_period_end_idx", "period_end"),)

    user_id: Mapped[UUID] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"),
        primary_key=True,
        server_default=func.app_current_user(),
    )
    tier: Mapped[str | None]
    call_cap_seconds: Mapped[int | None]
    call_used_seconds: Mapped[int] = mapped_column(server_default=text("0"))
    call_credit: Mapped[int] = mapped_column(server_default=text("0"))
    sms_cap: Mapped[int | None]
    sms_used: Mapped[int] = mapped_column(server_default=text("0"))
    sms_credit: Mapped[int] = mapped_column(server_default=text("0"))
    rollover_seconds: Mapped[int] = mapped_column(server_default=text("0"))
    grace_seconds: Mapped[int] = mapped_column(server_default=text("600"))
    soft_percent: Mapped[int] = mapped_column(server_default=text("80"))
    hard_percent: Mapped[int] = mapped_column(server_default=text("100"))
    period_start: Mapped[datetime | None]
    period_end: Mapped[datetime | None]
    limit_state: Mapped[str] = mapped_column(server_default=text("'under'"))
    hard_stop_active: Mapped[bool] = mapped_column(server_default=text("false"))
    force_pause: Mapped[bool] = mapped_column(server_default=text("false"))
    stopped_for: Mapped[str | None]
    bridge_percent: Mapped[int] = mapped_column(server_default=text("0"))
    synced_at: Mapped[datetime | None]
    created_at: Mapped[Stamp]
    updated_at: Mapped[Stamp]


class UserCallUsage(Table):
    """One billing period of a tenant; that it rolled once is its key."""

    __tablename__ = "user_call_usage"
    __table_args__ = (
        UniqueConstraint("user_id", "billing_period_start", name="user_call_usage_one_a_period"),
        UniqueConstraint("user_id", "id", name="user_call_usage_user_id_id_key"),
        in_tenant("subscriptions", "subscription_id", name="subscription", child="user_call_usage"),
    )

    id: Mapped[Id]
    user_id: Mapped[TenantId]
    subscription_id: Mapped[UUID | None]
    billing_period_start: Mapped[datetime]
    billing_period_end: Mapped[datetime]
    calls_used: Mapped[int] = mapped_column(server_default=text("0"))
    minutes_used: Mapped[int] = mapped_column(server_default=text("0"))
    seconds_used: Mapped[int] = mapped_column(server_default=text("0"))
    sms_used: Mapped[int] = mapped_column(server_default=text("0"))
    calls_remaining: Mapped[int | None]
    minutes_remaining: Mapped[int | None]
    rollover_seconds: Mapped[int] = mapped_column(server_default=text("0"))
    closed_at: Mapped[datetime | None]
    created_at: Mapped[Stamp]
    updated_at: Mapped[Stamp]


class TierSnapshot(Table):
    """What a tenant's tier gave and cost in a period; a plan that changes later changes no bill."""

    __tablename__ = "tier_snapshots"
    __table_args__ = (
        UniqueConstraint("user_id", "effective_from", name="tier_snapshots_one_a_period"),
        UniqueConstraint("user_id", "id", name="tier_snapshots_user_id_id_key"),
    )

    id: Mapped[Id]
    user_id: Mapped[TenantId]
    plan_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("subscription_plans.id", ondelete="SET NULL")
    )
    tier: Mapped[str | None]
    call_cap_seconds: Mapped[int | None]
    sms_cap: Mapped[int | None]
    price: Mapped[Decimal | None]
    currency: Mapped[str | None]
    overage_minute_price: Mapped[Decimal | None]
    overage_sms_price: Mapped[Decimal | None]
    effective_from: Mapped[datetime]
    effective_until: Mapped[datetime | None]
    created_at: Mapped[Stamp]


class BillingLineItem(Table):
    """What a tenant pays for one kind of use in one period, what it cost us, and what is left.

    `meter_identifier` is our own name for what was told to Stripe's meter: told twice, it
    counts once, for our row decides.
    """

    __tablename__ = "billing_line_items"
    __table_args__ = (
        UniqueConstraint("user_id", "period_start", "kind", name="billing_line_items_one_a_period"),
        UniqueConstraint("meter_identifier", name="billing_line_items_metered_once"),
        UniqueConstraint("user_id", "id", name="billing_line_items_user_id_id_key"),
        in_tenant("tier_snapshots", "tier_snapshot_id", name="tier", child="billing_line_items"),
        Index(
            "billing_line_items_to_meter_idx",
            "period_start",
            postgresql_where=text(
                "metered_at IS NULL AND kind IN ('overage_minutes', 'overage_sms')"
            ),
        ),
    )

    id: Mapped[Id]
    user_id: Mapped[TenantId]
    tier_snapshot_id: Mapped[UUID | None]
    period_start: Mapped[datetime]
    period_end: Mapped[datetime]
    kind: Mapped[str]
    units: Mapped[Decimal] = mapped_column(server_default=text("0"))
    unit_price: Mapped[Decimal | None]
    amount: Mapped[Decimal] = mapped_column(server_default=text("0"))
    provider_cost: Mapped[Decimal] = mapped_column(server_default=text("0"))
    margin: Mapped[Decimal | None] = mapped_column(
        Computed("amount - provider_cost", persisted=True)
    )
    currency: Mapped[str] = mapped_column(server_default=text("'USD'"))
    meter_identifier: Mapped[str | None]
    metered_units: Mapped[Decimal | None]
    metered_at: Mapped[datetime | None]
    provider_invoice: Mapped[str | None]
    created_at: Mapped[Stamp]
    updated_at: Mapped[Stamp]
