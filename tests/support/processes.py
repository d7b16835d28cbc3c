"""Frontdesk's own processes, as an operator starts them, and whoever they leave behind."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.support.waiting import wait_until
from workers.servers.unprivileged import tied

ROOT = Path(__file__).resolve().parents[2]
PLAIN = ("PATH", "HOME", "TMPDIR", "LANG", "SSL_CERT_FILE")


class Process:
    """One command of ours; all that it starts carries its mark in the environment."""

    def __init__(
        self,
        words: list[str],
        environment: Mapping[str, str],
        *,
        code: Path = ROOT,
        inside: Sequence[str] = (),
    ) -> None:
        """Start it; `inside` of what another command makes around it, if there is one."""
        handle, name = tempfile.mkstemp(prefix="fd-process-", suffix=".log")
        self._log = Path(name)
        self._mark = f"FRONTDESK_HOME={name}.home"
        plain = {key: os.environ[key] for key in PLAIN if key in os.environ}
        key, _, home = self._mark.partition("=")
        self.process = subprocess.Popen(
            [*inside, sys.executable, *words],
            stdin=subprocess.DEVNULL,
            stdout=handle,
            stderr=handle,
            cwd=code,
            env={**plain, "PYTHONPATH": str(code), key: home, **environment},
            start_new_session=True,
            preexec_fn=tied(signal.SIGKILL),  # noqa: PLW1509  # started by a test's only thread
        )
        os.close(handle)

    @property
    def pid(self) -> int:
        return self.process.pid

    def said(self) -> str:
        return self._log.read_text(encoding="utf-8", errors="replace")

    def signal(self, number: signal.Signals) -> None:
        with suppress(ProcessLookupError):
            os.kill(self.pid, number)

    def ends_within(self, seconds: float) -> int:
        """Return the exit code."""
        return self.process.wait(seconds)

    def family(self) -> list[int]:
        """Return who lives of this process and all that it started, the dead not counted."""
        return [pid for pid in _living() if self._mark in _environment(pid)]

    def clear(self) -> None:
        """End what is left, by its ids."""
        for _ in range(3):
            for pid in self.family():
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            time.sleep(0.02)
        self.process.wait(5)
        self._log.unlink()


@contextmanager
def running(
    words: list[str],
    environment: Mapping[str, str],
    *,
    code: Path = ROOT,
    inside: Sequence[str] = (),
) -> Iterator[Process]:
    process = Process(words, environment, code=code, inside=inside)
    try:
        yield process
    except BaseException:
        sys.stderr.write(f"--- {' '.join(words)}\n{process.said()[-6000:]}\n")
        raise
    finally:
        process.clear()


@contextmanager
def frontdesk(*words: str, environment: Mapping[str, str], code: Path = ROOT) -> Iterator[Process]:
    """Run a command of ours, or of another release's `code`, until the block ends."""
    with running(["-m", "workers", *words], environment, code=code) as process:
        yield process


def children_of(pid: int) -> list[int]:
    return [child for child in _living() if _parent(child) == pid]


def celery_of(supervisor: Process) -> int:
    """Return the main process of the supervisor's only Celery child, once it has begun."""
    wait_until(lambda: children_of(supervisor.pid), within=20, what="a child")
    (child,) = children_of(supervisor.pid)
    return child


def is_alive(pid: int) -> bool:
    return pid in _living()


def _living() -> list[int]:
    return [
        int(entry.name)
        for entry in Path("/proc").iterdir()
        if entry.name.isdigit() and _state(int(entry.name)) not in ("Z", "X", "")
    ]


def _stat(pid: int) -> list[str]:
    with suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return ["", "0"]


def _state(pid: int) -> str:
    return _stat(pid)[0]


def _parent(pid: int) -> int:
    return int(_stat(pid)[1])


def _environment(pid: int) -> list[str]:
    with suppress(OSError):
        return Path(f"/proc/{pid}/environ").read_bytes().decode(errors="replace").split("\0")
    return []
