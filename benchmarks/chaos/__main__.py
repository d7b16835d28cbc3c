"""Try all that breaks, and write docs/faults.md: `make chaos`."""

import random
import sys
import time
from collections.abc import Sequence
from typing import Annotated

import typer

from benchmarks.chaos import report
from benchmarks.chaos.scenarios import TRIALS, Trial
from benchmarks.chaos.trial import Verdict, run
from benchmarks.ground import empty_ground


def main(
    only: Annotated[str, typer.Option(help="The name of one trial; `list` names them.")] = "",
    seed: Annotated[int, typer.Option(help="A seed repeats a run's chances.")] = 0,
    minutes: Annotated[float, typer.Option(help="Go on for so long, with other seeds.")] = 0.0,
    *,
    write: Annotated[bool, typer.Option(help="Write docs/faults.md.")] = True,
) -> None:
    """Strike both sides alike, trial by trial, and say what was lost and doubled."""
    if only == "list":
        print("\n".join(f"{trial.name:20} {trial.what}" for trial in TRIALS))
        return
    trials = [trial for trial in TRIALS if only in {"", trial.name}]
    if not trials:
        print(f"There is no trial {only!r}; --only list names them.", file=sys.stderr)
        raise typer.Exit(2)
    seed = seed or random.SystemRandom().randrange(1, 1_000_000)
    verdicts = _run(trials, seed, time.monotonic() + minutes * 60)
    if write and not only:
        report.write(verdicts, seed)
    if any(report.is_broken(one) for one in verdicts):
        raise typer.Exit(1)


def _run(trials: Sequence[Trial], seed: int, end: float) -> list[Verdict]:
    found: list[Verdict] = []
    with empty_ground() as database:
        while not found or time.monotonic() < end:
            for trial in trials:
                found.append(run(database, trial, seed + len(found)))
                print(report.line(found[-1]), flush=True)
    return found


if __name__ == "__main__":
    typer.run(main)
