"""The four roles and the schema, made before any migration and whenever they differ.

frontdesk_owner    owns the tables; nobody logs in as it, migrations put it on
frontdesk_worker   the login of workers; sees nothing until it takes one of the next two
frontdesk_tenant   one tenant's rows; also the login of other services
frontdesk_system   work columns of all tenants; no login

Roles belong to the whole server, not to one database. So everything is looked at first
and written only where it differs: two databases of one server may be migrated at once.
"""

from collections.abc import Mapping
from typing import Final

from sqlalchemy import Connection, make_url, text

from domain.errors import Refusal

ATTRIBUTES: Final[Mapping[str, str]] = {
    "frontdesk_owner": "NOLOGIN",
    "frontdesk_worker": "LOGIN NOINHERIT",
    "frontdesk_tenant": "LOGIN",
    "frontdesk_system": "NOLOGIN",
}

SETTINGS: Final[Mapping[str, Mapping[str, str]]] = {
    "frontdesk_owner": {"search_path": "frontdesk"},
    "frontdesk_worker": {
        "search_path": "frontdesk",
        "statement_timeout": "60s",
        "lock_timeout": "5s",
        # A worker that is frozen in a transaction must not hold its rows for ever.
        "idle_in_transaction_session_timeout": "10s",
    },
    "frontdesk_tenant": {
        "search_path": "frontdesk",
        "statement_timeout": "30s",
        "lock_timeout": "5s",
        "idle_in_transaction_session_timeout": "30s",
    },
}

MEMBERS: Final = (
    ("frontdesk_system", "frontdesk_worker"),
    ("frontdesk_tenant", "frontdesk_worker"),
)
"""What the worker may become. Never what it inherits: the tenant's policy would be OR-ed in."""

OF_16: Final = 160000


def ensure(connection: Connection, *, worker_url: str | None = None) -> None:
    """Make what is missing; `worker_url` gives a new login its password."""
    known = set(connection.scalars(text("SELECT rolname FROM pg_roles")))
    for role, attributes in ATTRIBUTES.items():
        if role not in known:
            connection.exec_driver_sql(f"CREATE ROLE {role} {attributes}")
            _set_password(connection, role, worker_url)
    _grant_members(connection)
    _set_defaults(connection)
    _make_schema(connection)


def put_on_owner(connection: Connection) -> None:
    """Become the owner for the rest of this connection."""
    me = connection.scalar(text("SELECT current_user"))
    if me != "frontdesk_owner":
        may = "SELECT pg_has_role(current_user, 'frontdesk_owner', 'MEMBER')"
        if not connection.scalar(text(may)):
            connection.exec_driver_sql("GRANT frontdesk_owner TO CURRENT_USER")
        connection.exec_driver_sql("SET ROLE frontdesk_owner")
    connection.exec_driver_sql("SET search_path = frontdesk")


def _set_password(connection: Connection, role: str, worker_url: str | None) -> None:
    url = make_url(worker_url) if worker_url else None
    if url is not None and url.username == role and url.password:
        quoted = connection.scalar(text("SELECT quote_literal(:word)"), {"word": url.password})
        connection.exec_driver_sql(f"ALTER ROLE {role} PASSWORD {quoted}".replace("%", "%%"))


def _grant_members(connection: Connection) -> None:
    have = {
        (row[0], row[1])
        for row in connection.execute(
            text(
                "SELECT r.rolname, m.rolname FROM pg_auth_members a"
                " JOIN pg_roles r ON r.oid = a.roleid JOIN pg_roles m ON m.oid = a.member"
            )
        )
    }
    version = connection.scalar(text("SELECT current_setting('server_version_num')::int")) or 0
    how = " WITH INHERIT FALSE, SET TRUE" if version >= OF_16 else ""
    for role, member in MEMBERS:
        if (role, member) not in have:
            connection.exec_driver_sql(f"GRANT {role} TO {member}{how}")


def _set_defaults(connection: Connection) -> None:
    rows = connection.execute(
        text(
            "SELECT r.rolname, s.setconfig FROM pg_db_role_setting s"
            " JOIN pg_roles r ON r.oid = s.setrole WHERE s.setdatabase = 0"
        )
    )
    have = {role: set(config) for role, config in rows}
    for role, wanted in SETTINGS.items():
        for name, value in wanted.items():
            if f"{name}={value}" not in have.get(role, set()):
                connection.exec_driver_sql(f"ALTER ROLE {role} SET {name} = '{value}'")


def _make_schema(connection: Connection) -> None:
    owner = connection.scalar(
        text("SELECT pg_get_userbyid(nspowner) FROM pg_namespace WHERE nspname = 'frontdesk'")
    )
    if owner is None:
        connection.exec_driver_sql("CREATE SCHEMA frontdesk AUTHORIZATION frontdesk_owner")
        connection.exec_driver_sql(
            "GRANT USAGE ON SCHEMA frontdesk"
            " TO frontdesk_worker, frontdesk_tenant, frontdesk_system"
        )
    elif owner != "frontdesk_owner":
        raise Refusal(
            f"The schema frontdesk belongs to {owner}, not to frontdesk_owner:"
            " give it away, or use another database."
        )
    _refuse_foreign_tables(connection)


def _refuse_foreign_tables(connection: Connection) -> None:
    """Refuse a schema that somebody else has tables in."""
    foreign = connection.scalar(
        text(
            "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
            " WHERE n.nspname = 'frontdesk' AND c.relkind IN ('r', 'p', 'f')"
            " AND (pg_get_userbyid(c.relowner) <> 'frontdesk_owner'"
            "  OR to_regclass('frontdesk.alembic_version') IS NULL) LIMIT 1"
        )
    )
    if foreign is not None:
        raise Refusal(
            f"The schema frontdesk holds a table that is not ours ({foreign}):"
            " move it away, or use another database."
        )
