"""Every instant at which a process can die, found by wrapping: in a forked child only.

A point lies before and after each statement that writes, each commit, each bell, and each
time that bytes leave for another process (a vendor, the broker). Nothing is listed by hand:
what a task does is counted while it does it.
"""

import os
import re
import signal
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any
from weakref import WeakKeyDictionary

import psycopg

from tasks.bells import Ringer

WRITES = re.compile(r"(?<!FOR )(?<!NO KEY )\b(INSERT INTO|UPDATE|DELETE FROM)\s+(\w+)")


class Fault(Enum):
    """What happens to the process at the point."""

    NONE = "nothing"
    KILL = "killed"
    LOSE = "the answer is lost, and it lives on"
    STOP = "stopped, and wakes up late"
    STOP_FENCED = "stopped, and killed by its supervisor"
    STOP_DIES = "stopped, wakes up late, and dies one point further"
    MEDDLE = "stopped while somebody changes the row, and wakes up in time"

    @property
    def stops(self) -> bool:
        return self in {Fault.STOP, Fault.STOP_FENCED, Fault.STOP_DIES, Fault.MEDDLE}


@dataclass(frozen=True)
class Strike:
    """A fault at the n-th point; 0 is nowhere."""

    point: int = 0
    fault: Fault = Fault.NONE


NOWHERE = Strike()


class Points:
    """Counts the points that this process comes by, and strikes at one of them."""

    def __init__(self, strike: Strike, tell: Callable[[str], None]) -> None:
        self._strike, self._tell = strike, tell
        self._lock = threading.Lock()
        self._dies_next = False
        self._written: WeakKeyDictionary[Any, list[str]] = WeakKeyDictionary()
        self.names: list[str] = []

    def install(self) -> None:
        """Wrap whatever leaves a trace outside of this process."""
        self._wrap_statements()
        self._wrap_commits()
        self._wrap_bytes()
        self._wrap_bells()

    def cross(self, name: str) -> bool:
        """Come by a point; True where the answer of what happens here is to be lost."""
        with self._lock:
            self.names.append(name)
            if self._dies_next:
                self._signal(signal.SIGKILL)
            if len(self.names) != self._strike.point:
                return False
        self._tell(f"hit {name}")
        if self._strike.fault is Fault.KILL:
            self._signal(signal.SIGKILL)
        if self._strike.fault.stops:
            self._signal(signal.SIGSTOP)
            self._dies_next = self._strike.fault is Fault.STOP_DIES
        return self._strike.fault is Fault.LOSE

    @staticmethod
    def _signal(number: signal.Signals) -> None:
        """Strike this very thread: a signal to the process may first be seen by another."""
        signal.pthread_kill(threading.get_ident(), number)

    def _wrap_statements(self) -> None:
        execute = psycopg.Cursor.execute

        def execute_at_a_point(cursor: Any, query: Any, *given: Any, **named: Any) -> Any:
            found = WRITES.search(str(query))
            if found is None:
                return execute(cursor, query, *given, **named)
            name = " ".join(found.groups())
            if self.cross(f"before {name}"):
                _break(cursor.connection)
            done = execute(cursor, query, *given, **named)
            self._written.setdefault(cursor.connection, []).append(name)
            if self.cross(f"after {name}"):
                _break(cursor.connection)
            return done

        psycopg.Cursor.execute = execute_at_a_point  # type: ignore[method-assign]

    def _wrap_commits(self) -> None:
        commit = psycopg.Connection.commit

        def commit_at_a_point(connection: Any) -> None:
            what = " and ".join(dict.fromkeys(self._written.pop(connection, ["nothing"])))
            if self.cross(f"before commit of {what}"):
                _break(connection)
            commit(connection)
            if self.cross(f"after commit of {what}"):
                _break(connection)

        psycopg.Connection.commit = commit_at_a_point  # type: ignore[method-assign]

    def _wrap_bytes(self) -> None:
        for word in ("sendall", "send"):
            self._wrap_sending(word)

    def _wrap_sending(self, word: str) -> None:
        sending = getattr(socket.socket, word)

        def send_at_a_point(sock: socket.socket, *given: Any) -> Any:
            name = _name_of(sock.getpeername())
            if self.cross(f"before bytes to {name}"):
                _hang_up(sock)
            sent = sending(sock, *given)
            if self.cross(f"after bytes to {name}"):
                _hang_up(sock)
            return sent

        setattr(socket.socket, word, send_at_a_point)

    def _wrap_bells(self) -> None:
        ring = Ringer.ring

        def ring_at_a_point(ringer: Ringer, name: str, ids: tuple[str, ...]) -> None:
            if self.cross("before ring"):
                return
            ring(ringer, name, ids)
            self.cross("after ring")

        Ringer.ring = ring_at_a_point  # type: ignore[method-assign]


def _name_of(peer: Any) -> str:
    """Name a peer without its place: folders and ports differ between runners."""
    return peer[0] if isinstance(peer, tuple) else str(peer).rpartition("/")[2]


def _break(connection: Any) -> None:
    """Lose the database in mid-word."""
    connection.close()
    raise psycopg.OperationalError("the connection broke")


def _hang_up(sock: socket.socket) -> None:
    """Lose whoever is at the other end."""
    sock.close()
    raise ConnectionResetError(f"process {os.getpid()} lost its peer")
