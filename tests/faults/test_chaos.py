"""`make chaos` judges by the vendor's ledger, and says plainly what it found."""

import json
import subprocess
import sys
from dataclasses import asdict, replace

from benchmarks.chaos import report
from benchmarks.chaos.scenarios import TRIALS
from benchmarks.chaos.trial import Side, Verdict, side
from tests.support.processes import ROOT

WELL = Side(owed=2, lost=0, doubled=0, seconds=1.0)
FINE = Verdict(name="flushed", seed=1, ours=WELL, control=WELL, strikes=1, open=0)


def test_what_never_came_and_what_came_twice_is_counted_by_person() -> None:
    at = "2026-11-27T10:00:05+00:00"
    taken = [{"to": "+12125550101", "at": at}] * 3 + [{"to": "+12125550102", "at": at}]

    found = side(["+12125550101", "+12125550102", "+12125550103"], taken, 1_795_773_600.0)

    assert (found.owed, found.lost, found.doubled) == (3, 1, 2)
    assert found.seconds == 5.0


def test_a_run_is_broken_by_one_text_of_ours_and_not_by_the_controls() -> None:
    assert not report.is_broken(replace(FINE, control=replace(WELL, lost=2, doubled=1)))
    assert report.is_broken(replace(FINE, ours=replace(WELL, lost=1)))
    assert report.is_broken(replace(FINE, ours=replace(WELL, doubled=1)))
    assert report.is_broken(replace(FINE, open=1))


def test_a_verdict_survives_being_told_to_another_process() -> None:
    assert Verdict.read(json.loads(json.dumps(asdict(FINE)))) == FINE


def test_a_trial_that_is_none_is_told_with_those_that_are() -> None:
    words = [sys.executable, "-m", "benchmarks.chaos", "--only"]

    listed = subprocess.run([*words, "list"], cwd=ROOT, capture_output=True, text=True, check=True)
    wrong = subprocess.run(
        [*words, "earthquake"], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert all(trial.name in listed.stdout for trial in TRIALS)
    assert wrong.returncode == 2
    assert "There is no trial 'earthquake'" in wrong.stderr
