"""What the second reading is worth: which bookings a model that errs would have made without it.

The model is a stand-in that errs as models do: for it the last time that was named counts, whoever
named it, taken or not, and it says that both sides agreed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from benchmarks.evaluation.ablations import Deaf
from benchmarks.evaluation.scores import Row
from domain.tables.events import EventStatus
from domain.transcripts import extraction, reading, rules
from domain.transcripts.ports import Request
from domain.transcripts.schema import Reading
from domain.transcripts.store import Heard
from workers.vendors import models

PHONE = "+12125550100"


@dataclass(frozen=True, slots=True)
class Booked:
    """Calls in which somebody would have been written to about a moment."""

    right: int = 0
    wrong: int = 0
    asked: int = 0
    """Calls in which nothing is confirmed, and the owner is asked."""


def booked(calls: Sequence[Row]) -> dict[str, Booked]:
    """Return what would be booked of these calls, by who reads and what is left out."""
    deaf = Deaf()
    counts = {"a right model": Booked(), "a model that errs": Booked()}
    counts["a model that errs, without the second reading"] = Booked()
    for row in calls:
        text = str(row["transcript"])
        truth = reading.read(text)
        told = extraction.understand(deaf.read(Request(instructions="", transcript=text)))
        assert told is not None
        sure = [event.model_copy(update={"is_agreed": True}) for event in told.events]
        errs = told.model_copy(update={"events": sure})
        for name, (said, second) in {
            "a right model": (truth, truth),
            "a model that errs": (errs, truth),
            "a model that errs, without the second reading": (errs, None),
        }.items():
            counts[name] = _count(counts[name], row, said, second)
    return counts


def _count(so_far: Booked, row: Row, said: Reading, second: Reading | None) -> Booked:
    at = datetime.fromisoformat(str(row["reference_datetime"]))
    zone = rules.zone_of(str(row["timezone"]))
    assert zone is not None
    heard = Heard(str(row["transcript"]), at, PHONE, zone.key, "UTC", None, None)
    made = extraction.judge(models.moments, said, heard, zone, second=second)
    starts = {
        event.start.astimezone(zone).replace(tzinfo=None)
        for event in made.events
        if event.status is EventStatus.CONFIRMED and event.start
    }
    if not starts:
        return Booked(so_far.right, so_far.wrong, so_far.asked + bool(made.doubts))
    gold = row["gold"]
    true = datetime.fromisoformat(gold["start"]) if gold.get("start") else None
    is_right = true is not None and all(abs(one - true) < timedelta(minutes=1) for one in starts)
    return Booked(so_far.right + is_right, so_far.wrong + (not is_right), so_far.asked)
