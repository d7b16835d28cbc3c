"""What was carried to and from outside calendars."""

from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from domain.tables.base import Id, Stamp, Table, TenantId, oldest_first


class SyncStatus(StrEnum):
    """What became of a change that was carried over; see docs/lifecycles.md."""

    DONE = "done"
    FAILED = "failed"
    CONFLICT = "conflict"


class SyncLog(Table):
    """One change carried to or from an outside calendar."""

    __tablename__ = "sync_logs"
    __table_args__ = (
        ForeignKeyConstraint(
            ["user_id", "calendar_integration_id"],
            ["calendar_integrations.user_id", "calendar_integrations.id"],
            name="sync_logs_calendar_of_the_tenant",
            ondelete="CASCADE",
        ),
        Index(
            "sync_logs_calendar_integration_id_created_at_idx",
            "calendar_integration_id",
            "created_at",
        ),
        oldest_first("sync_logs", "created_at"),
    )

    id: Mapped[Id]
    user_id: Mapped[TenantId]
    calendar_integration_id: Mapped[UUID | None]
    subject_id: Mapped[UUID | None]
    direction: Mapped[str]
    action: Mapped[str]
    status: Mapped[str] = mapped_column(server_default=text("'done'"))
    details: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))
    error_message: Mapped[str | None]
    created_at: Mapped[Stamp]
