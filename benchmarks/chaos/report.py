"""docs/faults.md: what was lost and doubled, ours beside the control's."""

from collections import defaultdict
from pathlib import Path
from typing import Final

from benchmarks import page
from benchmarks.chaos import control, trial
from benchmarks.chaos.scenarios import TRIALS
from benchmarks.chaos.trial import Verdict

PAGE: Final = Path(__file__).parents[2] / "docs" / "faults.md"
HEAD: Final = """# What breaks, and what comes of it

Written by `make chaos`, never by hand. Every row is a trial against the whole product: our
worker, listener and beat as an operator starts them, real PostgreSQL and Valkey, wires that can
be cut, and the vendors' stand-in whose ledger judges. Beside it, struck at the same moments, a
plain Celery task that sends the same texts by the same SDK, with the advice that is usually
given: acknowledged late, rejected when its worker is lost, tried again on errors. What the
broker did not take from its publisher is not counted as lost.

A trial has {owed} texts on each side, due over {seconds:.0f} seconds, and a vendor that takes a
quarter of a second for each. The control's visibility timeout is {visible} s instead of
Celery's hour, so that what would come back after an hour comes back within the trial. Seconds
are from the last strike, or from when the last text fell due, until the last text was taken;
what a vendor without keys may have taken is looked up twice before it is sent again, which is
where a minute goes.
"""


def is_broken(verdict: Verdict) -> bool:
    """Tell whether ours lost or doubled anything, or did not come to an end."""
    return bool(verdict.ours.lost or verdict.ours.doubled or verdict.open)


def line(verdict: Verdict) -> str:
    """Say a verdict in a line."""
    ours, theirs = verdict.ours, verdict.control
    return (
        f"{verdict.name:20} {verdict.strikes} strikes | ours: {ours.lost} lost,"
        f" {ours.doubled} doubled, {verdict.open} open, {ours.seconds:.1f} s | control:"
        f" {theirs.lost} of {theirs.owed} lost, {theirs.doubled} doubled, {theirs.seconds:.1f} s"
    )


def write(verdicts: list[Verdict], seed: int) -> None:
    """Write the page: a row for each trial, its rounds added up."""
    told = {one.name: one.what for one in TRIALS}
    rounds: defaultdict[str, list[Verdict]] = defaultdict(list)
    for one in verdicts:
        rounds[told[one.name]].append(one)
    rows = [_row(what, mine) for what, mine in rounds.items()]
    head = HEAD.format(
        owed=int(trial.SECONDS / trial.TICK) * trial.EACH_TICK,
        seconds=trial.SECONDS,
        visible=control.VISIBLE,
    )
    table = [
        "| what goes wrong | strikes | ours lost | doubled | longest, s | Celery lost | doubled |",
        "|---|---|---|---|---|---|---|",
        *rows,
    ]
    foot = f"Seed {seed}. {page.where('celery', 'redis', 'psycopg')}"
    PAGE.write_text("\n".join([head, *table, "", foot, ""]), encoding="utf-8")


def _row(what: str, rounds: list[Verdict]) -> str:
    ours, theirs = [one.ours for one in rounds], [one.control for one in rounds]
    cells = [
        what,
        str(sum(one.strikes for one in rounds)),
        f"{sum(one.lost for one in ours)} of {sum(one.owed for one in ours)}",
        str(sum(one.doubled for one in ours)),
        f"{max(one.seconds for one in ours):.1f}",
        f"{sum(one.lost for one in theirs)} of {sum(one.owed for one in theirs)}",
        str(sum(one.doubled for one in theirs)),
    ]
    return f"| {' | '.join(cells)} |"
