"""Rows of the house itself: what was due by the clock, and who is at work."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from domain.tables.base import Stamp, Table


class PeriodicRun(Table):
    """One slot of the timetable: rung, started, finished. Its key is what makes two beats one.

    `finished_at` without `error` is a run that came to its end; see docs/lifecycles.md.
    """

    __tablename__ = "periodic_runs"
    __table_args__ = (
        Index("periodic_runs_open_idx", "rung_at", postgresql_where=text("finished_at IS NULL")),
    )

    name: Mapped[str] = mapped_column(primary_key=True)
    slot: Mapped[datetime] = mapped_column(primary_key=True)
    rung_by: Mapped[str]
    rung_at: Mapped[Stamp]
    rings: Mapped[int] = mapped_column(server_default=text("1"))
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    error: Mapped[str | None]


class Supervisor(Table):
    """A worker's supervisor on some host, and the children it has.

    `host` is the boot's own id: a machine that started anew is another host, so what
    its former processes had in hand is known to be in nobody's.
    """

    __tablename__ = "supervisors"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    host: Mapped[str]
    hostname: Mapped[str]
    pid: Mapped[int]
    children: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, server_default=text("'[]'"))
    started_at: Mapped[Stamp]
    seen_at: Mapped[Stamp]
    stopped_at: Mapped[datetime | None]


class RetentionRound(Table):
    """How far the throwing away of one kind of data has come, and how many rows went."""

    __tablename__ = "retention_rounds"

    rule: Mapped[str] = mapped_column(primary_key=True, doc="a line of domain/work/lifetimes.py")
    began_at: Mapped[datetime | None] = mapped_column(doc="the round under way, if there is one")
    cursor_id: Mapped[UUID | None] = mapped_column(doc="the tenant that it came to")
    rows: Mapped[int] = mapped_column(
        BigInteger, server_default=text("0"), doc="gone in the round under way"
    )
    finished_at: Mapped[datetime | None] = mapped_column(doc="the end of the last whole round")
    finished_rows: Mapped[int] = mapped_column(
        BigInteger, server_default=text("0"), doc="gone in the last whole round"
    )
    total_rows: Mapped[int] = mapped_column(
        BigInteger, server_default=text("0"), doc="gone since the count began"
    )
