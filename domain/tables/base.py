"""The one declarative base, and the columns that many tables share."""

from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

from sqlalchemy import DateTime, ForeignKey, MetaData, Text, Uuid, func, text
from sqlalchemy.orm import DeclarativeBase, mapped_column

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
