"""What is wrong when a trial is over: by the vendor's ledger, our rows and their history."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from benchmarks.chaos.load import Load
from domain.work.attempts import FRESH
from tests.support import judge, rows_judge
from tests.support.judge import Line

SLACK: Final = FRESH + timedelta(seconds=0.5)
"""How old the last look at a row may be when its text leaves: so late a stop is too late."""

LEEWAY: Final = 1.1
"""What was allowed to leave earlier, and was held up on its way, may arrive with what follows."""

SHOWN: Final = 5


def faults(load: Load, ours: Sequence[Line]) -> dict[str, list[str]]:
    """Return everything that may never be; nothing, where all was as promised."""
    town, connection = load.made.town, load.made.place.connection
    due = dict(town.due.values())
    rate = load.trial.per_minute / 60
    found: dict[str, list[str]] = {
        "sent after a stop": [line["to"] for line in ours if _is_after_stop(load, line)],
        "sent at night": [line["to"] for line in ours if line["to"] in town.sleepers],
        "sent before it was due": judge.sent_before(ours, due),
        "faster than allowed": judge.too_fast(
            ours, rate=rate, burst=load.trial.per_minute * LEEWAY
        ),
        "still in hand": rows_judge.in_hand(connection),
        "promises not kept": rows_judge.unkept(connection),
        "ledgers unequal": rows_judge.unequal(connection, ours),
        "a neighbour's rows changed": [str(town.neighbour)] if town.is_touched() else [],
        **rows_judge.misled(connection),
    }
    return {name: rows[:SHOWN] for name, rows in found.items() if rows}


def _is_after_stop(load: Load, line: Line) -> bool:
    stopped = load.made.town.stopped.get(line["to"])
    return stopped is not None and datetime.fromisoformat(line["at"]) > stopped + SLACK
