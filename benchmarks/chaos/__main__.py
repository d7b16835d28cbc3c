"""Try all that breaks, and write docs/faults.md: `make chaos`."""

import json
import os
import random
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import asdict
from typing import Annotated, Final

import typer

from benchmarks.chaos import hosts, report
from benchmarks.chaos.every import TRIALS, play
from benchmarks.chaos.needs import APART, LIKE
from benchmarks.chaos.verdict import Verdict
from benchmarks.ground import cold_ground

AT_ONCE: Final = 5
"""Trials beside each other, each on servers of its own: most of a trial is waiting."""

LAID: Final = "CHAOS_LAID"
"""Set where this process has the networks and mounts of its own that a trial wants."""


def main(
    only: Annotated[str, typer.Option(help="One trial by its name; `list` names them.")] = "",
    seed: Annotated[int, typer.Option(help="Repeats a run's chances.")] = 0,
    minutes: Annotated[float, typer.Option(help="Go on for so long, by other seeds.")] = 0.0,
    *,
    at_once: Annotated[int, typer.Option(help="Trials beside each other.")] = AT_ONCE,
    as_json: Annotated[bool, typer.Option("--json", help="Say the verdict as JSON.")] = False,
) -> None:
    """Strike both sides alike, trial by trial, and say what was lost and doubled."""
    if only == "list":
        print("\n".join(f"{trial.name:20} {trial.what}" for trial in TRIALS.values()))
        return
    if only not in {"", *TRIALS}:
        print(f"There is no trial {only!r}; --only list names them.", file=sys.stderr)
        raise typer.Exit(2)
    seed = seed or random.SystemRandom().randrange(1, 1_000_000)
    verdicts = [_one(only, seed)] if only else _all(seed, minutes, at_once)
    if only:
        print(json.dumps(asdict(verdicts[0])) if as_json else report.line(verdicts[0]))
    else:
        print(report.sometimes(verdicts))
        report.write(verdicts, seed)
    if any(report.is_broken(one) for one in verdicts):
        raise typer.Exit(1)


def _one(name: str, seed: int) -> Verdict:
    """Run a trial here, or in a process with networks and mounts of its own."""
    trial = TRIALS[name]
    why = trial.needs() if trial.needs and LAID not in os.environ else ""
    if why:
        return Verdict(name=name, seed=seed, not_run=why)
    if not trial.is_apart:
        return play(trial, seed)
    if LAID not in os.environ:
        return _apart(name, seed, inside=APART)
    hosts.lay_loopback()
    return play(trial, seed)


def _all(seed: int, minutes: float, at_once: int) -> list[Verdict]:
    """Run every trial in a process of its own, some at once; again until the time is over."""
    end = time.monotonic() + minutes * 60
    found: list[Verdict] = []
    order = sorted(TRIALS.values(), key=lambda trial: -trial.takes_long)
    with cold_ground() as like, ThreadPoolExecutor(at_once) as hands:
        os.environ[LIKE] = str(like)
        while not found or time.monotonic() < end:
            asked = [hands.submit(_apart, trial.name, seed + len(found)) for trial in order]
            for one in as_completed(asked):
                found.append(one.result())
                print(report.line(found[-1]), flush=True)
    return found


def _apart(name: str, seed: int, inside: tuple[str, ...] = ()) -> Verdict:
    words = [*inside, sys.executable, "-m", "benchmarks.chaos", "--only", name]
    given = {**os.environ, **({LAID: "1"} if inside else {})}
    told = subprocess.run(
        [*words, "--seed", str(seed), "--json"], stdout=subprocess.PIPE, env=given, check=False
    )
    if told.returncode not in {0, 1} or not told.stdout:  # it said why; the others go on
        return Verdict(name=name, seed=seed, faults={"no verdict": [f"exit {told.returncode}"]})
    return Verdict.read(json.loads(told.stdout.splitlines()[-1]))


if __name__ == "__main__":
    typer.run(main)
