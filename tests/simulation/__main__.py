"""The long run: `make simulate EFFECTS=1000000 SEED=1`, to be ended by Ctrl-C at any time.

Each run that was judged is a line of the log, so that a long run goes on where it was broken off;
who wants it anew removes the log. With RUNS= given nothing is read from it or written to it.
"""

import argparse
import json
import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import dataclass, field
from itertools import count
from multiprocessing import get_context
from pathlib import Path
from typing import Final

from config.home import Home
from tests.simulation import moments
from tests.simulation.hand import TEMPLATE, play_one, settle_in
from tests.simulation.run import Verdict
from tests.support.databases import make_database
from workers import migration
from workers.embedded import seat

LOG: Final = Path(".frontdesk/simulation.jsonl")
A_RUN: Final = 2000
"""Effects that a run wants; some are refused or called off, so that it makes fewer."""


@dataclass
class Tally:
    """What all runs came to so far."""

    runs: int = 0
    effects: int = 0
    seconds: float = 0.0
    """Of a processor, PostgreSQL's share with it."""

    wrong: dict[int, list[str]] = field(default_factory=dict[int, list[str]])
    sometimes: Counter[str] = field(default_factory=Counter)

    def add(self, verdict: Verdict, seconds: float) -> None:
        self.runs += 1
        self.effects += verdict.effects
        self.seconds += seconds
        self.sometimes += verdict.sometimes
        if verdict.wrong:
            self.wrong[verdict.seed] = verdict.wrong


def _earlier(given: argparse.Namespace, tally: Tally) -> set[int]:
    """Count what was played before it was broken off; return the seeds."""
    if given.runs or not given.log.exists():
        return set()
    seeds: set[int] = set()
    for line in map(json.loads, given.log.read_text(encoding="utf-8").splitlines()):
        if line["size"] == given.size:
            seen = Counter[str](line["sometimes"])
            verdict = Verdict(line["seed"], line["effects"], line["wrong"], "", seen)
            tally.add(verdict, line["seconds"])
            seeds.add(verdict.seed)
    return seeds


def _note(given: argparse.Namespace, verdict: Verdict, seconds: float) -> None:
    if given.runs:
        return
    given.log.parent.mkdir(exist_ok=True)
    line = {
        "seed": verdict.seed,
        "size": given.size,
        "effects": verdict.effects,
        "seconds": round(seconds, 2),
        "wrong": verdict.wrong,
        "sometimes": dict(verdict.sometimes),
    }
    with given.log.open("a", encoding="utf-8") as log:
        log.write(json.dumps(line) + "\n")


def _runs(
    pool: ProcessPoolExecutor, given: argparse.Namespace, tally: Tally, played: set[int]
) -> Iterator[tuple[Verdict, float]]:
    """Yield runs until there are enough effects; each hand has one under way."""
    seeds = (seed for seed in count(given.seed) if seed not in played)
    under_way: set[Future[tuple[Verdict, float]]] = set()
    begun = 0
    while tally.effects < given.effects or under_way:
        while (
            len(under_way) < given.hands
            and tally.effects < given.effects
            and (not given.runs or begun < given.runs)
        ):
            under_way.add(pool.submit(play_one, next(seeds), given.size))
            begun += 1
        if not under_way:
            return
        done, under_way = wait(under_way, return_when=FIRST_COMPLETED)
        for one in done:
            yield one.result()


def _simulate(given: argparse.Namespace, tally: Tally) -> None:
    with (
        tempfile.TemporaryDirectory(prefix="fd-sim-", ignore_cleanup_errors=True) as folder,
        seat(home := Home(Path(folder)), durable=False),
    ):
        migration.migrate(make_database(home, TEMPLATE).url("postgres"))
        context = get_context("spawn")
        with ProcessPoolExecutor(
            given.hands, context, initializer=settle_in, initargs=(folder,)
        ) as pool:
            played = _earlier(given, tally)
            before = tally.effects
            began = told = time.monotonic()
            for verdict, seconds in _runs(pool, given, tally, played):
                tally.add(verdict, seconds)
                _note(given, verdict, seconds)
                for said in verdict.wrong[:5]:
                    print(f"  seed {verdict.seed}: {said}", flush=True)
                if verdict.wrong:
                    print(f"  again: make simulate SEED={verdict.seed} RUNS=1 SIZE={given.size}")
                if time.monotonic() - told > given.tell:
                    told = time.monotonic()
                    _tell(tally, (tally.effects - before) / (told - began), verdict.seed)


def _tell(tally: Tally, rate: float, seed: int) -> None:
    struck = sum(tally.sometimes.values())
    print(
        f"{tally.effects:,} effects in {tally.runs} runs, {rate:.0f} a second,"
        f" {1000 * tally.seconds / max(1, tally.effects):.2f} ms of a processor each;"
        f" seed {seed}; {struck:,} strikes and mishaps; {len(tally.wrong)} runs with harm",
        flush=True,
    )


def _say(tally: Tally, *, is_whole: bool) -> int:
    """Print the verdict; return the exit code."""
    for name, many in sorted(tally.sometimes.items()):
        print(f"{many:>9,}  {name}")
    missing = moments.never(tally.sometimes)
    for name in missing:
        print(f"    never  {name}")
    each = 1000 * tally.seconds / max(1, tally.effects)
    print(
        f"{tally.effects:,} effects in {tally.runs} runs, {each:.2f} ms of a processor each:"
        f" {len(tally.wrong)} runs with harm {sorted(tally.wrong) or ''}".rstrip()
    )
    return 1 if tally.wrong or (missing and is_whole) else 0


def main() -> int:
    """Simulate, and say what it came to."""
    if os.environ.get("PYTHONHASHSEED") != "0":  # the order of sets is part of a run
        os.execve(  # noqa: S606  # ourselves
            sys.executable,
            [sys.executable, "-m", "tests.simulation", *sys.argv[1:]],
            {**os.environ, "PYTHONHASHSEED": "0"},
        )
    words = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    words.add_argument("--effects", type=int, default=1_000_000)
    words.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1_000_000))
    words.add_argument("--runs", type=int, default=0, help="so many at most; 0: as it takes")
    words.add_argument("--size", type=int, default=A_RUN, help="effects that a run wants")
    words.add_argument("--hands", type=int, default=1, help="processes")
    words.add_argument("--tell", type=float, default=20.0, help="seconds between two lines")
    words.add_argument("--log", type=Path, default=LOG, help="what was played, a line a run")
    given = words.parse_args()
    print(f"seed {given.seed}", flush=True)
    tally = Tally()
    for number in (signal.SIGINT, signal.SIGTERM):  # a shell's background ignores the first
        signal.signal(number, signal.default_int_handler)
    try:
        _simulate(given, tally)
    except KeyboardInterrupt:
        print("ended by hand; so far:")
        return _say(tally, is_whole=False)
    return _say(tally, is_whole=given.effects >= 1_000_000 and not given.runs)


if __name__ == "__main__":
    sys.exit(main())
