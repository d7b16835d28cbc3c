"""Nothing of the evaluation data stands in the code: the reader is not fitted to it."""

import json
from pathlib import Path

import pytest

from benchmarks.evaluation.leaks import leaks
from config.settings import settings
from tests.architecture.source import ROOT


def data() -> Path:
    shared = settings().frontdesk_shared or ROOT.parent / "shared"
    found = shared / "data"
    if not found.is_dir():
        pytest.skip(f"the evaluation data is not here: {found} is no folder")
    return found


def test_no_eight_words_and_no_id_of_the_data_stand_in_the_code() -> None:
    lines = [
        json.loads(line)
        for name in ("dev.jsonl", "timex_dev.jsonl")
        for line in (data() / name).read_text().splitlines()
    ]

    assert leaks(lines) == []


def test_a_leak_is_found(tmp_path: Path) -> None:
    words = "one two three four five six seven eight nine"
    line = {"id": "star-none-1", "transcript": f"Caller: {words} and ten"}
    file = tmp_path / "reader.py"

    file.write_text(f"# Zero, {words}!\nASKED = 'star-none-1'\n")

    assert len(leaks([line], [file])) == 3
