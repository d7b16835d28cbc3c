"""Score the reader without a model against the evaluation data."""

import json
import os
import subprocess
import sys
import tempfile
import time
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from domain.transcripts import when

SHARED = Path(os.environ.get("FRONTDESK_SHARED") or Path(__file__).parents[2] / "shared")
DATA = SHARED / "data"


def rows(name: str) -> list[dict]:
    """Return the lines of a file of the data."""
    return [json.loads(line) for line in (DATA / name).read_text().splitlines() if line]


def zone_of(row: dict) -> ZoneInfo:
    """Return the zone; time expressions have only an offset."""
    if "timezone" in row:
        return ZoneInfo(row["timezone"])
    away = datetime.fromisoformat(row["reference_datetime"]).utcoffset() or timedelta()
    hours = away // timedelta(hours=1)
    return ZoneInfo(f"Etc/GMT{-hours:+d}" if hours else "UTC")


def said_at(row: dict) -> datetime:
    """Return the moment of the call."""
    moment = datetime.fromisoformat(row["reference_datetime"])
    return moment if moment.tzinfo else moment.replace(tzinfo=zone_of(row))


def resolved(row: dict) -> when.Moments:
    """Resolve one time expression."""
    return when.resolve(
        row["text"],
        said_at=said_at(row),
        zone=zone_of(row),
        language=row["lang"],
    )


def timex() -> None:
    """Score the time expressions."""
    data = rows("timex_dev.jsonl")
    began = time.perf_counter()
    answers = [(row["id"], resolved(row)) for row in data]
    took = time.perf_counter() - began
    lines = [
        {"id": name, "start": moments.candidates[0].starts_at.isoformat()}
        if moments.candidates
        else {"id": name, "start": None}
        for name, moments in answers
    ]
    unsure = sum(moments.is_ambiguous for _, moments in answers)
    score(["--timex", "timex_dev.jsonl"], lines)
    print(f"{len(data)} phrases, {took / len(data) * 1e6:.0f} us each; more than one: {unsure}")


def score(words: list[str], lines: list[dict]) -> None:
    """Hand the predictions to the scorer."""
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl") as file:
        file.write("".join(json.dumps(line) + "\n" for line in lines))
        file.flush()
        options = words[:-1] if words[0] == "--timex" else []
        arguments = [*options, str(DATA / words[-1 if options else 0]), file.name]
        arguments += [] if options else words[1:]
        subprocess.run([sys.executable, str(DATA / "score.py"), *arguments], check=True)


if __name__ == "__main__":
    timex()
