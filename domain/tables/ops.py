"""What operators are told."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from domain.tables.base import Id, Leased, Stamp, Table, oldest_first


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


class Channel(StrEnum):
    """How somebody is told of an alert."""

    EMAIL = "email"
    WEBHOOK = "webhook"


class TellingState(StrEnum):
    """How far a telling has come."""

    PENDING = "pending"
    WORKING = "working"
    DONE = "done"
    FAILED = "failed"
    UNKNOWN = "unknown"


class AlertTelling(Leased, Table):
    """One letter or post that tells of alerts: to operators, or to an account's manager.

    `content` is what it says, written down when it is owed: under one key always the same.
    """

    __tablename__ = "alert_tellings"
    __table_args__ = (
        CheckConstraint("channel IN ('email', 'webhook')", name="channel_is_known"),
        CheckConstraint(
            "state IN ('pending', 'working', 'done', 'failed', 'unknown')", name="state_is_known"
        ),
        Index(
            "alert_tellings_due_idx",
            "due_at",
            postgresql_where=text("state IN ('pending', 'working', 'unknown')"),
        ),
        oldest_first("alert_tellings", "created_at"),
        Index("alert_tellings_user_idx", "user_id"),
    )

    id: Mapped[Id]
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    channel: Mapped[str]
    content: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))
    state: Mapped[str] = mapped_column(server_default=text("'pending'"))
    created_at: Mapped[Stamp]


class AlertNews(Table):
    """That a word of an alert was told, or is about to be: each once for a channel.

    A word is a severity that an alert opened with or rose to, or `resolved`. `alert_id` is a row
    of `ops_alerts`, or one of `churn_alerts` for an account's manager.
    """

    __tablename__ = "alert_news"
    __table_args__ = (
        UniqueConstraint("alert_id", "channel", "word", name="alert_news_once"),
        Index("alert_news_open_idx", "alert_id", postgresql_where=text("ended_at IS NULL")),
        Index("alert_news_telling_idx", "telling_id"),
    )

    id: Mapped[Id]
    telling_id: Mapped[UUID] = mapped_column(ForeignKey("alert_tellings.id", ondelete="CASCADE"))
    alert_id: Mapped[UUID]
    channel: Mapped[str]
    word: Mapped[str]
    ended_at: Mapped[datetime | None]
    """When it was noted that the alert was over; nothing more is to be said of it."""

    created_at: Mapped[Stamp]


class ErrorLog(Table):
    """An error of another service of the platform; ours stand on their rows and in the log."""

    __tablename__ = "error_logs"
    __table_args__ = (
        Index("error_logs_open_idx", "created_at", postgresql_where=text("resolved_at IS NULL")),
        oldest_first("error_logs", "created_at"),
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
