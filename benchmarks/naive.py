"""The two tables as one maps them by hand, without a thought of crashes."""

from uuid import UUID

from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from domain.ids import new_id


class Base(DeclarativeBase):
    """Tables of the naive task."""


class Parcel(Base):
    """A row of work."""

    __tablename__ = "parcels"
    __table_args__ = {"schema": "frontdesk"}  # noqa: RUF012  # SQLAlchemy's own way

    id: Mapped[UUID] = mapped_column(primary_key=True)
    ref: Mapped[str]
    state: Mapped[str]
    attempts: Mapped[int]
    vendor_id: Mapped[str | None]


class Effect(Base):
    """What was sent."""

    __tablename__ = "effects"
    __table_args__ = {"schema": "frontdesk"}  # noqa: RUF012  # SQLAlchemy's own way

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    key: Mapped[str]
    kind: Mapped[str] = mapped_column(default="parcel")
    row_id: Mapped[UUID]
    vendor: Mapped[str] = mapped_column(default="courier")
    state: Mapped[str] = mapped_column(default="intended")
    token: Mapped[UUID] = mapped_column(default=new_id)
    reference: Mapped[str | None]
