"""One trial: texts fall due on both sides while something strikes; the vendor's ledger judges."""

import time
from collections import Counter
from collections.abc import Iterable
from contextlib import ExitStack
from datetime import datetime
from typing import Any, Final

from benchmarks.chaos import control, judging, moments
from benchmarks.chaos.load import Load
from benchmarks.chaos.needs import a_database, a_disk
from benchmarks.chaos.stage import WARM, Stage, stage
from benchmarks.chaos.verdict import Side, Verdict
from benchmarks.chaos.wanted import Trial
from tests.support import history

MOST: Final = 3 * control.VISIBLE
"""Seconds that the control gets for what nobody has acknowledged."""

OPEN: Final = (
    "SELECT count(*) FROM messages WHERE status IN ('pending', 'sending', 'unknown')"
    " AND user_id = %s AND to_number <> ALL(%s)"
)


def run(trial: Trial, seed: int) -> Verdict:
    """Run one trial."""
    with ExitStack() as stack:
        disk = stack.enter_context(a_disk(trial.disk)) if trial.disk else None
        database = stack.enter_context(a_database(disk.folder if disk else None))
        made = stack.enter_context(stage(database, trial, seed))
        made.disk = disk
        made.warm_up()
        if trial.vendors:
            trial.vendors(made.place.vendors)
        load = Load(made, trial)
        load.run()
        _wait(made, trial, load.last)
        return _judge(load, seed)


def _judge(load: Load, seed: int) -> Verdict:
    made = load.made
    taken = [line for line in made.place.effects("twilio") if line["kind"] == "message"]
    ours = [line for line in taken if line["account"] != control.SID]
    theirs = [line for line in taken if line["account"] == control.SID and line["to"] not in WARM]
    refused = set(made.refused)
    return Verdict(
        name=load.trial.name,
        seed=seed,
        ours=side(load.ours, (line for line in ours if line["to"] not in WARM), load.last),
        control=side((n for n in load.theirs if n not in refused), theirs, load.last),
        strikes=len(made.struck),
        struck=made.place.vendors.struck(besides="delay"),
        open=_open(made),
        faults=judging.faults(load, ours),
        moments=_moments(load, ours),
        note=made.note,
    )


def _moments(load: Load, ours: list[Any]) -> dict[str, int]:
    """Return which moments were met; those of a vendor's own faults lie where it answers."""
    made = load.made
    taken: dict[str, datetime] = {}
    for line in ours:
        taken.setdefault(line["to"], datetime.fromisoformat(line["at"]))
    lives = moments.lives(history.read(made.place.connection), made.town.due, taken)
    return dict(moments.met(made.struck, lives, takes=load.trial.takes))


def _open(made: Stage) -> int:
    (row,) = made.town.patiently(OPEN, [made.town.user, made.town.sleepers])
    return row[0]


def _wait(made: Stage, trial: Trial, last: float) -> None:
    """Wait until all of ours has ended, and the control's broker holds nothing, or for long."""
    end, held = last + trial.patience, time.time()
    while time.time() < end:
        is_unheard = made.holds("unacked") and time.time() < last + MOST
        held = time.time() if made.holds("celery") or is_unheard else held
        if not _open(made) and time.time() > max(held, last) + 2:
            return
        time.sleep(0.5)


def side(owed: Iterable[str], taken: Iterable[dict[str, str]], last: float) -> Side:
    """Judge one side by what the vendor took, from a moment on."""
    taken = list(taken)
    got = Counter(line["to"] for line in taken)
    owed = list(owed)
    return Side(
        owed=len(owed),
        lost=sum(1 for number in owed if not got[number]),
        doubled=sum(many - 1 for many in got.values()),
        seconds=max(0.0, max((_at(line) for line in taken), default=last) - last),
    )


def _at(line: dict[str, str]) -> float:
    return datetime.fromisoformat(line["at"]).timestamp()
