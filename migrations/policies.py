"""Who may see which rows, said once a kind of table. Revisions call these.

A released revision must go on meaning what it meant: these words may grow, they do not change.
Never an OR in a policy (63 ms instead of 0.3), and the setting inside a sub-select, so that it
is read once a query and not once a row (docs/evidence.md C1).
"""

from collections.abc import Mapping

from alembic import op


def tenant(table: str, *, column: str = "user_id") -> None:
    """Let each tenant work with its own rows, and the house with all of them."""
    mine = f"{column} = (SELECT app_current_user())"
    _force(table)
    op.execute(
        f"CREATE POLICY tenant ON {table} TO frontdesk_worker, frontdesk_tenant"
        f" USING ({mine}) WITH CHECK ({mine})"
    )
    _all_for_the_house(table)
    op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO frontdesk_tenant")


def tenant_or_default(table: str) -> None:
    """Let each tenant work with its own rows and read those of nobody: the house's defaults.

    Two policies, which PostgreSQL joins by OR: for small tables only.
    """
    tenant(table)
    op.execute(
        f"CREATE POLICY defaults ON {table} FOR SELECT TO frontdesk_worker, frontdesk_tenant"
        " USING (user_id IS NULL)"
    )


def only_read(table: str) -> None:
    """Leave a tenant the reading of its rows: what the house writes down, nobody may better."""
    op.execute(f"REVOKE INSERT, UPDATE, DELETE ON {table} FROM frontdesk_tenant")


def append_only(table: str) -> None:
    """Let nobody but the owner change or delete what was written."""
    op.execute(f"REVOKE UPDATE, DELETE ON {table} FROM frontdesk_tenant, frontdesk_system")


def ops(table: str) -> None:
    """Let the house work with it, and no tenant see it."""
    _force(table)
    _all_for_the_house(table)


def catalogue(table: str) -> None:
    """Let everybody read it, and only the house write it."""
    _force(table)
    op.execute(f"CREATE POLICY everybody ON {table} FOR SELECT TO frontdesk_tenant USING (true)")
    op.execute(f"GRANT SELECT ON {table} TO frontdesk_tenant")
    _all_for_the_house(table)


def _force(table: str) -> None:
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")


def _all_for_the_house(table: str) -> None:
    op.execute(
        f"CREATE POLICY system ON {table} TO frontdesk_system USING (true) WITH CHECK (true)"
    )
    op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO frontdesk_system")


def touch(table: str) -> None:
    """Keep `updated_at` true, whoever writes."""
    op.execute(
        f"CREATE TRIGGER touch BEFORE UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION app_touch()"
    )


def work_table(table: str, *, area: str) -> None:
    """Ring the area when others write to its work table, and vacuum it often.

    Our own writers say `app.bell = off` and ring through Celery. Closed rows stay in the
    table, and each claim reads past the dead versions that a late vacuum leaves.
    """
    op.execute(
        f"CREATE TRIGGER ring AFTER INSERT OR UPDATE ON {table} FOR EACH STATEMENT"
        " WHEN (current_setting('app.bell', true) IS DISTINCT FROM 'off')"
        f" EXECUTE FUNCTION app_ring('{area}')"
    )
    op.execute(f"ALTER TABLE {table} SET (autovacuum_vacuum_scale_factor = 0.01)")


def ledger(table: str, *, but: str) -> None:
    """Let lines be added and none be changed, but for the one column that a person may be in."""
    op.execute(f"REVOKE UPDATE, DELETE ON {table} FROM frontdesk_tenant")
    op.execute(f"REVOKE UPDATE ON {table} FROM frontdesk_system")
    op.execute(f"GRANT UPDATE ({but}) ON {table} TO frontdesk_system")


def hide(table: str, *secrets: str) -> None:
    """Let a tenant write these columns and not read them; it must name the columns it reads.

    A column that a later revision adds is hidden too, until that revision grants it.
    """
    found = op.get_bind().exec_driver_sql(
        "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass"
        " AND attnum > 0 AND NOT attisdropped ORDER BY attnum",
        (table,),
    )
    shown = ", ".join(str(name) for (name,) in found if name not in secrets)
    op.execute(f"REVOKE SELECT ON {table} FROM frontdesk_tenant")  # noqa: S608  # names of ours
    op.execute(f"GRANT SELECT ({shown}) ON {table} TO frontdesk_tenant")


def spell(table: str, column: str, words: Mapping[str, str]) -> None:
    """Write others' spellings of a state as ours, whoever writes; a row in ours costs nothing."""
    known = ", ".join(f"'{word}'" for word in words)
    cases = " ".join(f"WHEN '{word}' THEN '{ours}'" for word, ours in words.items())
    function = f"{table}_spell_{column}"
    op.execute(
        f"CREATE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS $$\n"
        f"BEGIN\n  NEW.{column} := CASE NEW.{column} {cases} END;\n  RETURN NEW;\nEND $$"
    )
    op.execute(
        f"CREATE TRIGGER spell_{column} BEFORE INSERT OR UPDATE OF {column} ON {table}"
        f" FOR EACH ROW WHEN (NEW.{column} IN ({known})) EXECUTE FUNCTION {function}()"
    )


def own_or_shared(table: str, *parents: str) -> None:
    """Refuse another tenant's provider, voice or template: no composite key can say 'or nobody's'.

    Asked only where one is named, so that a claim, which names none, pays nothing.
    """
    for parent in parents:
        op.execute(
            f"CREATE TRIGGER own_{parent} BEFORE INSERT OR UPDATE OF {parent}_id, user_id"
            f" ON {table} FOR EACH ROW WHEN (NEW.{parent}_id IS NOT NULL)"
            f" EXECUTE FUNCTION app_own_{parent}()"
        )
