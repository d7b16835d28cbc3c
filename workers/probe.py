"""Does this host's worker take messages? Told by a file, so that it can be asked without anybody.

A probe that needs the database or the broker would call a worker dead because one of those is
away, and whoever restarts it for that only makes it worse. So the supervisor, who hears each
child answer the canary of its own queue, writes down what it hears, and the probe reads that.
"""

import json
import os
import socket
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from config.home import Home
from domain.work import owners

OLD: Final = 30.0
"""Seconds after which a supervisor that writes nothing is frozen: it writes every five."""

DEAF: Final = 120.0
"""Seconds for which a canary that was rung may be unanswered: the supervisor replaces at 60."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What a supervisor hears of one child."""

    post: str
    hears: bool
    """Whether it has answered a canary, and so consumes."""

    unanswered: float
    """For how many seconds a canary that the broker took has been unanswered."""


def note(home: Home, children: Iterable[Heard]) -> None:
    """Write down what is heard, whole: a probe never reads half of it."""
    place = _place(home, os.getpid())
    place.parent.mkdir(parents=True, exist_ok=True)
    facts = [[one.post, one.hears, round(one.unanswered, 1)] for one in children]
    draft = place.with_suffix(".draft")
    draft.write_text(json.dumps(facts), "ascii")
    draft.replace(place)


def forget(home: Home) -> None:
    """Take our file away: who has left is not asked."""
    _place(home, os.getpid()).unlink(missing_ok=True)


def unwell(home: Home, *, now: float | None = None) -> list[str]:
    """Say what is wrong with this host's workers; nothing: each child consumes its queue."""
    moment = time.time() if now is None else now
    mine = _folder(home).glob(f"{socket.gethostname()}.*.json")  # others share a home with us
    found = [place for place in mine if owners.is_running(_pid(place))]
    if not found:
        return ["no worker runs here"]
    return [words for place in found for words in _unwell(place, moment)]


def _unwell(place: Path, now: float) -> Iterator[str]:
    age = now - place.stat().st_mtime
    if age > OLD:
        yield f"the supervisor {_pid(place)} has said nothing for {age:.0f} s"
        return
    facts: list[list[Any]] = json.loads(place.read_text("ascii"))
    if not facts:
        yield f"the supervisor {_pid(place)} has no child"
    for post, hears, unanswered in facts:
        if not hears:
            yield f"{post} has not answered yet"
        elif unanswered > DEAF:
            yield f"{post} has not answered for {unanswered:.0f} s"


def _folder(home: Home) -> Path:
    return home.path / "workers"


def _place(home: Home, pid: int) -> Path:
    return _folder(home) / f"{socket.gethostname()}.{pid}.json"


def _pid(place: Path) -> int:
    return int(place.stem.rpartition(".")[2])
