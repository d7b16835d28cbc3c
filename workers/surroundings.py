"""What lies around the database and the broker: this machine, keys, Flower, and what is held back.

Each check takes what it needs as values and returns what it found; `frontdesk doctor` asks all.
"""

import platform
import shutil
import stat
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from importlib import metadata
from pathlib import Path
from typing import Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from config.settings import Settings
from domain.database import SYSTEM, Begin
from domain.errors import Refusal
from domain.privacy import rotation, store
from domain.tables.sealed import SEALED
from domain.work import presence, upkeep
from workers.findings import Finding, Level
from workers.keys import kept_keys, keyring

LEAST_DISK_GB: Final = 1.0
LISTENING: Final = "0A"
LOOPBACK: Final = ("0100007F", "00000000000000000000000001000000")
"""127.0.0.1 and ::1 as the kernel writes them."""

TOLD: Final = ("frontdesk", "celery", "redis", "flower", "sqlalchemy", "psycopg")


def versions() -> Finding:
    """Say what runs: an answer to the first question of whoever helps."""
    known = ", ".join(f"{name} {_version(name)}" for name in TOLD)
    return Finding("versions", Level.OK, f"Python {platform.python_version()}, {known}.")


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:  # in an image we are source, and no package
        return "from source"


def disk(settings: Settings, *, least_gb: float = LEAST_DISK_GB) -> Finding:
    """Look whether there is room where our files lie."""
    home = settings.home.path
    place = next(path for path in (home, *home.parents) if path.exists())
    free = shutil.disk_usage(place).free / 1e9
    if free < least_gb:
        return Finding("disk", Level.WARNING, f"{free:.1f} GB are left.", f"Make room at {place}.")
    return Finding("disk", Level.OK, f"{free:.0f} GB are left.")


def flower(settings: Settings) -> Finding:
    """Look at Flower as a stranger: on which addresses it listens, and whether it lets one in."""
    port = settings.flower_port
    if any(address not in LOOPBACK for address in _listening(port)):
        return Finding(
            "flower",
            Level.FAULT,
            f"Something on port {port} listens on other addresses than localhost.",
            "Run it by `frontdesk flower`, and reach it through ssh or a proxy with TLS.",
        )
    status = _status(f"http://127.0.0.1:{port}/workers")
    if status == 200:  # noqa: PLR2004  # let in
        return Finding(
            "flower",
            Level.FAULT,
            f"What answers at 127.0.0.1:{port} asks for no password.",
            "End it, set FLOWER_BASIC_AUTH, and run `frontdesk flower`.",
        )
    login = "a password of yours" if settings.flower_basic_auth else "a generated password"
    where = "It runs" if status else "It does not run on this host; where it does, it listens"
    return Finding("flower", Level.OK, f"{where} on localhost only, behind {login}.")


def _status(url: str) -> int:
    try:
        with urllib.request.urlopen(url, timeout=3) as answer:  # noqa: S310  # an address of ours
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code
    except (OSError, ValueError):
        return 0


def _listening(port: int) -> Iterator[str]:
    """Return the addresses on which this host listens at a port, as the kernel writes them."""
    for table in (Path("/proc/net/tcp"), Path("/proc/net/tcp6")):
        with suppress(OSError):
            for line in table.read_text("ascii").splitlines()[1:]:
                words = line.split()
                address, _, number = words[1].partition(":")
                if words[3] == LISTENING and int(number, 16) == port:
                    yield address


def keys(settings: Settings, begin: Begin) -> Iterator[Finding]:
    """Look whether the keys can be read, are nobody else's, and open what is sealed."""
    try:
        ring = keyring(settings)
        known = {key.name for key in ring.keys}
        ring.seal("tried", table="doctor", column="tried", row_id=store.NIL)
    except (Refusal, ValueError, OSError) as error:
        words = f"The keys cannot be read: {type(error).__name__}."
        yield Finding("keys", Level.FAULT, words, "Put ENCRYPTION_KEYS, or its file, back.")
        return
    file = kept_keys(settings)
    if settings.encryption_keys is None and stat.S_IMODE(file.stat().st_mode) & 0o077:
        words = "Others on this machine can read the keys."
        yield Finding("keys", Level.FAULT, words, f"Say chmod 600 {file}.")
        return
    missing = _names(begin) - known
    if missing:
        words = f"Values are sealed with keys that are not here: {', '.join(sorted(missing))}."
        yield Finding("keys", Level.FAULT, words, "Bring them back: nothing else opens those.")
        return
    yield Finding("keys", Level.OK, f"{len(known)} known; what is sealed has its key.")


def _names(begin: Begin) -> set[str]:
    """Return the keys that seal the oldest values of each column: an old key is there longest."""
    found: set[str] = set()
    for column in SEALED:
        with begin(SYSTEM) as session:
            counts, _ = store.census(session, column, after=store.NIL, most=rotation.WINDOW)
        found.update(name for name in counts if name)
    return found


def caution(settings: Settings) -> Iterator[Finding]:
    """Say what is held back by the settings: what a person forgets most easily."""
    if settings.frontdesk_hold:
        words = "FRONTDESK_HOLD is set: nothing leaves the building."
        yield Finding("hold", Level.WARNING, words, "Unset it when you have looked.")
    if settings.send_only_to is not None:
        words = "SEND_ONLY_TO is set: messages and calls to anybody else are held."
        yield Finding("recipients", Level.WARNING, words, "Unset it when you trust it.")
    if settings.frontdesk_env == "production" and settings.public_url is None:
        words = "PUBLIC_URL is not set: vendors cannot tell us anything."
        yield Finding("public", Level.WARNING, words, "Set it to where vendors reach intake.")


def house(begin: Begin) -> Iterator[Finding]:
    """Look whether somebody works, whether a beat rings, and what is told to be wrong."""
    with begin(SYSTEM) as session:
        yield _workers(session)
        yield _beat(session)
        yield _alerts(session)


def _workers(session: Session) -> Finding:
    alive = session.scalar(
        text("SELECT count(*) FROM supervisors WHERE stopped_at IS NULL AND seen_at > now() - :s"),
        {"s": upkeep.SILENT},
    )
    silent = presence.silent(session, after=upkeep.SILENT)
    if silent:
        words = f"Silent for a minute: the workers on {', '.join(sorted(set(silent.values())))}."
        return Finding("workers", Level.FAULT, words, "Start `frontdesk worker` there again.")
    if not alive:
        return Finding("workers", Level.WARNING, "No worker reports.", "Run `frontdesk worker`.")
    return Finding("workers", Level.OK, f"{alive} report.")


def _beat(session: Session) -> Finding:
    age = session.scalar(
        text(
            "SELECT extract(epoch FROM clock_timestamp() - max(slot))::float8 FROM periodic_runs"
            " WHERE name = :name"
        ),
        {"name": upkeep.EVERY_MINUTE},
    )
    if age is None or age > upkeep.NO_BEAT.total_seconds():
        words = "No beat has rung yet." if age is None else f"No beat has rung for {age:.0f} s."
        return Finding("beat", Level.WARNING, words, "Run `frontdesk beat`.")
    return Finding("beat", Level.OK, f"The newest slot is {age:.0f} s old.")


def _alerts(session: Session) -> Finding:
    found = session.execute(
        text(
            "SELECT count(*) FILTER (WHERE severity = 'critical') AS critical, count(*) AS n"
            " FROM ops_alerts WHERE resolved_at IS NULL"
        )
    ).one()
    if found.critical:
        words = f"{found.critical} critical alerts are open."
        return Finding("alerts", Level.FAULT, words, "See `frontdesk alerts list`.")
    return Finding("alerts", Level.OK, f"{found.n} are open, none of them critical.")
