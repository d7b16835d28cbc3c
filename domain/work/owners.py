"""Who was about to call, and whether it can still do so.

A process that was stopped in the instant before its call may wake an hour later and make
it. So a call that a vendor cannot recognise is made again only when its former owner is
known to be dead: seen so on its own host, or its host has started anew since.
"""

import os
import socket
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Final

from sqlalchemy import text
from sqlalchemy.orm import Session

PROC: Final = Path("/proc")

_OWNERS_HERE: Final = text(
    "SELECT DISTINCT owner FROM effects WHERE owner IS NOT NULL AND starts_with(owner, :host)"
)
_BURY: Final = text("UPDATE effects SET owner = NULL WHERE owner = ANY(CAST(:dead AS text[]))")

# A host that runs under another boot's id than before has none of its old processes.
_BURY_FORMER_BOOTS: Final = text(
    "UPDATE effects e SET owner = NULL FROM supervisors former"
    " WHERE e.owner IS NOT NULL AND former.hostname = :hostname AND former.host <> :host"
    "  AND split_part(former.host, '/', 1) <> split_part(:host, '/', 1)"
    "  AND starts_with(e.owner, former.host || '|')"
)


@cache
def this_host(proc: Path = PROC) -> str:
    """Return a name for this boot of this machine and the process ids that are seen in it.

    A process id means something only here: after a restart, or in another container on
    the same machine, the same number is somebody else.
    """
    with suppress(OSError):
        boot = (proc / "sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        return f"{boot}/{(proc / 'self/ns/pid').readlink()}"
    return socket.gethostname()


def me() -> str:
    """Return this process as an owner: host, process id, and when it started."""
    return _me(os.getpid())


@cache
def _me(pid: int) -> str:
    return f"{this_host()}|{pid}|{_started(pid)}"


def is_running(pid: int, proc: Path = PROC) -> bool:
    """Tell whether there is such a process on this host."""
    return bool(_started(pid, proc))


def is_dead_here(owner: str) -> bool:
    """Tell whether `owner` was a process of this host that has ended; False where unknown."""
    host, _, process = owner.rpartition("|")[0].rpartition("|")
    started = owner.rpartition("|")[2]
    if host != this_host() or not process.isdigit():
        return False
    try:
        return _started(int(process)) != started
    except OSError:  # we could not look, for want of file descriptors: no evidence of a death
        return False


def bury_dead(session: Session) -> int:
    """Write down which owners on this host have ended; return how many.

    Said by every supervisor every few seconds and by whoever resolves, so that other hosts
    learn what only this one can see.
    """
    host = this_host()
    owners = session.scalars(_OWNERS_HERE, {"host": f"{host}|"}).all()
    dead = [owner for owner in owners if is_dead_here(owner)]
    if dead:
        session.execute(_BURY, {"dead": dead})
    return len(dead)


def bury_former_boots(session: Session, *, hostname: str) -> None:
    """Write down that whatever ran on this host before it started anew has ended."""
    session.execute(_BURY_FORMER_BOOTS, {"hostname": hostname, "host": this_host()})


def _started(pid: int, proc: Path = PROC) -> str:
    """Return when a process started, in the system's own ticks; empty when there is none.

    A zombie has ended: it makes no more calls.
    """
    if not (proc / "self").exists():  # macOS
        return _runs(pid)
    with suppress(FileNotFoundError, ProcessLookupError):
        fields = (proc / str(pid) / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        return "" if fields[0] in {"Z", "X"} else fields[19]
    return ""


def _runs(pid: int) -> str:
    """Say that a process runs, where the system does not say since when."""
    with suppress(PermissionError):  # somebody else's, and so there is one
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return ""
    return "runs"
