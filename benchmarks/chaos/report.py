"""docs/faults.md: what was lost and doubled, ours beside the control's, and what shows the rest."""

from collections import Counter, defaultdict
from pathlib import Path
from typing import Final

from benchmarks import page
from benchmarks.chaos import control, moments, wanted
from benchmarks.chaos.every import TRIALS
from benchmarks.chaos.load import TICK
from benchmarks.chaos.matrix import FAULTS, Fault
from benchmarks.chaos.verdict import Verdict

PAGE: Final = Path(__file__).parents[2] / "docs" / "faults.md"
HEAD: Final = """# What breaks, and what comes of it

Written by `make chaos`, never by hand. Every trial is one against the whole product: our
worker, listener and beat as an operator starts them, real PostgreSQL and Valkey, wires that can
be cut, hosts in networks of their own, and the vendors' stand-in whose ledger judges. Beside it,
struck at the same moments, a plain Celery task that sends the same texts by the same SDK, with
the advice that is usually given: acknowledged late, rejected when its worker is lost, tried again
on errors. What the broker did not take from its publisher is not counted as lost.

A trial of texts has {owed} on each side where it says nothing else, due over {seconds:.0f}
seconds, and a vendor that takes a quarter of a second for each. The control's visibility timeout
is {visible} s instead of Celery's hour, so that what would come back after an hour comes back
within the trial. Seconds are from the last strike or its mending, or from when the last text fell
due, until the last text was taken; what a vendor without keys may have taken is looked up twice
before it is sent again, which is where a minute goes.

Every trial is judged as a whole as well, and one word of these would make it fail: a text sent
before it was due, at night, after its person said stop (some do in every trial, right before
theirs is due), or faster than its tenant allows; a row or an action still open; the vendor's
ledger and ours not the same; a promise of `upkeep.invariants` not kept; a change of state that
docs/lifecycles.md does not draw; an end written under a token that had not the row; a row that
became another tenant's, or a neighbour's that changed at all.
"""
MATRIX: Final = """
## Every fault, and what shows it

Trials stand below; tests are in `tests/`, and docs/proofs.md has their figures.

| what goes wrong | trials | tests | says |
|---|---|---|---|
"""
MET: Final = """
## What the strikes met

A fault that always strikes the same moment shows little, so strikes are aimed: some fall when they
fall, others right after an intent was committed, while the vendor has the text, or as its answer
leaves. What each met is read from the history afterwards; a trial that met nothing is invalid, and
fails. What lies between two commits is tried at every point by the enumerations above.

"""


def is_broken(verdict: Verdict) -> bool:
    """Tell whether ours lost or doubled anything, broke a promise, or did not come to an end."""
    ours = verdict.ours
    return bool(ours.lost or ours.doubled or verdict.open or verdict.faults or is_invalid(verdict))


def is_invalid(verdict: Verdict) -> bool:
    """Tell whether a trial shows nothing: what was to strike met nothing that was under way."""
    trial = TRIALS[verdict.name]
    if verdict.not_run or trial.play:
        return False
    missed = trial.strike and not any(verdict.moments.get(one) for one in moments.MOMENTS[1:])
    return bool(missed or (trial.vendors and not verdict.struck))


def sometimes(verdicts: list[Verdict]) -> str:
    """Say how often any strike met each moment of a text."""
    met = {one: sum(v.moments.get(one, 0) for v in verdicts) for one in moments.MOMENTS}
    return "Strikes met: " + ", ".join(f"{one} {many}" for one, many in met.items()) + "."


def line(verdict: Verdict) -> str:
    """Say a verdict in a line."""
    if verdict.not_run:
        return f"{verdict.name:20} NOT RUN: {verdict.not_run}"
    ours, theirs = verdict.ours, verdict.control
    words = (
        f"{verdict.name:20} {verdict.strikes} strikes, {verdict.struck} of the vendor | ours:"
        f" {ours.lost} of {ours.owed} lost, {ours.doubled} doubled, {verdict.open} open,"
        f" {ours.seconds:.1f} s | control: {theirs.lost} of {theirs.owed} lost,"
        f" {theirs.doubled} doubled, {theirs.seconds:.1f} s"
    )
    met = ", ".join(f"{one} {many}" for one, many in sorted(verdict.moments.items()))
    wrong = f"WRONG: {verdict.faults}" if verdict.faults else ""
    invalid = "INVALID: nothing was met" if is_invalid(verdict) else ""
    return " | ".join(part for part in (words, met, verdict.note, wrong, invalid) if part)


def write(verdicts: list[Verdict], seed: int) -> None:
    """Write the page: a row for each trial, its rounds added up."""
    rounds: defaultdict[str, list[Verdict]] = defaultdict(list)
    for one in verdicts:
        rounds[one.name].append(one)
    head = HEAD.format(
        owed=int(wanted.SECONDS / TICK) * 4, seconds=wanted.SECONDS, visible=control.VISIBLE
    )
    table = [
        "| what goes wrong | strikes | ours lost | doubled | longest, s | Celery lost | doubled |",
        "|---|---|---|---|---|---|---|",
        *(_row(TRIALS[name].what, rounds[name]) for name in TRIALS if name in rounds),
    ]
    matrix = [_shown(fault, rounds) for fault in FAULTS]
    foot = f"Seed {seed}. {page.where('celery', 'redis', 'psycopg')} A seed repeats what strikes,"
    foot += " in what order and at what it aims; not the instants, which are the machine's:"
    foot += " `python -m benchmarks.chaos --only NAME --seed SEED`."
    parts = [head, *table, *_notes(rounds), MET + _met(rounds), MATRIX.rstrip(), *matrix, "", foot]
    PAGE.write_text("\n".join([*parts, ""]), encoding="utf-8")


def _row(what: str, rounds: list[Verdict]) -> str:
    if all(one.not_run for one in rounds):
        return f"| {what} | **not run here**: {rounds[0].not_run} | | | | | |"
    ours, theirs = [one.ours for one in rounds], [one.control for one in rounds]
    is_alone = not any(one.owed for one in theirs)
    cells = [
        what,
        str(sum(one.strikes + one.struck for one in rounds)),
        f"{sum(one.lost for one in ours)} of {sum(one.owed for one in ours)}",
        str(sum(one.doubled for one in ours)),
        f"{max(one.seconds for one in ours):.1f}",
        "" if is_alone else f"{sum(one.lost for one in theirs)} of {sum(o.owed for o in theirs)}",
        "" if is_alone else str(sum(one.doubled for one in theirs)),
    ]
    return f"| {' | '.join(cells)} |"


def _notes(rounds: dict[str, list[Verdict]]) -> list[str]:
    """Say what else a trial showed, and what was wrong, so that nobody reads past it."""
    found = [
        f"- {TRIALS[name].what}: {one.note}." for name in rounds for one in rounds[name] if one.note
    ]
    wrong = [
        f"- **wrong**, {TRIALS[name].what}, seed {one.seed}: {one.faults or 'it met nothing'}"
        for name in rounds
        for one in rounds[name]
        if one.faults or is_invalid(one)
    ]
    return ["", *found, *wrong] if found or wrong else []


def _met(rounds: dict[str, list[Verdict]]) -> str:
    rows = ["| trial | " + " | ".join(moments.MOMENTS) + " |", "|---" * 6 + "|"]
    total: Counter[str] = Counter()
    for name, mine in rounds.items():
        met = sum((Counter(one.moments) for one in mine), Counter[str]())
        total += met
        if met:
            rows.append(
                f"| {name} | " + " | ".join(str(met[one]) for one in moments.MOMENTS) + " |"
            )
    rows.append("| all | " + " | ".join(str(total[one]) for one in moments.MOMENTS) + " |")
    return "\n".join(rows)


def _shown(fault: Fault, rounds: dict[str, list[Verdict]]) -> str:
    trials = [
        f"{name} (not run here)" if all(one.not_run for one in rounds.get(name, [])) else name
        for name in fault.trials
    ]
    tests = ", ".join(f"`{name}`" for name in fault.tests)
    return f"| {fault.what} | {', '.join(trials)} | {tests} | {fault.says} |"
