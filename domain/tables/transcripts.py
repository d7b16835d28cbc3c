"""What readers of transcripts said, what they cost, and what the owner is asked."""

from datetime import datetime
from decimal import Decimal
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

from domain.tables.base import Id, Stamp, Table, TenantId


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
    purpose: Mapped[str]
    provider: Mapped[str]
    model: Mapped[str]
    request_id: Mapped[str | None]
    prompt_tokens: Mapped[int] = mapped_column(server_default=text("0"))
    cached_tokens: Mapped[int] = mapped_column(server_default=text("0"))
    completion_tokens: Mapped[int] = mapped_column(server_default=text("0"))
    reasoning_tokens: Mapped[int] = mapped_column(server_default=text("0"))
    latency_ms: Mapped[int | None]
    outcome: Mapped[str]
    price_id: Mapped[UUID | None]
    cost_usd: Mapped[Decimal | None]
    reported_cost_usd: Mapped[Decimal | None]


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
