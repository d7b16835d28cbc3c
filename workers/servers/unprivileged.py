"""How PostgreSQL, which refuses to be root, is run by root; and how a server dies with us.

As root the server enters a user namespace of its own: it sees itself as some other user while
its files stay ours, and nothing of the system is touched. The same serves a user without a
name (a container started with a bare number), since initdb insists on one. Where the machine
forbids that (the usual container) or a folder above us is closed to it, root runs the server
as nobody, and where nobody cannot reach the home, its data lies under /var/tmp.

The choice is kept in the home: a server that meets data of the other way hangs.
"""

import ctypes
import hashlib
import os
import pwd
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from config.home import Home
from domain.errors import Refusal
from workers.servers import folders

NOBODY = 65534
TRIAL_SECONDS = 10
_CLONE_NEWUSER = 0x10000000
_PR_SET_PDEATHSIG = 1
_LINUX = sys.platform == "linux"
_libc = ctypes.CDLL(None, use_errno=True)


class RunsAs(StrEnum):
    """Who PostgreSQL is, seen from us."""

    OURSELVES = "ourselves"
    NAMESPACE = "namespace"
    NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class Ground:
    """Where PostgreSQL stands: who it is, where its data, sockets and programs lie."""

    runs_as: RunsAs
    data: Path
    sockets: Path
    programs: Path

    def tied(self, death_signal: signal.Signals) -> Callable[[], None]:
        """Return what its process does first."""
        return tied(death_signal, self.runs_as)

    def give(self, folder: Path) -> None:
        """Make `folder` the server's own."""
        folder.mkdir(mode=folders.PRIVATE, exist_ok=True)
        if self.runs_as is RunsAs.NOBODY:
            os.chown(folder, NOBODY, NOBODY)


def ground(home: Home, programs: Path) -> Ground:
    """Return where PostgreSQL stands in this home, chosen once and kept."""
    runs_as = _chosen(home, programs)
    if runs_as is not RunsAs.NOBODY:
        return Ground(runs_as, home.postgres, home.run, programs)
    if _works(RunsAs.NOBODY, programs, home.path.parent):
        home.path.chmod(folders.PASSABLE)
        home.run.chmod(folders.PASSABLE)
        return _settle(home, Ground(runs_as, home.postgres, home.run / "pg", programs))
    base = _elsewhere(home)
    return _settle(
        home, Ground(runs_as, base / "postgres", base / "pg", _reachable(programs, base))
    )


def tied(death_signal: signal.Signals, runs_as: RunsAs = RunsAs.OURSELVES) -> Callable[[], None]:
    """Return what a child does before its program starts: it ties its life to ours.

    Linux sends `death_signal` when we die. macOS has no such thing: there the next start
    ends what it finds (leftovers.py).
    """
    parent, seen_as = os.getpid(), _named_user()

    def before_exec() -> None:
        if runs_as is RunsAs.NAMESPACE:
            _enter_namespace(seen_as)
        elif runs_as is RunsAs.NOBODY:
            os.setgroups([])
            os.setgid(NOBODY)
            os.setuid(NOBODY)
        if _LINUX:  # after the change of user, which clears it
            _libc.prctl(_PR_SET_PDEATHSIG, int(death_signal))
        if os.getppid() != parent:  # we died before the tie was made
            os._exit(1)

    return before_exec


def _enter_namespace(seen_as: int) -> None:
    user, group = os.getuid(), os.getgid()
    if _libc.unshare(_CLONE_NEWUSER):
        raise OSError(ctypes.get_errno(), "user namespaces are not allowed here")
    Path("/proc/self/setgroups").write_text("deny", encoding="ascii")
    Path("/proc/self/uid_map").write_text(f"{seen_as} {user} 1", encoding="ascii")
    Path("/proc/self/gid_map").write_text(f"{seen_as} {group} 1", encoding="ascii")


def _chosen(home: Home, programs: Path) -> RunsAs:
    if os.getuid() != 0:
        return _chosen_without_root(home, programs)
    record = home.path / "postgres-runs-as"
    if record.exists():
        runs_as = RunsAs(record.read_text(encoding="ascii").strip())
        if runs_as is RunsAs.NAMESPACE and not _works(runs_as, programs, home.path):
            raise Refusal(
                f"The database in {home.path} was made in a user namespace, which this machine "
                "does not allow: run Frontdesk where it was made, or set DATABASE_URL."
            )
        return runs_as
    in_namespace = _LINUX and _works(RunsAs.NAMESPACE, programs, home.path)
    runs_as = RunsAs.NAMESPACE if in_namespace else RunsAs.NOBODY
    if runs_as is RunsAs.NOBODY:  # a home without a record is new: what lies there is a dead one's
        shutil.rmtree(_elsewhere_path(home), ignore_errors=True)
    fresh = record.with_suffix(".new")
    fresh.write_text(runs_as, encoding="ascii")
    fresh.replace(record)
    return runs_as


def _chosen_without_root(home: Home, programs: Path) -> RunsAs:
    """Return how a user runs it: the files are his in both ways, so nothing is kept."""
    with suppress(KeyError):
        pwd.getpwuid(os.getuid())
        return RunsAs.OURSELVES
    if _LINUX and _works(RunsAs.NAMESPACE, programs, home.path):
        return RunsAs.NAMESPACE
    raise Refusal(
        f"User {os.getuid()} has no name on this machine, and PostgreSQL asks for one: "
        "run Frontdesk as a named user, or set DATABASE_URL and REDIS_URL."
    )


def _named_user() -> int:
    return next((user.pw_uid for user in pwd.getpwall() if user.pw_uid), NOBODY)


def _works(runs_as: RunsAs, programs: Path, folder: Path) -> bool:
    """Say whether such a server can start its program and stand in `folder`: by trying it."""
    begin = tied(signal.SIGKILL, runs_as)

    def try_out() -> None:
        begin()
        os.chdir(folder)

    try:
        trial = subprocess.run(  # noqa: S603  # PostgreSQL's own program
            [programs / "postgres", "-V"],
            preexec_fn=try_out,  # the keeper has one thread
            capture_output=True,
            check=False,
            timeout=TRIAL_SECONDS,
        )
    except (OSError, subprocess.SubprocessError):
        return False
    return trial.returncode == 0


def _settle(home: Home, place: Ground) -> Ground:
    """Give the server a folder for its socket, and lead our own path there."""
    place.give(place.sockets)
    ours = home.run / ".s.PGSQL.5432"
    ours.unlink(missing_ok=True)
    ours.symlink_to(place.sockets / ours.name)
    return place


def _elsewhere_path(home: Home) -> Path:
    digest = hashlib.sha256(os.fsencode(home.path)).hexdigest()[:16]
    return Path(f"/var/tmp/frontdesk-{digest}")  # noqa: S108  # made by us, or refused


def _elsewhere(home: Home) -> Path:
    """Make a place that nobody can reach, as the home is closed to it."""
    base = _elsewhere_path(home)
    folders.make_private(base)
    base.chmod(folders.PASSABLE)
    return base


def _reachable(programs: Path, base: Path) -> Path:
    """Return where nobody can run PostgreSQL: where it is, or a copy under `base`.

    The copy costs 41 MB and half a second, once for each release of the server.
    """
    if _works(RunsAs.NOBODY, programs, base):
        return programs
    package = programs.parents[1]
    release = hashlib.sha256(str((programs / "postgres").stat().st_mtime_ns).encode()).hexdigest()
    copy = base / f"programs-{release[:12]}"
    if not copy.exists():
        half = base / "programs.partial"
        shutil.rmtree(half, ignore_errors=True)
        shutil.copytree(package / "pginstall", half / package.name / "pginstall", symlinks=True)
        libraries = package.with_name(f"{package.name}.libs")
        if libraries.exists():
            shutil.copytree(libraries, half / libraries.name)
        for path in (half, *half.rglob("*")):
            os.chown(path, NOBODY, NOBODY, follow_symlinks=False)
        half.rename(copy)
    return copy / package.name / "pginstall" / "bin"
