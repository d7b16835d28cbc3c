"""Whose turn it is: slots of each receiver, turns among receivers, order within an object.

A live row is the slot: what a receiver has in hand is counted from rows, under a lock on its
own row, at the moment of claiming. Whoever finds that row locked leaves it: another claim is
filling the same slots. The lock does not hold up those who owe it more.

Receivers that have rows due are found by jumping from one to the next in the index, a window of
them at a time, round and round; in it they are taken in random order, and each has one row
before anybody has two: a million rows of one cost the others nothing. Those that fail or are
slow have one or two slots, and share a narrow lane.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.deliveries import rules

SLOW_LANE: Final = 24
"""Rows that slow and failing receivers may have in hand, all together: fewer than one process
has hands, so that the others always find one. Counted without a lock; a few more do no harm."""

WINDOW: Final = 256
"""Receivers that a claim looks at: ten thousand with something to wait for took 165 ms a claim."""

BEGINNING: Final = UUID(int=0)
LONGEST_PUT_OFF: Final = timedelta(minutes=10)

LANE: Final = "(c.is_active AND (c.failing_since IS NOT NULL OR c.slow_since IS NOT NULL))"
SLOTS: Final = (  # one that is switched off is told nothing, and its rows only end
    "CASE WHEN NOT c.is_active THEN 100 WHEN c.failing_since IS NOT NULL THEN 1"
    " WHEN c.slow_since IS NOT NULL THEN least(2, c.max_in_flight) ELSE c.max_in_flight END"
)
IN_HAND: Final = (
    "(SELECT count(*) FROM webhook_deliveries l WHERE l.config_id = c.id AND l.state = 'working')"
)

_CROWD: Final = text(f"""
SELECT count(*) FROM webhook_deliveries l JOIN webhook_configs c ON c.id = l.config_id
WHERE l.state = 'working' AND {LANE}
""")  # noqa: S608  # our own words
_HEADS: Final = text("""
WITH RECURSIVE heads AS (
    (SELECT config_id, due_at, 1 AS step FROM webhook_deliveries
     WHERE state = 'pending' AND config_id > :after ORDER BY config_id, due_at LIMIT 1)
    UNION ALL
    SELECT n.config_id, n.due_at, h.step + 1 FROM heads h CROSS JOIN LATERAL (
        SELECT d.config_id, d.due_at FROM webhook_deliveries d
        WHERE d.state = 'pending' AND d.config_id > h.config_id
        ORDER BY d.config_id, d.due_at LIMIT 1) n
    WHERE h.step < :steps)
SELECT config_id, due_at <= (SELECT clock_timestamp()) AS is_due FROM heads ORDER BY config_id
""")
_TURNS: Final = text(f"""
SELECT c.id, {LANE} AS is_slow FROM webhook_configs c
WHERE c.id = ANY(CAST(:ids AS uuid[])) AND (c.paused_at IS NULL OR NOT c.is_active)
  AND (:slow_too = 1 OR NOT {LANE}) AND {IN_HAND} < {SLOTS}
  AND NOT EXISTS (
      SELECT 1 FROM pauses p WHERE p.kind = 'tenant' AND p.subject = c.user_id::text)
ORDER BY random() LIMIT :n FOR NO KEY UPDATE OF c SKIP LOCKED
""")  # noqa: S608  # our own words

# A statement of its own after the locks: its snapshot is younger, and so sees whatever those who
# held them before had claimed.
DUE: Final = text(f"""
SELECT w.id, w.config_id, w.behind
FROM webhook_configs c
CROSS JOIN LATERAL (SELECT {SLOTS} - {IN_HAND} AS free) f
CROSS JOIN LATERAL (
    SELECT d.id, d.config_id, d.behind,
           row_number() OVER (PARTITION BY d.behind IS NULL ORDER BY d.due_at) AS turn
    FROM (
        SELECT w.id, w.config_id, w.due_at, (
            SELECT e.due_at FROM webhook_deliveries e
            WHERE e.config_id = w.config_id AND e.object_id = w.object_id
              AND e.sequence < w.sequence AND e.state IN ('pending', 'working')
            ORDER BY e.sequence LIMIT 1) AS behind
        FROM webhook_deliveries w
        WHERE w.config_id = c.id AND w.state = 'pending' AND w.due_at <= (SELECT clock_timestamp())
        ORDER BY w.due_at LIMIT CASE WHEN f.free > 0 THEN 2 * f.free + 4 ELSE 0 END) d) w
WHERE c.id = ANY(CAST(:ids AS uuid[])) AND (w.behind IS NOT NULL OR w.turn <= f.free)
ORDER BY w.turn, w.id
""")  # noqa: S608  # our own words

# Nobody looks at them again before the one that they wait for has moved: else a receiver that
# is away for a day has every claim read all that waits for it.
_PUT_OFF: Final = text(
    "UPDATE webhook_deliveries w SET due_at = least("
    "  greatest(x.behind, clock_timestamp() + interval '2 seconds'),"
    "  clock_timestamp() + CAST(:most AS interval))"
    " FROM (SELECT d.id, y.behind FROM webhook_deliveries d JOIN unnest("
    "   CAST(:ids AS uuid[]), CAST(:behind AS timestamptz[])) AS y(id, behind) ON y.id = d.id"
    "  WHERE d.state = 'pending' FOR UPDATE OF d SKIP LOCKED) x"
    " WHERE w.id = x.id"
)
_ONE: Final = text("""
SELECT c.id FROM webhook_deliveries w JOIN webhook_configs c ON c.id = w.config_id
WHERE w.id = :id AND (c.paused_at IS NULL OR w.event_type = :test)
FOR NO KEY UPDATE OF c SKIP LOCKED
""")
_FREE: Final = text(f"SELECT {SLOTS} - {IN_HAND} FROM webhook_configs c WHERE c.id = :id")  # noqa: S608  # our own words


@dataclass(frozen=True, slots=True)
class Turn:
    """A receiver that may be told something now."""

    config_id: UUID
    is_slow: bool


@dataclass(slots=True)
class Round:
    """Where among the receivers a process has come to; it goes on there, sweep after sweep."""

    after: UUID = BEGINNING


def choose(session: Session, most: int, round_: Round, *, slow_too: bool) -> list[UUID]:
    """Lock receivers with free slots and rows due, and return the rows whose turn it is.

    It looks at one window of receivers after the other until some have, once around at most.
    """
    has_turned = round_.after == BEGINNING
    while True:
        window = session.execute(_HEADS, {"after": round_.after, "steps": WINDOW}).all()
        is_last = len(window) < WINDOW
        round_.after = BEGINNING if is_last else window[-1].config_id
        due = [row.config_id for row in window if row.is_due]
        chosen = _choose_of(session, due, most, slow_too=slow_too) if due else []
        if chosen or (is_last and has_turned):
            return chosen
        has_turned = has_turned or is_last


def _choose_of(
    session: Session, config_ids: Sequence[UUID], most: int, *, slow_too: bool
) -> list[UUID]:
    """Do so among these receivers."""
    turns = _take_turns(session, config_ids, most, slow_too=slow_too)
    if not turns:
        return []
    slow = {turn.config_id for turn in turns if turn.is_slow}
    room = max(0, SLOW_LANE - int(session.scalar(_CROWD) or 0)) if slow else 0
    chosen: list[UUID] = []
    waiting: list[Any] = []
    for row in session.execute(DUE, {"ids": [turn.config_id for turn in turns]}):
        if row.behind is not None:
            waiting.append(row)
        elif row.config_id not in slow:
            chosen.append(row.id)
        elif room:
            room -= 1
            chosen.append(row.id)
    _put_off(session, waiting)
    return chosen[:most]


def choose_one(session: Session, delivery_id: UUID) -> list[UUID]:
    """Return this row if its receiver has a free slot that nobody is filling right now."""
    config_id = session.scalar(_ONE, {"id": delivery_id, "test": rules.TEST})
    if config_id is None:
        return []
    free = session.scalar(_FREE, {"id": config_id})
    return [delivery_id] if free and free > 0 else []


def _take_turns(
    session: Session, config_ids: Sequence[UUID], most: int, *, slow_too: bool
) -> list[Turn]:
    bound = {"ids": list(config_ids), "n": most, "slow_too": int(slow_too)}
    found = session.execute(_TURNS, bound)
    return [Turn(row.id, row.is_slow) for row in found]


def _put_off(session: Session, waiting: Sequence[Any]) -> None:
    if waiting:
        session.execute(
            _PUT_OFF,
            {
                "ids": [row.id for row in waiting],
                "behind": [row.behind for row in waiting],
                "most": LONGEST_PUT_OFF,
            },
        )
