"""Figures by the day, and what money is worth."""

from datetime import date as day
from decimal import Decimal

from sqlalchemy import UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from domain.tables.base import Id, Stamp, Table, TenantId


class Analytics(Table):
    """A tenant's day in figures."""

    __tablename__ = "analytics"
    __table_args__ = (UniqueConstraint("user_id", "date", name="analytics_once_a_day"),)

    id: Mapped[Id]
    user_id: Mapped[TenantId]
    date: Mapped[day]
    total_calls: Mapped[int] = mapped_column(server_default=text("0"))
    total_bookings: Mapped[int] = mapped_column(server_default=text("0"))
    total_sms: Mapped[int] = mapped_column(server_default=text("0"))
    total_cost: Mapped[Decimal] = mapped_column(server_default=text("0"))
    currency: Mapped[str | None]
    successful_calls: Mapped[int] = mapped_column(server_default=text("0"))
    failed_calls: Mapped[int] = mapped_column(server_default=text("0"))
    conversion_rate: Mapped[Decimal] = mapped_column(server_default=text("0"))
    created_at: Mapped[Stamp]
    updated_at: Mapped[Stamp]


class ExchangeRate(Table):
    """What one currency is worth in another on a day. No rate is in code."""

    __tablename__ = "exchange_rates"
    __table_args__ = (
        UniqueConstraint("base", "quote", "valid_on", name="exchange_rates_once_a_day"),
    )

    id: Mapped[Id]
    base: Mapped[str]
    quote: Mapped[str]
    valid_on: Mapped[day]
    rate: Mapped[Decimal]
    source: Mapped[str]
    created_at: Mapped[Stamp]
