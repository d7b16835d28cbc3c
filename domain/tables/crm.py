"""Who may become a customer, what that is worth, and what customers say."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from domain.tables.base import Id, Stamp, Table, TenantId


class LeadStatus(StrEnum):
    """How far a lead has come; see docs/lifecycles.md."""

    NEW = "new"
    CONTACTED = "contacted"
    QUALIFIED = "qualified"
    PROPOSAL = "proposal"
    NEGOTIATION = "negotiation"
    CALLBACK_REQUESTED = "callback_requested"
    TRANSFERRED = "transferred"
    BOOKED = "booked"
    WON = "won"
    LOST = "lost"
    NOT_INTERESTED = "not_interested"


class DealStatus(StrEnum):
    """Whether a deal was made; see docs/lifecycles.md."""

    OPEN = "open"
    WON = "won"
    LOST = "lost"


class CommissionStatus(StrEnum):
    """Whether a seller's share can be paid; see docs/lifecycles.md."""

    PENDING_LOCKED = "pending_locked"
    PAYABLE = "payable"
    PAID = "paid"


class Lead(Table):
    """Somebody who may become a customer."""

    __tablename__ = "leads"
    __table_args__ = (
        UniqueConstraint("user_id", "id", name="leads_user_id_id_key"),
        ForeignKeyConstraint(
            ["user_id", "call_id"],
            ["calls.user_id", "calls.id"],
            name="leads_call_of_the_tenant",
            ondelete="SET NULL (call_id)",
        ),
        ForeignKeyConstraint(
            ["user_id", "customer_id"],
            ["customers.user_id", "customers.id"],
            name="leads_customer_of_the_tenant",
            ondelete="SET NULL (customer_id)",
        ),
        Index("leads_user_id_status_idx", "user_id", "status"),
        Index("leads_phone_hash_idx", "user_id", "phone_hash"),
        Index("leads_email_hash_idx", "user_id", "email_hash"),
        Index("leads_call_id_idx", "call_id"),
        Index("leads_customer_id_idx", "customer_id"),
    )

    id: Mapped[Id]
    user_id: Mapped[TenantId]
    call_id: Mapped[UUID | None]
    customer_id: Mapped[UUID | None]
    name: Mapped[str | None]
    company_name: Mapped[str | None]
    phone: Mapped[str | None]
    phone_sealed: Mapped[bytes | None]
    phone_hash: Mapped[bytes | None]
    email: Mapped[str | None]
    email_sealed: Mapped[bytes | None]
    email_hash: Mapped[bytes | None]
    status: Mapped[str] = mapped_column(server_default=text("'new'"))
    lead_type: Mapped[str | None]
    provider: Mapped[str | None]
    transcript: Mapped[str | None]
    summary: Mapped[str | None]
    sentiment: Mapped[str | None]
    call_duration_seconds: Mapped[int | None]
    appointment_booked: Mapped[bool] = mapped_column(server_default=text("false"))
    flagged_for_review: Mapped[bool] = mapped_column(server_default=text("false"))
    created_at: Mapped[Stamp]
    updated_at: Mapped[Stamp]


class LeadActivity(Table):
    """What was done about a lead."""

    __tablename__ = "lead_activities"
    __table_args__ = (
        ForeignKeyConstraint(
            ["user_id", "lead_id"],
            ["leads.user_id", "leads.id"],
            name="lead_activities_lead_of_the_tenant",
            ondelete="CASCADE",
        ),
        Index("lead_activities_lead_id_created_at_idx", "lead_id", "created_at"),
    )

    id: Mapped[Id]
    user_id: Mapped[TenantId]
    lead_id: Mapped[UUID | None]
    activity_type: Mapped[str | None]
    description: Mapped[str | None]
    created_at: Mapped[Stamp]


class Deal(Table):
    """What a lead is worth, or was."""

    __tablename__ = "deals"
    __table_args__ = (
        UniqueConstraint("stripe_session_id", name="deals_one_for_a_payment"),
        UniqueConstraint("user_id", "id", name="deals_user_id_id_key"),
        ForeignKeyConstraint(
            ["user_id", "lead_id"],
            ["leads.user_id", "leads.id"],
            name="deals_lead_of_the_tenant",
            ondelete="SET NULL (lead_id)",
        ),
        Index("deals_lead_id_idx", "user_id", "lead_id"),
    )

    id: Mapped[Id]
    user_id: Mapped[TenantId]
    lead_id: Mapped[UUID | None]
    seller_id: Mapped[UUID | None]
    referrer_id: Mapped[UUID | None]
    stripe_session_id: Mapped[str | None]
    amount: Mapped[Decimal | None]
    currency: Mapped[str | None]
    status: Mapped[str] = mapped_column(server_default=text("'open'"))
    created_at: Mapped[Stamp]
    updated_at: Mapped[Stamp]


class Commission(Table):
    """A seller's share of a deal."""

    __tablename__ = "commissions"
    __table_args__ = (
        UniqueConstraint("deal_id", "seller_id", name="commissions_one_for_a_seller_and_deal"),
        ForeignKeyConstraint(
            ["user_id", "deal_id"],
            ["deals.user_id", "deals.id"],
            name="commissions_deal_of_the_tenant",
            ondelete="CASCADE",
        ),
        Index("commissions_user_id_idx", "user_id"),
    )

    id: Mapped[Id]
    user_id: Mapped[TenantId]
    deal_id: Mapped[UUID]
    seller_id: Mapped[UUID]
    deal_amount: Mapped[Decimal]
    commission_amount: Mapped[Decimal]
    currency: Mapped[str]
    status: Mapped[str] = mapped_column(server_default=text("'pending_locked'"))
    approved_at: Mapped[datetime | None]
    created_at: Mapped[Stamp]
    updated_at: Mapped[Stamp]


class Review(Table):
    """What a customer wrote about the business, and what it means.

    `generation` counts what makes it be read anew: rating and comment.
    """

    __tablename__ = "reviews"
    __table_args__ = (
        ForeignKeyConstraint(
            ["user_id", "event_id"],
            ["events.user_id", "events.id"],
            name="reviews_event_of_the_tenant",
            ondelete="SET NULL (event_id)",
        ),
        Index("reviews_user_id_submitted_at_idx", "user_id", "submitted_at"),
        Index("reviews_event_id_idx", "event_id"),
    )

    id: Mapped[Id]
    user_id: Mapped[TenantId]
    event_id: Mapped[UUID | None]
    customer_name: Mapped[str | None]
    customer_email: Mapped[str | None]
    rating: Mapped[int | None]
    comment: Mapped[str | None]
    review_link: Mapped[str | None]
    source: Mapped[str | None]
    submitted_at: Mapped[datetime | None]
    sentiment: Mapped[str | None]
    topics: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, server_default=text("'[]'"))
    analysed_at: Mapped[datetime | None]
    generation: Mapped[int] = mapped_column(server_default=text("0"))
    created_at: Mapped[Stamp]
    updated_at: Mapped[Stamp]


class ReviewInsight(Table):
    """What a period of reviews says together."""

    __tablename__ = "review_insights"
    __table_args__ = (
        UniqueConstraint(
            "user_id", "period_start", "period_end", name="review_insights_once_a_period"
        ),
    )

    id: Mapped[Id]
    user_id: Mapped[TenantId]
    period_start: Mapped[date]
    period_end: Mapped[date]
    total_reviews: Mapped[int] = mapped_column(server_default=text("0"))
    average_rating: Mapped[Decimal | None]
    average_sentiment: Mapped[Decimal | None]
    sentiment_trend: Mapped[str | None]
    topics: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, server_default=text("'[]'"))
    drivers: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, server_default=text("'[]'"))
    suggestions: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, server_default=text("'[]'"))
    ai_model: Mapped[str | None]
    confidence: Mapped[Decimal | None]
    created_at: Mapped[Stamp]
