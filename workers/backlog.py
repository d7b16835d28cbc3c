"""How much waits in each queue, of each kind of work: one statement, by the indexes of claims."""

from collections.abc import Iterator
from typing import Any, Final

from domain.work import errands
from domain.work.kinds import Kind
from domain.work.names import Area
from workers.kinds import KINDS

MOST_DUE: Final = 100_000
"""Rows are counted up to here: a queue that is longer is told as this long."""


def _queue(kind: Kind[Any], area: Area) -> str:
    """Count one kind's rows: due, in hand, unknown, and how long the oldest has been due."""
    waiting = f"w.{kind.state} = '{kind.states.waiting}' AND ({kind.where})"
    due = f"{waiting} AND w.due_at <= (SELECT clock_timestamp())"
    mine = f" AND w.area = '{area.value}'" if kind.table == "errands" else ""
    busy = f"w.{kind.state} = '{kind.states.working}' AND w.lease_expires_at IS NOT NULL{mine}"
    unknown = f"w.{kind.state} = '{kind.states.unknown}'" if kind.states.unknown else "false"
    return (
        f"SELECT '{area.value}' AS queue, '{kind.name}' AS kind,"  # noqa: S608  # our own names
        f" (SELECT count(*) FROM (SELECT 1 FROM {kind.table} w WHERE {due} LIMIT {MOST_DUE}) d)"
        " AS work_due,"
        f" coalesce(greatest(extract(epoch FROM clock_timestamp() - (SELECT min(w.due_at)"
        f" FROM {kind.table} w WHERE {due})), 0), 0)::float8 AS work_oldest_seconds,"
        f" (SELECT count(*) FROM {kind.table} w WHERE {busy}) AS work_in_hand,"
        f" (SELECT count(*) FROM {kind.table} w WHERE {unknown}) AS work_unknown,"
        " (SELECT count(*) FROM ops_alerts a WHERE a.resolved_at IS NULL"
        f"  AND a.alert_type = 'work_failed' AND a.subject LIKE '{kind.name} %') AS work_failed"
    )


def _queues() -> Iterator[str]:
    for kind in KINDS.values():
        if kind.table != "errands":
            yield _queue(kind, kind.area)
    for area in Area:
        yield _queue(errands.kind(area), area)


BACKLOG: Final = " UNION ALL ".join(_queues())
