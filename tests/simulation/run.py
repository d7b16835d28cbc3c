"""One run: a seed, some thousand effects, everything goes wrong, and what is proved in the end."""

import hashlib
import random
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import psycopg
from sqlalchemy.exc import DBAPIError

from tests.simulation import judge, machine
from tests.simulation.clock import Clock
from tests.simulation.moments import Moment
from tests.simulation.place import Place, bear
from tests.simulation.stage import Killed, Stage, Worker
from tests.simulation.trade import Task, Trade, World
from tests.simulation.wire import Wire

BEGINNINGS: Final = (
    datetime(2026, 12, 1, 15, tzinfo=UTC),
    datetime(2026, 10, 24, 18, tzinfo=UTC),  # before Stockholm's clocks go back
    datetime(2026, 10, 31, 18, tzinfo=UTC),  # before New York's do
    datetime(2027, 3, 13, 16, tzinfo=UTC),  # before they go forward
)
PORTION: Final = 150
"""Effects that are owed at once, at most."""

WEATHERS: Final = {0.1: 50, 0.3: 40, 1.0: 10}
"""How stormy runs are, and how many of a hundred: much that is struck at once hides what one
strike does, and costs ten times as much."""

SHORT: Final = 200
"""Effects up to which a run's story is kept."""

EMPTY: Final = ("users", "audit_logs", "effects", "errands", "ops_alerts", "moves", "pauses")
REPLACED: Final = 0.02
PATIENCE: Final = 1500
"""Tasks in calm after which what is still open is said to be left behind."""

BETWEEN: Final = 0.2
"""Seconds between two tasks in calm: what is due and waits for its tenant's pace waits for time."""


@dataclass
class Verdict:
    """What a run came to."""

    seed: int
    effects: int
    wrong: list[str]
    history: str
    """A fingerprint of all that vendors did and of every move of a row, with its time."""

    sometimes: Counter[str] = field(default_factory=Counter)
    story: list[str] = field(default_factory=list)
    """What the fingerprint is of, where it is short: two runs that differ show by it where."""


class Run:
    """A run by its seed."""

    def __init__(
        self,
        place: Place,
        trades: Sequence[Trade],
        seed: int,
        effects: int,
        weather: float | None = None,
    ) -> None:
        self._place, self._trades, self._seed, self._wanted = place, trades, seed, effects
        chance = random.Random(seed)
        tables = dict.fromkeys([*EMPTY, *(t for trade in trades for t in trade.emptied)])
        place.empty(list(tables))
        self._clock = Clock(place.admin, chance.choice(BEGINNINGS))
        self._stage = Stage(chance, self._clock, place.workers)
        drawn = chance.choices(list(WEATHERS), list(WEATHERS.values()))[0]
        self._stage.weather = drawn if weather is None else weather
        self._chance = random.Random(chance.random())
        self._wire = Wire(self._stage, self._clock, random.Random(chance.random()))
        self._world = World(self._stage, self._wire, place.admin)
        self._bells: list[tuple[Trade, Any]] = []
        self._owed = self._tasks = 0
        self._most = 100 + effects // 8
        """Tasks after which it grows calm, whatever is open: what is capped waits for that."""

        self._is_limited = True
        self._renewed: set[int] = set()
        self._bugs: list[str] = []

    def play(self) -> Verdict:
        """Play it to its end, and judge."""
        random.seed(self._seed)
        self._stage.meddle = self._meddle
        for worker in self._place.workers:
            worker.__dict__.update(Worker(worker.number, worker.connection).__dict__)
        self._place.settle_in(self._stage, self._seed)
        for trade in self._trades:
            trade.begin(self._world)
        with machine.of(self._stage, self._clock, random.Random(self._seed)):
            self._stage.play(self._live)
        with self._place.joining():
            wrong = self._bugs + judge.judge(self._world, self._edges())
            wrong += [said for trade in self._trades for said in trade.judge()]
        sometimes, story = self._stage.sometimes + self._wire.moods, self._story()
        history = hashlib.sha256("\n".join(story).encode()).hexdigest()
        told = story if self._wanted <= SHORT else []
        return Verdict(self._seed, len(self._wire.ledger), wrong, history, sometimes, told)

    def _edges(self) -> dict[str, frozenset[tuple[str, str]]]:
        return {table: drawn for one in self._trades for table, drawn in one.edges.items()}

    def _live(self, worker: Worker) -> None:
        """Be a worker: one task after the other, and anew after each death."""
        begin = self._place.begins[worker.number]
        bear(self._stage, worker)
        while True:
            try:
                worker.is_idle = True
                self._stage.point(Moment.IDLE)
                self._supervise(worker)
                task = self._next(begin)
                worker.is_idle = False
                task()
            except Killed:
                bear(self._stage, worker)
            except DBAPIError:
                self._stage.sometimes["a task ended for want of the database"] += 1
            except Exception as error:  # noqa: BLE001  # a fault of ours, and reported as such
                self._bugs.append(f"a bug: {error!r}")

    def _supervise(self, worker: Worker) -> None:
        """End who overslept a lease; and now and then anybody, as pools replace their children.

        While a process lives it may still make a call that nobody has heard the end of.
        """
        is_last = self._stage.is_calm and worker.number not in self._renewed
        if self._stage.has_overslept(worker):
            self._stage.sometimes["its supervisor ended it"] += 1
        elif not is_last and self._chance.random() > REPLACED:
            return
        if self._stage.is_calm:
            self._renewed.add(worker.number)
        bear(self._stage, worker)

    def _next(self, begin: Callable[..., Any]) -> Task:
        """Choose what this worker does now, as bells and the timetable would."""
        self._tasks += 1
        if self._stage.is_calm:
            self._clock.pass_by(BETWEEN)
        self._wire.arrive()
        if not self._stage.is_calm:
            self._owe_more()
        if self._bells and self._chance.random() < 0.3:
            trade, row_id = self._bells.pop(self._chance.randrange(len(self._bells)))
            if self._chance.random() < 0.1:
                self._stage.sometimes["a bell was lost"] += 1
            else:
                return trade.bell(begin, row_id)
        due = self._due()
        if not due:
            return lambda: None
        return self._chance.choice(due)(begin)

    def _owe_more(self) -> None:
        left = self._wanted - self._owed
        if left > 0 and self._chance.random() < 0.5:
            trade = self._chance.choice(self._trades)
            many = min(left, self._chance.randint(1, PORTION))
            self._owed += many
            rows = trade.owe(many)
            rung = [(trade, row) for row in rows[:3]]
            self._bells += rung
            if rung and self._chance.random() < 0.3:
                self._bells.append(rung[0])
                self._stage.sometimes["a bell was rung twice"] += 1

    def _due(self) -> list[Callable[[Any], Task]]:
        """Return what there is to do; where nothing is due, time passes until something is."""
        self._clock.tell()
        able: list[Callable[[Any], Task]] = []
        is_open, soonest = 0, None
        for trade in self._trades:
            found = trade.look()
            is_open += found.open
            able += [trade.sweep] * min(found.due, 3) + [trade.find_out] * min(found.lapsed, 2)
            if found.following is not None:
                soonest = min(soonest or found.following, found.following)
        if able:
            return able
        if self._is_through(is_open) or self._tasks > self._most + PATIENCE:
            self._end()
        elif not self._stage.wake_next():
            self._go_on(soonest)
        return able

    def _is_through(self, is_open: int) -> bool:
        """Tell whether the storm is over, or the calm: what is limited waits for the calm."""
        if self._owed < self._wanted:
            return False
        return not is_open or (not self._stage.is_calm and self._tasks > self._most)

    def _go_on(self, soonest: datetime | None) -> None:
        """Lift what limits what is left, once all is calm; else let time pass."""
        if self._stage.is_calm and self._is_limited:
            self._is_limited = False
            for trade in self._trades:
                trade.relent()
        elif soonest is not None:
            self._clock.pass_until(soonest + timedelta(milliseconds=1))
        elif self._stage.is_calm:
            self._tasks += PATIENCE  # what is open has no time at which it would go on

    def _end(self) -> None:
        """Let all who sleep wake up in calm; and where they have, end."""
        if self._stage.is_calm and all(one.is_idle for one in self._place.workers):
            self._stage.finish()
        self._stage.is_calm = True

    def _meddle(self) -> None:
        trade = self._chance.choice(self._trades)
        with suppress(psycopg.Error):  # who has it in hand may hold it: then it is too late
            said = trade.meddle()
            self._stage.sometimes[f"{trade.name}: {said or 'nothing to decide'}"] += 1

    def _story(self) -> list[str]:
        moves = self._world.all("SELECT what, id, was, became, at, who FROM moves ORDER BY n")
        return [repr(line) for line in [*self._wire.ledger, *moves]]
