"""How fast calls are read and phrases resolved: `python -m benchmarks.pace` prints it as JSON."""

import json
import time
from collections.abc import Callable
from datetime import datetime
from itertools import product
from zoneinfo import ZoneInfo

from domain.transcripts.reading import read
from domain.transcripts.when import resolve
from tests.support.calls import calls

WORDS = 750
"""What two people say in five minutes."""

PHRASES = 10_000
LEADS, HOURS = ("", "on", "next", "this"), ("", "at 3 pm", "at eight", "at half past two", "noon")
WEEKDAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]


def a_long_call() -> str:
    """Return a call of five minutes: several of ours, one after the other."""
    turns: list[str] = []
    for call in calls():
        if call.language == "en":
            turns += call.row["transcript"].splitlines()
        if sum(len(turn.split()) for turn in turns) >= WORDS:
            break
    return "\n".join(turns)


def seconds(act: Callable[[], object], rounds: int) -> float:
    """Return the processor time that this thread needs, of several rounds the least.

    A neighbour on the same core slows processor time down, too: hence the least, and a breath
    between rounds, in which the neighbour may end.
    """
    taken: list[float] = []
    for _ in range(rounds):
        began = time.thread_time()
        act()
        taken.append(time.thread_time() - began)
        time.sleep(min(taken[-1], 0.02))
    return min(taken)


def measure() -> dict[str, float]:
    """Measure all three."""
    zone = ZoneInfo("Europe/Stockholm")
    said_at = datetime(2026, 11, 18, 10, tzinfo=zone)
    phrases = [" ".join(words).strip() for words in product(LEADS, WEEKDAYS, HOURS)]
    call = a_long_call()

    def resolve_all(language: str | None) -> None:
        for number in range(PHRASES):
            phrase = phrases[number % len(phrases)]
            resolve(phrase, said_at=said_at, zone=zone, language=language)

    read(call)
    return {
        "words": len(call.split()),
        "call": seconds(lambda: read(call), 25),
        "phrases": seconds(lambda: resolve_all("en"), 1),
        "phrases_of_any_language": seconds(lambda: resolve_all(None), 1),
    }


if __name__ == "__main__":
    print(json.dumps(measure()))
