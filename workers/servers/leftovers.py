"""What a dead keeper may have left: a server that still runs, and a file that names one.

Only the holder of the keeper's lock looks here, so a server that runs is an orphan.
"""

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

from domain.errors import Refusal

PATIENCE = timedelta(seconds=5)
PAUSE = timedelta(milliseconds=10)
_GAP = "\0" if sys.platform == "linux" else " "
"""What stands between the words of a command line."""


def end(pid_file: Path, program: str, folder: Path, signals: tuple[signal.Signals, ...]) -> None:
    """End the `program` of `folder` that `pid_file` names, if it runs; ask, then insist.

    The file then names us: PostgreSQL takes a file with its parent's number as stale, and one
    with any other number that exists as a running server. Such a number may meanwhile be a
    stranger's, who is left alone, or a dead server's that nobody has buried (in a container
    whose first process does not reap). The rest of the file stays; PostgreSQL looks there for
    processes that still use its memory.
    """
    pid = named(pid_file)
    if pid is None:
        pid_file.unlink(missing_ok=True)  # empty, after a full disk: PostgreSQL refuses that too
        return
    if _is_server(pid, program, folder) and not any(_ends(pid, number) for number in signals):
        raise Refusal(
            f"An earlier {program} (process {pid}) still runs on {folder} and does not end: "
            f"end it (kill -9 {pid}) and start again."
        )
    with suppress(FileNotFoundError):  # it took its file along
        _, _, rest = pid_file.read_text(encoding="utf-8").partition("\n")
        pid_file.write_text(f"{os.getpid()}\n{rest}", encoding="utf-8")


def named(pid_file: Path) -> int | None:
    """Return the process that the first line of `pid_file` names."""
    try:
        line, _, _ = pid_file.read_text(encoding="utf-8").partition("\n")
        return int(line)
    except (OSError, ValueError):
        return None


def _ends(pid: int, number: signal.Signals) -> bool:
    deadline = time.monotonic() + PATIENCE.total_seconds()
    try:
        os.kill(pid, number)
        while time.monotonic() < deadline and _is_alive(pid):
            time.sleep(PAUSE.total_seconds())
    except ProcessLookupError:
        return True
    return not _is_alive(pid)


def _is_alive(pid: int) -> bool:
    return pid > 0 and bool(_command(pid))


def _is_server(pid: int, program: str, folder: Path) -> bool:
    command = _command(pid)
    return f"/{program}{_GAP}-" in command and f"{_GAP}{folder}{_GAP}" in command


def _command(pid: int) -> str:
    """Return how the process was started; nothing where it is gone, or gone but not buried."""
    if sys.platform == "linux":
        try:
            return Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace")
        except OSError:
            return ""
    return subprocess.run(  # noqa: S603  # a number is all that enters
        ["/bin/ps", "-ww", "-o", "command=", "-p", str(pid)],
        capture_output=True,
        check=False,
        text=True,
        errors="replace",
    ).stdout
