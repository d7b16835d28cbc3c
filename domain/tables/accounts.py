"""Whose work it is."""

from enum import StrEnum

from sqlalchemy import CheckConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from domain.tables.base import Id, Stamp, Table


class UserStatus(StrEnum):
    """Whether we work for this tenant; see docs/lifecycles.md."""

    ACTIVE = "active"
    INACTIVE = "inactive"
    SUSPENDED = "suspended"


class User(Table):
    """The tenant. Its id is `user_id` everywhere else."""

    __tablename__ = "users"
    __table_args__ = (
        CheckConstraint("status IN ('active', 'inactive', 'suspended')", name="status_is_known"),
        Index("users_suspended_idx", "id", postgresql_where=text("status = 'suspended'")),
    )

    id: Mapped[Id]
    email: Mapped[str | None]
    business_name: Mapped[str | None]
    industry: Mapped[str | None]
    timezone: Mapped[str] = mapped_column(server_default=text("'UTC'"))
    status: Mapped[str] = mapped_column(server_default=text("'active'"))
    created_at: Mapped[Stamp]
    updated_at: Mapped[Stamp]
