"""Slots of the timetable as rows: each taken once, started once, made up when lost.

A slot is rung, started, finished. The row is written before the bell is rung, so a beat
that dies in between leaves a row that nobody started, and any beat rings it again. The
newest stands for all before it: once it is finished, older ones that nobody started are, too.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import text
from sqlalchemy.orm import Session


@dataclass(frozen=True, slots=True, order=True)
class Slot:
    """One moment of one entry of the timetable."""

    name: str
    at: datetime


ABANDONED: Final = timedelta(minutes=15)
"""A run that started and never finished: longer than any task may run (celeryconfig.py)."""

_NEWEST: Final = text(
    "SELECT n AS name, (SELECT max(slot) FROM periodic_runs WHERE name = n) AS slot"
    " FROM unnest(CAST(:names AS text[])) n"
)

_TAKE: Final = text(
    "INSERT INTO periodic_runs (name, slot, rung_by, rung_at)"
    " SELECT n, s, :by, clock_timestamp()"
    " FROM unnest(CAST(:names AS text[]), CAST(:slots AS timestamptz[])) x(n, s)"
    " ON CONFLICT DO NOTHING RETURNING name, slot"
)

# Only the newest of a name: whoever was away for long is given one bell, not a thousand.
# Twice as long each time, five minutes at the most: while no worker lives, its queue stays short.
_AGAIN: Final = text(
    "WITH newest AS MATERIALIZED (SELECT n AS name,"
    "  (SELECT max(slot) FROM periodic_runs WHERE name = n) AS slot"
    "  FROM unnest(CAST(:names AS text[])) n)"
    " UPDATE periodic_runs r SET rung_at = clock_timestamp(), rings = rings + 1, started_at = NULL"
    " FROM (SELECT name, slot FROM periodic_runs p JOIN newest USING (name, slot)"
    "  WHERE finished_at IS NULL AND ((started_at IS NULL AND rung_at < clock_timestamp()"
    "    - least(:pause * 2 ^ least(rings - 1, 20), 300) * interval '1 second')"
    "   OR started_at < clock_timestamp() - CAST(:abandoned AS interval))"
    "  FOR UPDATE OF p SKIP LOCKED) lost"
    " WHERE r.name = lost.name AND r.slot = lost.slot RETURNING r.name, r.slot"
)

_START: Final = text(
    "UPDATE periodic_runs SET started_at = clock_timestamp() WHERE name = :name AND slot = :slot"
    " AND started_at IS NULL AND finished_at IS NULL RETURNING 1"
)

_FINISH: Final = text(
    "UPDATE periodic_runs SET finished_at = clock_timestamp(), error = :error"
    " WHERE name = :name AND slot = :slot AND finished_at IS NULL"
)

_SUPERSEDE: Final = text(
    "UPDATE periodic_runs SET finished_at = clock_timestamp(), error = 'superseded'"
    " WHERE ctid = ANY(ARRAY(SELECT ctid FROM periodic_runs"
    "  WHERE name = :name AND slot < :slot AND finished_at IS NULL"
    "  AND (started_at IS NULL OR started_at < clock_timestamp() - CAST(:abandoned AS interval))"
    "  FOR UPDATE SKIP LOCKED))"
)

_IS_FINISHED: Final = text(
    "SELECT finished_at IS NOT NULL FROM periodic_runs WHERE name = :name AND slot = :slot"
)

_LATE: Final = text(
    "SELECT name, min(slot) FROM periodic_runs"
    " WHERE finished_at IS NULL AND slot < clock_timestamp() - CAST(:after AS interval)"
    " GROUP BY name ORDER BY 2"
)

# A slot that came long after the one before it, of an entry with a row a minute.
_STOOD_STILL: Final = text(
    "SELECT min(before) AS since, max(slot) AS until FROM ("
    "  SELECT slot, lag(slot) OVER (ORDER BY slot) AS before FROM periodic_runs"
    "  WHERE name = :name AND slot > clock_timestamp() - CAST(:within AS interval)) s"
    " WHERE slot - before > CAST(:gap AS interval)"
)


def newest(session: Session, names: Sequence[str]) -> Mapping[str, datetime | None]:
    """Return the newest slot that was ever taken, by name."""
    rows = session.execute(_NEWEST, {"names": list(names)})
    return {row.name: row.slot for row in rows}


def take(session: Session, due: Iterable[Slot], *, by: str) -> list[Slot]:
    """Take those slots that nobody has taken; only they are this beat's to ring."""
    due = list(due)
    if not due:
        return []
    found = session.execute(
        _TAKE, {"names": [slot.name for slot in due], "slots": [slot.at for slot in due], "by": by}
    )
    return [Slot(name, at) for name, at in found]


def take_again(session: Session, names: Sequence[str], *, pause: timedelta) -> list[Slot]:
    """Take the newest slots whose bell was lost, or whose run died, to be rung once more."""
    found = session.execute(
        _AGAIN,
        {"names": list(names), "pause": pause.total_seconds(), "abandoned": ABANDONED},
    )
    return [Slot(name, at) for name, at in found]


def start(session: Session, slot: Slot) -> bool:
    """Mark the slot as started; False where a doubled bell found it so, or it is superseded."""
    return session.scalar(_START, {"name": slot.name, "slot": slot.at}) is not None


def finish(session: Session, slot: Slot, *, error: str | None) -> None:
    """Mark the slot as finished, and how; and older ones of its name as superseded."""
    session.execute(_FINISH, {"name": slot.name, "slot": slot.at, "error": error})
    session.execute(_SUPERSEDE, {"name": slot.name, "slot": slot.at, "abandoned": ABANDONED})


def is_finished(session: Session, slot: Slot) -> bool:
    """Tell whether this slot has come to its end."""
    return bool(session.scalar(_IS_FINISHED, {"name": slot.name, "slot": slot.at}))


def late(session: Session, *, after: timedelta) -> list[Slot]:
    """Return the oldest slot of each name that should have been finished by now."""
    return [Slot(name, at) for name, at in session.execute(_LATE, {"after": after})]


def stood_still(
    session: Session, name: str, *, gap: timedelta, within: timedelta
) -> tuple[datetime, datetime] | None:
    """Return from when to when an entry's slots were missed; None where none was."""
    bound = {"name": name, "gap": gap, "within": within}
    row = session.execute(_STOOD_STILL, bound).one()
    return None if row.since is None else (row.since, row.until)
