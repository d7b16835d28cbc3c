"""Three beats of ours and two of Celery's own: one is killed, then all are away for a while."""

import time
from collections import Counter
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from signal import SIGKILL
from typing import Any, Final

import psycopg
from redis import Redis

from benchmarks.chaos.needs import a_database
from benchmarks.chaos.ticker import TICKS
from benchmarks.chaos.verdict import Side, Verdict
from benchmarks.chaos.wanted import Trial
from tests.support.broker import Broker, a_broker
from tests.support.processes import Process, running
from tests.support.waiting import wait_until

PHASE: Final = 8
AWAY: Final = 6
OURS: Final = ["-m", "tests.support.fast_beat", "1"]
WORKER: Final = ["-m", "workers", "worker", "--queues", "upkeep", "--slots", "2"]
THEIRS: Final = ["-m", "celery", "-A", "benchmarks.chaos.ticker", "-q"]
SECOND: Final = timedelta(seconds=1)

COUNT: Final = """
CREATE TABLE public.starts (slot timestamptz);
CREATE FUNCTION public.count_start() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS
  $$ BEGIN INSERT INTO public.starts VALUES (NEW.slot); RETURN NULL; END $$;
CREATE TRIGGER count_start AFTER UPDATE OF started_at ON periodic_runs FOR EACH ROW
  WHEN (NEW.started_at IS NOT NULL AND NEW.name = 'every.1')
  EXECUTE FUNCTION public.count_start();
"""
STARTS: Final = "SELECT slot FROM public.starts"
SUPERSEDED: Final = "SELECT slot FROM periodic_runs WHERE name = 'every.1' AND error IS NOT NULL"


@dataclass
class Row:
    """Everything that ticks."""

    connection: psycopg.Connection[Any]
    broker: Broker
    stack: ExitStack
    environments: tuple[dict[str, str], dict[str, str]]
    beats: list[Process] = field(default_factory=list[Process])

    def begin(self) -> None:
        """Start three of ours and two of theirs."""
        self.beats += [self.start(OURS, self.environments[0]) for _ in range(3)]
        for number in range(2):
            where = ["beat", "-s", str(self.broker.socket.with_name(f"schedule{number}"))]
            self.beats.append(self.start([*THEIRS, *where], self.environments[1]))

    def start(self, words: list[str], environment: dict[str, str]) -> Process:
        """Start one."""
        return self.stack.enter_context(running(words, environment))

    def kill(self, which: list[Process]) -> None:
        """Kill some, and forget them."""
        for beat in which:
            beat.signal(SIGKILL)
            self.beats.remove(beat)

    def ticks(self) -> int:
        """Return how often the control's task ran."""
        with Redis(port=self.broker.port, db=1) as client:
            said: Any = client.get(TICKS)
        return int(said or 0)

    def starts(self) -> Counter[datetime]:
        """Return how often each slot of ours was started."""
        return Counter(row[0] for row in self.connection.execute(STARTS))

    def now(self) -> datetime:
        """Return the database's time."""
        row = self.connection.execute("SELECT clock_timestamp()").fetchone()
        assert row
        return row[0]


@contextmanager
def _row() -> Generator[Row]:
    with ExitStack() as stack:
        database = stack.enter_context(a_database())
        broker = stack.enter_context(a_broker())
        connection = stack.enter_context(database.connect())
        connection.execute(COUNT)
        theirs = {"CHAOS_BROKER": f"redis://127.0.0.1:{broker.port}/1"}
        ours = {"DATABASE_URL": database.url(), "REDIS_URL": broker.url}
        made = Row(connection, broker, stack, (ours, theirs))
        made.start(WORKER, ours)
        made.start([*THEIRS, "worker", "-c", "1", "-l", "error"], theirs)
        yield made


def play(trial: Trial, seed: int) -> Verdict:
    """Run it: both sides are judged by what ran in the seconds that they were given."""
    with _row() as row:
        row.begin()
        wait_until(lambda: row.ticks() > 1 and len(row.starts()) > 1, within=60, what="all tick")
        began, ticks = row.now(), row.ticks()
        time.sleep(PHASE)
        row.kill([row.beats[0], row.beats[-1]])
        time.sleep(PHASE)
        away_from, ticked = row.now(), row.ticks() - ticks
        row.kill(row.beats[:])
        time.sleep(AWAY)
        silent = row.ticks()
        row.begin()
        wait_until(lambda: row.ticks() > silent, within=60, what="theirs tick")
        wait_until(lambda: row.now() - max(row.starts()) < SECOND, within=60, what="ours tick")
        back, again = row.now(), row.ticks()
        time.sleep(PHASE / 2)
        ended, starts = row.now(), row.starts()
        made_up = max(0, row.ticks() - again - PHASE)  # two beats, half a phase each
        let_go = {at for (at,) in row.connection.execute(SUPERSEDED)}
    slots = _slots(began + SECOND, away_from - 2 * SECOND) + _slots(back, ended - 2 * SECOND)
    seconds = round((away_from - began).total_seconds())
    missed = [slot for slot in starts if away_from + SECOND < slot < back - SECOND]
    return Verdict(
        name=trial.name,
        seed=seed,
        strikes=2,
        ours=Side(
            owed=len(slots),
            lost=sum(1 for slot in slots if not starts[slot] and slot not in let_go),
            doubled=sum(many - 1 for many in starts.values()),
            seconds=(back - away_from).total_seconds() - AWAY,
        ),
        control=Side(
            owed=seconds + AWAY,
            lost=max(0, AWAY - made_up),
            doubled=max(0, ticked - seconds),
            seconds=0.0,
        ),
        note=f"made up after all were away: {len(missed)}",
    )


def _slots(since: datetime, until: datetime) -> list[datetime]:
    first = since.replace(microsecond=0) + SECOND
    return [first + n * SECOND for n in range(max(0, int((until - first).total_seconds())))]
