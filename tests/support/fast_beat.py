"""Beat with a timetable of seconds: `python -m tests.support.fast_beat SECONDS...`."""

import sys
import threading
from datetime import timedelta

from config import logging
from config.settings import settings
from workers.app import app
from workers.compose import compose
from workers.interrupts import stopped
from workers.timetable import RowScheduler


class FastScheduler(RowScheduler):
    """Keeps a row for each second, and rings again before the next one is due."""

    row_from = timedelta(seconds=1)
    ring_again = timedelta(seconds=0.4)


def main() -> None:
    logging.set_up(as_json=False)
    app.conf.beat_schedule = {
        f"every.{seconds}": {
            "task": "upkeep.measure",
            "schedule": float(seconds),
            "args": ("upkeep",),
            "options": {"queue": "upkeep"},
        }
        for seconds in sys.argv[1:]
    }
    stop: threading.Event = stopped()
    scheduler = FastScheduler(app, begin=compose(settings(), name="frontdesk beat").begin)
    while not stop.wait(scheduler.tick()):
        pass


main()
