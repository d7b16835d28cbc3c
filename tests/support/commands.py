"""Running `frontdesk` as a person would, and finding what it left behind."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.support.databases import Database

ROOT = Path(__file__).parents[2]


def environment(home: Path, **more: str) -> dict[str, str]:
    """Return what a command sees: nothing of ours but its home."""
    return {"PATH": os.environ["PATH"], "FRONTDESK_HOME": str(home), "COLUMNS": "160", **more}


def run(home: Path, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "workers", *words],
        cwd=ROOT,
        env=environment(home, **more),
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )


def told(
    home: Path, database: Database, *words: str, given: str = "", **more: str
) -> tuple[int, str, str]:
    """Run a command against a test's own database; return its code and what it said."""
    done = subprocess.run(
        [sys.executable, "-m", "workers", *words],
        cwd=ROOT,
        env=environment(
            home,
            DATABASE_URL=database.url().replace("+psycopg", ""),
            REDIS_URL=database.home.broker_url,
            **more,
        ),
        input=given,
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )
    assert "Traceback" not in done.stderr, done.stderr
    return done.returncode, done.stdout, done.stderr


@contextmanager
def running(home: Path, *words: str, **more: str) -> Iterator[subprocess.Popen[str]]:
    """Run a command until the block ends; it is killed if it has not ended by itself."""
    process = subprocess.Popen(
        [sys.executable, "-m", "workers", *words],
        cwd=ROOT,
        env=environment(home, **more),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def left_behind(home: Path) -> list[str]:
    """Return every process that belongs to this home, by its words or its environment."""
    found: list[str] = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        with suppress(OSError):
            words = (entry / "cmdline").read_bytes()
            if words and os.fsencode(home) in words + (entry / "environ").read_bytes():
                found.append(f"{entry.name} {words.replace(bytes(1), b' ').decode()}")
    return found
