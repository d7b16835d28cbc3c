"""What a trial stands on: all of our processes, the control's, their vendors, and their wires."""

import os
import random
import signal
import threading
import time
from collections.abc import Generator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from celery import Celery
from redis import Redis

from benchmarks.chaos import hosts
from benchmarks.chaos.hosts import Host
from benchmarks.chaos.moments import Aim
from benchmarks.chaos.needs import Clock, Disk
from benchmarks.chaos.town import Town, open_town
from benchmarks.chaos.wanted import Trial
from tests.support import history
from tests.support.broker import Broker, a_broker
from tests.support.databases import Database
from tests.support.premises import Premises, premises
from tests.support.processes import Process, children_of, running
from tests.support.proxy import Proxy, a_proxy
from tests.support.waiting import wait_until

SLOTS: Final = 3
WORKER: Final = f"worker --queues messages --slots {SLOTS} --grace 5"
CONTROL: Final = [
    *("-m", "celery", "-A", "benchmarks.chaos.control", "worker", "-c", str(SLOTS)),
    *("--without-gossip", "--without-mingle", "-l", "error"),
]
ANYWHERE: Final = "0.0.0.0"  # noqa: S104  # only in a network of the trial's own
WARM: Final = ("+12125559999", "+14155559999")
TEXT: Final = "benchmarks.chaos.control.text"
RINGERS: Final = ("listen", "beat")
SIDES: Final = {"ours": ["-m", "workers", *WORKER.split()], "theirs": CONTROL}


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
    town: Town
    aim: Aim
    bells: Celery
    plain: Celery
    environments: dict[str, dict[str, str]]
    refused: list[str] = field(default_factory=list[str])
    asleep: list[int] = field(default_factory=list[int])
    struck: list[datetime] = field(default_factory=list[datetime])
    note: str = ""
    clocks: tuple[Clock, ...] = ()
    """The workers', and the listener's and beat's, where they can be set."""

    disk: Disk | None = None
    far: dict[str, Host] = field(default_factory=dict[str, Host])
    """A second host of each side."""

    @property
    def ours(self) -> Process:
        """Our worker's supervisor."""
        return self.place.processes["worker"]

    def warm_up(self) -> None:
        """Wait until both sides have sent a text: nobody is struck while it still begins."""
        self.town.owe([WARM[0]])
        self.publish([WARM[1]])
        wait_until(lambda: len(self.place.effects("twilio")) > 1, within=90, what="both sides send")
        hosts_of_ours = 1 + bool(self.far)
        wait_until(
            lambda: self.place.scalar("SELECT count(*) FROM supervisors") >= hosts_of_ours,
            within=90,
            what="every worker of ours is there",
        )

    def take_aim(self) -> None:
        """Wait for the moment that is to be met, and note that it was struck."""
        self.aim.wait(self.place.connection)
        self.struck.append(datetime.now(UTC))

    def publish(
        self, numbers: list[str], name: str = TEXT, *, later: float = 0.0, times: int = 1
    ) -> None:
        """Publish the same for the control, in a thread: a broker that is frozen blocks it."""
        given = (numbers, name, later, times)
        threading.Thread(target=self._publish, args=given, daemon=True).start()

    def _publish(self, numbers: list[str], name: str, later: float, times: int) -> None:
        for number in numbers * times:
            try:
                self.plain.send_task(name, [number], countdown=later or None, retry=False)
            except Exception:  # noqa: BLE001  # the caller was told: not accepted, so not lost
                self.refused.append(number)

    def ring(self, times: int) -> None:
        """Ring every one of our rows so often, as any service may."""
        for row_id in list(self.town.due) * times:
            self.bells.send_task("messages.send", [str(row_id)], queue="messages", retry=False)

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
        doomed = [pid for each in both for pid in each.family()]
        self.take_aim()
        if grace is not None:
            for each in both:
                each.signal(signal.SIGTERM)
            time.sleep(grace)
        for pid in (*doomed, *(pid for each in both for pid in each.family())):
            kill(pid, signal.SIGKILL)
        self.place.processes["worker"] = self._start(SIDES["ours"], "ours")
        self.theirs = self._start(CONTROL, "theirs")

    def kill_ringers(self) -> None:
        """Kill our listener and our beat, and start them anew."""
        doomed = {name: self.place.processes[name].family() for name in RINGERS}
        self.take_aim()
        for name, pids in doomed.items():
            for pid in pids:
                kill(pid, signal.SIGKILL)
            self.place.processes[name] = self._start(["-m", "workers", name], "ours")

    def stop_vendors(self) -> None:
        """Stop the vendors where they stand."""
        self.take_aim()
        pid = self.place.processes["sandbox"].pid
        kill(pid, signal.SIGSTOP)
        self.asleep.append(pid)

    def _start(self, words: list[str], whose: str) -> Process:
        return self.stack.enter_context(running(words, self.environments[whose]))

    def kill_slots(self) -> None:
        """Kill a process of each side."""
        doomed = self.slots()
        self.take_aim()
        for pid in doomed:
            kill(pid, signal.SIGKILL)

    def stop_slots(self) -> None:
        """Stop a process of each side."""
        chosen = self.slots()
        self.take_aim()
        for pid in chosen:
            kill(pid, signal.SIGSTOP)
            self.asleep.append(pid)

    def wake(self) -> None:
        """Let those that were stopped go on."""
        while self.asleep:
            kill(self.asleep.pop(), signal.SIGCONT)

    def crash_database(self) -> None:
        """Kill the database's main process, as a host's end does; its keeper starts it again."""
        files = list(self.place.database.home.path.rglob("postmaster.pid"))
        self.take_aim()
        for file in files:
            kill(int(file.read_text().splitlines()[0]), signal.SIGKILL)


def kill(pid: int, number: signal.Signals = signal.SIGKILL) -> None:
    """Signal a process, if it still is."""
    with suppress(ProcessLookupError):
        os.kill(pid, number)


@contextmanager
def stage(database: Database, trial: Trial, seed: int) -> Generator[Stage]:
    """Start everything that a trial wants, and end it."""
    dice = random.Random(seed)  # noqa: S311  # a seed is to repeat its strikes: no secret
    socket = database.home.run / ".s.PGSQL.5432"
    at = ANYWHERE if trial.has_hosts else "127.0.0.1"
    with (
        ExitStack() as stack,
        a_broker() as broker,
        a_proxy(broker.port, at) as to_broker,
        a_proxy(socket, at) as to_database,
    ):
        whose = ("workers", "others") if trial.has_clocks else ()
        clocks = tuple(Clock(database.home.path / f"clock of {name}") for name in whose)
        shifted, others = [clock.environment() for clock in clocks] or ({}, {})
        wired = _wired(database, "127.0.0.1", to_database, to_broker)
        place = stack.enter_context(
            premises(
                *(database, broker, WORKER, *trial.beside),
                environment=wired,
                own={"worker": shifted, "listen": others, "beat": others},
            )
        )
        place.vendors.reset(still=False, seed=dice.randrange(1000))
        place.vendors.fault("delay", vendor="twilio", route="messages.create", seconds=trial.takes)
        town = open_town(place, stack, per_minute=trial.per_minute)
        history.begin(place.connection)
        town.settle()
        plain = f"redis://127.0.0.1:{to_broker.port}/1"
        ours = {"SANDBOX_URL": place.vendors.url, "FRONTDESK_ENV": "sandbox"}
        theirs = {"CHAOS_BROKER": plain, "CHAOS_TWILIO": place.vendors.at("twilio")}
        made = Stage(
            place=place,
            broker=broker,
            to_broker=to_broker,
            to_database=to_database,
            stack=stack,
            dice=dice,
            theirs=stack.enter_context(running(CONTROL, {**theirs, **shifted})),
            town=town,
            aim=Aim(dice, trial.takes),
            bells=_celery(wired["REDIS_URL"]),
            plain=_celery(plain),
            environments={"ours": {**wired, **ours, **shifted}, "theirs": {**theirs, **shifted}},
            clocks=clocks,
        )
        if trial.has_hosts:
            _add_hosts(made)
        yield made


def _wired(database: Database, at: str, base: Proxy, broker: Proxy) -> dict[str, str]:
    url = f"postgresql+psycopg://frontdesk_worker@{at}:{base.port}/{database.name}"
    address = f"redis://{at}:{broker.port}/0"
    return {"DATABASE_URL": url, "REDIS_URL": address, "OPENAI_API_KEY": "sk-of-the-stand-in"}


def _add_hosts(made: Stage) -> None:
    """Put a second worker of each side on a host of its own, which reaches us by a wire."""
    vendors = int(made.place.vendors.url.rpartition(":")[2])
    to_vendors = made.stack.enter_context(a_proxy(vendors, ANYWHERE))
    for number, (whose, words) in enumerate(SIDES.items(), 1):
        here = hosts.address(number)
        url = f"http://{here}:{to_vendors.port}"
        if whose == "ours":
            given = _wired(made.place.database, here, made.to_database, made.to_broker)
            given |= {"SANDBOX_URL": url, "FRONTDESK_ENV": "sandbox"}
        else:
            broker = f"redis://{here}:{made.to_broker.port}/1"
            given = {"CHAOS_BROKER": broker, "CHAOS_TWILIO": f"{url}/twilio"}
        made.far[whose] = Host(whose, number, words, given, made.stack)
        made.far[whose].start()


def _celery(url: str) -> Celery:
    made = Celery(broker=url, set_as_current=False)
    made.conf.update(
        task_ignore_result=True,
        broker_transport_options={"socket_timeout": 5, "socket_connect_timeout": 2},
    )
    return made
