"""Processes that do not outlive each other.

A parent starts each child in a session of its own, so that a Ctrl-C at the terminal reaches
the parent alone and the whole group can be ended by one signal, and holds the other end of a
pipe, the child's lifeline. However the parent ends, kill -9 included, the kernel closes the
pipe, and the child ends its group. Where the system can, it ends a frozen child as well.
No signal handler, no file with process ids, no preexec.
"""

import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import IO, Final

PR_SET_PDEATHSIG: Final = 1


class Kin:
    """One child process and its group."""

    def __init__(
        self,
        program: Sequence[str],
        *,
        pulse: bool = False,
        out: IO[bytes] | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        """Start `program` (first word: celery or frontdesk), with a pipe for its pulse if asked."""
        life, self._life = os.pipe()
        self.ears, mouth = os.pipe() if pulse else (-1, -1)
        passed = (life, mouth) if pulse else (life,)
        words = [sys.executable, "-m", "workers.child", str(life), str(mouth), *program]
        self.process = subprocess.Popen(  # noqa: S603  # our own program
            words,
            pass_fds=passed,
            start_new_session=True,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            env={**os.environ, **(environment or {})},
        )
        for end in passed:
            os.close(end)
        if pulse:
            os.set_blocking(self.ears, False)
        self.born = time.monotonic()

    @property
    def pid(self) -> int:
        """The child's process id, which is also its group's."""
        return self.process.pid

    def ended(self) -> int | None:
        """Return the child's exit code once it has ended."""
        return self.process.poll()

    def ask_to_end(self) -> None:
        """Ask the child to finish what it has in hand and end."""
        with suppress(ProcessLookupError):
            self.process.terminate()

    def kill(self) -> None:
        """End the whole group now, and let go of the pipes."""
        with suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        self.process.wait()
        for end in (self._life, self.ears):
            if end >= 0:
                os.close(end)
        self._life = self.ears = -1

    def end(self, *, grace: float) -> None:
        """Ask, wait for as long as `grace` seconds, then kill what is left."""
        self.ask_to_end()
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(grace)
        self.kill()


def hold_lifeline(life: int) -> None:
    """End this process's group as soon as the parent is gone."""

    def wait() -> None:
        with suppress(OSError):
            while os.read(life, 1):
                pass
        os.killpg(0, signal.SIGKILL)

    os.set_inheritable(life, False)  # noqa: FBT003  # takes no keyword
    threading.Thread(target=wait, daemon=True, name="lifeline").start()


def die_with_parent() -> None:
    """End this process with the one that started it, where the system can do that.

    For whom the lifeline does not help: a pool's process is forked, so it has no thread
    that watches, and a frozen process has none that runs. The system looks at the thread
    that started us, not at the process: children are started by the main thread only.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
