"""What a dead keeper may have left: a server that still runs, and a file that names one.

Only the holder of the keeper's lock looks here, so a server that runs is an orphan.
"""

import os
import signal
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

from domain.errors import Refusal

PATIENCE = timedelta(seconds=5)
PAUSE = timedelta(milliseconds=10)
_GAP = "\0" if sys.platform == "linux" else " "
"""What stands between the words of a command line."""


def end(pid_file: Path, program: str, folder: Path, signals: tuple[signal.Signals, ...]) -> None:
    """End the `program` of `folder` that `pid_file` names, if it runs; ask, then insist.

    A number that meanwhile belongs to another process is left alone, and the file then names
    us instead: PostgreSQL takes a file with a living stranger's number as a running server,
    one with its parent's number as stale.
    """
    pid = named(pid_file)
    if pid is None or not _is_alive(pid):
        return
    if not _is_server(pid, program, folder):
        _, _, rest = pid_file.read_text(encoding="utf-8").partition("\n")
        pid_file.write_text(f"{os.getpid()}\n{rest}", encoding="utf-8")
        return
    for number in signals:
        if _ends(pid, number):
            return
    raise Refusal(
        f"An earlier {program} (process {pid}) still runs on {folder} and does not end: "
        f"end it (kill -9 {pid}) and start again."
    )


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
