"""What the vendors' ledger and our rows say of a fire when it is out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tests.support import judge, limiters, rows_judge
from tests.support.fire import CONTROL_LIMIT, Blaze
from tests.support.fire_stage import may_call
from tests.support.judge import Line

NOT_DIALLED = """
SELECT q.id, q.status, q.last_error FROM call_queue q
WHERE q.recipient_number <> ALL(%s) AND q.recipient_number <> ALL(%s)
"""
ATTEMPTS = """
SELECT 'call:' || replace(id::text, '-', ''), state, provider_call_id IS NOT NULL
FROM call_attempts
"""
OPEN = "SELECT id, status FROM call_queue WHERE status = 'in-progress'"
DECIDED = "SELECT max(created_at) FROM call_attempts WHERE number = 1"


@dataclass
class Verdict:
    """What went wrong with each of the limiters; nothing, where everything is empty."""

    over: dict[str, int] = field(default_factory=dict[str, int])
    doubled: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    lost: list[Any] = field(default_factory=list[Any])
    leaked: list[Any] = field(default_factory=list[Any])
    at_night: list[str] = field(default_factory=list[str])
    unowned: list[str] = field(default_factory=list[str])
    """Calls that the vendor had and no attempt of ours says."""

    untrue: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    """What our rows did, or still say, that may never be; where every change was written down."""

    used: float = 0.0
    """The part of the slots that was used while work waited."""

    calls: int = 0

    @property
    def faults(self) -> dict[str, Any]:
        names = ("over", "doubled", "lost", "leaked", "at_night", "unowned", "untrue")
        return {name: found for name in names if (found := getattr(self, name))}


def ours(blaze: Blaze) -> Verdict:
    """Judge our calls."""
    effects = judge.calls(blaze.place.vendors.ledger()["effects"])
    lines = [line for line in effects if line["vendor"] != "twilio"]
    connection, staged = blaze.place.connection, blaze.staged
    dialled = {line["to"] for line in lines}
    attempts = connection.execute(ATTEMPTS).fetchall()
    placed = {key for key, state, _ in attempts if state != "canceled"}
    return Verdict(
        over=_over(lines, staged.limits, staged.holders),
        doubled=judge.doubled(lines),
        lost=connection.execute(NOT_DIALLED, (sorted(dialled), sorted(staged.asleep))).fetchall(),
        leaked=[
            *connection.execute(OPEN).fetchall(),
            *(row for row in attempts if row[1] in {"dialing", "live", "unknown"}),
            *judge.open_lines(lines),
        ],
        at_night=[
            line["to"]
            for line in lines
            if line["to"] in staged.asleep or not may_call(line["to"], judge.dialed_at(line))
        ],
        unowned=[line["reference"] for line in lines if line["reference"] not in placed],
        untrue=_untrue(blaze),
        used=_used(blaze, lines),
        calls=len(lines),
    )


def _untrue(blaze: Blaze) -> dict[str, list[str]]:
    """Return what may never be of our own rows: one judge for this and for `make chaos`."""
    connection = blaze.place.connection
    found = {"promises not kept": rows_judge.unkept(connection)}
    if blaze.profile.is_written_down:
        found |= rows_judge.misled(connection)
    return {name: rows[:5] for name, rows in found.items() if rows}


def _over(
    lines: Sequence[Line], limits: Mapping[str, int], holders: Mapping[str, Sequence[str]]
) -> dict[str, int]:
    """Return everybody who had more calls at an instant than allowed."""
    found = judge.over(lines, lambda line: line["vendor"], limits)
    found |= judge.over(lines, judge.recipient, dict.fromkeys(holders, 1))
    for name, limit in limits.items():
        mine = [line for line in lines if name in holders.get(line["to"], ())]
        found |= judge.over(mine, lambda _, name=name: name, {name: limit})
    return found


def control(blaze: Blaze, kind: str) -> Verdict:
    """Judge a limiter of the other kind by the same ledger, where all its calls have ended."""
    effects = judge.calls(blaze.place.vendors.ledger("twilio")["effects"])
    lines = [line for line in effects if line["account"] == limiters.sid_of(kind)]
    [held] = [one.limiter.held() for one in blaze.controls if one.kind == kind]
    return Verdict(
        over=judge.over(lines, judge.account, {f"twilio {limiters.sid_of(kind)}": CONTROL_LIMIT}),
        leaked=[held] if held and not judge.open_lines(lines) else [],
        calls=len(lines),
    )


def _used(blaze: Blaze, lines: Sequence[Line]) -> float:
    """Return the part of all slots that was used from when all were until nobody waited."""
    slots = 2 * blaze.profile.slots_of_each
    until = blaze.place.scalar(DECIDED)
    moments = sorted(
        (datetime.fromisoformat(line[f"{what}_at"]), step)
        for line in lines
        for what, step in (("began", 1), ("ended", -1))
        if f"{what}_at" in line
    )
    live, area, since, last = 0, 0.0, None, None
    for moment, step in moments:
        at = min(moment, until)
        if since is not None and last is not None:
            area += live * (at - last).total_seconds()
        live, last = live + step, at
        if since is None and live >= 0.95 * slots:
            since = at
    whole = (until - since).total_seconds() if since else 0.0
    return area / (slots * whole) if whole else 0.0
