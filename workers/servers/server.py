"""One server: a child that is started, watched and stopped."""

import os
import re
import signal
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Protocol

from domain.errors import Refusal
from workers.servers import folders

LARGEST_LOG = 16 * 2**20
_INHERITED = ("PATH", "HOME", "TMPDIR", "LD_LIBRARY_PATH")
ENVIRONMENT = {name: os.environ[name] for name in _INHERITED if name in os.environ}
"""No PG* of the caller's and no vendor's key; messages in English, for we look into them."""
ENVIRONMENT["LC_ALL"] = "C"

_MET_ANOTHER = "still in use"  # its memory, by processes that are about to end
_TELLING = ("No space left", "PANIC:", "FATAL:", "error:", "ERROR:")


@dataclass(frozen=True, slots=True)
class Plan:
    """How a server is started and stopped."""

    name: str
    command: tuple[str | Path, ...]
    log: Path
    before_exec: Callable[[], None]
    stop_signals: tuple[signal.Signals, ...]


class Program(Protocol):
    """What is particular about PostgreSQL, or about Valkey."""

    @property
    def plan(self) -> Plan:
        """How it is started and stopped."""
        ...

    def clear(self) -> None:
        """Remove what a dead one left."""
        ...

    def is_ready(self, pid: int) -> bool:
        """Say whether it takes commands; never waits long."""
        ...


class Server:
    """A program and the process that runs it, if one does."""

    def __init__(self, program: Program) -> None:
        """Stand ready to start `program`."""
        self.program = program
        self.plan = program.plan
        self.child: subprocess.Popen[bytes] | None = None
        self._said_before = 0

    def start(self) -> None:
        """Start the child; it is ready later."""
        self.program.clear()
        make_room(self.plan.log)
        with self.plan.log.open("ab") as log:
            self._said_before = log.tell()
            self.child = subprocess.Popen(  # noqa: S603  # the server from our own wheel
                self.plan.command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=ENVIRONMENT,
                preexec_fn=self.plan.before_exec,  # noqa: PLW1509  # the keeper has one thread
            )

    def is_gone(self) -> bool:
        """Say whether it does not run."""
        return self.child is None or self.child.poll() is not None

    def is_ready(self) -> bool:
        """Say whether it takes commands."""
        return (
            self.child is not None and not self.is_gone() and self.program.is_ready(self.child.pid)
        )

    def failure(self) -> Refusal:
        """Return the sentence for a server that did not come up: its own last words."""
        return refusal(self.plan.name, self._said(), self.plan.log)

    def met_another(self) -> bool:
        """Say whether it ended because an earlier one is not quite gone yet."""
        return _MET_ANOTHER in self._said()

    def ends_within(self, patience: timedelta) -> bool:
        """Wait for its end."""
        if self.child is None:
            return True
        try:
            self.child.wait(patience.total_seconds())
        except subprocess.TimeoutExpired:
            return False
        return True

    def ask_to_stop(self, insistence: int = 0) -> None:
        """Send the signal that ends it: 0 is polite."""
        if self.child and not self.is_gone():
            self.child.send_signal(self.plan.stop_signals[insistence])

    def _said(self) -> str:
        with self.plan.log.open("rb") as log:
            log.seek(self._said_before)
            return log.read().decode(errors="replace")


def refusal(name: str, said: str, log: Path) -> Refusal:
    """Return the sentence for what a program `said` before it failed."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    if "No space left" in said or _has_no_room(log):
        return folders.full(log.parent)
    telling = [line for line in lines if any(word in line for word in _TELLING)]
    last = (telling or lines or ["it said nothing"])[-1]
    told = re.sub(r"^.*?(?=(FATAL|PANIC|ERROR):)", "", last).rstrip(".")
    return Refusal(f"{name} did not start: {told} (more in {log}).")


def make_room(log: Path) -> None:
    """Put a long log aside, over the one that was put aside before."""
    if log.exists() and log.stat().st_size > LARGEST_LOG:
        log.replace(log.with_suffix(".old.log"))


def _has_no_room(log: Path) -> bool:
    """Say whether the disk is full: then the server could not even write that."""
    room = os.statvfs(log.parent)
    return room.f_bavail * room.f_frsize < 2**16
