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
from domain.transcripts.reading import read
from domain.transcripts.schema import Reading, Said, SaidEvent

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


def predicted(row: dict, reading: Reading) -> dict:
    """Return the prediction for one call: its last agreed event, the likeliest moment."""
    agreed = [event for event in reading.events if event.is_agreed]
    event = agreed[-1] if agreed else None
    moments = moments_of(row, event)
    moment = moments.candidates[0] if moments and moments.candidates else None
    return {
        "id": row["id"],
        "has_event": event is not None,
        "start": moment.starts_at.isoformat() if moment and moment.has_time else None,
        "date": moment.on.isoformat() if moment else None,
        "event_type": "appointment" if event else None,
        "customer_name": value_of(event.customer_name) if event else None,
        "customer_phone": value_of(event.customer_phone) if event else None,
        "location": value_of(event.location) if event else None,
    }


def value_of(said: Said | None) -> str | None:
    """Return the value, where there is one."""
    return said.value if said else None


def moments_of(row: dict, event: SaidEvent | None) -> when.Moments | None:
    """Resolve the words of an event."""
    if event is None or event.when is None:
        return None
    return when.resolve(event.when.value, said_at=said_at(row), zone=zone_of(row))


def _is_doubtful(row: dict, reading: Reading) -> bool:
    """Say whether the owner would be asked which moment was meant."""
    agreed = [event for event in reading.events if event.is_agreed]
    moments = moments_of(row, agreed[-1]) if agreed else None
    return bool(moments and moments.is_ambiguous)


def calls(words: list[str]) -> None:
    """Score the calls."""
    data = rows("dev.jsonl")
    began = time.perf_counter()
    readings = [read(row["transcript"]) for row in data]
    took = time.perf_counter() - began
    lines = [predicted(row, reading) for row, reading in zip(data, readings, strict=True)]
    score(["dev.jsonl", *words], lines)
    doubtful = [_is_doubtful(row, reading) for row, reading in zip(data, readings, strict=True)]
    print(f"more than one reading of the moment: {sum(doubtful)} calls")
    print(f"{len(data)} calls, {took / len(data) * 1e3:.1f} ms each")


if __name__ == "__main__":
    if "--calls" not in sys.argv:
        timex()
    calls([word for word in sys.argv[1:] if word != "--calls"])
