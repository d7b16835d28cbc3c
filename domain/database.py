"""How a service opens a transaction, and as whom, without knowing where the database is.

`begin(user_id)` sees one tenant, `begin(SYSTEM)` sees work columns of all; there is no
third way, and a connection outside of both sees no row at all (docs/architecture.md). The
role is taken per transaction, in one round trip, and falls off at its end: nothing that
one transaction was allowed leaks into the next on the same connection.
"""

import time
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from enum import Enum
from math import inf
from typing import Any, Final, TypeAlias
from uuid import UUID

import psycopg
from psycopg.abc import RV, PQGen
from sqlalchemy import Connection as Opened
from sqlalchemy import Engine, create_engine, event, text
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.orm import Session, SessionTransaction, sessionmaker
from sqlalchemy.pool import ConnectionPoolEntry

LONG_REST: Final = 1.0
"""Seconds after which a pooled connection is tried before it is used."""


class System(Enum):
    """The scope of the house itself: claims, sweeps, the timetable."""

    ALL = "system"


SYSTEM: Final = System.ALL

Scope: TypeAlias = UUID | System
"""A tenant, or the house."""

Begin: TypeAlias = Callable[[Scope], AbstractContextManager[Session]]
"""Open a session in a transaction: commit at the end, roll back on an error."""

_TAKE_ROLE: Final = text(
    "SELECT set_config('role', :role, true), set_config('app.user_id', :user_id, true),"
    " set_config('app.bell', 'off', true), set_config('app.actor', :actor, true)"
)
"""`app.bell`: our own writers ring through Celery; NOTIFY takes one lock for all commits.
`app.actor`: who changed a row, as its audit tells it."""

_actor: Final[ContextVar[str]] = ContextVar("actor", default="")

_NOTICE_THE_DEAD: Final = {
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,
}
"""A connection that a firewall forgot is an error in seconds, not in the system's quarter hour."""


ANSWER_WITHIN: Final = 75.0
"""Seconds that a statement may take to be answered: the server ends its own after 60."""


class Connection(psycopg.Connection[Any]):
    """A connection that does not wait for ever for a server that took the question.

    Keepalives notice a host that is gone. A proxy, a pooler or a frozen server acknowledges
    every byte and never answers: beat and the supervisor waited for good.
    """

    answer_within = ANSWER_WITHIN

    def wait(self, gen: PQGen[RV], interval: float = 0.1, timeout: float | None = None) -> RV:
        """Wait for an answer; give the connection up where none comes."""
        if timeout is not None:
            return super().wait(gen, interval, timeout)
        try:
            return super().wait(gen, interval, self.answer_within)
        except psycopg.errors._WaitTimeout as error:  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]  # it has no other name
            self.pgconn.finish()
            said = f"the database took a question and did not answer in {self.answer_within:.0f} s"
            raise psycopg.OperationalError(said) from error


def connect(
    url: str,
    *,
    name: str,
    pooled_outside: bool = False,
    size: int = 10,
    answer_within: float = ANSWER_WITHIN,
) -> Engine:
    """Return an engine for `url` whose connections call themselves `name`.

    Behind a pooler in transaction mode a prepared statement may meet another server
    connection, so it is turned off there.
    """
    options: dict[str, Any] = {"connect_timeout": 5, "application_name": name, **_NOTICE_THE_DEAD}
    if pooled_outside:
        options["prepare_threshold"] = None
    engine = create_engine(
        url, pool_size=size, max_overflow=size, pool_timeout=10, connect_args=options
    )

    def open_one(_: object, __: object, args: list[str], given: dict[str, Any]) -> Connection:
        made = Connection.connect(*args, **given)
        made.answer_within = answer_within
        return made

    event.listen(engine, "do_connect", open_one)
    event.listen(engine, "checkin", _note_rest)
    event.listen(engine, "checkout", _try_after_rest)
    return engine


def _note_rest(_: object, record: ConnectionPoolEntry) -> None:
    record.info["rests_since"] = time.monotonic()


def _try_after_rest(
    connection: psycopg.Connection[Any], record: ConnectionPoolEntry, _: object
) -> None:
    """Try a connection that rested for long, or a restarted database costs each one an error.

    SQLAlchemy's own `pool_pre_ping` asks before every transaction: 7 % of a unit of work.
    """
    if time.monotonic() - record.info.get("rests_since", inf) > LONG_REST:
        try:
            connection.execute("SELECT 1")
            connection.rollback()
        except psycopg.Error as error:
            raise InvalidatePoolError from error


def sessions(engine: Engine, *, actor: str = "") -> Begin:
    """Return `begin` over `engine`; `actor` is who changes rows, where nobody else is named."""
    make = sessionmaker(engine, expire_on_commit=False)
    return scoped(make, actor=actor)


def scoped(make: "sessionmaker[Session]", *, actor: str = "") -> Begin:
    """Return `begin` that opens sessions by `make` and takes the scope's role in each."""

    def take_role(session: Session, _: SessionTransaction, connection: Opened) -> None:
        connection.execute(_TAKE_ROLE, _role_of(session.info["scope"], session.info["actor"]))

    event.listen(make, "after_begin", take_role)

    @contextmanager
    def begin(scope: Scope) -> Generator[Session]:
        info = {"scope": scope, "actor": _actor.get() or actor}
        with make(info=info) as session, session.begin():
            yield session

    return begin


@contextmanager
def acting_as(actor: str) -> Generator[None]:
    """Name who changes rows meanwhile: a task, a person. Other threads keep their own name."""
    token = _actor.set(actor)
    try:
        yield
    finally:
        _actor.reset(token)


@contextmanager
def within(session: Session, user_id: UUID) -> Generator[None]:
    """Work in one tenant's scope for a while, inside a transaction of the house.

    For what must be written together: a work row, and its tenant's own rows. An error ends
    the transaction, and with it the scope.
    """
    actor = session.info["actor"]
    session.execute(_TAKE_ROLE, _role_of(user_id, actor))
    yield
    session.execute(_TAKE_ROLE, _role_of(SYSTEM, actor))


def _role_of(scope: Scope, actor: str) -> dict[str, str]:
    if isinstance(scope, UUID):
        return {"role": "frontdesk_tenant", "user_id": str(scope), "actor": actor}
    return {"role": "frontdesk_system", "user_id": "", "actor": actor}


def broken_rule(error: BaseException) -> str | None:
    """Return which rule of the database a row broke, in words; None where it was none.

    A constraint's name says it: `events_end_after_start` is "events: end after start".
    """
    cause = getattr(error, "orig", None) or error
    if not isinstance(cause, psycopg.IntegrityError):
        return None
    table, name = cause.diag.table_name, cause.diag.constraint_name
    if name is None:
        return f"{table}: {cause.diag.column_name} is missing"
    return f"{table}: {name.removeprefix(f'{table}_').replace('_', ' ')}"
