"""What operators are told."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from domain.tables.base import Id, Stamp, Table


class Severity(StrEnum):
    """How soon somebody should look."""

    INFO = "info"
    WARNING = "warning"
    CRITICAL = "critical"


class OpsAlert(Table):
    """One thing that is wrong, told once however often it is seen while it lasts.

    Open until `resolved_at`; acknowledged in between when somebody has taken it up.
    """

    __tablename__ = "ops_alerts"
    __table_args__ = (
        CheckConstraint("severity IN ('info', 'warning', 'critical')", name="severity_is_known"),
        Index(
            "ops_alerts_one_while_it_lasts",
            "alert_type",
            "subject",
            unique=True,
            postgresql_where=text("resolved_at IS NULL"),
        ),
    )

    id: Mapped[Id]
    alert_type: Mapped[str] = mapped_column(server_default=text("'other'"))
    subject: Mapped[str] = mapped_column(server_default=text("''"))
    severity: Mapped[str] = mapped_column(server_default=text("'warning'"))
    user_id: Mapped[UUID | None]
    message: Mapped[str] = mapped_column(server_default=text("''"))
    phone_number: Mapped[str | None]
    details: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))
    seen: Mapped[int] = mapped_column(server_default=text("1"))
    created_at: Mapped[Stamp]
    last_seen_at: Mapped[Stamp]
    acknowledged_at: Mapped[datetime | None]
    acknowledged_by: Mapped[UUID | None]
    resolved_at: Mapped[datetime | None]
    resolved_by: Mapped[UUID | None]


class ErrorLog(Table):
    """An error of another service of the platform; ours stand on their rows and in the log."""

    __tablename__ = "error_logs"
    __table_args__ = (
        Index("error_logs_open_idx", "created_at", postgresql_where=text("resolved_at IS NULL")),
    )

    id: Mapped[Id]
    user_id: Mapped[UUID | None]
    error_type: Mapped[str | None]
    endpoint: Mapped[str | None]
    message: Mapped[str | None]
    stack_trace: Mapped[str | None]
    request_body: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    created_at: Mapped[Stamp]
    resolved_at: Mapped[datetime | None]
    resolved_by: Mapped[UUID | None]
    resolution_notes: Mapped[str | None]
