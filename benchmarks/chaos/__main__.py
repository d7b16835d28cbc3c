"""Try all that breaks, and write docs/faults.md: `make chaos`."""

import json
import os
import random
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from typing import Annotated, Final

import typer

from benchmarks.chaos import report
from benchmarks.chaos.scenarios import TRIALS
from benchmarks.chaos.trial import Verdict, run
from benchmarks.ground import empty_ground

AT_ONCE: Final = 4
"""Trials beside each other, each on servers of its own: most of a trial is waiting."""


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
        print("\n".join(f"{trial.name:20} {trial.what}" for trial in TRIALS))
        return
    if only not in {"", *(trial.name for trial in TRIALS)}:
        print(f"There is no trial {only!r}; --only list names them.", file=sys.stderr)
        raise typer.Exit(2)
    seed = seed or random.SystemRandom().randrange(1, 1_000_000)
    verdicts = [_one(only, seed)] if only else _all(seed, minutes, at_once)
    if only:
        print(json.dumps(asdict(verdicts[0])) if as_json else report.line(verdicts[0]))
    else:
        report.write(verdicts, seed)
    if any(report.is_broken(one) for one in verdicts):
        raise typer.Exit(1)


def _one(name: str, seed: int) -> Verdict:
    [trial] = [trial for trial in TRIALS if trial.name == name]
    with empty_ground() as database:
        return run(database, trial, seed)


def _all(seed: int, minutes: float, at_once: int) -> list[Verdict]:
    """Run every trial in a process of its own, some at once; again until the time is over."""
    end = time.monotonic() + minutes * 60
    found: list[Verdict] = []
    with ThreadPoolExecutor(at_once) as hands:
        while not found or time.monotonic() < end:
            asked = [(trial.name, seed + len(found)) for trial in TRIALS]
            for verdict in hands.map(lambda one: _apart(*one), asked):
                found.append(verdict)
                print(report.line(verdict), flush=True)
    return found


def _apart(name: str, seed: int) -> Verdict:
    words = [sys.executable, "-m", "benchmarks.chaos", "--only", name, "--seed", str(seed)]
    told = subprocess.run([*words, "--json"], stdout=subprocess.PIPE, env=os.environ, check=False)
    if told.returncode not in {0, 1} or not told.stdout:
        raise RuntimeError(f"the trial {name!r} with seed {seed} did not come to a verdict")
    return Verdict.read(json.loads(told.stdout.splitlines()[-1]))


if __name__ == "__main__":
    typer.run(main)
