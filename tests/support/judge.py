"""What the vendors' own ledger says of calls: how many anybody had at every instant, and when."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

Line = Mapping[str, Any]
Who = Callable[[Line], str]


def account(line: Line) -> str:
    return f"{line['vendor']} {line['account']}"


def caller(line: Line) -> str:
    return line["from"]


def recipient(line: Line) -> str:
    return line["to"]


def calls(effects: Iterable[Line]) -> list[Line]:
    return [line for line in effects if line["kind"] == "call"]


def peaks(lines: Iterable[Line], who: Who) -> dict[str, int]:
    """Return how many calls each had at most at one instant: in the ledger's own order."""
    moments: list[tuple[int, str, int]] = []
    for line in lines:
        if "began_n" in line:
            moments.append((line["began_n"], who(line), 1))
        if "ended_n" in line:
            moments.append((line["ended_n"], who(line), -1))
    live: Counter[str] = Counter()
    most: dict[str, int] = {}
    for _, name, step in sorted(moments):
        live[name] += step
        most[name] = max(most.get(name, 0), live[name])
    return most


def over(lines: Iterable[Line], who: Who, limits: Mapping[str, int]) -> dict[str, int]:
    """Return who had more calls at once than allowed, and how many."""
    found = peaks(lines, who)
    return {name: most for name, most in found.items() if most > limits.get(name, most)}


def doubled(lines: Iterable[Line]) -> dict[str, list[str]]:
    """Return every key of ours under which more than one call was taken, with their ids."""
    taken: defaultdict[str, list[str]] = defaultdict(list)
    for line in lines:
        taken[str(line["reference"])].append(line["id"])
    return {key: ids for key, ids in taken.items() if len(ids) > 1}


def open_lines(lines: Iterable[Line]) -> list[str]:
    """Return the calls that have begun and not ended."""
    return [line["id"] for line in lines if "began_n" in line and "ended_n" not in line]


def dialed_at(line: Line, *, wall: bool = False) -> datetime:
    """Return when a call was asked for: by the vendors' clock, or by this machine's."""
    return datetime.fromisoformat(line["wall"] if wall else line["at"])


def texts(effects: Iterable[Line]) -> list[Line]:
    return [line for line in effects if line["kind"] == "message"]


def sent_before(lines: Iterable[Line], due: Mapping[str, datetime]) -> list[str]:
    """Return to whom something was sent before it was due."""
    return [
        line["to"]
        for line in lines
        if line["to"] in due and datetime.fromisoformat(line["at"]) < due[line["to"]]
    ]


def too_fast(lines: Iterable[Line], *, rate: float, burst: float) -> list[str]:
    """Return the moments in which more had been sent than a bucket of this size and rate gives."""
    moments = sorted(datetime.fromisoformat(line["at"]) for line in lines)
    level, last, found = 0.0, None, list[str]()
    for moment in moments:
        passed = (moment - last).total_seconds() if last else 0.0
        level, last = max(0.0, level - passed * rate) + 1, moment
        if level > burst + 1:
            found.append(moment.isoformat())
    return found
