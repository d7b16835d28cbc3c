"""What readers of transcripts said, what they cost, and what the owner is asked."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ForeignKeyConstraint,
    Index,
    PrimaryKeyConstraint,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from domain.tables.base import Id, Stamp, Table, TenantId, oldest_first, still_kept


class ReservationState(StrEnum):
    """What became of money that was held; see docs/lifecycles.md."""

    HELD = "held"
    SPENT = "spent"
    RELEASED = "released"


class ExtractionRun(Table):
    """One reading of one transcript: by whom, with which words, and what was decided."""

    __tablename__ = "extraction_runs"
    __table_args__ = (
        ForeignKeyConstraint(
            ["user_id", "call_id"],
            ["calls.user_id", "calls.id"],
            name="extraction_runs_call_of_the_tenant",
            ondelete="CASCADE",
        ),
        Index("extraction_runs_call_id_idx", "call_id"),
        Index(
            "extraction_runs_input_hash_idx",
            "user_id",
            "input_hash",
            postgresql_where=text("input_hash IS NOT NULL"),
        ),
        oldest_first("extraction_runs", "created_at"),
        still_kept("extraction_runs", "created_at", "reading IS NOT NULL"),
    )

    id: Mapped[Id]
    user_id: Mapped[TenantId]
    call_id: Mapped[UUID]
    reader: Mapped[str]
    model: Mapped[str | None]
    prompt_version: Mapped[str]
    outcome: Mapped[str]
    reading: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    decisions: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, server_default=text("'[]'"))
    created_at: Mapped[Stamp]
    prompt_tokens: Mapped[int | None]
    completion_tokens: Mapped[int | None]
    confidence: Mapped[Decimal | None]
    quotes: Mapped[list[dict[str, Any]]] = mapped_column(
        JSONB,
        server_default=text("'[]'"),
        doc="where each fact stands in the transcript, and whose",
    )
    input_hash: Mapped[str | None] = mapped_column(
        doc="of all that the reader was given: the same again is not read, and not paid, again"
    )


class Question(Table):
    """What is doubtful, and for the owner to say."""

    __tablename__ = "questions"
    __table_args__ = (
        ForeignKeyConstraint(
            ["user_id", "call_id"],
            ["calls.user_id", "calls.id"],
            name="questions_call_of_the_tenant",
            ondelete="CASCADE",
        ),
        ForeignKeyConstraint(
            ["user_id", "event_id"],
            ["events.user_id", "events.id"],
            name="questions_event_of_the_tenant",
            ondelete="CASCADE",
        ),
        Index(
            "questions_open_idx",
            "user_id",
            "created_at",
            postgresql_where=text("answered_at IS NULL"),
        ),
        Index("questions_event_id_idx", "event_id"),
        Index(
            "questions_untold_idx",
            "created_at",
            postgresql_where=text("answered_at IS NULL AND told_at IS NULL"),
        ),
        still_kept("questions", "created_at", "answered_at IS NOT NULL"),
    )

    id: Mapped[Id]
    user_id: Mapped[TenantId]
    call_id: Mapped[UUID | None]
    event_id: Mapped[UUID | None]
    field: Mapped[str]
    question: Mapped[str]
    candidates: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, server_default=text("'[]'"))
    answer: Mapped[str | None]
    answered_at: Mapped[datetime | None]
    created_at: Mapped[Stamp]
    subject: Mapped[str | None] = mapped_column(doc="what an answer does: book, move, cancel, fill")
    told_at: Mapped[datetime | None] = mapped_column(doc="when the owner was told that it waits")
    generation: Mapped[int] = mapped_column(server_default=text("0"), doc="counts the answers")
    applied_at: Mapped[datetime | None] = mapped_column(doc="when the answer was acted on")
    problem: Mapped[str | None] = mapped_column(doc="why the last answer could not be acted on")


class AiUsageLog(Table):
    """One request to a language model that may have been billed, failed ones too."""

    __tablename__ = "ai_usage_logs"
    __table_args__ = (
        PrimaryKeyConstraint("id", "created_at"),
        Index("ai_usage_logs_user_id_created_at_idx", "user_id", "created_at"),
        {"postgresql_partition_by": "RANGE (created_at)"},
    )

    id: Mapped[UUID] = mapped_column(server_default=func.app_uuid7())
    created_at: Mapped[Stamp]
    user_id: Mapped[UUID] = mapped_column(server_default=func.app_current_user())
    call_id: Mapped[UUID | None]
    purpose: Mapped[str] = mapped_column(server_default=text("'other'"))
    provider: Mapped[str] = mapped_column(server_default=text("'unknown'"))
    model: Mapped[str] = mapped_column(server_default=text("'unknown'"))
    request_id: Mapped[str | None]
    prompt_tokens: Mapped[int] = mapped_column(server_default=text("0"))
    cached_tokens: Mapped[int] = mapped_column(server_default=text("0"))
    completion_tokens: Mapped[int] = mapped_column(server_default=text("0"))
    reasoning_tokens: Mapped[int] = mapped_column(server_default=text("0"))
    latency_ms: Mapped[int | None]
    outcome: Mapped[str] = mapped_column(server_default=text("'unknown'"))
    price_id: Mapped[UUID | None]
    cost_usd: Mapped[Decimal | None]
    reported_cost_usd: Mapped[Decimal | None]
    cost_local: Mapped[Decimal | None]
    currency: Mapped[str | None]
    exchange_rate: Mapped[Decimal | None]
    error_message: Mapped[str | None]


class ModelPrice(Table):
    """What a model costs from a day on, in dollars for a million tokens. No rate is in code."""

    __tablename__ = "model_prices"
    __table_args__ = (
        UniqueConstraint("provider", "model", "valid_from", name="model_prices_once_a_day"),
    )

    id: Mapped[Id]
    provider: Mapped[str]
    model: Mapped[str]
    valid_from: Mapped[datetime]
    prompt_usd: Mapped[Decimal]
    cached_usd: Mapped[Decimal]
    completion_usd: Mapped[Decimal]
    source: Mapped[str]


class AiBudget(Table):
    """What a tenant may spend on language models in a month, and what is promised of it."""

    __tablename__ = "ai_budgets"
    __table_args__ = (
        UniqueConstraint("user_id", "id", name="ai_budgets_user_id_id_key"),
        UniqueConstraint("user_id", "period_start", name="ai_budgets_one_a_month"),
    )

    id: Mapped[Id]
    user_id: Mapped[TenantId]
    period_start: Mapped[date]
    soft_limit: Mapped[Decimal | None]
    hard_limit: Mapped[Decimal | None]
    currency: Mapped[str] = mapped_column(server_default=text("'USD'"))
    reserved: Mapped[Decimal] = mapped_column(server_default=text("0"))
    spent: Mapped[Decimal] = mapped_column(server_default=text("0"))
    created_at: Mapped[Stamp]
    updated_at: Mapped[Stamp]


class BudgetReservation(Table):
    """Money held for one request, until its cost is known or it is given up."""

    __tablename__ = "budget_reservations"
    __table_args__ = (
        UniqueConstraint("key", name="budget_reservations_made_once"),
        ForeignKeyConstraint(
            ["user_id", "budget_id"],
            ["ai_budgets.user_id", "ai_budgets.id"],
            name="budget_reservations_budget_of_the_tenant",
            ondelete="CASCADE",
        ),
        Index("budget_reservations_budget_id_idx", "user_id", "budget_id"),
        Index(
            "budget_reservations_held_idx", "expires_at", postgresql_where=text("state = 'held'")
        ),
    )

    id: Mapped[Id]
    user_id: Mapped[TenantId]
    budget_id: Mapped[UUID]
    key: Mapped[str]
    state: Mapped[str] = mapped_column(server_default=text("'held'"))
    amount: Mapped[Decimal]
    currency: Mapped[str] = mapped_column(server_default=text("'USD'"))
    expires_at: Mapped[datetime]
    created_at: Mapped[Stamp]
    settled_at: Mapped[datetime | None]
