"""Commands that hold a seat, and what runs on a home."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Generator
from contextlib import suppress
from pathlib import Path

import psycopg
import redis

from config.home import Home

ROOT = Path(__file__).resolve().parents[2]
HOLDER = """
import signal
signal.signal(signal.SIGINT, signal.SIG_DFL)
import sys
from pathlib import Path
from config.home import Home
from domain.errors import Refusal
from workers import interrupts
from workers.embedded import seat
interrupts.hear()
try:
    with seat(Home(Path(sys.argv[1])), durable=sys.argv[2] == "durable"):
        interrupts.break_if_heard()
        print("seated", flush=True)
        sys.stdin.read()
except Refusal as refusal:
    print(refusal, flush=True)
    sys.exit(refusal.exit_code)
"""


class Holders:
    """Processes that hold a seat until their standard input ends."""

    def __init__(self) -> None:
        self.all: list[subprocess.Popen[str]] = []

    def begin(self, home: Home, *, durable: bool = False, path: str = "") -> subprocess.Popen[str]:
        """Start one and do not wait; `path` comes first where it looks for packages."""
        holder = subprocess.Popen(
            [sys.executable, "-c", HOLDER, str(home.path), "durable" if durable else "not"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            cwd=ROOT,
            env=os.environ | {"PYTHONPATH": f"{path}{os.pathsep}{ROOT}" if path else str(ROOT)},
            start_new_session=True,
        )
        self.all.append(holder)
        return holder

    def seat(self, home: Home, *, durable: bool = False, path: str = "") -> subprocess.Popen[str]:
        """Start one and wait until it sits."""
        holder = self.begin(home, durable=durable, path=path)
        assert said(holder) == "seated"
        return holder


def said(holder: subprocess.Popen[str]) -> str:
    assert holder.stdout
    return holder.stdout.readline().strip()


def leave(holder: subprocess.Popen[str]) -> None:
    assert holder.stdin
    assert holder.stdout
    with suppress(BrokenPipeError):
        holder.stdin.close()
    holder.wait(10)
    holder.stdout.close()


class Running:
    """What runs on a home: process numbers by program, the dead not counted."""

    def __init__(self, home: Home) -> None:
        self.home = home

    def __call__(self, program: str) -> list[int]:
        return [
            pid
            for pid, command in self._commands()
            if (Path(command[0]).name == program or program in command)
            and str(self.home.path) in "\0".join(command)
            and HOLDER not in command
        ]

    def servers(self) -> list[int]:
        """Return everything of ours, the processes of PostgreSQL's own included."""
        ours = [pid for name in ("workers.servers.keeper", "valkey-server") for pid in self(name)]
        return ours + [pid for pid, _ in self._commands() if self._stands_here(pid)]

    def end_within(self, seconds: float) -> bool:
        return comes_true(lambda: not self.servers(), seconds)

    def _stands_here(self, pid: int) -> bool:
        with suppress(OSError):
            return Path(f"/proc/{pid}/cwd").readlink().is_relative_to(self.home.path)
        return False

    def _commands(self) -> Generator[tuple[int, list[str]]]:
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                with suppress(OSError):
                    command = (entry / "cmdline").read_bytes().decode(errors="replace")
                    if command:
                        yield int(entry.name), command.split("\0")


def comes_true(condition: Callable[[], bool], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


def ask(home: Home, query: str) -> object:
    with psycopg.connect(
        host=str(home.run), user="postgres", dbname="frontdesk", autocommit=True
    ) as connection:
        cursor = connection.execute(query)  # pyright: ignore[reportArgumentType]  # ours, not typed in
        row = cursor.fetchone() if cursor.description else None
        return row[0] if row else None


def answer(home: Home) -> bool:
    """Say whether both servers take commands."""
    try:
        with redis.Redis(unix_socket_path=str(home.redis_socket)) as broker:
            return bool(broker.ping()) and ask(home, "SELECT 1") == 1
    except (psycopg.OperationalError, redis.RedisError):
        return False
