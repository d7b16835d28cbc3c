"""A seat at the embedded servers: they run while at least one command holds one.

The servers belong to a keeper (keeper.py), a process apart, so that every command shares
one pair of them and none has to outlive the others. A seat is an open connection to the
keeper; the kernel closes it however its holder ends, so nothing is left running.

`keeper.lock` is what makes starting safe. Whoever takes it starts the keeper and hands it
the lock with its own seat; the keeper holds both until its servers are down. So while the
lock is taken a keeper lives (starts, serves or stops), and who cannot take it waits.
"""

import fcntl
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import cast
from weakref import WeakSet

from config.home import Home
from domain.errors import Refusal
from workers.servers import folders

PATIENCE = timedelta(seconds=30)
KNOCK = timedelta(seconds=1)
PAUSE = timedelta(milliseconds=10)
_ROOT = Path(__file__).resolve().parents[1]
_held: WeakSet[socket.socket] = WeakSet()


@contextmanager
def seat(home: Home, *, durable: bool = True) -> Generator[None]:
    """Keep the embedded servers running for as long as the block runs.

    They are ready when the block begins, and the database `frontdesk` is there. The first
    seat decides whether they are `durable`. Raises Refusal within half a minute otherwise.
    """
    home = Home(home.path.absolute())
    folders.prepare(home)
    with _sit_down(home, durable=durable) as connection:
        _held.add(connection)
        yield


def _sit_down(home: Home, *, durable: bool) -> socket.socket:
    deadline = time.monotonic() + PATIENCE.total_seconds()
    while time.monotonic() < deadline:
        started = None
        connection = _knock(home) or (started := _start(home, durable=durable))
        if connection and _is_seated(connection, deadline):
            return connection
        if started:
            raise Refusal(
                f"The keeper of the embedded servers ended while starting: see {home.keeper_log}."
            )
        time.sleep(PAUSE.total_seconds())
    raise Refusal(
        f"The embedded servers were not ready within {PATIENCE.seconds} seconds: "
        f"see {home.keeper_log}."
    )


def _knock(home: Home) -> socket.socket | None:
    """Return a connection to the keeper, or None where nobody opens."""
    connection = socket.socket(socket.AF_UNIX)
    connection.settimeout(KNOCK.total_seconds())
    try:
        connection.connect(str(home.keeper_socket))
    except OSError:
        connection.close()
        return None
    return connection


def _start(home: Home, *, durable: bool) -> socket.socket | None:
    """Start a keeper and return our seat there, or None while another one lives.

    The seat is made before the keeper is, so a Ctrl-C at any moment frees it.
    """
    ours, theirs = socket.socketpair()
    with theirs, folders.sentences(home.path), home.keeper_lock.open("ab") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            _launch(home, durable=durable, lock=lock.fileno(), first=theirs.fileno())
        except BlockingIOError:
            ours.close()
            return None
        except subprocess.TimeoutExpired:
            ours.close()
            raise Refusal(f"Python did not start within {PATIENCE.seconds} seconds.") from None
        except BaseException:
            ours.close()
            raise
    return ours


def _launch(home: Home, *, durable: bool, lock: int, first: int) -> None:
    """Run the keeper in a session of its own, where a Ctrl-C does not reach it.

    What we start only forks the keeper and ends: it is not our child, and nobody who waits
    for children meets it.
    """
    command = [sys.executable, "-m", "workers.servers.keeper", str(home.path)]
    command += ["--lock", str(lock), "--seat", str(first)]
    if not durable:
        command.append("--not-durable")
    with home.keeper_log.open("ab") as log:
        subprocess.run(  # noqa: S603  # our own program
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=_ROOT,
            pass_fds=(lock, first),
            start_new_session=True,
            check=False,  # had it failed, the seat is closed, and that is told
            timeout=PATIENCE.total_seconds(),
        )


def _is_seated(connection: socket.socket, deadline: float) -> bool:
    """Wait for the keeper's word; False, and no connection, where it left without one."""
    try:
        connection.settimeout(max(deadline - time.monotonic(), PAUSE.total_seconds()))
        word = _word(connection)
    except BaseException:
        connection.close()
        raise
    if "error" in word:
        connection.close()
        raise Refusal(word["error"])
    if not word:
        connection.close()
    return bool(word)


def _word(connection: socket.socket) -> dict[str, str]:
    """Return what the keeper answers; nothing where it left or is too late."""
    with connection.makefile("r", encoding="utf-8") as lines, suppress(OSError):
        line = lines.readline()
        return cast("dict[str, str]", json.loads(line)) if line else {}
    return {}


def _leave_seats_to_the_parent() -> None:
    """Close the seats in a forked child, or a worker's orphan would hold the servers."""
    for connection in tuple(_held):
        with suppress(OSError):
            connection.close()


os.register_at_fork(after_in_child=_leave_seats_to_the_parent)
