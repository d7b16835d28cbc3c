"""Evaluate the reader without a model, and write docs/evaluation.md: `make evaluation`."""

import json
import subprocess
import sys

from benchmarks.evaluation import page
from benchmarks.evaluation.ablations import ablations
from benchmarks.evaluation.leaks import leaks
from benchmarks.evaluation.own import own
from benchmarks.evaluation.scores import ALL, halves, predict, rows, score, score_phrases
from benchmarks.evaluation.second import booked
from domain.errors import Refusal
from providers.local.reader import LocalReader
from workers.predictions import Judge


def main() -> None:
    """Measure all of it; refuse where the data has leaked into the code."""
    calls, phrases = rows("dev.jsonl"), rows("timex_dev.jsonl")
    found = leaks([*calls, *phrases])
    if found:
        raise Refusal("The data stands in the code, so its figures say nothing: " + found[0])
    judge = Judge(reader=LocalReader())
    groups = {
        name: score(half, predict(judge, half), by="category" if name == ALL else "")
        for name, half in halves(calls).items()
    }
    timex = {
        name: score_phrases(half, predict(judge, half)) for name, half in halves(phrases).items()
    }
    told = predict(judge, calls)
    left_out = {
        name: score(calls, predict(each, calls))["all"]
        for name, each in ablations([str(row["transcript"]) for row in calls]).items()
    }
    pace = json.loads(
        subprocess.run(
            [sys.executable, "-m", "benchmarks.pace"], check=True, capture_output=True, text=True
        ).stdout
    )
    page.write(
        page.Measured(
            groups=groups,
            timex=timex,
            told=told,
            left_out=left_out,
            own=own(),
            second=booked(calls),
            pace=pace,
        )
    )


if __name__ == "__main__":
    try:
        main()
    except Refusal as refusal:
        sys.exit(str(refusal))
