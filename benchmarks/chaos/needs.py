"""What a trial needs of the machine, and how it is kept from touching anything but itself.

A trial that makes networks or disks runs in namespaces of its own, from its first process on:
nothing of the machine's routes, addresses or mounts is touched, and all of it ends with the last
process, whatever ended that.
"""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Generator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import Final

from benchmarks.ground import empty_ground
from tests.support.databases import Database

LIKE: Final = "CHAOS_LIKE"
"""Where the files of a migrated database lie that nobody serves, made once for all trials."""

APART: Final = ("unshare", "--net", "--mount", "--propagation", "private")
LIBRARIES: Final = (
    Path("/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1"),
    Path("/usr/lib/aarch64-linux-gnu/faketime/libfaketimeMT.so.1"),
    Path("/usr/lib/faketime/libfaketimeMT.so.1"),
)
TOUCH: Final = "ip link set lo up && mkdir -p {place} && mount -t tmpfs -o size=1m none {place}"


def namespaces() -> str:
    """Say why no networks and disks of one's own can be made here; nothing where they can."""
    if os.getuid() != 0:
        return "networks and disks of its own are made by root alone"
    missing = [name for name in ("unshare", "nsenter", "ip", "mount") if not shutil.which(name)]
    if missing:
        return f"{missing[0]} is not installed"
    with tempfile.TemporaryDirectory() as place:
        words = [*APART, "sh", "-c", TOUCH.format(place=f"{place}/disk")]
        done = subprocess.run(words, capture_output=True, text=True, check=False)
    return f"the kernel lets nobody: {done.stderr.strip()}" if done.returncode else ""


def faketime() -> str:
    """Say why no clock can be shifted here; nothing where it can."""
    return "" if _library() else "libfaketime is not installed (apt-get install faketime)"


def _library() -> Path | None:
    return next((path for path in LIBRARIES if path.exists()), None)


def a_database(at: Path | None = None) -> AbstractContextManager[Database]:
    """Have servers of one's own with a migrated database."""
    like = os.environ.get(LIKE)
    return empty_ground(at, like=Path(like) if like else None)


class Clock:
    """A clock that processes go by instead of the machine's, and that can be set."""

    def __init__(self, file: Path) -> None:
        """Begin with the right time; it is said in this file."""
        self._file = file
        self.set(0)

    def set(self, seconds: int) -> None:
        """Be off by so many seconds from now on."""
        self._file.with_suffix(".next").write_text(f"{seconds:+d}\n")
        self._file.with_suffix(".next").replace(self._file)

    def environment(self) -> dict[str, str]:
        """Return what a process is given that goes by this clock."""
        return {
            "LD_PRELOAD": str(_library()),
            "FAKETIME_TIMESTAMP_FILE": str(self._file),
            "FAKETIME_CACHE_DURATION": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",  # no machine's clock of what has passed jumps
            "DONT_FAKE_MONOTONIC": "1",
        }


class Disk:
    """A disk of so many megabytes, to be filled."""

    def __init__(self, folder: Path) -> None:
        """Be the one that is mounted here."""
        self.folder = folder
        self._ballast = folder / "ballast"

    def fill(self) -> None:
        """Leave no room."""
        with self._ballast.open("ab") as file:
            for _ in range(50):  # the server writes meanwhile, and may have been quicker
                free = shutil.disk_usage(self.folder).free
                with suppress(OSError):
                    os.posix_fallocate(file.fileno(), file.seek(0, os.SEEK_END), free)

    def free(self) -> None:
        """Give the room back."""
        self._ballast.unlink(missing_ok=True)


@contextmanager
def a_disk(megabytes: int) -> Generator[Disk]:
    """Have a disk of so many megabytes; within mounts of one's own, or it is refused."""
    place = Path(tempfile.mkdtemp(prefix="frontdesk-disk-"))
    options = f"size={megabytes}m,mode=0755"
    subprocess.run(["/bin/mount", "-t", "tmpfs", "-o", options, "none", place], check=True)
    try:
        yield Disk(place)
    finally:
        subprocess.run(["/bin/umount", "--lazy", place], check=True)
        place.rmdir()
