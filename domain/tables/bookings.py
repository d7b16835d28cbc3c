"""When a tenant can be booked, and what is about to be."""

from datetime import datetime, time
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import TSTZRANGE, Range
from sqlalchemy.orm import Mapped, mapped_column

from domain.tables.base import Id, Stamp, Table, TenantId


class AvailabilitySlot(Table):
    """When a tenant can be booked, by the day of the week (Sunday is 0), in its own zone."""

    __tablename__ = "availability_slots"
    __table_args__ = (
        UniqueConstraint("user_id", "day_of_week", "start_time", name="availability_slots_once"),
    )

    id: Mapped[Id]
    user_id: Mapped[TenantId]
    day_of_week: Mapped[int]
    start_time: Mapped[time]
    end_time: Mapped[time]
    is_active: Mapped[bool] = mapped_column(server_default=text("true"))
    created_at: Mapped[Stamp]
    updated_at: Mapped[Stamp]


class BookingHold(Table):
    """A time that somebody is about to book; two of one resource never overlap."""

    __tablename__ = "booking_holds"
    __table_args__ = (
        ForeignKeyConstraint(
            ["user_id", "event_id"],
            ["events.user_id", "events.id"],
            name="booking_holds_event_of_the_tenant",
            ondelete="SET NULL (event_id)",
        ),
        Index("booking_holds_open_idx", "expires_at", postgresql_where=text("released_at IS NULL")),
        Index("booking_holds_event_id_idx", "event_id"),
    )

    id: Mapped[Id]
    user_id: Mapped[TenantId]
    resource: Mapped[str] = mapped_column(server_default=text("'owner'"))
    during: Mapped[Range[datetime]] = mapped_column(TSTZRANGE)
    event_id: Mapped[UUID | None]
    expires_at: Mapped[datetime]
    released_at: Mapped[datetime | None]
    created_at: Mapped[Stamp]
