"""Where Alembic runs: on the connection that `frontdesk migrate` hands over, or its own."""

from alembic import context
from sqlalchemy import Connection, create_engine, pool

from config.settings import settings
from domain.errors import Refusal
from domain.tables.catalogue import METADATA
from migrations import roles

PARTITIONED = tuple(
    f"{name}_"
    for name, table in METADATA.tables.items()
    if table.dialect_options["postgresql"]["partition_by"]
)


def is_ours(_: object, name: str | None, kind: str, *__: object) -> bool:
    """Leave partitions out of the comparison: they are made as months pass."""
    return kind != "table" or not (name or "").startswith(PARTITIONED)


def run(connection: Connection) -> None:
    """Bring the schema to the asked revision, one transaction a revision.

    A lock that is not had within five seconds is given up: a migration that waits for
    a lock makes everybody behind it wait too.
    """
    connection.exec_driver_sql("SET lock_timeout = '5s'")
    roles.put_on_owner(connection)
    connection.commit()
    context.configure(
        connection=connection,
        target_metadata=METADATA,
        transaction_per_migration=True,
        include_object=is_ours,
        compare_server_default=False,  # PostgreSQL rewrites them, so they never compare equal
    )
    with context.begin_transaction():
        context.run_migrations()


def connect_and_run() -> None:
    """Connect as the owner's login and run."""
    given = context.config.attributes.get("connection")
    if isinstance(given, Connection):
        run(given)
        return
    url = settings().owner_database
    if url is None:
        raise Refusal("Set MIGRATE_DATABASE_URL to the owner's login.")
    with create_engine(url, poolclass=pool.NullPool).connect() as connection:
        run(connection)


connect_and_run()
