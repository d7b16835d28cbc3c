"""Who works now: threads that hand one baton on, by a seed, and may be struck where they do.

One thread runs at a time. It asks for its fate at every point (`Moment`): mostly it goes on, and
then nothing is switched. A worker is a process to the code under test: it has an identity and a
connection of its own, and loses all it knows when it is killed.
"""

import random
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

import psycopg

from tests.simulation.clock import SECOND, Clock, jump
from tests.simulation.moments import RATES, Moment, Strike, strikes_at

FAR: Final = 1 << 60
FENCED: Final = 0.5
"""How many that sleep past their lease are ended by their supervisor before they wake; for the
others it slept as well, and comes too late."""

OPEN: Final = frozenset({Moment.STATEMENT, Moment.COMMIT})
"""Moments at which a transaction is open."""


class Killed(BaseException):
    """The process is gone: nothing of its code may go on."""


class Over(BaseException):
    """The run has ended."""


@dataclass(eq=False)
class Worker:
    """A process, as far as the code under test can see."""

    number: int
    connection: Any = None
    pid: int = 0
    turn: threading.Lock = field(default_factory=threading.Lock)
    wakes_at: int = 0
    """The step before which it does not go on."""

    is_in_transaction: bool = False
    is_idle: bool = True
    is_dying: bool = False
    has_lost_it: bool = False
    """Its connection broke: nothing more is done in this transaction."""

    held: dict[UUID, int] = field(default_factory=dict[UUID, int])
    """Leases under which it calls, as its supervisor hears of them, and when each is to be back."""

    waits_since: int | None = None
    """How many transactions had ended when it was found waiting for a lock."""

    waits_for: frozenset[int] = frozenset()
    """The backends that held it then."""


class Stage:
    """The workers, and whose turn it is."""

    def __init__(self, chance: random.Random, clock: Clock, workers: list[Worker]) -> None:
        self.chance, self.clock, self.workers = chance, clock, workers
        self.sometimes: Counter[str] = Counter()
        self.steps = 0
        self.ended = 0
        """Transactions that have ended."""

        self.weather = 1.0
        """How often anything strikes; 1 is a storm."""

        self.is_calm = False
        self.is_over = False
        self.trouble: BaseException | None = None
        self.meddle: Callable[[], None] = lambda: None
        self.on = workers[0]
        self._over = threading.Lock()
        self._pids = 100

    def bear(self, worker: Worker) -> None:
        """Begin a process anew."""
        self._pids += 1
        worker.pid = self._pids
        worker.held.clear()
        worker.is_dying = worker.has_lost_it = worker.is_in_transaction = False

    def holds(self, token: UUID, seconds: float) -> None:
        """Hear, as the supervisor, under which lease this worker calls, and for how long it may."""
        self.on.held[token] = self.clock.at + round(seconds * SECOND)

    def frees(self, token: UUID) -> None:
        self.on.held.pop(token, None)

    def has_overslept(self, worker: Worker) -> bool:
        """Tell whether its supervisor would end it."""
        return any(until < self.clock.at for until in worker.held.values())

    def lives(self, pid: int) -> bool:
        return any(worker.pid == pid and not worker.is_dying for worker in self.workers)

    def play(self, life: Callable[[Worker], None]) -> None:
        """Have all live until the run is over."""
        self._over.acquire()
        threads = [
            threading.Thread(target=self._live, args=(worker, life), daemon=True)
            for worker in self.workers
        ]
        for worker, thread in zip(self.workers, threads, strict=True):
            worker.turn.acquire()
            thread.start()
        self.on.turn.release()
        try:
            self._over.acquire()
        finally:
            self.is_over = True
            for worker, thread in zip(self.workers, threads, strict=True):
                if thread.is_alive() and worker.turn.locked():
                    worker.turn.release()
                thread.join(timeout=30)
        if self.trouble is not None:
            raise self.trouble

    def _live(self, worker: Worker, life: Callable[[Worker], None]) -> None:
        worker.turn.acquire()
        try:
            life(worker)
        except Over:
            pass
        except BaseException as trouble:  # noqa: BLE001  # told to whoever began the run
            self.trouble = trouble
        if not self.is_over:
            self.is_over = True
            self._over.release()

    def finish(self) -> None:
        """End the run, by whoever is on."""
        raise Over

    def point(self, moment: Moment) -> None:
        """Come by a point: go on, or be struck."""
        if self.is_over:
            raise Over
        me = self.on
        if me.is_dying and moment is not Moment.STATEMENT:
            raise Killed
        if me.has_lost_it and moment in OPEN:
            raise psycopg.OperationalError("there is no connection any more")
        self.steps += 1
        if self.is_calm:
            if moment is Moment.IDLE:
                self._hand_on(self._whoever())
            return
        if self.chance.random() < self._rate(moment):
            able, weights = strikes_at(moment)
            strike = self.chance.choices(able, weights)[0]
            self.sometimes[f"{strike.value}: {moment.value}"] += 1
            self._strike(me, strike, moment)

    def _rate(self, moment: Moment) -> float:
        return RATES[moment] * (1 if moment is Moment.IDLE else self.weather)

    def _strike(self, me: Worker, strike: Strike, moment: Moment) -> None:
        if strike is Strike.TURN:
            self.pause(me, self.chance.randint(1, 40))
        elif strike is Strike.KILL:
            self._kill(me, moment)
        elif strike is Strike.STOP:
            self._stop(me, moment)
        elif strike is Strike.JUMP:
            self.clock.pass_by(jump(self.chance).total_seconds())
        elif strike is Strike.MEDDLE:
            self.meddle()
        else:
            self._lose(me, moment)

    def _kill(self, me: Worker, moment: Moment) -> None:
        me.is_dying = True
        if moment is Moment.STATEMENT:  # the driver's code would close its connection
            self._break(me)
        raise Killed

    def _stop(self, me: Worker, moment: Moment) -> None:
        """Have it sleep while its lease runs out; the server ends a transaction meanwhile."""
        if moment in OPEN:
            me.connection.lose_transaction()
            self.transaction_ended(me)
            me.has_lost_it = True
        self.clock.pass_by(self.chance.uniform(40, 900))
        self.pause(me, self.chance.randint(50, 600))
        if self.has_overslept(me) and self.chance.random() < FENCED:
            self.sometimes["its supervisor ended it in its sleep"] += 1
            self._kill(me, moment)
        if me.has_lost_it:
            raise psycopg.OperationalError("the transaction was ended while it slept")

    def _lose(self, me: Worker, moment: Moment) -> None:
        if moment is Moment.REQUEST:
            raise ConnectionRefusedError
        if moment is Moment.ANSWER:
            raise ConnectionResetError
        if moment in OPEN:
            self._break(me)
        raise psycopg.OperationalError("the connection broke")

    def _break(self, me: Worker) -> None:
        """Lose the connection in mid-word: to the server this is a rollback."""
        me.connection.lose_transaction()
        me.has_lost_it = True
        raise psycopg.OperationalError("the connection broke")

    def transaction_ended(self, worker: Worker) -> None:
        worker.is_in_transaction = False
        self.ended += 1
        for other in self.workers:
            if other is not worker and other.waits_since is not None:
                other.connection.settle()

    def pause(self, me: Worker, steps: int) -> None:
        """Have others work for so many steps."""
        me.wakes_at = self.steps + steps
        self._hand_on(self._whoever(besides=me))

    def wait_for_lock(self, me: Worker, holders: Sequence[int]) -> bool:
        """Have others work until some transaction has ended; False where they wait in a ring.

        Who holds a lock may sleep: it is woken for this.
        """
        me.waits_since, me.waits_for = self.ended, frozenset(holders)
        if self._is_ring(me):
            me.waits_since = None
            return False
        self._hand_on(self._whoever(besides=me))
        me.waits_since = None
        return True

    def _is_ring(self, me: Worker) -> bool:
        """Tell whether a worker waits for one that waits, by however many others, for itself."""
        waiting = {
            one.connection.pgconn.backend_pid: one.waits_for
            for one in self.workers
            if one.waits_since == self.ended
        }
        reached: set[int] = set()
        new = set(me.waits_for)
        while new:
            reached |= new
            new = {pid for one in new for pid in waiting.get(one, ())} - reached
        return me.connection.pgconn.backend_pid in reached

    def is_alone(self, me: Worker) -> bool:
        """Tell whether nobody else has a transaction open."""
        return not any(one.is_in_transaction for one in self.workers if one is not me)

    def wake_next(self) -> bool:
        """Have the one go on that is to wake next from the middle of a task; False: there is none.

        Where nothing else is to be done, nobody need wait for it step by step.
        """
        asleep = [
            one
            for one in self.workers
            if not one.is_idle and one is not self.on and one.waits_since != self.ended
        ]
        if asleep:
            self._hand_on(min(asleep, key=lambda one: (one.wakes_at, one.number)))
        return bool(asleep)

    def _whoever(self, besides: Worker | None = None) -> Worker:
        """Choose who goes on: one that is awake, or else the one that wakes next."""
        able = [one for one in self.workers if one is not besides and one.waits_since != self.ended]
        if self.is_calm:
            able = [one for one in able if not one.is_idle] or able
        awake = [one for one in able if one.wakes_at <= self.steps or self.is_calm]
        if awake:
            return self.chance.choice(awake)
        return min(able or [self.on], key=lambda one: (one.wakes_at, one.number))

    def _hand_on(self, other: Worker) -> None:
        me = self.on
        if other is me:
            return
        self.on = other
        other.turn.release()
        me.turn.acquire()
        if self.is_over:
            raise Over
