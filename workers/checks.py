"""Is everything as it must be? Asked at the door of every process, and by `frontdesk doctor`."""

from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, Final, cast

from celery import Celery
from kombu import Connection as BrokerConnection
from sqlalchemy import Connection, create_engine, pool, text
from sqlalchemy.exc import SQLAlchemyError

from config.settings import Settings
from domain.errors import Refusal
from workers import housekeeping, migration
from workers.findings import Finding, Level

MOST_SKEW: Final = 5.0
MOST_XMIN_AGE: Final = 600.0


PROMISED: Final[Mapping[str, object]] = {
    "accept_content": ["json"],
    "task_serializer": "json",
    "result_backend": None,
    "task_acks_late": False,
    "task_publish_retry": False,
    "worker_prefetch_multiplier": 1,
    "worker_enable_remote_control": True,
}
"""What must hold of Celery, whatever somebody set elsewhere (celeryconfig.py has the reasons)."""

TRANSPORT: Final[Mapping[str, object]] = {
    "socket_timeout": 5,
    "socket_connect_timeout": 2,
    "max_retries": 0,
    "visibility_timeout": 3600,
}


def refuse_if_unfit(settings: Settings, app: Celery | None = None) -> None:
    """Refuse to start on a database, a broker or a queue that would break what we promise.

    A broker that does not answer is no reason: the worker waits for it.
    """
    faults = [queue(app)] if app is not None and queue(app).level is Level.FAULT else []
    faults += [found for found in database(settings) if found.level is Level.FAULT]
    faults += [found for found in broker(settings) if found.level is Level.FAULT]
    if faults:
        raise Refusal(f"{faults[0].words} {faults[0].advice}".strip())


def database(settings: Settings) -> list[Finding]:
    """Look at the database as the worker sees it."""
    try:
        with _worker_connection(settings) as connection:
            return [check(connection) for check in _DATABASE_CHECKS]
    except SQLAlchemyError as error:
        reason = str(getattr(error, "orig", None) or type(error).__name__).strip().splitlines()[0]
        return [
            Finding(
                "database",
                Level.FAULT,
                f"The database cannot be reached as frontdesk_worker: {reason}.",
                "Check DATABASE_URL, and run `frontdesk migrate` if the database is new.",
            )
        ]


@contextmanager
def _worker_connection(settings: Settings) -> Generator[Connection]:
    engine = create_engine(
        settings.worker_database,
        poolclass=pool.NullPool,
        connect_args={"connect_timeout": 5, "application_name": "frontdesk doctor"},
    )
    with engine.connect() as connection:
        yield connection


def version(connection: Connection, *, oldest: int = migration.OLDEST) -> Finding:
    """Look whether the server is one that we know."""
    number = cast(
        "int", connection.scalar(text("SELECT current_setting('server_version_num')::int"))
    )
    words = f"PostgreSQL {number // 10000}.{number % 10000}."
    if number < oldest:
        return Finding("database", Level.FAULT, words, "15 or later is needed.")
    return Finding("database", Level.OK, words)


def _role(connection: Connection) -> Finding:
    row = connection.execute(
        text(
            "SELECT current_user, rolsuper, rolbypassrls, rolinherit,"
            " pg_has_role(current_user, 'frontdesk_owner', 'MEMBER') AS owner"
            " FROM pg_roles WHERE rolname = current_user"
        )
    ).one()
    if row.rolsuper or row.rolbypassrls or row.owner:
        return Finding(
            "role",
            Level.FAULT,
            f"DATABASE_URL logs in as {row.current_user}, for whom row level security is off.",
            "Use the login frontdesk_worker, which `frontdesk migrate` makes.",
        )
    if row.rolinherit:
        return Finding(
            "role",
            Level.FAULT,
            f"The role {row.current_user} inherits what it may become.",
            f"Say ALTER ROLE {row.current_user} NOINHERIT.",
        )
    return Finding("role", Level.OK, f"Logs in as {row.current_user}, and sees nothing by itself.")


def _revision(connection: Connection) -> Finding:
    wanted = migration.head() or ""
    try:
        has = migration.revision(connection)
    except SQLAlchemyError:
        has = None
    connection.rollback()
    if has is not None and has > wanted:  # revisions are compared as texts
        return Finding(
            "schema",
            Level.WARNING,
            f"The schema stands at {has}: a newer release than this, {wanted}, has been here.",
            "It goes on working; start the newer release when you can.",
        )
    if has != wanted:
        return Finding(
            "schema",
            Level.FAULT,
            f"The schema stands at {has or 'nothing'}, this release wants {wanted}.",
            "Run `frontdesk migrate`.",
        )
    return Finding("schema", Level.OK, f"The schema stands at {has}.")


def _isolation(connection: Connection) -> Finding:
    open_tables = list(
        connection.scalars(
            text(
                "SELECT relname FROM pg_class WHERE relnamespace = 'frontdesk'::regnamespace"
                " AND relkind IN ('r', 'p') AND relname <> 'alembic_version'"
                " AND NOT (relrowsecurity AND relforcerowsecurity)"
            )
        )
    )
    if open_tables:
        return Finding(
            "isolation",
            Level.FAULT,
            f"Row level security is not forced on {', '.join(open_tables)}.",
            "Somebody has changed the schema by hand: put it back.",
        )
    return Finding("isolation", Level.OK, "Row level security is forced on every table.")


def clock(connection: Connection, *, most: float = MOST_SKEW) -> Finding:
    """Compare this host's clock with the database's."""
    theirs = cast("datetime", connection.scalar(text("SELECT clock_timestamp()")))
    skew = abs((datetime.now(UTC) - theirs).total_seconds())
    level = Level.OK if skew <= most else Level.WARNING
    advice = "" if level is Level.OK else "Check the time service of this host."
    return Finding("clock", level, f"Differs from the database's by {skew:.1f} s.", advice)


def snapshots(connection: Connection, *, most: float = MOST_XMIN_AGE) -> Finding:
    """Look for a transaction that has been open for long: it slows every claim."""
    row = connection.execute(
        text(
            "SELECT coalesce(extract(epoch FROM max(clock_timestamp() - xact_start)"
            "  FILTER (WHERE backend_xmin IS NOT NULL)), 0)::float8 AS age,"
            " count(*) FILTER (WHERE query = '<insufficient privilege>' AND usename IS NOT NULL)"
            "  AS hidden FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
        )
    ).one()
    words = f"The oldest transaction is {row.age:.0f} s old."
    if row.hidden:  # what belongs to other logins is shown to pg_read_all_stats only
        words += f" {row.hidden} sessions of other logins cannot be seen."
    if row.age > most:
        advice = "It slows every claim: end it, or run reports on a replica."
        return Finding("snapshots", Level.WARNING, words, advice)
    return Finding("snapshots", Level.OK, words)


_DATABASE_CHECKS: Final[tuple[Callable[[Connection], Finding], ...]] = (
    version,
    _role,
    _revision,
    _isolation,
    clock,
    snapshots,
    housekeeping.months,
    housekeeping.retention_rounds,
)


def broker(settings: Settings) -> list[Finding]:
    """Look at the broker: whether it answers, and whether it would throw messages away."""
    app = Celery("doctor", broker=settings.broker, set_as_current=False)
    app.conf.broker_transport_options = {
        "socket_timeout": 2,
        "socket_connect_timeout": 2,
        "max_retries": 0,
    }
    try:
        with app.connection_for_read() as connection:
            connection.ensure_connection(max_retries=1, timeout=3)
            return [
                Finding("broker", Level.OK, f"Answers by {connection.transport_cls}."),
                *_policy(connection),
            ]
    except Exception as error:  # noqa: BLE001  # each transport has errors of its own
        return [
            Finding(
                "broker",
                Level.WARNING,
                f"Does not answer ({type(error).__name__}).",
                "Check REDIS_URL; workers wait for it, and nothing is lost meanwhile.",
            )
        ]


def _policy(connection: BrokerConnection) -> list[Finding]:
    """Read Redis's eviction policy: one that evicts drops a whole queue without an error."""
    client: Any = getattr(connection.default_channel, "client", None)
    if client is None:
        return []
    policy = client.info("memory").get("maxmemory_policy", "noeviction")
    if policy == "noeviction":
        return [Finding("eviction", Level.OK, "noeviction.")]
    return [
        Finding(
            "eviction",
            Level.FAULT,
            f"Redis evicts ({policy}): it would drop a whole queue and say nothing.",
            "Say CONFIG SET maxmemory-policy noeviction, or use another Redis.",
        )
    ]


def queue(app: Celery) -> Finding:
    """Look at how Celery is set up, as it stands and not as it was written."""
    conf: Any = app.conf
    transport = cast("dict[str, object]", conf.broker_transport_options)
    wrong = [name for name, value in PROMISED.items() if conf[name] != value]
    wrong += [name for name, value in TRANSPORT.items() if transport.get(name) != value]
    if wrong:
        return Finding(
            "queue",
            Level.FAULT,
            f"Celery is not set up as promised: {', '.join(wrong)}.",
            "Put celeryconfig.py back.",
        )
    return Finding("queue", Level.OK, "Celery is set up as promised.")
