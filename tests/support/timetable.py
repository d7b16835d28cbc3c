"""A slot of the timetable rung by hand, and what became of it."""

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import Any

import psycopg
from celery import Celery
from kombu.exceptions import KombuError

from domain.work import runs
from domain.work.names import TaskName
from tests.support.databases import Database
from tests.support.waiting import wait_until


class Bells:
    """Rings `upkeep.measure`, whose row tells when it was begun and when it ended."""

    def __init__(self, database: Database, url: str) -> None:
        self._database = database
        self._app = Celery("tests", broker=url, set_as_current=False)
        self._app.conf.update(
            task_publish_retry=False,
            broker_transport_options={"socket_timeout": 2, "max_retries": 0},
        )
        self._last = 0

    def ring(self, queue: str = "upkeep") -> runs.Slot:
        slot = self.write()
        self.send(slot, queue)
        return slot

    def write(self) -> runs.Slot:
        """Write a slot down; it is the test's own, so no beat of another timetable rings it."""
        self._last += 1
        slot = runs.Slot(f"test.{self._last}", datetime.now(UTC))
        with self._database.connect() as connection:
            connection.execute(
                "INSERT INTO periodic_runs (name, slot, rung_by) VALUES (%s, %s, 'test')",
                (slot.name, slot.at),
            )
        return slot

    def send(self, slot: runs.Slot, queue: str = "upkeep") -> None:
        self._app.send_task(
            TaskName.UPKEEP_MEASURE.value,
            args=["upkeep"],
            queue=queue,
            headers={"run": f"{slot.name}|{slot.at.isoformat()}"},
            ignore_result=True,
        )

    @contextmanager
    def held(self, *slots: runs.Slot) -> Iterator[None]:
        """Hold the slots' rows: whoever works them is busy for as long as the block lasts."""
        with self._database.connect() as connection, connection.transaction():
            for slot in slots:
                connection.execute(
                    "SELECT FROM periodic_runs WHERE name = %s AND slot = %s FOR UPDATE",
                    (slot.name, slot.at),
                )
            yield

    def wait_until_stuck(self, many: int) -> None:
        """Wait until so many tasks run and wait for a row that is held."""

        def stuck() -> bool:
            with self._database.connect() as connection:
                row = connection.execute(
                    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                    " AND wait_event_type = 'Lock' AND query LIKE '%periodic_runs%'"
                ).fetchone()
                return bool(row and row[0] >= many)

        wait_until(stuck, within=20, what=f"{many} tasks run")

    def is_done(self, slot: runs.Slot) -> bool:
        return bool(self.row(slot)["finished_at"])

    def row(self, slot: runs.Slot) -> dict[str, Any]:
        with (
            self._database.connect() as connection,
            connection.cursor(row_factory=psycopg.rows.dict_row) as cursor,
        ):
            found = cursor.execute(
                "SELECT * FROM periodic_runs WHERE name = %s AND slot = %s", (slot.name, slot.at)
            ).fetchone()
        assert found
        return found

    def seconds_until_one_is_done(self, *, within: float, every: float = 0.5) -> float:
        """Ring anew every so often, as a sweep does, and tell when the first was done.

        A bell that went down with a broker or a connection is lost; the next one is the repair.
        """
        began = time.monotonic()
        rung: list[runs.Slot] = []
        last = 0.0
        while not any(self.is_done(slot) for slot in rung):
            assert time.monotonic() - began < within, f"nothing was done within {within} s"
            if time.monotonic() - last > every:
                last = time.monotonic()
                rung.append(self.write())
                with suppress(KombuError):  # a broker that is away, which is what we wait for
                    self.send(rung[-1])
            time.sleep(0.05)
        return time.monotonic() - began
