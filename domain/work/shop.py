"""What work is done with: transactions, hands, and a voice to the supervisor."""

import os
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from queue import SimpleQueue
from typing import Protocol
from uuid import UUID

from domain.database import Begin


class Pulse(Protocol):
    """How a worker's process tells its supervisor what it holds."""

    def holds(self, token: UUID, seconds: float) -> None:
        """Say that calls are made under this lease, and when it must be given back."""
        ...

    def frees(self, token: UUID) -> None:
        """Say that the lease was given back."""
        ...


class NoPulse:
    """For a process that no supervisor watches."""

    def holds(self, token: UUID, seconds: float) -> None:
        """Tell nobody."""

    def frees(self, token: UUID) -> None:
        """Tell nobody."""


class Hands(Protocol):
    """Who makes the calls."""

    width: int

    def submit(self, call: Callable[[], None]) -> None:
        """Have the call made, now or soon."""
        ...


class Inline:
    """One hand: the caller's own."""

    width = 1

    def submit(self, call: Callable[[], None]) -> None:
        """Make the call before returning."""
        call()


class Threads:
    """Many hands, of this process: threads do not come over a fork.

    A queue and a loop. ThreadPoolExecutor's futures, which nobody here reads, were 18 % of
    a row's processor time in a sweep (docs/benchmarks.md).
    """

    def __init__(self, width: int) -> None:
        """Have `width` hands."""
        self.width = width
        self._calls: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self._pid = 0
        self._lock = threading.Lock()

    def submit(self, call: Callable[[], None]) -> None:
        """Have the call made by the next free hand."""
        with self._lock:
            if self._pid != os.getpid():
                self._begin()
            self._calls.put(call)

    def _begin(self) -> None:
        self._calls = SimpleQueue()
        self._pid = os.getpid()
        for _ in range(self.width):
            threading.Thread(target=_work, args=(self._calls,), name="hand", daemon=True).start()


def _work(calls: "SimpleQueue[Callable[[], None]]") -> None:
    while True:
        calls.get()()


@dataclass(frozen=True, slots=True, kw_only=True)
class Shop:
    """Where work is done; built once a process by workers, by hand in tests."""

    begin: Begin
    pulse: Pulse = field(default_factory=NoPulse)
    hands: Hands = field(default_factory=lambda: Threads(64))
    size: int = 200
    """Rows a claim takes at once."""

    budget: timedelta = timedelta(seconds=5)
    """After how long a sweep claims no more, rings itself, and returns."""

    holds_back: bool = False
    """FRONTDESK_HOLD: nothing that leaves the building is claimed."""
