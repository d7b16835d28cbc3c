"""Hearing writers that know no Celery: NOTIFY from a trigger, gathered, rung as a sweep.

PostgreSQL says an area's name once a statement. What is said while nobody listens is gone,
so every area is rung once after each connect, and every few seconds anyway: a dead beat then
costs nothing but the timetable.
"""

import threading
import time
from collections.abc import Iterable
from typing import Final

import psycopg
import structlog

from domain.database import Connection
from domain.work.names import SWEEPS, Area
from tasks.contract import ring

CHANNEL: Final = "frontdesk_bell"
GATHER: Final = 0.003
"""Seconds to gather what comes at once: a burst of statements is one bell."""

MOST_OFTEN: Final = 0.05
"""An area is rung at most this often: twenty times a second."""

ANYWAY: Final = 5.0
ANSWER_WITHIN: Final = 10.0
"""Seconds for an answer: all that is asked is whether anybody is there."""

LONGEST_WAIT: Final = 2.0

log = structlog.get_logger("listen")


class Listener:
    """Connects, hears, rings, and connects again."""

    def __init__(self, url: str, *, stop: threading.Event) -> None:
        """Listen at `url`, which must not lead through a pooler in transaction mode."""
        self._url = url.replace("postgresql+psycopg://", "postgresql://", 1)
        self._stop = stop
        self._rung: dict[Area, float] = {}
        self._owed: set[Area] = set()

    def run(self) -> None:
        """Listen until stopped; a lost connection is made again after a growing pause."""
        wait = 0.1
        while not self._stop.is_set():
            try:
                with Connection.connect(
                    self._url,
                    autocommit=True,
                    connect_timeout=3,
                    application_name="frontdesk listen",
                    keepalives_idle=5,
                    keepalives_interval=2,
                    keepalives_count=3,
                    tcp_user_timeout=10_000,
                ) as connection:
                    wait = 0.1
                    connection.answer_within = ANSWER_WITHIN
                    self._hear(connection)
            except psycopg.Error as error:
                log.warning("listen.deaf", error=type(error).__name__)
                self._stop.wait(wait)
                wait = min(wait * 2, LONGEST_WAIT)

    def _hear(self, connection: Connection) -> None:
        connection.execute(f"LISTEN {CHANNEL}")
        log.info("listen.hears")
        self._owed = set(SWEEPS)  # what was said while we were deaf
        last = time.monotonic()
        while not self._stop.is_set():
            self._ring_owed()
            heard = [
                notice.payload
                for notice in connection.notifies(timeout=self._patience(), stop_after=1)
            ]
            if heard:
                heard += [notice.payload for notice in connection.notifies(timeout=GATHER)]
                self._owe(heard)
            if time.monotonic() - last > ANYWAY:
                connection.execute("SELECT 1")  # notifies() alone does not see a dead peer
                self._owed |= set(SWEEPS)
                last = time.monotonic()

    def _patience(self) -> float:
        """Return how long to wait for a notice: briefly while a bell is held back."""
        return MOST_OFTEN if self._owed else 0.5

    def _owe(self, payloads: Iterable[str]) -> None:
        for payload in set(payloads):
            if payload in Area.__members__.values() and Area(payload) in SWEEPS:
                self._owed.add(Area(payload))
            else:
                log.warning("listen.unknown_area")

    def _ring_owed(self) -> None:
        now = time.monotonic()
        for area in list(self._owed):
            if now - self._rung.get(area, 0.0) >= MOST_OFTEN:
                ring(SWEEPS[area])
                self._rung[area] = now
                self._owed.discard(area)
