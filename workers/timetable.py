"""Beat on rows: any number of beats may run, each slot is rung once, a missed one made up once.

Celery's own beat keeps its times in a file, forgets what it missed, and two of them ring
twice. Ours writes the slot first and rings then: whoever writes it rings it, and a bell that
was lost after that (a beat killed in between, an emptied Redis) is rung again by any beat.
Slots follow the wall clock, not the start of the process, so all beats agree on them.
An entry that runs more often than once a minute has no row: its next ring is the repair.
"""

import os
import socket
from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Final, TypeAlias, cast

import structlog
from celery import Celery
from celery.beat import Scheduler
from celery.schedules import crontab
from kombu.exceptions import KombuError, OperationalError
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from config.settings import settings
from domain.database import SYSTEM, Begin
from domain.work import clocks, runs
from workers.reach import reach

When: TypeAlias = timedelta | crontab

EPOCH: Final = datetime(2000, 1, 1, tzinfo=UTC)
LOOK_BACK: Final = timedelta(days=2)
"""How old a missed slot may be to be made up: older ones are let go."""

RING_AGAIN: Final = timedelta(seconds=10)
ROW_FROM: Final = timedelta(seconds=60)
LONGEST_SLEEP: Final = timedelta(seconds=5)
BELL_LIVES_AT_LEAST: Final = timedelta(seconds=120)

log = structlog.get_logger("beat")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of the timetable."""

    name: str
    task: str
    when: When
    args: tuple[str, ...]
    queue: str | None

    @classmethod
    def read(cls, name: str, line: Mapping[str, Any]) -> "Entry":
        """Read a line of `beat_schedule`."""
        when = line["schedule"]
        return cls(
            name=name,
            task=line["task"],
            when=when if isinstance(when, crontab) else timedelta(seconds=float(when)),
            args=tuple(line.get("args", ())),
            queue=line.get("options", {}).get("queue"),
        )

    @property
    def lives(self) -> timedelta:
        """How long its bell is worth hearing: a slow hour must not pile up doubles."""
        every = timedelta(hours=1) if isinstance(self.when, crontab) else self.when
        return max(BELL_LIVES_AT_LEAST, 4 * every)


def slot_at(when: When, last: datetime | None, now: datetime) -> tuple[datetime | None, datetime]:
    """Return the newest slot not after `now`, None if it is not after `last`, and the next one.

    However many slots were missed, one is made up: the newest. An entry that never ran
    starts with the next slot of its crontab, not with yesterday's.
    """
    if isinstance(when, timedelta):
        newest = EPOCH + ((now - EPOCH) // when) * when
        return (newest if last is None or newest > last else None), newest + when
    slot = None
    step = max(last or now - timedelta(minutes=1), now - LOOK_BACK)
    walker = copy(when)
    while True:  # a crontab knows no "previous": walk on from the last one
        # It leaves out the rest of an hour that is not of the day that it takes for today.
        walker.nowfun = partial(_same, step)  # pyright: ignore[reportAttributeAccessIssue]  # not in the stubs
        start, delta, _ = walker.remaining_delta(step)
        step = start + delta
        if step > now:
            return slot, step
        slot = step


def _same(moment: datetime) -> datetime:
    return moment


class RowScheduler(Scheduler):
    """Celery's scheduler with its heap and its file replaced by rows."""

    ring_again = RING_AGAIN
    row_from = ROW_FROM

    def __init__(self, app: Celery, *, begin: Begin | None = None, **options: Any) -> None:  # noqa: ANN401  # Celery's
        """Keep the slots through `begin`; Celery's own `beat -S` knows none to give."""
        self.begin = begin or reach(settings(), name="frontdesk beat")
        self.by = f"{socket.gethostname()}:{os.getpid()}"
        self.entries: dict[str, Entry] = {}
        self._fleeting: dict[str, datetime] = {}
        super().__init__(app=app, **options)

    def setup_schedule(self) -> None:
        """Read the timetable from celeryconfig; nothing of it is kept anywhere else."""
        lines = cast("dict[str, dict[str, Any]]", self.app.conf.beat_schedule)
        self.entries = {name: Entry.read(name, line) for name, line in lines.items()}

    def tick(self, *_: object, **__: object) -> float:
        """Ring what is due; return the seconds until the next look.

        Without a database there is no tick; another beat, or the next second, makes it up.
        """
        try:
            due, wake = self._take_due()
        except SQLAlchemyError as error:
            log.warning("beat.no_database", error=type(error).__name__)
            return 1.0
        for slot in due:
            if not self._ring(self.entries[slot.name], slot):
                break  # each ring at a frozen broker costs seconds; the next tick repairs it
        return max(0.0, wake.total_seconds())

    def _take_due(self) -> tuple[list[runs.Slot], timedelta]:
        """Write down the slots that are ours to ring; return them and the time until the next."""
        with self.begin(SYSTEM) as session:
            now = cast("datetime", session.scalar(text("SELECT clock_timestamp()")))
            kept = [name for name, entry in self.entries.items() if self._has_row(entry)]
            last = {**self._fleeting, **runs.newest(session, kept)}
            due: list[runs.Slot] = []
            wake = now + LONGEST_SLEEP
            for name, entry in self.entries.items():
                slot, after = slot_at(entry.when, last.get(name), now)
                wake = min(wake, after)
                if slot is not None:
                    due.append(runs.Slot(name, slot))
            mine = runs.take(session, [slot for slot in due if slot.name in kept], by=self.by)
            again = runs.take_again(session, kept, pause=self.ring_again)
            clocks.compare(session, here=socket.gethostname(), shown=datetime.now(UTC), now=now)
        if again:
            log.info("beat.rings_again", runs=[slot.name for slot in again])
        return [*mine, *again, *(slot for slot in due if slot.name not in kept)], wake - now

    def _has_row(self, entry: Entry) -> bool:
        return isinstance(entry.when, crontab) or entry.when >= self.row_from

    def _ring(self, entry: Entry, slot: runs.Slot) -> bool:
        """Publish a slot's bell; False where the broker did not take it."""
        has_row = self._has_row(entry)
        if not has_row:
            self._fleeting[slot.name] = slot.at
        try:
            self.app.send_task(
                entry.task,
                args=entry.args,
                queue=entry.queue,
                expires=entry.lives.total_seconds(),
                headers={"run": f"{slot.name}|{slot.at.isoformat()}"} if has_row else None,
                ignore_result=True,
            )
        except (KombuError, OperationalError, OSError) as error:
            log.warning("beat.bell_lost", run=slot.name, error=type(error).__name__)
            return False
        return True
