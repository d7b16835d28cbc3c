"""Who brought whom, and what is owed for it."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from ipaddress import IPv4Address, IPv6Address
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import INET, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from domain.tables.base import Id, Stamp, Table, TenantId


class ReferralStatus(StrEnum):
    """How far a referral has come; see docs/lifecycles.md."""

    PENDING = "pending"
    ELIGIBLE = "eligible"
    PAID = "paid"
    REJECTED = "rejected"
    CLAWED_BACK = "clawed_back"
    CANCELLED = "cancelled"


class CommissionStatus(StrEnum):
    """How far a commission has come; see docs/lifecycles.md."""

    PENDING = "pending"
    APPROVED = "approved"
    PAID = "paid"
    CLAWED_BACK = "clawed_back"


class ReferralCode(Table):
    """The code by which a tenant brings others; one a tenant."""

    __tablename__ = "referral_codes"
    __table_args__ = (
        UniqueConstraint("user_id", name="referral_codes_one_a_tenant"),
        UniqueConstraint("code", name="referral_codes_code_key"),
    )

    id: Mapped[Id]
    user_id: Mapped[TenantId]
    code: Mapped[str]
    is_active: Mapped[bool] = mapped_column(server_default=text("true"))
    created_at: Mapped[Stamp]
    updated_at: Mapped[Stamp]


class Referral(Table):
    """A tenant that another brought. `user_id` is who brought it; nobody is brought twice."""

    __tablename__ = "referrals"
    __table_args__ = (
        UniqueConstraint("referred_id", name="referrals_referred_once"),
        UniqueConstraint("user_id", "id", name="referrals_user_id_id_key"),
    )

    id: Mapped[Id]
    user_id: Mapped[TenantId]
    referred_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    referral_code: Mapped[str | None]
    status: Mapped[str] = mapped_column(server_default=text("'pending'"))
    signup_ip: Mapped[IPv4Address | IPv6Address | None] = mapped_column(INET)
    signed_up_at: Mapped[datetime | None]
    first_payment_at: Mapped[datetime | None]
    eligible_at: Mapped[datetime | None]
    months_paid: Mapped[int] = mapped_column(server_default=text("0"))
    fraud_score: Mapped[int | None]
    fraud_flags: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))
    reviewed_at: Mapped[datetime | None]
    reviewed_by: Mapped[str | None]
    rejection_reason: Mapped[str | None]
    created_at: Mapped[Stamp]
    updated_at: Mapped[Stamp]


class ReferralCommission(Table):
    """What is owed for a referral and a month; month 0 is what is paid upfront."""

    __tablename__ = "referral_commissions"
    __table_args__ = (
        UniqueConstraint(
            *("referral_id", "commission_type", "month_number"),
            name="referral_commissions_once_a_month",
        ),
        UniqueConstraint(
            *("referral_id", "commission_type", "stripe_invoice_id"),
            name="referral_commissions_once_an_invoice",
        ),
        ForeignKeyConstraint(
            ["user_id", "referral_id"],
            ["referrals.user_id", "referrals.id"],
            name="referral_commissions_referral_of_the_tenant",
            ondelete="CASCADE",
        ),
        Index("referral_commissions_open_idx", "user_id", "status"),
    )

    id: Mapped[Id]
    user_id: Mapped[TenantId]
    referral_id: Mapped[UUID]
    commission_type: Mapped[str]
    month_number: Mapped[int] = mapped_column(server_default=text("0"))
    amount: Mapped[Decimal]
    currency: Mapped[str] = mapped_column(server_default=text("'USD'"))
    status: Mapped[str] = mapped_column(server_default=text("'pending'"))
    stripe_invoice_id: Mapped[str | None]
    stripe_subscription_id: Mapped[str | None]
    held_until: Mapped[datetime | None]
    hold_reason: Mapped[str | None]
    approved_at: Mapped[datetime | None]
    paid_at: Mapped[datetime | None]
    notes: Mapped[str | None]
    created_at: Mapped[Stamp]
    updated_at: Mapped[Stamp]


class ReferralSetting(Table):
    """The programme's figures from a moment on; the newest that has begun counts."""

    __tablename__ = "referral_settings"
    __table_args__ = (UniqueConstraint("valid_from", name="referral_settings_one_a_moment"),)

    id: Mapped[Id]
    valid_from: Mapped[Stamp]
    upfront_amount: Mapped[Decimal]
    currency: Mapped[str]
    monthly_percent: Mapped[Decimal]
    most_months: Mapped[int]
    hold_days: Mapped[int]
    extended_hold_days: Mapped[int]
    least_payout: Mapped[Decimal]
    approved_up_to: Mapped[Decimal]
    fraud_rules: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))
    is_active: Mapped[bool] = mapped_column(server_default=text("true"))
