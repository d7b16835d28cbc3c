"""Where things lie under FRONTDESK_HOME. Pure: computes paths, makes nothing."""

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

LONGEST_SOCKET = 100
"""The system's limit is 108 bytes on Linux and 104 on macOS, name of the socket included."""


@dataclass(frozen=True, slots=True)
class Home:
    """The folder with the embedded servers, keys and logs."""

    path: Path

    @property
    def postgres(self) -> Path:
        """Where the embedded PostgreSQL keeps its data."""
        return self.path / "postgres"

    @property
    def valkey(self) -> Path:
        """Where the embedded Valkey runs; it writes nothing there."""
        return self.path / "valkey"

    @property
    def logs(self) -> Path:
        """Where the servers and the processes of `up` write what they say."""
        return self.path / "logs"

    @property
    def run(self) -> Path:
        """Where the sockets lie: under the home, or in a short place of its own.

        A socket's path may have about a hundred bytes, and a clone may lie deeper.
        The short place is computed, not drawn, so that every command finds it.
        """
        near = self.path / "run"
        fits = len(os.fsencode(near / ".s.PGSQL.5432.lock")) <= LONGEST_SOCKET
        if fits and not any(mark in str(near) for mark in ",:"):  # they part hosts in a URL
            return near
        digest = hashlib.sha256(os.fsencode(self.path)).hexdigest()[:16]
        return Path(f"/tmp/frontdesk-{os.getuid()}-{digest}")  # noqa: S108  # made 0700 and owned by us, or refused

    @property
    def redis_socket(self) -> Path:
        """Where the embedded Valkey listens."""
        return self.run / "redis.sock"

    @property
    def keeper_socket(self) -> Path:
        """Where the keeper of the embedded servers listens."""
        return self.run / "keeper.sock"

    @property
    def keeper_lock(self) -> Path:
        """What a living keeper holds."""
        return self.path / "keeper.lock"

    @property
    def keeper_log(self) -> Path:
        """What the keeper says."""
        return self.logs / "keeper.log"

    def database_url(self, role: str, database: str = "frontdesk") -> str:
        """Return how to reach the embedded PostgreSQL as `role`."""
        return f"postgresql+psycopg://{role}@/{database}?host={quote(str(self.run))}&port=5432"

    @property
    def broker_url(self) -> str:
        """Return how Celery reaches the embedded Valkey."""
        return f"redis+socket://{quote(str(self.redis_socket))}?virtual_host=0"
