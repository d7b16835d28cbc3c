"""Packs that are bought on top of a plan, and what is told to the vendor's meter."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from domain.tables.base import Id, Leased, Stamp, Table, TenantId, in_tenant


class MeterState(StrEnum):
    """How far the telling has come; see docs/lifecycles.md."""

    PENDING = "pending"
    WORKING = "working"
    DONE = "done"
    FAILED = "failed"
    UNKNOWN = "unknown"


class TopUpPack(Table):
    """Seconds and messages that are sold on top of a plan, by the price that Stripe knows."""

    __tablename__ = "top_up_packs"
    __table_args__ = (UniqueConstraint("stripe_price_id", name="top_up_packs_one_for_a_price"),)

    id: Mapped[Id]
    name: Mapped[str]
    seconds: Mapped[int] = mapped_column(server_default=text("0"))
    messages: Mapped[int] = mapped_column(server_default=text("0"))
    price: Mapped[Decimal]
    currency: Mapped[str] = mapped_column(server_default=text("'USD'"))
    lasts_days: Mapped[int | None]
    stripe_price_id: Mapped[str | None]
    is_active: Mapped[bool] = mapped_column(server_default=text("true"))
    created_at: Mapped[Stamp]


class MeterEvent(Leased, Table):
    """So much more of a period's overage, told to the vendor's meter under a name of ours.

    `told_before` is what had been told of the line before it: the vendor's own sum says by that
    whether this one arrived.
    """

    __tablename__ = "meter_events"
    __table_args__ = (
        UniqueConstraint("identifier", name="meter_events_identifier_key"),
        in_tenant("billing_line_items", "line_item_id", name="line", child="meter_events"),
        Index(
            "meter_events_due_idx",
            "due_at",
            postgresql_where=text("state IN ('pending', 'working', 'unknown')"),
        ),
        Index("meter_events_line_idx", "user_id", "line_item_id"),
    )

    id: Mapped[Id]
    user_id: Mapped[TenantId]
    line_item_id: Mapped[UUID | None]
    meter: Mapped[str]
    customer: Mapped[str]
    units: Mapped[Decimal]
    told_before: Mapped[Decimal] = mapped_column(server_default=text("0"))
    identifier: Mapped[str]
    happened_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(server_default=text("'pending'"))
    created_at: Mapped[Stamp]
