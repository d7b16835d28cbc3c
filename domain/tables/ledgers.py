"""What was used and credited, line by line; and what did not agree when it was compared."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from domain.tables.base import Id, Leased, Stamp, Table, TenantId


class CreditKind(StrEnum):
    """Why a tenant has more than its plan gives; see docs/lifecycles.md."""

    TOP_UP = "top_up"
    GRANT = "grant"
    REFUND = "refund"
    CORRECTION = "correction"


class ReconciliationStatus(StrEnum):
    """How far a comparison has come; see docs/lifecycles.md."""

    RUNNING = "running"
    WORKING = "working"
    COMPLETED = "completed"
    FAILED = "failed"


class FindingState(StrEnum):
    """What became of a difference; see docs/lifecycles.md."""

    OPEN = "open"
    HEALED = "healed"
    DISMISSED = "dismissed"


class UsageCall(Table):
    """One call that was used, by its vendor's own id: delivered twice, it counts once."""

    __tablename__ = "usage_calls"
    __table_args__ = (
        UniqueConstraint("provider", "provider_call_id", name="usage_calls_counted_once"),
        Index("usage_calls_user_id_created_at_idx", "user_id", "created_at"),
    )

    id: Mapped[Id]
    user_id: Mapped[TenantId]
    agent_id: Mapped[str | None]
    call_id: Mapped[str | None]
    phone_number: Mapped[str | None]
    direction: Mapped[str | None]
    seconds: Mapped[int] = mapped_column(server_default=text("0"))
    provider: Mapped[str] = mapped_column(server_default=text("'unknown'"))
    provider_call_id: Mapped[str | None]
    cost: Mapped[Decimal | None]
    currency: Mapped[str | None]
    created_at: Mapped[Stamp]


class UsageSms(Table):
    """One text that was used, by its carrier's own id, in segments."""

    __tablename__ = "usage_sms"
    __table_args__ = (
        UniqueConstraint("provider", "provider_message_id", name="usage_sms_counted_once"),
        Index("usage_sms_user_id_created_at_idx", "user_id", "created_at"),
    )

    id: Mapped[Id]
    user_id: Mapped[TenantId]
    message_id: Mapped[str | None]
    phone_number: Mapped[str | None]
    direction: Mapped[str | None]
    segments: Mapped[int] = mapped_column(server_default=text("1"))
    provider: Mapped[str] = mapped_column(server_default=text("'unknown'"))
    provider_message_id: Mapped[str | None]
    cost: Mapped[Decimal | None]
    currency: Mapped[str | None]
    created_at: Mapped[Stamp]


class UsageCredit(Table):
    """Seconds and messages on top of a plan, bought or given; by the payment's own id, once."""

    __tablename__ = "usage_credits"
    __table_args__ = (
        UniqueConstraint("provider", "provider_reference", name="usage_credits_credited_once"),
        Index("usage_credits_user_id_created_at_idx", "user_id", "created_at"),
    )

    id: Mapped[Id]
    user_id: Mapped[TenantId]
    kind: Mapped[str]
    seconds: Mapped[int] = mapped_column(server_default=text("0"))
    messages: Mapped[int] = mapped_column(server_default=text("0"))
    amount: Mapped[Decimal | None]
    currency: Mapped[str | None]
    provider: Mapped[str] = mapped_column(server_default=text("'stripe'"))
    provider_reference: Mapped[str | None]
    expires_at: Mapped[datetime | None]
    granted_by: Mapped[str | None]
    note: Mapped[str | None]
    created_at: Mapped[Stamp]


class ReconciliationRun(Leased, Table):
    """One comparison of ours with Stripe's and the vendors'. `cursor` is how far it has come."""

    __tablename__ = "reconciliation_runs"
    __table_args__ = (
        Index(
            "reconciliation_runs_due_idx",
            "due_at",
            postgresql_where=text("status IN ('running', 'working')"),
        ),
    )

    id: Mapped[Id]
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    run_type: Mapped[str] = mapped_column(server_default=text("'manual'"))
    status: Mapped[str] = mapped_column(server_default=text("'running'"))
    is_dry_run: Mapped[bool] = mapped_column(server_default=text("false"))
    triggered_by: Mapped[str | None]
    cursor: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))
    records_checked: Mapped[int] = mapped_column(server_default=text("0"))
    discrepancies_found: Mapped[int] = mapped_column(server_default=text("0"))
    discrepancy_details: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    started_at: Mapped[Stamp]
    completed_at: Mapped[datetime | None]


class ReconciliationFinding(Table):
    """One difference: both values, what it is worth, and what was done about it."""

    __tablename__ = "reconciliation_findings"
    __table_args__ = (
        UniqueConstraint(
            *("run_id", "class", "subject"), name="reconciliation_findings_once_a_run"
        ),
        Index(
            "reconciliation_findings_open_idx",
            *("class", "created_at"),
            postgresql_where=text("state = 'open'"),
        ),
    )

    id: Mapped[Id]
    run_id: Mapped[UUID] = mapped_column(ForeignKey("reconciliation_runs.id", ondelete="CASCADE"))
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column("class")
    subject: Mapped[str]
    ours: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    theirs: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    worth: Mapped[Decimal | None]
    currency: Mapped[str | None]
    state: Mapped[str] = mapped_column(server_default=text("'open'"))
    done: Mapped[str | None]
    settled_at: Mapped[datetime | None]
    settled_by: Mapped[str | None]
    created_at: Mapped[Stamp]
