"""Whether anything of the evaluation data stands in the code: its figures would say nothing."""

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.architecture.source import tracked

IN_A_ROW = 8
SUFFIXES = {".py", ".txt", ".md", ".sql", ".toml", ".json", ".jsonl"}
ID = re.compile(r"\b(?:sgd|sgdx|star|smc|duck)-[\w-]+")


def rows_of_words(text: str) -> set[tuple[str, ...]]:
    """Return every eight words that stand in a row."""
    words = re.findall(r"[\w']+", text.lower())
    return {tuple(words[place : place + IN_A_ROW]) for place in range(len(words) - IN_A_ROW + 1)}


def leaks(lines: Sequence[Mapping[str, Any]], files: Iterable[Path] | None = None) -> list[str]:
    """Return what of the data occurs in the files that git tracks, as sentences."""
    turns = [
        re.sub(r"^\w+: ", "", turn)
        for line in lines
        for turn in (line.get("transcript") or line["text"]).splitlines()
    ]
    theirs = set[tuple[str, ...]]().union(*(rows_of_words(turn) for turn in turns))
    ids = {line["id"] for line in lines}
    found: list[str] = []
    for path in tracked() if files is None else files:
        if path.suffix in SUFFIXES:
            text = path.read_text("utf-8")
            found += [f"{path}: {' '.join(row)}" for row in rows_of_words(text) & theirs]
            found += [f"{path}: {one}" for one in ID.findall(text) if one in ids]
    return sorted(found)
