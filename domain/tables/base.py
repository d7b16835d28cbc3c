"""The one declarative base, and the columns that many tables share."""

from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

from sqlalchemy import DateTime, ForeignKey, ForeignKeyConstraint, MetaData, Text, Uuid, func, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

NAMES: Final = {
    "pk": "%(table_name)s_pkey",
    "fk": "%(table_name)s_%(column_0_N_name)s_fkey",
    "uq": "%(table_name)s_%(column_0_N_name)s_key",
    "ck": "%(table_name)s_%(constraint_name)s",
    "ix": "%(table_name)s_%(column_0_N_name)s_idx",
}
"""A constraint's name says what is wrong: it is what the writer of a bad row gets to see."""


class Table(DeclarativeBase):
    """A row of ours. Schema-less in the models: every role's search_path says where we live."""

    metadata = MetaData(naming_convention=NAMES)
    type_annotation_map = {  # noqa: RUF012  # SQLAlchemy reads it off the class
        str: Text,
        datetime: DateTime(timezone=True),
        UUID: Uuid,
    }


Id = Annotated[UUID, mapped_column(primary_key=True, server_default=func.app_uuid7())]
"""A key that is a time, made by the application or, for other writers, by the database."""

Stamp = Annotated[datetime, mapped_column(server_default=text("clock_timestamp()"))]
"""A moment by the database's clock, when the row does not say another."""

TenantId = Annotated[
    UUID,
    mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), server_default=func.app_current_user()
    ),
]
"""Whose row it is; a tenant that writes need not say it."""

OwnerId = Annotated[
    UUID | None,
    mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), server_default=func.app_current_user()
    ),
]
"""Whose row it is; nobody's is the platform's, and every tenant reads it."""


class Leased:
    """What every work table has, so that it can be claimed; `domain.work` alone writes it."""

    due_at: Mapped[Stamp]
    attempts: Mapped[int] = mapped_column(server_default=text("0"))
    lease_token: Mapped[UUID | None]
    lease_expires_at: Mapped[datetime | None]
    last_error: Mapped[str | None]


def in_tenant(
    table: str, column: str, *, name: str, child: str, is_in_a_ring: bool = False
) -> ForeignKeyConstraint:
    """Point to a row of the same tenant; without it, the child points to nothing.

    Where tables point at each other in a ring, one of its links says so.
    """
    return ForeignKeyConstraint(
        ["user_id", column],
        [f"{table}.user_id", f"{table}.id"],
        name=f"{child}_{name}_of_the_tenant",
        ondelete=f"SET NULL ({column})",
        use_alter=is_in_a_ring,
    )
