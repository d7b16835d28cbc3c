"""A tenant sees its own rows and the house's none, whatever it sets; nothing leaks between."""

from collections.abc import Iterator
from uuid import UUID, uuid4

import psycopg
import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import ProgrammingError

from domain.database import SYSTEM, Begin, sessions
from tests.support.databases import Database

THEIRS = "RETURNS uuid LANGUAGE sql AS $$ SELECT '{theirs}'::uuid $$"
HOUSE = ("periodic_runs", "supervisors", "ops_alerts")


@pytest.fixture
def tenants(database: Database) -> tuple[UUID, UUID]:
    mine, theirs = uuid4(), uuid4()
    with database.connect() as connection:
        for user in (mine, theirs):
            connection.execute("INSERT INTO users (id, business_name) VALUES (%s, 'x')", (user,))
        connection.execute("INSERT INTO periodic_runs VALUES ('a', now(), 'b')")
        connection.execute("INSERT INTO ops_alerts (alert_type, message) VALUES ('a', 'b')")
    return mine, theirs


@pytest.fixture
def tenant(database: Database, tenants: tuple[UUID, UUID]) -> Iterator[psycopg.Connection]:
    """Another service, logged in as frontdesk_tenant, that has said who it works for."""
    with database.connect("frontdesk_tenant") as connection:
        connection.execute("SELECT set_config('app.user_id', %s, false)", (str(tenants[0]),))
        yield connection


def seen(connection: psycopg.Connection) -> set[UUID]:
    return {row[0] for row in connection.execute("SELECT id FROM users")}


def test_a_tenant_sees_and_changes_its_own_rows_only(
    tenant: psycopg.Connection, tenants: tuple[UUID, UUID]
) -> None:
    mine, theirs = tenants

    changed = tenant.execute("UPDATE users SET business_name = 'y'").rowcount
    deleted = tenant.execute("DELETE FROM users WHERE id = %s", (theirs,)).rowcount

    assert seen(tenant) == {mine}
    assert (changed, deleted) == (1, 0)
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="row-level security"):
        tenant.execute("INSERT INTO users (id) VALUES (%s)", (uuid4(),))
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="row-level security"):
        tenant.execute("UPDATE users SET id = %s", (uuid4(),))


@pytest.mark.parametrize(
    "attempt",
    [
        "SET row_security = off",
        "SET app.scope = 'system'",
        "SET app.role = 'frontdesk_system'",
        "SET session_replication_role = replica",
        'SET request.jwt.claims = \'{{"sub": "{theirs}", "role": "service_role"}}\'',
        "SET search_path = pg_catalog, frontdesk",
        "SET ROLE frontdesk_system",
        "SET ROLE frontdesk_worker",
        "SET ROLE frontdesk_owner",
        "SET SESSION AUTHORIZATION postgres",
        "SELECT set_config('role', 'frontdesk_system', false)",
        "ALTER TABLE users DISABLE ROW LEVEL SECURITY",
        "CREATE POLICY mine ON users USING (true)",
        f"CREATE OR REPLACE FUNCTION frontdesk.app_current_user() {THEIRS}",
        f"CREATE FUNCTION pg_temp.app_current_user() {THEIRS}",
    ],
)
def test_nothing_that_a_tenant_sets_shows_it_another(
    tenant: psycopg.Connection, tenants: tuple[UUID, UUID], attempt: str
) -> None:
    mine, theirs = tenants

    try:
        tenant.execute(attempt.format(theirs=theirs).encode())
        found = seen(tenant)
    except psycopg.errors.InsufficientPrivilege:
        found = seen(tenant) if "row_security" not in attempt else {mine}

    assert found == {mine}


@pytest.mark.parametrize("table", HOUSE)
@pytest.mark.parametrize(
    "verb", ["SELECT * FROM {}", "DELETE FROM {}", "INSERT INTO {} DEFAULT VALUES"]
)
def test_the_houses_own_tables_are_closed_to_tenants(
    tenant: psycopg.Connection, table: str, verb: str
) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        tenant.execute(verb.format(table).encode())


def test_a_tenant_that_says_nothing_or_nonsense_sees_nothing(database: Database) -> None:
    with database.connect("frontdesk_tenant") as connection:
        assert seen(connection) == set()
        connection.execute("SET app.user_id = ''")
        assert seen(connection) == set()
        connection.execute("SET app.user_id = 'x'' OR true --'")
        with pytest.raises(psycopg.errors.InvalidTextRepresentation):
            seen(connection)


def test_the_worker_sees_what_its_scope_shows(
    database: Database, tenants: tuple[UUID, UUID]
) -> None:
    mine, theirs = tenants
    engine = create_engine(database.url(), pool_size=1, max_overflow=0)
    begin: Begin = sessions(engine)
    everybody = text("SELECT id FROM users")
    state = text(
        "SELECT current_user, current_setting('role'), current_setting('app.user_id', true)"
    )

    with begin(mine) as session:
        as_tenant = set(session.scalars(everybody))
    with engine.connect() as connection:  # the same connection, from the pool, in no scope
        left = tuple(connection.execute(state).one())
        for table in ("users", *HOUSE):
            with pytest.raises(ProgrammingError, match="permission denied"):
                connection.execute(text(f"SELECT FROM {table}"))
            connection.rollback()
    with begin(SYSTEM) as session:
        as_house = set(session.scalars(everybody))
        runs = session.scalar(text("SELECT count(*) FROM periodic_runs"))
    with pytest.raises(ZeroDivisionError), begin(theirs):
        _ = 1 / 0
    with engine.connect() as connection:
        left_by_an_error = tuple(connection.execute(state).one())
    engine.dispose()

    assert as_tenant == {mine}
    assert as_house == {mine, theirs}
    assert runs == 1
    assert left == left_by_an_error == ("frontdesk_worker", "none", "")
