"""What we did to the outside world, or may have done; and work that follows from work."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Computed, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from domain.tables.base import Id, Stamp, Table, oldest_first


class EffectState(StrEnum):
    """How far one action on the outside world has come; see docs/lifecycles.md."""

    INTENDED = "intended"
    DONE = "done"
    RETRYABLE = "retryable"
    REJECTED = "rejected"
    UNKNOWN = "unknown"


class ErrandState(StrEnum):
    """Where a piece of work that follows from work is in its life; see docs/lifecycles.md."""

    PENDING = "pending"
    WORKING = "working"
    DONE = "done"
    FAILED = "failed"


class Effect(Table):
    """One action on the outside world, unique by what it is. Never two for one action.

    `owner` is the process that may still be about to call; it is empty once the call has
    ended or the process is known dead. Only then may a keyless call be made again.
    """

    __tablename__ = "effects"
    __table_args__ = (
        CheckConstraint(
            "state IN ('intended', 'done', 'retryable', 'rejected', 'unknown')",
            name="state_is_known",
        ),
        CheckConstraint("(cost IS NULL) = (currency IS NULL)", name="cost_has_a_currency"),
        Index("effects_row_idx", "kind", "row_id"),
        Index("effects_owner_idx", "owner", postgresql_where=text("owner IS NOT NULL")),
        oldest_first("effects", "intended_at"),
    )

    id: Mapped[Id]
    key: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]
    row_id: Mapped[UUID]
    user_id: Mapped[UUID | None]
    vendor: Mapped[str]
    state: Mapped[str] = mapped_column(server_default=text("'intended'"))
    token: Mapped[UUID]
    owner: Mapped[str | None]
    attempts: Mapped[int] = mapped_column(server_default=text("1"))
    intended_at: Mapped[Stamp]
    settled_at: Mapped[datetime | None]
    lookups: Mapped[int] = mapped_column(server_default=text("0"))
    negatives: Mapped[int] = mapped_column(server_default=text("0"))
    first_negative_at: Mapped[datetime | None]
    reference: Mapped[str | None]
    verdict: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))
    cost: Mapped[Decimal | None]
    currency: Mapped[str | None]
    last_error: Mapped[str | None]


class Errand(Table):
    """A task that is owed for a subject, written in the transaction that caused it."""

    __tablename__ = "errands"
    __table_args__ = (
        CheckConstraint("state IN ('pending', 'working', 'done', 'failed')", name="state_is_known"),
        UniqueConstraint("task", "subject_id", "generation", name="errands_owed_once"),
        Index("errands_due_idx", "area", "due_at", postgresql_where=text("state = 'pending'")),
        Index("errands_lapsed_idx", "lease_expires_at", postgresql_where=text("state = 'working'")),
        oldest_first("errands", "created_at"),
    )

    id: Mapped[Id]
    user_id: Mapped[UUID | None]
    task: Mapped[str]
    area: Mapped[str] = mapped_column(Computed("split_part(task, '.', 1)", persisted=True))
    subject_id: Mapped[UUID]
    generation: Mapped[int] = mapped_column(server_default=text("0"))
    state: Mapped[str] = mapped_column(server_default=text("'pending'"))
    due_at: Mapped[Stamp]
    attempts: Mapped[int] = mapped_column(server_default=text("0"))
    lease_token: Mapped[UUID | None]
    lease_expires_at: Mapped[datetime | None]
    last_error: Mapped[str | None]
    created_at: Mapped[Stamp]
    settled_at: Mapped[datetime | None]


class Pause(Table):
    """Somebody said stop: for a queue, an account, a campaign or a tenant."""

    __tablename__ = "pauses"
    __table_args__ = (
        CheckConstraint("kind IN ('queue', 'account', 'campaign', 'tenant')", name="kind_is_known"),
    )

    kind: Mapped[str] = mapped_column(primary_key=True)
    subject: Mapped[str] = mapped_column(primary_key=True)
    reason: Mapped[str]
    created_at: Mapped[Stamp]
