"""Reading vendors' logs through: some days at a time, and on from where a run was broken off."""

import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Final, TypeAlias

from sqlalchemy.orm import Session

from domain.billing import logs, runs
from domain.billing.compare import Found
from domain.billing.logs import Span
from domain.billing.ports import Log
from domain.billing.runs import Run
from domain.database import SYSTEM, Begin
from domain.errors import Retryable

PART: Final = "logs"
"""What a run's cursor says while it is at this."""

AT_ONCE: Final = timedelta(minutes=2)
SOON: Final = timedelta(seconds=1)
FEW: Final = 5000
MOST_DAYS: Final = 16

Note: TypeAlias = Callable[[Session, Run, Sequence[Found]], None]


def read(begin: Begin, some: Sequence[Log], run: Run, whole: Span, note: Note) -> None:
    """Compare vendors' logs with our ledgers. Raises the three words; then it goes on later.

    It is a run's last part: a vendor that cannot be asked holds up nothing else. After some
    minutes the row is let go of and taken up again, so that its lease stays short. Where little
    is logged, more days are read at once.
    """
    with begin(SYSTEM) as session:
        place = runs.cursor(session, run)
    after: str | None = place.get("after") if place.get("part") == PART else None
    start, days = datetime.fromisoformat(after) if after else whole.start, 1
    began = time.monotonic()
    while some and start < whole.end:
        if time.monotonic() - began > AT_ONCE.total_seconds():
            raise Retryable("more days of vendors' logs are to be read", after=SOON)
        span = Span(start, min(start + timedelta(days=days), whole.end))
        count = logs.compare(
            begin,
            some,
            span,
            lambda session, found: note(session, run, found),
            heal=not run.is_dry_run,
        )
        start, days = span.end, min(days * 4, MOST_DAYS) if count < FEW else 1
        with begin(SYSTEM) as session:
            runs.move(session, run, {"part": PART, "after": start.isoformat()}, checked=count)
