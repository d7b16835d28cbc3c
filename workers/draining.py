"""Work without a broker: this process does itself what beat would ring, for as long as it takes.

Bells are only a hint that a row is due, so whoever sweeps finds the same rows, under the same
leases and tokens. Any number of these may run, beside workers or in their place.
"""

import threading
import time
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Final, cast

import structlog
from celery import Celery, Task

from domain.work.names import SWEEPS, Area, TaskName
from tasks.contract import TaskFailed

log = structlog.get_logger("drain")

SWEEP_EVERY: Final = 0.5
"""Seconds between two sweeps of an area: nobody rings, so it is looked again soon."""

SKIPPED: Final = frozenset({TaskName.UPKEEP_MEASURE.value})
"""What measures how long bells wait: there are none."""


@dataclass(slots=True)
class Line:
    """One task that is done again and again."""

    task: "Task[Any, None]"
    args: tuple[str, ...]
    every: float
    next_at: float = 0.0

    def work(self) -> None:
        """Do it; what goes wrong is logged by the task itself, and its row waits."""
        try:
            self.task(*self.args)
        except TaskFailed as error:
            log.warning("drain.failed", task=self.task.name, error=str(error))
        self.next_at = time.monotonic() + self.every


def lines(celery: Celery, areas: Collection[Area]) -> list[Line]:
    """Return what is done every so many seconds in these areas; what has its hour is left out."""
    celery.loader.import_default_modules()
    sweeps = {name.value for name in SWEEPS.values()}
    found: list[Line] = []
    timetable = cast("dict[str, dict[str, Any]]", celery.conf.beat_schedule)
    for line in timetable.values():
        name, every = str(line["task"]), line["schedule"]
        if name in SKIPPED or not isinstance(every, float) or TaskName(name).area not in areas:
            continue
        pause = SWEEP_EVERY if name in sweeps else every
        found.append(Line(celery.tasks[name], tuple(line.get("args", ())), pause))
    return found


def drain(todo: list[Line], stop: threading.Event) -> None:
    """Do each line when its time has come, one after the other, until it is over."""
    while not stop.is_set():
        for line in todo:
            if not stop.is_set() and time.monotonic() >= line.next_at:
                line.work()
        stop.wait(max(0.0, min(line.next_at for line in todo) - time.monotonic()))
