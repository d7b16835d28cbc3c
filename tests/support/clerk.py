"""Many commands for the price of loading one: each is said in a fork of a process that has loaded.

What a command does happens in a process of its own, as ever: its settings, connections, exit code.
"""

import json
import os
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any

from tests.support.commands import ROOT, environment
from workers.cli.main import load
from workers.cli.main import main as frontdesk


class Clerk:
    """Says commands, one after the other."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def say(self, *words: str) -> tuple[int, str, str]:
        """Return a command's exit code, and what it printed and complained of."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(words) + "\n")
        self._process.stdin.flush()
        code, said, complained = json.loads(self._process.stdout.readline())
        return code, said, complained

    def shown(self, *words: str) -> Any:
        """Return what a command that is well prints for machines."""
        code, said, complained = self.say(*words, "--json")
        assert code == 0, complained
        return json.loads(said)


@contextmanager
def clerk(home: Path, **more: str) -> Generator[Clerk]:
    """Have somebody at hand who says commands, until the block ends."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.support.clerk"],
        cwd=ROOT,
        env=environment(home, **more),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        yield Clerk(process)
        process.communicate(timeout=60)


def main() -> None:
    load("")
    for line in sys.stdin:
        with TemporaryFile() as said, TemporaryFile() as complained:
            child = os.fork()
            if child == 0:
                _be(json.loads(line), said, complained)
            _, status = os.waitpid(child, 0)
            texts = [_read(one) for one in (said, complained)]
        answer = json.dumps([os.waitstatus_to_exitcode(status), *texts])
        sys.stdout.write(answer + "\n")
        sys.stdout.flush()


def _be(words: list[str], said: IO[bytes], complained: IO[bytes]) -> None:
    """Be the command; what leads out of it ends this process."""
    os.dup2(said.fileno(), 1)
    os.dup2(complained.fileno(), 2)
    sys.argv = ["frontdesk", *words]
    frontdesk()
    sys.exit(0)


def _read(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode()


if __name__ == "__main__":
    main()
