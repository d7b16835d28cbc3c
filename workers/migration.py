"""Bringing the database to this release: roles first, then Alembic, one at a time."""

import io
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, pool, text
from sqlalchemy.exc import IntegrityError, InternalError, OperationalError, ProgrammingError

import migrations
from domain.errors import Refusal
from domain.work import partitions
from migrations import roles

ONE_AT_A_TIME: Final = 0x46524F4E54  # "FRONT"
OLDEST: Final = 150000
TURN: Final = timedelta(milliseconds=50)
"""Between two looks whether another migration has ended."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """Where the schema stood, and where it stands."""

    before: str | None
    after: str | None


def migrate(url: str, *, worker_url: str | None = None, to: str = "head") -> Outcome:
    """Bring the database at `url` (the owner's login) to revision `to`.

    A second `migrate` waits for the first and finds nothing to do. The months of partitioned
    tables are made at once, so that nothing of a new database lies in none.
    """
    with _alone(url) as connection:
        _ensure_roles(connection, worker_url)
        before = revision(connection)
        config = _config(connection)
        if to == "head" or _is_ahead(config, before, to):
            command.upgrade(config, to)
        else:
            command.downgrade(config, to)
        after = revision(connection)
        connection.commit()
        if after == head():
            partitions.make_ahead(connection)
        return Outcome(before, after)


def _ensure_roles(connection: Connection, worker_url: str | None) -> None:
    """Make what is missing of roles; another look where somebody else has just made it.

    Roles are the server's, and our lock is this database's: another database of the same
    server may be migrated at this moment.
    """
    for is_last in (False, False, False, True):
        try:
            roles.ensure(connection, worker_url=worker_url)
            connection.commit()
        except (IntegrityError, InternalError, ProgrammingError):
            connection.rollback()
            if is_last:
                raise
        else:
            return


def revision(connection: Connection) -> str | None:
    """Return the revision that the database stands at, as the search_path shows it."""
    context = MigrationContext.configure(connection)
    return context.get_current_revision()


def head() -> str | None:
    """Return the revision that this release wants."""
    return ScriptDirectory.from_config(_config(None)).get_current_head()


def steps() -> list[str]:
    """Return all revisions, the first first."""
    walked = ScriptDirectory.from_config(_config(None)).walk_revisions()
    return [step.revision for step in walked][::-1]


def differences(url: str) -> None:
    """Raise Alembic's own error where the models and the migrated schema differ."""
    with _alone(url) as connection:
        command.check(_config(connection))


def _config(connection: Connection | None) -> Config:
    config = Config(stdout=io.StringIO())  # the command line says it in its own words
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    config.attributes["connection"] = connection
    return config


def _is_ahead(config: Config, before: str | None, to: str) -> bool:
    """Tell whether `to` lies after `before`: up, else down."""
    if to == "base":
        return False
    passed = {step.revision for step in ScriptDirectory.from_config(config).walk_revisions()}
    if to not in passed:
        raise Refusal(f"There is no revision {to}: see migrations/versions.")
    return before is None or to > before


@contextmanager
def _alone(url: str) -> Generator[Connection]:
    engine = create_engine(url, poolclass=pool.NullPool, connect_args={"connect_timeout": 5})
    try:
        connection = engine.connect()
    except OperationalError as error:
        reason = str(error.orig).strip().splitlines()[0]
        raise Refusal(f"The database cannot be reached as its owner: {reason}") from None
    with connection:
        version = connection.scalar(text("SELECT current_setting('server_version_num')::int")) or 0
        if version < OLDEST:
            raise Refusal(f"PostgreSQL {version // 10000} is too old: 15 or later is needed.")
        _wait_for_turn(connection)
        connection.exec_driver_sql("SET search_path = frontdesk")
        connection.commit()
        yield connection


def _wait_for_turn(connection: Connection) -> None:
    """Take the lock, and wait for it outside of any statement.

    Who waits inside one holds a snapshot, and `CREATE INDEX CONCURRENTLY` waits for all of
    those: two migrations of a new database met in a deadlock, and one of them was ended.
    """
    taken = text("SELECT pg_try_advisory_lock(:key)")
    while not connection.scalar(taken, {"key": ONE_AT_A_TIME}):
        connection.rollback()
        time.sleep(TURN.total_seconds())
