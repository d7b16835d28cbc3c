"""Where a worker can be struck, and by what; and the count of what struck where."""

from collections import Counter
from enum import Enum
from typing import Final


class Moment(Enum):
    """Where a worker is: between two transactions, inside of one, or at the vendor's door."""

    IDLE = "between two tasks"
    BEGIN = "before a transaction"
    STATEMENT = "before a statement"
    COMMIT = "before a commit"
    COMMITTED = "after a commit"
    REQUEST = "before a request"
    ANSWER = "before its answer"


class Strike(Enum):
    """What befalls a worker there."""

    TURN = "another works meanwhile"
    KILL = "it is killed"
    STOP = "it sleeps past its lease, and others take over"
    LOSE = "its connection breaks"
    JUMP = "the clock jumps"
    MEDDLE = "somebody decides otherwise"


LOSABLE: Final = frozenset(Moment) - {Moment.IDLE, Moment.BEGIN}
RATES: Final = {
    Moment.IDLE: 0.30,
    Moment.BEGIN: 0.03,
    Moment.STATEMENT: 0.012,
    Moment.COMMIT: 0.06,
    Moment.COMMITTED: 0.05,
    Moment.REQUEST: 0.008,
    Moment.ANSWER: 0.008,
}
"""How often a moment is struck: rarely where there are many."""

WEIGHTS: Final = {
    Strike.TURN: 46,
    Strike.KILL: 12,
    Strike.STOP: 12,
    Strike.LOSE: 10,
    Strike.JUMP: 10,
    Strike.MEDDLE: 10,
}


def strikes_at(moment: Moment) -> tuple[list[Strike], list[int]]:
    """Return what may strike at a moment, and how often each does."""
    able = [one for one in Strike if one is not Strike.LOSE or moment in LOSABLE]
    return able, [WEIGHTS[one] for one in able]


def never(sometimes: Counter[str]) -> list[str]:
    """Return what has struck nowhere yet where it may strike."""
    return [
        said
        for moment in Moment
        for strike in strikes_at(moment)[0]
        if not sometimes[said := f"{strike.value}: {moment.value}"]
    ]
