"""Calls in our own words, and what should be heard in them: tests/domain/transcripts/calls."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from domain.transcripts.schema import Reading, Said, SaidEvent

FOLDER = Path(__file__).parents[1] / "domain" / "transcripts" / "calls"
PLACES = {
    "english": ("en", "America/New_York"),
    "spanish": ("es", "Europe/Madrid"),
    "swedish": ("sv", "Europe/Stockholm"),
}
SAID_AT = "2026-11-18T10:00:00"


@dataclass(frozen=True)
class Call:
    """A call and what should be heard: for each event its start, and facts by name."""

    name: str
    language: str
    row: dict[str, str]
    wanted: list[dict[str, str]]


def calls() -> Iterator[Call]:
    for file in sorted(FOLDER.glob("*.txt")):
        language, zone = PLACES[file.stem.split("_")[0]]
        for block in re.split(r"^== ", file.read_text(), flags=re.MULTILINE)[1:]:
            head, _, rest = block.partition("\n")
            spoken = [line for line in rest.splitlines() if not line.startswith("-> ")]
            told = [line[3:] for line in rest.splitlines() if line.startswith("-> ")]
            said_at = re.search(r"@(\S+)", head)
            row = {
                "id": f"{file.stem}: {head}",
                "reference_datetime": said_at[1] if said_at else SAID_AT,
                "timezone": zone,
                "transcript": "\n".join(spoken).strip(),
            }
            yield Call(row["id"], language, row, [_facts(one) for one in told if one != "none"])


def _facts(line: str) -> dict[str, str]:
    start, *rest = re.split(r"\s(?=\w+=)", line)
    return {"start": start, **dict(part.split("=", 1) for part in rest)}


def only(reading: Reading) -> SaidEvent:
    assert len(reading.events) == 1
    return reading.events[0]


def value(said: Said | None) -> str | None:
    return said.value if said else None
