"""Every trial there is, by its name."""

from typing import Final

from benchmarks.chaos import beats, crowds, drained, poison
from benchmarks.chaos import trial as texts
from benchmarks.chaos.scenarios import TEXTS
from benchmarks.chaos.verdict import Verdict
from benchmarks.chaos.wanted import Trial

OWN: Final = (
    Trial(
        name="broker absent",
        what="Redis was never there: texts are drained without it",
        play=drained.play,
    ),
    Trial(
        name="poison",
        what="a text, and a call, kill whoever works them, each time",
        play=poison.play,
        takes=1.0,
        beside=("listen", "beat", poison.READER),
        seconds=20,
        takes_long=100,
    ),
    Trial(
        name="beats",
        what="three beats of ours, two of Celery: one is killed, all are away for six seconds",
        play=beats.play,
    ),
    Trial(
        name="flooded",
        what="a tenant owes ten thousand texts at once, of Celery's six hundred; twenty others one",
        play=crowds.flooded,
        per_minute=60,
        patience=90,
        takes_long=80,
    ),
    Trial(
        name="vendor slow",
        what="the carrier takes a minute for each text, letters go by another",
        play=crowds.slow,
        patience=90,
        takes_long=60,
    ),
)
TRIALS: Final = {trial.name: trial for trial in (*TEXTS, *OWN)}


def play(trial: Trial, seed: int) -> Verdict:
    """Run a trial, by its own way where it has one."""
    return trial.play(trial, seed) if trial.play else texts.run(trial, seed)
