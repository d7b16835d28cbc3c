"""Who is at work: each supervisor's own report, and what its silence means."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

_REPORT: Final = text(
    "INSERT INTO supervisors (id, host, hostname, pid, children)"
    " VALUES (:id, :host, :hostname, :pid, CAST(:children AS jsonb))"
    " ON CONFLICT (id) DO UPDATE SET children = excluded.children, seen_at = clock_timestamp()"
)
_LEAVE: Final = text("UPDATE supervisors SET stopped_at = clock_timestamp() WHERE id = :id")
_SILENT: Final = text(
    "SELECT id, hostname FROM supervisors WHERE stopped_at IS NULL"
    " AND seen_at < clock_timestamp() - CAST(:after AS interval)"
)
_FORGET: Final = text(
    "UPDATE supervisors SET stopped_at = seen_at WHERE stopped_at IS NULL"
    " AND seen_at < clock_timestamp() - CAST(:after AS interval)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a supervisor says of itself."""

    id: UUID
    host: str
    hostname: str
    pid: int
    children: Sequence[dict[str, Any]]


def report(session: Session, said: Report) -> None:
    """Write down that this supervisor lives, and its children."""
    session.execute(
        _REPORT,
        {
            "id": said.id,
            "host": said.host,
            "hostname": said.hostname,
            "pid": said.pid,
            "children": json.dumps(list(said.children)),
        },
    )


def leave(session: Session, supervisor_id: UUID) -> None:
    """Write down that this supervisor has ended by its own will."""
    session.execute(_LEAVE, {"id": supervisor_id})


def silent(session: Session, *, after: timedelta) -> dict[UUID, str]:
    """Return the supervisors that ought to have spoken, and their hosts' names."""
    return {row[0]: row[1] for row in session.execute(_SILENT, {"after": after})}


def forget(session: Session, *, after: timedelta) -> None:
    """Count as stopped who has been silent for long."""
    session.execute(_FORGET, {"after": after})
