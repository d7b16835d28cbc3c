"""Figures for Prometheus, read from the database when it asks, and not more often than is good.

Task durations and outcomes are Flower's own metrics, at its `/metrics`: it hears every task's
events already. Here stands what only the rows know.
"""

import threading
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final
from wsgiref.simple_server import WSGIServer

import structlog
from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from domain.database import SYSTEM, Begin
from workers.measures import OWN, READINGS, Reading

MOST_SERIES: Final = 200
"""Rows of one reading that are told: a label that is not as bounded as it should be ends here."""

log = structlog.get_logger("metrics")
Rows = list[dict[str, Any]]


@dataclass(slots=True)
class Read:
    """What a reading gave, when, and how long that took."""

    at: float
    took: float
    rows: Rows


class Figures(Collector):
    """Reads what has grown old, all of it in one transaction, and tells the rest again."""

    def __init__(self, begin: Begin, *, is_held: bool) -> None:
        """Read through `begin`; `is_held`: nothing leaves the building."""
        self._begin, self._is_held = begin, is_held
        self._read: dict[str, Read] = {}
        self._lock = threading.Lock()

    def describe(self) -> Iterable[GaugeMetricFamily]:
        """Name every metric without asking the database: who registers us need not wait for it."""
        for name, meaning in meanings().items():
            yield GaugeMetricFamily(name, meaning)

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Return all figures. Who asks at the same time waits, and gets the same ones."""
        with self._lock:
            is_up = self._refresh()
            dropped = 0
            for reading in READINGS:
                rows = self._read[reading.name].rows if reading.name in self._read else []
                dropped += max(0, len(rows) - MOST_SERIES)
                yield from _families(reading, rows[:MOST_SERIES])
            took = {name: read.took for name, read in self._read.items()}
        yield GaugeMetricFamily("frontdesk_up", OWN["frontdesk_up"], value=is_up)
        yield GaugeMetricFamily("frontdesk_hold", OWN["frontdesk_hold"], value=self._is_held)
        yield GaugeMetricFamily(
            "frontdesk_series_dropped", OWN["frontdesk_series_dropped"], value=dropped
        )
        seconds = GaugeMetricFamily(
            "frontdesk_reading_seconds", OWN["frontdesk_reading_seconds"], labels=["reading"]
        )
        for name, value in took.items():
            seconds.add_metric([name], value)
        yield seconds

    def _refresh(self) -> bool:
        """Read anew what is too old; False where the database does not answer.

        Then nothing is told of rows: old figures that look new are worse than none.
        """
        now = time.monotonic()
        old = [
            reading
            for reading in READINGS
            if reading.name not in self._read
            or now - self._read[reading.name].at >= reading.good_for
        ]
        try:
            with self._begin(SYSTEM) as session:
                session.execute(text("SELECT 1"))
                for reading in old:
                    began = time.monotonic()
                    rows = [dict(row) for row in session.execute(text(reading.query)).mappings()]
                    self._read[reading.name] = Read(now, time.monotonic() - began, rows)
        except SQLAlchemyError as error:
            log.warning("metrics.not_read", error=type(error).__name__)
            self._read.clear()
            return False
        return True


def _families(reading: Reading, rows: Rows) -> Iterator[GaugeMetricFamily]:
    for name, meaning in reading.figures.items():
        family = GaugeMetricFamily(name, meaning, labels=reading.labels)
        for row in rows:
            value = row[name.removeprefix("frontdesk_")]
            if value is not None:
                family.add_metric([str(row[label]) for label in reading.labels], float(value))
        yield family


def meanings() -> dict[str, str]:
    """Return every metric that is exported here, and what it means."""
    return {name: what for one in READINGS for name, what in one.figures.items()} | dict(OWN)


def registry(begin: Begin, *, is_held: bool) -> CollectorRegistry:
    """Return what a server asks."""
    made = CollectorRegistry()
    made.register(Figures(begin, is_held=is_held))
    return made


def serve(figures: CollectorRegistry, *, host: str, port: int) -> WSGIServer:
    """Answer at `/metrics` from now on, on threads of their own."""
    server, _ = start_http_server(port, addr=host, registry=figures)
    return server
