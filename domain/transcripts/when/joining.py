"""Bringing the pieces of one phrase together: which date, which time of day."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from domain.transcripts.when import clock
from domain.transcripts.when.calendar import shift
from domain.transcripts.when.phrases import PhraseKind, Piece
from domain.transcripts.when.rules import Clock, Day, Step

Joined = tuple[list[Day], list[Clock], str]


def join(found: Sequence[Piece], kinds: str) -> Joined:
    """Return the readings of the date, those of the time, and the part of the day."""
    days: list[Day] = []
    clocks: list[Clock] = []
    part, steps = "", list[Step]()
    before: dict[PhraseKind, Piece] = {}
    for piece in found:
        last = before.get(piece.kind)
        between = kinds[last.last : piece.first] if last else ""
        match piece.kind:
            case PhraseKind.DATE:
                new = _step(steps, [each for each in piece.meanings if isinstance(each, Day)])
                days, steps = _days(days, new, between), []
            case PhraseKind.TIME:
                told = [each for each in piece.meanings if isinstance(each, Clock)]
                clocks = _clocks(clocks, told, between)
            case PhraseKind.PART:
                part = str(piece.meanings[0])
            case PhraseKind.STEP:
                steps += [each for each in piece.meanings if isinstance(each, Step)]
            case PhraseKind.DURATION:
                pass
        before[piece.kind] = piece
    return days, clocks, part or next((day.part for day in days), "")


def _step(steps: Sequence[Step], days: Sequence[Day]) -> list[Day]:
    """Count the steps from each reading of the date."""
    moved = list(days)
    for step in reversed(steps):
        moved = [
            replace(
                day,
                on=shift(day.on, step.count, step.unit),
                reading=f"{step.count:+d} {step.unit}s from {day.reading}",
            )
            for day in moved
        ]
    return moved


def _days(known: Sequence[Day], new: Sequence[Day], between: str) -> list[Day]:
    if not known or "r" in between:
        return list(new)
    if between.strip(".") in {"t", "a", "tf"} and "j" not in between and "t" in between:
        return [_through(known[0], new)]
    both = [day for day in known if any(_agree(day, other) for other in new)]
    if both:
        narrow = [day for day in new if any(_agree(day, other) for other in known)]
        return both if _length(both[0]) <= _length(narrow[0]) else narrow
    return [*known, *new]


def _through(begin: Day, ends: Sequence[Day]) -> Day:
    end = next((day for day in ends if day.on > begin.on), ends[0])
    last = end.until or shift(end.on, 1, "day")
    return replace(begin, until=last) if last > begin.on else begin


def _agree(one: Day, other: Day) -> bool:
    if one.at or other.at:
        return one.at == other.at or one.on == other.on
    return one.on < _end(other) and other.on < _end(one)


def _end(day: Day) -> date:
    return day.until or shift(day.on, 1, "day")


def _length(day: Day) -> int:
    return (_end(day) - day.on).days


def _clocks(known: Sequence[Clock], new: Sequence[Clock], between: str) -> list[Clock]:
    if not known or "r" in between:
        return list(new)
    if "t" in between or between == "a":
        return clock.spread(known, new)
    if between.strip("aA") in {"Z", "q"}:
        return clock.spread(known, new)
    same = [each for each in new if any(_same_hour(each, other) for other in known)]
    return same or [*known, *new]


def _same_hour(one: Clock, other: Clock) -> bool:
    return (one.hour % 12, one.minute) == (other.hour % 12, other.minute)
