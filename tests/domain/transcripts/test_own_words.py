"""Nothing of the evaluation data stands in the code: the reader is not fitted to it."""

import json
import re
from pathlib import Path

import pytest

from config.settings import settings
from tests.architecture.source import ROOT, tracked

IN_A_ROW = 8


def data() -> Path:
    shared = settings().frontdesk_shared or ROOT.parent / "shared"
    found = shared / "data"
    if not found.is_dir():
        pytest.skip(f"the evaluation data is not here: {found} is no folder")
    return found


def rows_of_words(text: str) -> set[tuple[str, ...]]:
    words = re.findall(r"[\w']+", text.lower())
    return {tuple(words[place : place + IN_A_ROW]) for place in range(len(words) - IN_A_ROW + 1)}


def test_no_eight_words_of_the_data_stand_in_the_code() -> None:
    lines = [
        json.loads(line)
        for name in ("dev.jsonl", "timex_dev.jsonl")
        for line in (data() / name).read_text().splitlines()
    ]
    turns = [
        re.sub(r"^\w+: ", "", turn)
        for line in lines
        for turn in (line.get("transcript") or line["text"]).splitlines()
    ]
    theirs = set[tuple[str, ...]]().union(*(rows_of_words(turn) for turn in turns))
    ids = {line["id"] for line in lines}

    for path in tracked():
        if path.suffix == ".py":
            text = path.read_text()
            assert not rows_of_words(text) & theirs, path
            assert not [one for one in re.findall(r"\b(?:sgd|star|smc|duck|sgdx)-[\w-]+", text)
                        if one in ids], path  # fmt: skip
