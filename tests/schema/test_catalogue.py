"""What holds of every table, view and function, read from the database's own catalogue."""

from typing import Any

import psycopg
import pytest

from domain.tables.catalogue import METADATA
from tests.support.databases import Database

MINE = "( SELECT app_current_user() AS app_current_user)"


def rows(database: Database, words: str) -> list[tuple[Any, ...]]:
    with database.connect() as connection:
        return connection.execute(words).fetchall()


def test_every_table_forces_row_level_security(own_database: Database) -> None:
    free = rows(
        own_database,
        "SELECT relname FROM pg_class WHERE relnamespace = 'frontdesk'::regnamespace"
        " AND relkind IN ('r', 'p') AND NOT (relrowsecurity AND relforcerowsecurity)",
    )

    assert [name for (name,) in free] == ["alembic_version"]


def test_every_tenants_table_has_the_policy_with_a_check(own_database: Database) -> None:
    policies = {
        (table, name): (qual, check, set(roles))
        for table, name, qual, check, roles in rows(
            own_database,
            "SELECT tablename, policyname, qual, with_check, roles FROM pg_policies"
            " WHERE schemaname = 'frontdesk'",
        )
    }
    owned = [
        table.name
        for table in METADATA.sorted_tables
        if any(policy == (table.name, "tenant") for policy in policies)
    ]

    assert len(owned) > 8
    for table in owned:
        column = "id" if table == "users" else "user_id"
        qual, check, roles = policies[table, "tenant"]
        assert qual == check == f"({column} = {MINE})"
        assert roles == {"frontdesk_worker", "frontdesk_tenant"}


def test_no_policy_of_a_tenant_has_an_or(own_database: Database) -> None:
    slow = rows(
        own_database,
        "SELECT tablename, policyname FROM pg_policies WHERE schemaname = 'frontdesk'"
        " AND (qual ~ '\\mOR\\M' OR with_check ~ '\\mOR\\M')",
    )

    assert slow == []


def test_every_view_asks_with_the_rights_of_who_asks(own_database: Database) -> None:
    views = rows(
        own_database,
        "SELECT relname FROM pg_class WHERE relnamespace = 'frontdesk'::regnamespace"
        " AND relkind = 'v' AND NOT coalesce(reloptions @> '{security_invoker=true}', false)",
    )

    assert views == []


def test_a_function_with_the_owners_rights_says_where_it_looks(own_database: Database) -> None:
    loose = rows(
        own_database,
        "SELECT proname FROM pg_proc WHERE pronamespace = 'frontdesk'::regnamespace"
        " AND prosecdef AND NOT coalesce(proconfig::text ~ 'search_path', false)",
    )

    assert loose == []


def test_no_column_is_a_float_or_a_moment_without_a_zone(own_database: Database) -> None:
    vague = rows(
        own_database,
        "SELECT table_name, column_name FROM information_schema.columns"
        " WHERE table_schema = 'frontdesk'"
        " AND data_type IN ('real', 'double precision', 'timestamp without time zone')"
        " AND column_name <> 'virtual_time'",  # no money, no clock
    )

    assert vague == []


def test_every_table_with_updated_at_keeps_it_true(own_database: Database) -> None:
    stale = rows(
        own_database,
        "SELECT c.table_name FROM information_schema.columns c"
        " JOIN information_schema.tables t USING (table_schema, table_name)"
        " WHERE c.table_schema = 'frontdesk' AND c.column_name = 'updated_at'"
        " AND t.table_type = 'BASE TABLE' AND NOT EXISTS (SELECT FROM pg_trigger g"
        " WHERE g.tgrelid = format('frontdesk.%I', c.table_name)::regclass AND g.tgname = 'touch')",
    )

    assert stale == []


def test_every_link_to_a_tenants_row_stays_in_the_tenant(own_database: Database) -> None:
    crossing = rows(
        own_database,
        "SELECT conname FROM pg_constraint k WHERE contype = 'f'"
        " AND connamespace = 'frontdesk'::regnamespace AND cardinality(conkey) = 1"
        " AND confrelid <> 'frontdesk.users'::regclass AND EXISTS (SELECT FROM pg_policies p"
        "  WHERE p.schemaname = 'frontdesk' AND p.policyname = 'tenant'"
        "  AND format('frontdesk.%I', p.tablename)::regclass = k.confrelid)"
        " AND NOT EXISTS (SELECT FROM pg_policies p"  # what may be nobody's has a trigger instead
        "  WHERE p.schemaname = 'frontdesk' AND p.policyname = 'defaults'"
        "  AND format('frontdesk.%I', p.tablename)::regclass = k.confrelid)",
    )

    assert crossing == []


@pytest.mark.parametrize("name", ["uuidv7", "uuid_generate_v4", "crypt"])
def test_no_default_needs_what_a_server_may_not_have(own_database: Database, name: str) -> None:
    using = rows(
        own_database,
        "SELECT table_name, column_name FROM information_schema.columns"
        f" WHERE table_schema = 'frontdesk' AND column_default LIKE '%{name}(%'",
    )

    assert using == []


def test_the_database_says_which_rule_a_bad_row_breaks(own_database: Database) -> None:
    with own_database.connect() as connection, pytest.raises(psycopg.errors.CheckViolation) as bad:
        connection.execute(
            "INSERT INTO users (business_name, status) VALUES ('x', 'asleep')",
        )

    assert bad.value.diag.constraint_name == "users_status_is_known"
