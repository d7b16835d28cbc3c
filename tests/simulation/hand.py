"""A process that plays runs, of which a long simulation may have several."""

import signal
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from config.home import Home
from tests.simulation.ground import ground, play
from tests.simulation.place import Place
from tests.simulation.run import Verdict

TEMPLATE: Final = "simulation"
_here: list[Place] = []
_stack: Final = ExitStack()


def settle_in(home: str) -> None:
    """Take a database of one's own; Ctrl-C is for whoever counts."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _here.append(_stack.enter_context(ground(Home(Path(home)), TEMPLATE)))


def play_one(seed: int, effects: int) -> tuple[Verdict, float]:
    place = _here[0]
    before = time.process_time() + place.processor_seconds()
    verdict = play(place, seed, effects)
    return verdict, time.process_time() + place.processor_seconds() - before
