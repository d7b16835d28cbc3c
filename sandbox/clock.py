"""The vendors' clock: it runs with ours, and can be moved forward."""

import asyncio
import heapq
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any, Final

Act = Callable[[], Coroutine[Any, Any, None]]

TICK: Final = 0.05
TOGETHER: Final = timedelta(seconds=0.5)
"""What is due this close happens at once: one subject's own stations lie further apart."""


class Clock:
    """What time it is at the vendors, and what happens there when."""

    def __init__(self) -> None:
        self._ahead = timedelta()
        self._stopped: datetime | None = None
        self._due: list[tuple[datetime, int, Act]] = []
        self._number = count()
        self._turn = asyncio.Lock()
        self._going: set[asyncio.Task[None]] = set()

    def now(self) -> datetime:
        """Return the vendors' time."""
        return self._stopped or datetime.now(UTC) + self._ahead

    def after(self, seconds: float, act: Act) -> None:
        """Have something happen later."""
        due = self.now() + timedelta(seconds=seconds)
        heapq.heappush(self._due, (due, next(self._number), act))

    async def advance(self, seconds: float) -> None:
        """Move forward; all that lies between has happened, in order, when this returns."""
        target = self.now() + timedelta(seconds=seconds)
        async with self._turn:
            await asyncio.gather(*self._going)
            await self._happen(until=target)
            self._move(target)

    async def run(self) -> None:
        """Let things happen as our own time passes; ends with its task.

        Nothing waits for what is under way: somebody who takes a notice slowly holds up no call.
        """
        while True:
            await asyncio.sleep(TICK)
            if self._stopped is None and not self._turn.locked():
                self._set_off(self.now())

    def _set_off(self, until: datetime) -> None:
        while self._due and self._due[0][0] <= until:
            task = asyncio.create_task(heapq.heappop(self._due)[2]())
            self._going.add(task)
            task.add_done_callback(self._going.discard)

    def reset(self, *, still: bool = False, at: datetime | None = None) -> None:
        """Begin anew, now or at a moment of one's choice; a still clock moves only by `advance`."""
        now = datetime.now(UTC)
        self._ahead = at - now if at else timedelta()
        self._stopped = (at or now) if still else None
        self._due.clear()

    async def _happen(self, *, until: datetime) -> None:
        while self._due and self._due[0][0] <= until:
            first = self._due[0][0]
            self._move(first)
            acts: list[Act] = []
            while self._due and self._due[0][0] <= min(first + TOGETHER, until):
                acts.append(heapq.heappop(self._due)[2])
            await asyncio.gather(*(act() for act in acts))

    def _move(self, to: datetime) -> None:
        """Move to a moment; time does not go back."""
        if to <= self.now():
            return
        if self._stopped is not None:
            self._stopped = to
        else:
            self._ahead += to - self.now()
