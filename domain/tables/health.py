"""How tenants are doing, and how often we were right about it."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from domain.tables.base import Id, Stamp, Table, TenantId, oldest_first


class Grade(StrEnum):
    """A score in one letter; see docs/lifecycles.md."""

    NEW = "new"
    A = "A"
    B = "B"
    C = "C"
    D = "D"
    F = "F"


class Risk(StrEnum):
    """How likely a tenant is to leave; also how soon somebody should look at a churn alert."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


class HealthOutcome(StrEnum):
    """What happened after a score was given; see docs/lifecycles.md."""

    STAYED = "stayed"
    CANCELED = "canceled"
    DOWNGRADED = "downgraded"
    PAST_DUE = "past_due"


class HealthScore(Table):
    """How a tenant is doing now; `factors` add up to the score. Without evidence it is new."""

    __tablename__ = "customer_health_scores"
    __table_args__ = (UniqueConstraint("user_id", name="customer_health_scores_one_a_tenant"),)

    id: Mapped[Id]
    user_id: Mapped[TenantId]
    score: Mapped[int | None]
    lower_bound: Mapped[Decimal | None]
    upper_bound: Mapped[Decimal | None]
    grade: Mapped[str] = mapped_column(server_default=text("'new'"))
    risk_level: Mapped[str | None]
    factors: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))
    trend_7_days: Mapped[Decimal | None]
    trend_30_days: Mapped[Decimal | None]
    last_calculated: Mapped[datetime | None]
    created_at: Mapped[Stamp]
    updated_at: Mapped[Stamp]


class HealthHistory(Table):
    """How a tenant was doing in one period; two runs at once write it once."""

    __tablename__ = "customer_health_history"
    __table_args__ = (
        UniqueConstraint("user_id", "period_start", name="customer_health_history_one_a_period"),
        Index(
            "customer_health_history_to_compare_idx",
            "period_start",
            postgresql_where=text("outcome IS NULL"),
        ),
        oldest_first("customer_health_history", "period_start"),
    )

    id: Mapped[Id]
    user_id: Mapped[TenantId]
    period_start: Mapped[datetime]
    score: Mapped[int | None]
    lower_bound: Mapped[Decimal | None]
    upper_bound: Mapped[Decimal | None]
    grade: Mapped[str]
    risk_level: Mapped[str | None]
    factors: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))
    calculated_at: Mapped[Stamp]
    outcome: Mapped[str | None]
    outcome_at: Mapped[datetime | None]


class HealthCalibration(Table):
    """How well scores foretold who left within the horizon, as it was known on one day."""

    __tablename__ = "health_calibrations"
    __table_args__ = (UniqueConstraint("period_start", name="health_calibrations_one_a_period"),)

    id: Mapped[Id]
    period_start: Mapped[datetime]
    horizon_days: Mapped[int]
    accounts: Mapped[int] = mapped_column(server_default=text("0"))
    departed: Mapped[int] = mapped_column(server_default=text("0"))
    auc: Mapped[Decimal | None]
    login_auc: Mapped[Decimal | None]
    calibration_error: Mapped[Decimal | None]
    bands: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, server_default=text("'[]'"))
    created_at: Mapped[Stamp]


class ChurnAlert(Table):
    """A tenant may leave, for one reason; told once while it lasts, quiet for a while after."""

    __tablename__ = "churn_alerts"
    __table_args__ = (
        Index(
            "churn_alerts_one_while_it_lasts",
            *("user_id", "reason"),
            unique=True,
            postgresql_where=text("resolved_at IS NULL"),
        ),
    )

    id: Mapped[Id]
    user_id: Mapped[TenantId]
    reason: Mapped[str | None]
    severity: Mapped[str] = mapped_column(server_default=text("'medium'"))
    message: Mapped[str | None]
    details: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))
    score_before: Mapped[int | None]
    score_after: Mapped[int | None]
    worth: Mapped[Decimal | None]
    currency: Mapped[str | None]
    seen: Mapped[int] = mapped_column(server_default=text("1"))
    created_at: Mapped[Stamp]
    last_seen_at: Mapped[Stamp]
    notified_at: Mapped[datetime | None]
    acknowledged_at: Mapped[datetime | None]
    acknowledged_by: Mapped[UUID | None]
    escalated_at: Mapped[datetime | None]
    resolved_at: Mapped[datetime | None]
    quiet_until: Mapped[datetime | None]


class UpgradePrompt(Table):
    """A tenant was shown that it could have more, and what it did."""

    __tablename__ = "upgrade_prompts_shown"
    __table_args__ = (
        Index("upgrade_prompts_shown_user_id_idx", "user_id", "prompt_type", "shown_at"),
    )

    id: Mapped[Id]
    user_id: Mapped[TenantId]
    prompt_type: Mapped[str]
    trigger_reason: Mapped[str | None]
    details: Mapped[dict[str, Any]] = mapped_column("metadata", JSONB, server_default=text("'{}'"))
    shown_at: Mapped[Stamp]
    clicked_at: Mapped[datetime | None]
    dismissed_at: Mapped[datetime | None]
    converted_at: Mapped[datetime | None]
