"""Random histories of two sides, for hours, by several hands: `make histories`.

Each hand is a process with a database, stand-ins and a CalDAV server of its own, and takes the
seeds of its own: SEED, SEED + HANDS and so on for the first. Each history that was judged is a
line of the log, so that a run goes on where another was broken off; the sum so far is printed,
also at Ctrl-C. A history that fails ends the run with its seed and its story.
"""

import argparse
import json
import multiprocessing as mp
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from multiprocessing.context import SpawnProcess
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Event
from pathlib import Path
from queue import Empty
from typing import Any, Final

import structlog

from benchmarks.ground import empty_ground
from config.home import Home
from domain.database import Begin, connect, sessions
from tests.support import dav
from tests.support.databases import make_database
from tests.support.histories import live
from tests.support.house import House
from tests.support.stand_ins import stand_ins
from tests.support.told import Totals

Line = dict[str, Any]
"""What a hand says of one history."""

LOG: Final = Path(".frontdesk/histories.jsonl")
SUMS: Final = (
    *("edits", "sweeps", "checks", "writes", "asked"),
    *("booked", "refused", "agreed", "given_up"),
)


@dataclass
class Sum:
    """What all histories came to."""

    histories: int = 0
    numbers: Counter[str] = field(default_factory=Counter[str])
    at: Counter[str] = field(default_factory=Counter[str])
    seen: Counter[str] = field(default_factory=Counter[str])
    seconds: float = 0.0
    """Of the hands', together."""

    def add(self, line: Line) -> None:
        """Add one history."""
        self.histories += 1
        self.seconds += line["seconds"]
        for name in SUMS:
            self.numbers[name] += line["totals"][name]
        self.at.update(line["totals"]["at"])
        self.seen.update(line["totals"]["seen"])

    def __str__(self) -> str:
        many = self.numbers
        at = ", ".join(f"{name} {number:,}" for name, number in sorted(self.at.items()))
        struck = ", ".join(f"{name} {number:,}" for name, number in sorted(self.seen.items()))
        return (
            f"{many['edits']:,} edits in {self.histories:,} histories ({at}); both sides equal"
            f" {many['checks']:,} times; {many['sweeps']:,} sweeps, {many['writes']:,} writes of"
            f" ours, {many['asked']:,} conflicts asked about; {many['booked']:,} booked,"
            f" {many['refused']:,} refused; of calls {many['agreed']:,} stand,"
            f" {many['given_up']:,} were dropped; {self.seconds:,.0f} s of hands ({struck})"
        )


def _earlier(log: Path) -> Iterator[Line]:
    if log.exists():
        yield from map(json.loads, log.read_text(encoding="utf-8").splitlines())


@contextmanager
def _house(home: Home, name: str, template: str) -> Iterator[tuple[House, Begin]]:
    """Have a database, stand-ins and a CalDAV server of one's own."""
    with tempfile.TemporaryDirectory(prefix="frontdesk-histories-") as folder, ExitStack() as stack:
        vendors, collections = Path(folder, "vendors"), Path(folder, "dav")
        vendors.mkdir()
        collections.mkdir()
        made = make_database(home, name, template)
        engine = connect(made.url(), name="histories", size=10)
        stack.callback(engine.dispose)
        house = House(
            stack.enter_context(stand_ins(vendors)),
            stack.enter_context(dav.dav_server("radicale", collections)),
        )
        yield house, sessions(engine)


def _work(
    home: Home,
    template: str,
    seeds: Sequence[int],
    done: frozenset[int],
    said: "Queue[Line]",
    over: Event,
) -> None:
    """Be a hand: live one history after the other until it is told to end, or is alone."""
    os.setsid()  # Ctrl-C is for the parent: the history that is under way is judged first
    parent = mp.parent_process()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    with _house(home, f"histories_{seeds[0]}", template) as (house, begin):
        for seed in seeds:
            if seed in done:
                continue
            if over.is_set() or parent is None or not parent.is_alive():
                return
            totals, began = Totals(), time.monotonic()
            try:
                live(house, begin, seed, totals)
            except BaseException as error:  # noqa: BLE001  # whatever it is, the parent says it
                notes = "\n".join(getattr(error, "__notes__", ()))
                said.put({"seed": seed, "failed": f"{type(error).__name__}: {error}\n{notes}"})
                return
            seconds = time.monotonic() - began
            said.put({"seed": seed, "seconds": seconds, "totals": _as_json(totals)})


def _as_json(totals: Totals) -> Line:
    """Return what a history came to; `asdict` would make pairs of a counter's keys."""
    numbers = {name: getattr(totals, name) for name in SUMS}
    return {**numbers, "at": dict(totals.at), "seen": dict(totals.seen)}


def _run(given: argparse.Namespace, total: Sum, done: set[int]) -> str | None:
    """Have hands live histories until there are edits enough; return what failed, if any did."""
    context = mp.get_context("spawn")
    said, over = context.Queue(), context.Event()
    most = range(given.seed, given.seed + 1_000_000)
    end = time.monotonic() + given.minutes * 60
    with empty_ground(durable=False) as database:
        hands = [
            context.Process(
                target=_work,
                args=(
                    database.home,
                    database.name,
                    most[number :: given.hands],
                    frozenset(done),
                    said,
                    over,
                ),
            )
            for number in range(given.hands)
        ]
        for hand in hands:
            hand.start()
        failed = None
        try:
            failed = _gather(given, total, said, hands, end)
        finally:
            over.set()
            for hand in hands:
                hand.join(120)
            while not said.empty():  # what was under way when it was enough
                failed = _take(given, total, said.get()) or failed
    return failed


def _gather(
    given: argparse.Namespace,
    total: Sum,
    said: "Queue[Line]",
    hands: "list[SpawnProcess]",
    end: float,
) -> str | None:
    began, before = time.monotonic(), total.numbers["edits"]
    while total.numbers["edits"] < given.edits and time.monotonic() < end:
        try:
            line = said.get(timeout=1)
        except Empty:
            if not any(hand.is_alive() for hand in hands):
                return "every hand has ended"
            continue
        failed = _take(given, total, line)
        if failed is not None:
            return failed
        rate = (total.numbers["edits"] - before) / (time.monotonic() - began)
        edits = total.numbers["edits"]
        print(f"seed {line['seed']}: {edits:,} of {given.edits:,}, {rate:.1f}/s", flush=True)
    return None


def _take(given: argparse.Namespace, total: Sum, line: Line) -> str | None:
    if "failed" in line:
        return f"seed {line['seed']} failed: {line['failed']}"
    total.add(line)
    with given.log.open("a", encoding="utf-8") as log:
        log.write(json.dumps(line) + "\n")
    return None


def main() -> None:
    """Go on until there are edits enough, and say what they came to."""
    words = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    words.add_argument("--edits", type=int, default=100_000)
    words.add_argument("--seed", type=int, default=1)
    words.add_argument("--hands", type=int, default=2)
    words.add_argument("--minutes", type=float, default=24 * 60)
    words.add_argument("--log", type=Path, default=LOG, help="goes on where this one ended")
    given = words.parse_args()
    given.log.parent.mkdir(parents=True, exist_ok=True)
    total, done = Sum(), set[int]()
    for line in _earlier(given.log):
        total.add(line)
        done.add(line["seed"])
    failed: str | None = None
    try:
        failed = _run(given, total, done)
    except KeyboardInterrupt:
        print("\nbroken off; the same command goes on", flush=True)
    print(f"{total}; log {given.log}")
    if failed is not None:
        print(failed, file=sys.stderr)
        sys.exit(1)


if __name__ == "__main__":
    main()
