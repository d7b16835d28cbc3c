"""Which moment of a text each strike met: read from the history and the vendor's ledger after it.

A fault that always strikes the same moment shows little. So strikes are aimed: some fall when
they fall, others right after an intent was committed, while the vendor has the text, or when its
answer has just left; what they met is judged afterwards and not believed.
"""

import random
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import psycopg

from tests.support.history import Change

IDLE: Final = "idle"
DUE: Final = "due, before its intent"
INTENDED: Final = "between intent and request"
ASKED: Final = "request under way"
ANSWERED: Final = "between answer and settling"
MOMENTS: Final = (IDLE, DUE, INTENDED, ASKED, ANSWERED)

UNLOCKED: Final = timedelta(milliseconds=5)
"""What a signal may take to arrive."""

Life = tuple[datetime | None, datetime | None, datetime | None, datetime | None]
"""When a text fell due, was intended, reached the vendor, and was settled."""


class Aim:
    """Waits for the moment that the next strike is to meet, at most for a while."""

    def __init__(self, dice: random.Random, takes: float) -> None:
        """Aim by these dice; a vendor takes so many seconds for a text."""
        self._dice = dice
        self._waits = (None, 0.0, takes / 2, takes + 0.002, takes + 0.01)

    def wait(self, connection: psycopg.Connection[Any], within: float = 0.5) -> None:
        """Return in the moment that was aimed at, or when it does not come."""
        wanted = self._dice.choice(self._waits)
        if wanted is None or connection.closed:
            return
        with suppress(psycopg.OperationalError):  # the database is what was struck before
            connection.execute("LISTEN moments")
            list(connection.notifies(timeout=0))  # what was heard between, and is old
            seen = list(connection.notifies(timeout=within, stop_after=1))
            time.sleep(wanted if seen else 0.0)
            connection.execute("UNLISTEN *")


def met(strikes: Sequence[datetime], lives: Iterable[Life], *, takes: float) -> Counter[str]:
    """Count, for every strike, each moment in which at least one text was."""
    found: Counter[str] = Counter()
    lives = list(lives)
    for strike in strikes:
        there = {moment for life in lives if (moment := _moment(life, strike, takes))}
        found.update(there or {IDLE})
    return found


def _moment(life: Life, at: datetime, takes: float) -> str | None:
    due, intended, taken, settled = life
    if (settled is not None and at > settled) or due is None or at < due:
        return None
    if intended is None or at < intended:
        return DUE
    if taken is None or at < taken:
        return INTENDED
    return ASKED if at < taken + timedelta(seconds=takes) + UNLOCKED else ANSWERED


def lives(
    changes: Iterable[Change],
    due: Mapping[UUID, tuple[str, datetime]],
    taken: Mapping[str, datetime],
) -> list[Life]:
    """Put together when each text fell due, was first intended, was taken, and was settled."""
    intended: dict[UUID, datetime] = {}
    settled: dict[UUID, datetime] = {}
    for change in changes:
        if change.kind != "effects":
            continue
        if change.after == "intended":
            intended.setdefault(change.row_id, change.at)
        elif change.after != change.before:
            settled.setdefault(change.row_id, change.at)
    return [
        (at, intended.get(row), taken.get(to), settled.get(row)) for row, (to, at) in due.items()
    ]
