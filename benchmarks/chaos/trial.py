"""One trial: texts fall due on both sides while something strikes; the vendor's ledger judges."""

import random
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from benchmarks.chaos import control
from benchmarks.chaos.scenarios import Trial
from benchmarks.chaos.stage import Stage, stage
from tests.support.databases import Database
from tests.support.waiting import wait_until

SECONDS: Final = 10.0
TICK: Final = 0.25
EACH_TICK: Final = 4
PATIENCE: Final = 240.0
WARM: Final = ("+12125559999", "+14155559999")
MOST: Final = 3 * control.VISIBLE
"""Seconds that the control gets for what nobody has acknowledged."""

OPEN: Final = "SELECT count(*) FROM messages WHERE status IN ('pending', 'sending', 'unknown')"


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """What became of the texts of one side."""

    owed: int
    lost: int
    doubled: int
    """Texts too many."""

    seconds: float
    """From the last strike, or what fell due last, until the last text was taken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What came of a trial."""

    name: str
    seed: int
    ours: Side
    control: Side
    strikes: int
    open: int
    """Rows of ours that had not ended when patience did."""

    @classmethod
    def read(cls, said: dict[str, Any]) -> "Verdict":
        """Read a verdict that another process has told."""
        ours, theirs = Side(**said.pop("ours")), Side(**said.pop("control"))
        return cls(ours=ours, control=theirs, **said)


def run(database: Database, trial: Trial, seed: int) -> Verdict:
    """Run one trial."""
    with stage(database, random.Random(seed)) as made:  # noqa: S311  # chance, no secret
        _warm_up(made)
        if trial.vendors:
            trial.vendors(made.place.vendors)
        struck, last, owed = _load(made, trial)
        _wait(made, last)
        open_rows = made.place.scalar(OPEN)
        taken = [line for line in made.place.effects("twilio") if line["to"] not in WARM]
        ours = [line for line in taken if line["account"] != control.SID]
        theirs = [line for line in taken if line["account"] == control.SID]
        accepted = [number for number in owed["theirs"] if number not in set(made.refused)]
        return Verdict(
            name=trial.name,
            seed=seed,
            ours=side(owed["ours"], ours, last),
            control=side(accepted, theirs, last),
            strikes=struck,
            open=open_rows,
        )


def _warm_up(made: Stage) -> None:
    """Wait until both sides have sent a text: nobody is struck while it still begins."""
    made.owe([WARM[0]])
    made.publish([WARM[1]])
    wait_until(lambda: len(made.place.effects("twilio")) > 1, within=90, what="both sides send")


def _load(made: Stage, trial: Trial) -> tuple[int, float, dict[str, list[str]]]:
    """Have texts fall due, tick by tick, and strike; return when it was last struck."""
    began, struck, mend_at = time.time(), 0, None
    strike_at = began + (trial.every or SECONDS / 3)
    owed: dict[str, list[str]] = {"ours": [], "theirs": []}
    last = began
    for tick in range(int(SECONDS / TICK)):
        ours = [f"+1212{5_550_000 + tick * EACH_TICK + n}" for n in range(EACH_TICK)]
        theirs = [f"+1415{5_550_000 + tick * EACH_TICK + n}" for n in range(EACH_TICK)]
        made.publish(theirs, later=trial.later, times=trial.times)
        made.owe(ours, later=trial.later)
        owed["ours"] += ours
        owed["theirs"] += theirs
        now = time.time()
        if trial.strike and now >= strike_at:
            trial.strike(made)
            struck, last = struck + 1, time.time()
            mend_at = last + trial.lasts if trial.mend and not mend_at else mend_at
            strike_at = last + trial.every if trial.every else float("inf")
        if mend_at and trial.mend and now >= mend_at:
            trial.mend(made)
            mend_at, last = float("inf"), time.time()
        time.sleep(max(0.0, began + (tick + 1) * TICK - time.time()))
    if trial.times > 1:
        made.ring(trial.times)
    if mend_at and trial.mend and mend_at != float("inf"):
        time.sleep(max(0.0, mend_at - time.time()))
        trial.mend(made)
        last = time.time()
    return struck, max(last, time.time() - TICK + trial.later), owed


def _wait(made: Stage, last: float) -> None:
    """Wait until all of ours has ended, and the control's broker holds nothing, or for long."""
    end, held = last + PATIENCE, time.time()
    while time.time() < end:
        is_unheard = made.holds("unacked") and time.time() < last + MOST
        held = time.time() if made.holds("celery") or is_unheard else held
        if not made.place.scalar(OPEN) and time.time() > max(held, last) + 2:
            return
        time.sleep(0.5)


def side(owed: Iterable[str], taken: list[dict[str, str]], last: float) -> Side:
    """Judge one side by what the vendor took, from a moment on."""
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
