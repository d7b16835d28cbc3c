"""Ringing without waiting: a box, one thread, and a breaker.

The caller pays a microsecond whether the broker is well or frozen; the same bell twice is
one; what cannot be rung is dropped, because the sweep finds the row anyway (docs/evidence.md C7).
"""

import threading
import time
from collections.abc import Callable
from typing import Final, TypeAlias

Bell: TypeAlias = tuple[str, tuple[str, ...]]
"""A task's name and its ids."""

Send: TypeAlias = Callable[[str, tuple[str, ...]], None]

MOST_WAITING: Final = 10_000
QUIET_AFTER_ERROR: Final = 2.0


class Ringer:
    """One daemon thread that publishes; made after the fork, one a process."""

    def __init__(self, send: Send) -> None:
        """Publish through `send`, which may block and may raise anything."""
        self._send = send
        self._box: dict[Bell, None] = {}
        self._changed = threading.Condition()
        self._at_work = False
        self._quiet_until = 0.0
        self.dropped = 0
        threading.Thread(target=self._publish, daemon=True, name="ringer").start()

    def ring(self, name: str, ids: tuple[str, ...]) -> None:
        """Put a bell into the box, or drop it where the box is full."""
        bell = (name, ids)
        with self._changed:
            if len(self._box) >= MOST_WAITING and bell not in self._box:
                self.dropped += 1
                return
            self._box[bell] = None
            self._changed.notify_all()

    def flush(self, within: float) -> bool:
        """Wait until the box is empty; for a process that is about to end."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._box and not self._at_work, within)

    def _publish(self) -> None:
        while True:
            with self._changed:
                self._at_work = False
                self._changed.notify_all()
                self._changed.wait_for(lambda: bool(self._box))
                bells, self._box = self._box, {}
                self._at_work = True
            for name, ids in bells:
                self._ring_one(name, ids)

    def _ring_one(self, name: str, ids: tuple[str, ...]) -> None:
        if time.monotonic() < self._quiet_until:
            self.dropped += 1
            return
        try:
            self._send(name, ids)
        except Exception:  # noqa: BLE001  # whatever the broker's client says: the sweep repairs it
            self.dropped += 1
            self._quiet_until = time.monotonic() + QUIET_AFTER_ERROR
