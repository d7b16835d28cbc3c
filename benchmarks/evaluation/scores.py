"""Predictions, and what the scorer of the data says to them."""

import hashlib
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, TypeAlias

from domain.errors import Refusal
from tests.architecture.source import ROOT
from workers.predictions import Judge, Line, Row, rows_of

DATA: Final = Path(os.environ.get("FRONTDESK_SHARED") or ROOT.parent / "shared") / "data"
SEEN, HELD, ALL = "looked at", "only scored", "all"
TIMEX: Final = re.compile(
    r"(?P<kind>.+?)\s+exact\s+(?P<value>[\d.]+)% \[(?P<low>[\d.]+), (?P<high>[\d.]+)\]"
    r".*n=(?P<n>\d+)"
)


@dataclass(frozen=True, slots=True)
class Figure:
    """A share, its 95 % interval, and how many it is of; all in per cent."""

    value: float
    low: float
    high: float
    count: int

    def __str__(self) -> str:
        """Return it as a cell of a table."""
        return f"{self.value:.1f} ({self.low:.1f} to {self.high:.1f})"


Figures: TypeAlias = Mapping[str, Figure]
"""Of one group of calls, by metric."""


def rows(name: str) -> list[Row]:
    """Return the lines of a file of the data."""
    if not DATA.is_dir():
        raise Refusal(
            f"The evaluation data is not here: {DATA} is no folder. Set FRONTDESK_SHARED."
        )
    return list(rows_of(DATA / name))


def half_of(row: Row) -> str:
    """Say whether errors in this row may be looked at, or it is only scored."""
    number = int(hashlib.sha256(str(row["id"]).encode()).hexdigest(), 16)
    return HELD if number % 2 else SEEN


def halves(lines: Sequence[Row]) -> dict[str, list[Row]]:
    """Return both halves, and the whole."""
    return {
        SEEN: [row for row in lines if half_of(row) == SEEN],
        HELD: [row for row in lines if half_of(row) == HELD],
        ALL: list(lines),
    }


def predict(judge: Judge, lines: Iterable[Row]) -> list[Line]:
    """Return the product's answer to each line."""
    return [judge.predict(row) for row in lines]


def score(gold: Sequence[Row], lines: Sequence[Line], by: str = "") -> dict[str, Figures]:
    """Return the scorer's figures of a file of calls, all together and by a column."""
    with TemporaryDirectory() as folder:
        told = Path(folder) / "told.json"
        _run(gold, lines, Path(folder), "--json", str(told), *(["--by", by] if by else []))
        found: dict[str, dict[str, Any]] = json.loads(told.read_text())
    return {
        group: {name: _figure(each) for name, each in metrics.items()}
        for group, metrics in found.items()
    }


def score_phrases(gold: Sequence[Row], lines: Sequence[Line]) -> Figures:
    """Return the scorer's figures of a file of time expressions, by kind."""
    with TemporaryDirectory() as folder:
        told = _run(gold, lines, Path(folder), "--timex")
    return {
        " ".join(match["kind"].split()): Figure(
            float(match["value"]), float(match["low"]), float(match["high"]), int(match["n"])
        )
        for match in map(TIMEX.match, told.splitlines())
        if match
    }


def _figure(each: Mapping[str, Any]) -> Figure:
    low, high = each["ci95"]
    return Figure(100 * each["value"], 100 * low, 100 * high, each["n"])


def _run(gold: Sequence[Row], lines: Sequence[Line], folder: Path, *options: str) -> str:
    files = []
    for name, content in (("gold", gold), ("lines", lines)):
        files.append(folder / f"{name}.jsonl")
        files[-1].write_text("".join(json.dumps(line) + "\n" for line in content))
    words = [sys.executable, str(DATA / "score.py"), *map(str, files), *options]
    return subprocess.run(words, check=True, capture_output=True, text=True).stdout
