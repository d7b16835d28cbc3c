"""What stands clear and what is sealed is found without reading the rest."""

from alembic import op

revision = "0021"
down_revision = "0009"
branch_labels = None
depends_on = None

CLEAR = (
    ("customers", "phone"),
    ("customers", "email"),
    ("events", "customer_phone"),
    ("events", "customer_email"),
)
"""Columns that other services write clear: empty but for a minute, so these indexes are, too."""

LOOK_UPS = (
    ("customers", "phone_hash"),
    ("events", "customer_phone_hash"),
    ("events", "customer_email_hash"),
    ("calls", "phone_number"),
    ("messages", "to_number"),
    ("messages", "from_number"),
)
"""By what a person is found, within a tenant."""

KNOWN_BY = "customers_one_for_a_phone"


def upgrade() -> None:
    # A phone may be shared by two customers of another service: one is known by it.
    op.execute(
        "ALTER TABLE customers ADD COLUMN IF NOT EXISTS shares_phone boolean NOT NULL DEFAULT false"
    )
    with op.get_context().autocommit_block():
        for table, column in CLEAR:
            _index(f"{table}_{column}_clear_idx", f"{table} (id) WHERE {column} IS NOT NULL")
        _index("users_suspended_idx", "users (id) WHERE status = 'suspended'")
        for table, column in LOOK_UPS:
            _index(f"{table}_{column}_idx", f"{table} (user_id, {column})")
        _index(
            "customers_known_by_phone",
            "customers (user_id, phone_hash) WHERE NOT shares_phone",
            unique=True,
        )
    op.execute(f"ALTER TABLE customers DROP CONSTRAINT {KNOWN_BY}")
    op.execute(f"ALTER INDEX customers_known_by_phone RENAME TO {KNOWN_BY}")


def downgrade() -> None:
    op.execute("SET ROLE frontdesk_system")  # row level security is forced on the owner, too
    op.execute("UPDATE customers SET phone_hash = NULL WHERE shares_phone")
    op.execute("SET ROLE frontdesk_owner")
    op.execute(f"DROP INDEX {KNOWN_BY}")
    op.execute(f"ALTER TABLE customers ADD CONSTRAINT {KNOWN_BY} UNIQUE (user_id, phone_hash)")
    op.execute("DROP INDEX users_suspended_idx")
    for table, column in LOOK_UPS:
        op.execute(f"DROP INDEX {table}_{column}_idx")
    for table, column in CLEAR:
        op.execute(f"DROP INDEX {table}_{column}_clear_idx")
    op.execute("ALTER TABLE customers DROP COLUMN shares_phone")


def _index(name: str, of: str, *, unique: bool = False) -> None:
    """Make an index beside running writers; what a broken-off try left is thrown away first."""
    table, _, rest = of.partition(" ")
    op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")
    kind = "UNIQUE INDEX" if unique else "INDEX"
    op.execute(f"CREATE {kind} CONCURRENTLY {name} ON {table} {rest}")
