"""Outbound calls under fire: real workers and HTTP, a vendor that misbehaves, and what strikes.

The vendors run in a process of their own, with their own clock, and would let us have any number
of calls: what an account, a tenant, a campaign or a number may have at once is kept by us alone,
or it is not kept, and then the vendors' ledger says so (fire_judge).
"""

import os
import random
import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field

from celery import Celery
from redis import Redis

from domain.work.names import TaskName
from tests.support import fire_stage, history, limiters
from tests.support.broker import Broker
from tests.support.databases import Database
from tests.support.fire_stage import Profile, Staged
from tests.support.limiters import Limiter
from tests.support.premises import Premises, premises
from tests.support.processes import Process, celery_of, children_of, running
from tests.support.stand_ins import free_port

CONTROL_LIMIT = 10
DRAINED = """
SELECT count(*) FILTER (WHERE q.status = 'queued' AND q.retry_count = 0
         AND q.recipient_number <> ALL(%s)) AS waiting,
       (SELECT count(*) FROM call_attempts WHERE state IN ('dialing', 'live', 'unknown'))
         + count(*) FILTER (WHERE q.status = 'queued' AND q.recipient_number <> ALL(%s)
           AND q.due_at < clock_timestamp() + interval '5 minutes') AS live,
       (SELECT count(*) FROM webhook_queue WHERE result IS NULL) AS unheard
FROM call_queue q
"""
HURRY = """
WITH live AS (UPDATE call_attempts SET lease_expires_at = lease_expires_at - interval '10 minutes',
  created_at = created_at - interval '2 minutes', gone_at = gone_at - interval '1 minute',
  asked_at = asked_at - interval '1 minute',
  due_at = due_at - interval '10 minutes' WHERE state IN ('dialing', 'live', 'unknown'))
UPDATE effects SET intended_at = intended_at - interval '10 minutes',
  first_negative_at = first_negative_at - interval '10 minutes' WHERE state <> 'done'
"""
"""Where the run is short: nobody has a call in hand, and what the dead had is not waited for."""


@dataclass
class Control:
    """A limiter that others use, in a process that is killed as ours are."""

    kind: str
    words: list[str]
    limiter: Limiter
    todo: Redis
    process: Process


@dataclass
class Blaze:
    """All that runs, and what strikes it."""

    profile: Profile
    staged: Staged
    place: Premises
    broker: Broker
    stack: ExitStack
    controls: list[Control] = field(default_factory=list[Control])
    struck: dict[str, int] = field(default_factory=dict[str, int])
    asleep: list[tuple[float, int]] = field(default_factory=list[tuple[float, int]])

    def __post_init__(self) -> None:
        self.dice = random.Random(self.profile.seed)
        self.bells = Celery(broker=self.broker.url, set_as_current=False)
        self.bells.conf.update(task_ignore_result=True)

    def burn(self) -> None:
        """Strike until all that waits is dialled, and then let it come to an end."""
        end = time.monotonic() + self.profile.patience
        strike, ask, look = time.monotonic() + 4, 0.0, 0.0
        while True:
            now = time.monotonic()
            if now >= look:  # it reads every call: often, it would be a load of its own
                if not self._left()["waiting"]:
                    break
                look = now + self.profile.asks_every / 10
            assert now < end, f"it does not end: {self._left()}\n{self.place.said()[-4000:]}"
            if now >= strike:
                self._strike()
                strike = now + self.dice.uniform(0.5, 1.5) * self.profile.strikes_every
            if now >= ask:
                self.ring(TaskName.OUTBOUND_RECONCILE)
                ask = now + self.profile.asks_every
            self._wake(now)
            time.sleep(0.2)
        self._wake(float("inf"))
        self._finish(end)

    def _finish(self, end: float) -> None:
        """Wait until every call has ended at the vendors, and with us."""
        for control in self.controls:
            control.todo.delete("todo")
        time.sleep(5)  # what the dead had sent has arrived
        while any(self.place.vendors.calls()["live"].values()):
            assert time.monotonic() < end, "the vendors' calls do not end"
            self.ring(TaskName.OUTBOUND_RECONCILE)
            time.sleep(1)
        while self._left()["live"]:
            assert time.monotonic() < end, f"it does not end: {self._left()}"
            self.ring(TaskName.OUTBOUND_RECONCILE)
            self.ring(TaskName.OUTBOUND_DRAIN)
            time.sleep(1)
            if self.profile.hurries:
                self.place.connection.execute(HURRY)
        while self._left()["unheard"] and not self.profile.hurries:
            assert time.monotonic() < end, "notices are not taken"
            time.sleep(0.5)

    def ring(self, name: TaskName) -> None:
        queue = name.value.partition(".")[0]
        self.bells.send_task(name.value, queue=queue, expires=30, ignore_result=True)

    def _left(self) -> dict[str, int]:
        row = self.place.connection.execute(DRAINED, [sorted(self.staged.asleep)] * 2).fetchone()
        assert row
        return dict(zip(("waiting", "live", "unheard"), row, strict=True))

    def _strike(self) -> None:
        """Kill, stop or flush somebody; a control each time that one of ours is killed."""
        [what] = self.dice.choices(
            ["kill a slot", "stop a slot", "flush redis", "kill a child"],
            [4, 3, 2, self.profile.kills_children],
        )
        self.struck[what] = self.struck.get(what, 0) + 1
        workers = [one for name, one in self.place.processes.items() if name.startswith("worker")]
        child = celery_of(self.dice.choice(workers))
        slots = children_of(child)
        if what == "flush redis":
            self.broker.client.flushdb()
        elif what == "kill a child":
            _signal(child, signal.SIGKILL)
        elif slots and what == "kill a slot":
            _signal(self.dice.choice(slots), signal.SIGKILL)
            self._kill_control()
        elif slots:
            slot = self.dice.choice(slots)
            _signal(slot, signal.SIGSTOP)
            self.asleep.append((time.monotonic() + self.dice.uniform(1, 3), slot))

    def _kill_control(self) -> None:
        control = self.dice.choice(self.controls)
        control.process.signal(signal.SIGKILL)
        control.process.ends_within(5)
        control.process = self.stack.enter_context(running(control.words, {}))

    def _wake(self, now: float) -> None:
        for at, slot in self.asleep[:]:
            if at <= now:
                _signal(slot, signal.SIGCONT)
                self.asleep.remove((at, slot))


def _signal(pid: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, number)


@contextmanager
def fire(database: Database, broker: Broker, profile: Profile) -> Iterator[Blaze]:
    """Set the stage, begin, and end every process afterwards."""
    door = str(free_port())
    told = {"INTAKE_PORT": door, "PUBLIC_URL": f"http://127.0.0.1:{door}"}
    queues = f"--queues outbound,webhooks --slots {profile.slots}"
    commands = [f"worker {queues}"] * profile.workers
    with ExitStack() as stack:
        place = stack.enter_context(
            premises(database, broker, *commands, "listen", "intake", environment=told)
        )
        fire_stage.misbehave(place.vendors, f"http://127.0.0.1:{door}", profile)
        if profile.is_written_down:
            history.begin(place.connection)
        staged = fire_stage.stage(place.connection, profile)
        blaze = Blaze(profile, staged, place, broker, stack)
        for kind in limiters.KINDS:
            blaze.controls.append(_control(stack, place, broker, profile, kind))
        yield blaze


def _control(
    stack: ExitStack, place: Premises, broker: Broker, profile: Profile, kind: str
) -> Control:
    database = 1 + limiters.KINDS.index(kind)
    todo = Redis(unix_socket_path=str(broker.socket), db=database)
    todo.rpush("todo", *(f"+1415{555_0000 + n:07}" for n in range(profile.control_calls)))
    socket, port = str(broker.socket), free_port()
    seconds = 1.2 * sum(profile.talks) / 2
    words = ["-m", "tests.support.limiters", kind, socket, place.vendors.url, str(port)]
    words += [str(CONTROL_LIMIT), str(seconds)]
    process = stack.enter_context(running(words, {}))
    return Control(
        kind, words, limiters.limiter(kind, socket, CONTROL_LIMIT, seconds), todo, process
    )
