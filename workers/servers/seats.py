"""The keeper's door: who holds a seat, and waiting while it stays open."""

import json
import selectors
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import cast

BACKLOG = 128
TICK = timedelta(milliseconds=10)


class Deserted(Exception):
    """Nobody needs the servers any more."""


class Seats:
    """The open connections, each of which somebody holds who needs the servers."""

    def __init__(self, path: Path, first: socket.socket) -> None:
        """Open the door at `path`; `first` is the seat of whoever started us."""
        path.unlink(missing_ok=True)
        self._path = path
        self._door = socket.socket(socket.AF_UNIX)
        self._door.bind(str(path))
        self._door.listen(BACKLOG)
        self._door.settimeout(0)
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._door, selectors.EVENT_READ)
        self._taken: set[socket.socket] = set()
        self._waiting: list[socket.socket] = []
        self._word: bytes | None = None
        self._is_dismissed = False
        self._offer(first)

    def wait(
        self, done: Callable[[], bool], patience: timedelta | None = None, tick: timedelta = TICK
    ) -> bool:
        """Attend the door until `done`; False where patience ends first.

        Raises Deserted as soon as no seat is taken, however far the servers are.
        """
        deadline = None if patience is None else time.monotonic() + patience.total_seconds()
        while not done():
            if deadline is not None and time.monotonic() > deadline:
                return False
            self._attend(tick)
        return True

    def tell(self, word: dict[str, object]) -> None:
        """Answer everybody who waits, and from now on everybody who comes."""
        self._word = json.dumps(word).encode() + b"\n"
        while self._waiting:
            self._answer(self._waiting.pop())

    def hush(self) -> None:
        """Let who comes now wait for the next word."""
        self._word = None

    def dismiss(self) -> None:
        """Count nobody any more: we were asked to go."""
        self._is_dismissed = True

    def close(self) -> None:
        """Close the door and every seat; who comes now finds none and starts a new keeper."""
        self._path.unlink(missing_ok=True)
        for each in (self._door, *self._taken):
            each.close()
        self._selector.close()

    def _attend(self, tick: timedelta) -> None:
        """Let in who knocks and let go who leaves, for one tick or until something is done."""
        if self._is_dismissed or not self._taken:
            raise Deserted
        for key, _ in self._selector.select(tick.total_seconds()):
            if key.fileobj is self._door:
                self._let_in()
            else:
                self._let_go(cast("socket.socket", key.fileobj))

    def _let_in(self) -> None:
        with suppress(BlockingIOError, ConnectionError):  # it knocked and went
            self._offer(self._door.accept()[0])

    def _offer(self, seat: socket.socket) -> None:
        seat.settimeout(0)
        self._taken.add(seat)
        self._selector.register(seat, selectors.EVENT_READ)
        self._answer(seat)

    def _answer(self, seat: socket.socket) -> None:
        if self._word is None:
            self._waiting.append(seat)
            return
        with suppress(OSError):  # it left; the next tick sees that
            seat.sendall(self._word)

    def _let_go(self, seat: socket.socket) -> None:
        """Free a seat that was closed; its holder says nothing, so anything else is an end too."""
        self._selector.unregister(seat)
        self._taken.discard(seat)
        if seat in self._waiting:
            self._waiting.remove(seat)
        seat.close()
