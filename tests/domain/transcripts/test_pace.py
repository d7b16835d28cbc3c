"""How fast it is, measured in a process of its own: a tracer would measure itself."""

import json
import os
import subprocess
import sys

import pytest

from tests.support.commands import ROOT


@pytest.fixture(scope="module")
def pace() -> dict[str, float]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("COV")}
    words = [sys.executable, "-m", "benchmarks.pace"]
    told = subprocess.run(
        words, cwd=ROOT, env=clean, capture_output=True, text=True, check=True, timeout=100
    )
    return json.loads(told.stdout)


LOADED = 2.0
"""So much slower is a processor whose other half is busy: the figures themselves, measured alone,
stand in docs/evaluation.md."""


def test_a_call_of_five_minutes_is_read_in_thirty_milliseconds(pace: dict[str, float]) -> None:
    assert pace["words"] > 700
    assert pace["call"] < 0.03 * LOADED


def test_ten_thousand_phrases_take_less_than_five_seconds(pace: dict[str, float]) -> None:
    assert pace["phrases"] < 5
    assert pace["phrases_of_any_language"] < 5
