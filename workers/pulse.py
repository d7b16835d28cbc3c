"""What a worker's processes tell their supervisor, on a pipe that they inherited.

One short line a fact: `c` the canary was heard, `b PID` a slot was taken, `e PID` it was
given back, `l TOKEN PID SECONDS` calls are made under a lease, `u TOKEN` it was given back.
A line shorter than the pipe's buffer is written whole, so no lock is needed. No database and
no broker: they may be what is ill.
"""

import os
from contextlib import suppress
from typing import Final
from uuid import UUID

HEARD: Final = b"c"
BUSY: Final = b"b"
FREE: Final = b"e"
HOLDS: Final = b"l"
FREES: Final = b"u"

_mouth: list[int] = []


def open_mouth(mouth: int) -> None:
    """Speak on this descriptor from now on; a negative one: there is nobody to tell."""
    _mouth[:] = [mouth] if mouth >= 0 else []


def say(word: bytes, *rest: object) -> None:
    """Tell the supervisor; a supervisor that is gone is the lifeline's business."""
    line = b" ".join([word, *(str(part).encode() for part in rest)]) + b"\n"
    for mouth in _mouth:
        with suppress(OSError):
            os.write(mouth, line)


class PipePulse:
    """The pulse as tasks know it."""

    def heard(self) -> None:
        """Say that the canary was heard."""
        say(HEARD)

    def holds(self, token: UUID, seconds: float) -> None:
        """Say that calls are made under this lease, and when it must be given back."""
        say(HOLDS, token, os.getpid(), f"{seconds:.3f}")

    def frees(self, token: UUID) -> None:
        """Say that the lease was given back."""
        say(FREES, token)
