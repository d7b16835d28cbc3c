"""What a trial stands on: all of our processes, the control's, their vendors, and their wires."""

import os
import random
import signal
import threading
import time
from collections.abc import Generator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

import psycopg
from celery import Celery
from redis import Redis

from tests.support.broker import Broker, a_broker
from tests.support.databases import Database
from tests.support.premises import Premises, premises
from tests.support.processes import Process, children_of, running
from tests.support.proxy import Proxy, a_proxy

SLOTS: Final = 3
WORKER: Final = f"worker --queues messages --slots {SLOTS} --grace 5"
CONTROL: Final = [
    *("-m", "celery", "-A", "benchmarks.chaos.control", "worker", "-c", str(SLOTS)),
    *("--without-gossip", "--without-mingle", "-l", "error"),
]
TAKES: Final = 0.25
"""Seconds that a vendor takes for a text, so that much is in flight when something strikes."""

CLEAR: Final = "TRUNCATE users, effects, errands, pace_buckets, messages CASCADE"
TENANT: Final = (
    'INSERT INTO users (settings) VALUES (\'{"messages": {"per_minute": 60000}}\') RETURNING id'
)
OWE: Final = """
INSERT INTO messages (user_id, to_number, body, rule, identity, due_at, answers_at, segments)
SELECT %s, n, 'Your visit is confirmed.', 'confirmation', gen_random_uuid()::text,
       clock_timestamp() + CAST(%s AS interval), clock_timestamp(), 1 FROM unnest(%s::text[]) n
"""


@dataclass(kw_only=True)
class Stage:
    """Both sides, and what strikes them alike."""

    place: Premises
    broker: Broker
    to_broker: Proxy
    to_database: Proxy
    stack: ExitStack
    dice: random.Random
    theirs: Process
    user: UUID
    bells: Celery
    plain: Celery
    environments: dict[str, dict[str, str]]
    refused: list[str] = field(default_factory=list[str])
    asleep: list[int] = field(default_factory=list[int])

    @property
    def ours(self) -> Process:
        """Our worker's supervisor."""
        return self.place.processes["worker"]

    def owe(self, numbers: list[str], *, later: float = 0.0) -> None:
        """Have us owe texts: rows, in a transaction of somebody's; tried until it is there."""
        bound = (self.user, f"{later} seconds", numbers)
        while True:
            try:
                self.place.connection.execute(OWE, bound)
            except psycopg.OperationalError:
                self._reconnect()
            else:
                return

    def _reconnect(self) -> None:
        time.sleep(0.2)
        with suppress(psycopg.OperationalError):  # it may still be starting
            self.place.connection = self.stack.enter_context(self.place.database.connect())

    def publish(self, numbers: list[str], *, later: float = 0.0, times: int = 1) -> None:
        """Publish the same for the control, in a thread: a broker that is frozen blocks it."""
        threading.Thread(target=self._publish, args=(numbers, later, times), daemon=True).start()

    def _publish(self, numbers: list[str], later: float, times: int) -> None:
        for number in numbers * times:
            try:
                self.plain.send_task(
                    "benchmarks.chaos.control.text", [number], countdown=later or None, retry=False
                )
            except Exception:  # noqa: BLE001  # the caller was told: not accepted, so not lost
                self.refused.append(number)

    def ring(self, times: int) -> None:
        """Ring every one of our rows so often, as any service may."""
        rows = self.place.connection.execute("SELECT id::text FROM messages").fetchall()
        for (row_id,) in rows * times:
            self.bells.send_task("messages.send", [row_id], queue="messages", retry=False)

    def holds(self, name: str) -> bool:
        """Tell whether the control's broker has anything there: in its queue, or unacknowledged."""
        with Redis(port=self.broker.port, db=1, socket_timeout=5) as client:
            return bool(client.exists(name))

    def slots(self) -> list[int]:
        """Return a process of each side that does the work."""
        found: list[int] = []
        for main in (*children_of(self.ours.pid), self.theirs.pid):
            workers = children_of(main)
            if workers:
                found.append(self.dice.choice(workers))
        return found

    def kill_trees(self, *, grace: float | None = None) -> None:
        """Kill both workers and all they started, at once or after a grace; start them anew."""
        both = (self.ours, self.theirs)
        if grace is not None:
            for each in both:
                each.signal(signal.SIGTERM)
            time.sleep(grace)
        for each in both:
            for pid in each.family():
                _signal(pid, signal.SIGKILL)
        self.place.processes["worker"] = self._start(["-m", "workers", *WORKER.split()], "ours")
        self.theirs = self._start(CONTROL, "theirs")

    def _start(self, words: list[str], whose: str) -> Process:
        return self.stack.enter_context(running(words, self.environments[whose]))

    def kill_slots(self) -> None:
        """Kill a process of each side."""
        for pid in self.slots():
            _signal(pid, signal.SIGKILL)

    def stop_slots(self) -> None:
        """Stop a process of each side."""
        for pid in self.slots():
            _signal(pid, signal.SIGSTOP)
            self.asleep.append(pid)

    def wake(self) -> None:
        """Let those that were stopped go on."""
        while self.asleep:
            _signal(self.asleep.pop(), signal.SIGCONT)

    def crash_database(self) -> None:
        """Kill the database's main process, as a host's end does; its keeper starts it again."""
        for file in self.place.database.home.path.rglob("postmaster.pid"):
            _signal(int(file.read_text().splitlines()[0]), signal.SIGKILL)


def _signal(pid: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, number)


@contextmanager
def stage(database: Database, dice: random.Random) -> Generator[Stage]:
    """Start everything, and end it."""
    socket = database.home.run / ".s.PGSQL.5432"
    with (
        ExitStack() as stack,
        a_broker() as broker,
        a_proxy(broker.port) as to_broker,
        a_proxy(socket) as to_database,
    ):
        url = f"postgresql+psycopg://frontdesk_worker@127.0.0.1:{to_database.port}/{database.name}"
        wired = {"DATABASE_URL": url, "REDIS_URL": f"redis://127.0.0.1:{to_broker.port}/0"}
        place = stack.enter_context(
            premises(database, broker, WORKER, "listen", "beat", environment=wired)
        )
        place.vendors.reset(still=False, seed=dice.randrange(1000))
        place.vendors.fault("delay", vendor="twilio", route="messages.create", seconds=TAKES)
        place.connection.execute(CLEAR)
        plain = f"redis://127.0.0.1:{to_broker.port}/1"
        environments = {
            "ours": {**wired, "SANDBOX_URL": place.vendors.url, "FRONTDESK_ENV": "sandbox"},
            "theirs": {"CHAOS_BROKER": plain, "CHAOS_TWILIO": place.vendors.at("twilio")},
        }
        yield Stage(
            place=place,
            broker=broker,
            to_broker=to_broker,
            to_database=to_database,
            stack=stack,
            dice=dice,
            theirs=stack.enter_context(running(CONTROL, environments["theirs"])),
            user=place.scalar(TENANT),
            bells=_celery(wired["REDIS_URL"]),
            plain=_celery(plain),
            environments=environments,
        )


def _celery(url: str) -> Celery:
    made = Celery(broker=url, set_as_current=False)
    made.conf.update(
        task_ignore_result=True,
        broker_transport_options={"socket_timeout": 5, "socket_connect_timeout": 2},
    )
    return made
