"""What the machine spends on it: processor time of the workers and of PostgreSQL.

Processor time says the same on a busy machine as on an idle one, near enough; rates do not.
"""

import os
from contextlib import suppress
from pathlib import Path

TICK = 1 / os.sysconf("SC_CLK_TCK")
PROC = Path("/proc")


def spent(place: Path) -> float:
    """Return the seconds that processes with `place` in their surroundings have spent."""
    return sum(_spent(entry, str(place)) for entry in PROC.iterdir() if entry.name.isdigit())


def _spent(entry: Path, place: str) -> float:
    """Count PostgreSQL's processes, which stand in the place, and workers, who are told of it."""
    told = f"BENCH_HOME={place}".encode()
    with suppress(OSError, ValueError):
        stands_there = str((entry / "cwd").readlink()).startswith(place)
        if stands_there or told in (entry / "environ").read_bytes().split(b"\0"):
            fields = (entry / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()
            return (int(fields[11]) + int(fields[12])) * TICK
    return 0.0
