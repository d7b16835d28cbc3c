"""Who may see which rows, said once a kind of table. Revisions call these.

A released revision must go on meaning what it meant: these words may grow, they do not change.
Never an OR in a policy (63 ms instead of 0.3), and the setting inside a sub-select, so that it
is read once a query and not once a row (docs/evidence.md C1).
"""

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
