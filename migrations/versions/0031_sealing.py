"""What stands clear and what is sealed is found without reading the rest."""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

CLEAR = (
    ("customers", "phone"),
    ("customers", "email"),
    ("events", "customer_phone"),
    ("events", "customer_email"),
    ("leads", "phone"),
    ("leads", "email"),
    ("user_ai_settings", "openrouter_api_key_encrypted"),
    ("user_ai_settings", "openrouter_provisioning_key_encrypted"),
    ("calendar_integrations", "access_token"),
    ("calendar_integrations", "refresh_token"),
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

# A phone may be shared by two customers of another service: one is known by it. The digest is
# what is hashed of somebody whom nobody knows any more, so that keys can be rotated. Whose
# numbers a notice holds is noted soon after it came.
COLUMNS = (
    "ALTER TABLE customers ADD COLUMN IF NOT EXISTS shares_phone boolean NOT NULL DEFAULT false",
    "ALTER TABLE suppressions ADD COLUMN IF NOT EXISTS digest_sealed bytea",
    "ALTER TABLE webhook_payloads ADD COLUMN IF NOT EXISTS person_hashes bytea[]",
    "ALTER TABLE webhook_payloads ADD COLUMN IF NOT EXISTS hashed_with text",
    "ALTER TABLE telephony_events ADD COLUMN IF NOT EXISTS hashed_with text",
)

OF_MONTHS = (
    ("webhook_payloads", "person_hashes", "USING gin (person_hashes)"),
    ("webhook_payloads", "not_hashed", "(id) WHERE hashed_with IS NULL"),
    ("telephony_events", "not_hashed", "(id) WHERE hashed_with IS NULL"),
)
"""Indexes on tables of months, one for each month."""

KNOWN_BY = "customers_one_for_a_phone"


def _clear(table: str, column: str) -> str:
    """Name an index; a name has 63 bytes at most."""
    return f"{table}_{column.removesuffix('_encrypted')}_clear_idx"


def upgrade() -> None:
    for statement in COLUMNS:
        op.execute(statement)
    with op.get_context().autocommit_block():
        for table, column in CLEAR:
            _index(_clear(table, column), f"{table} (id) WHERE {column} IS NOT NULL")
        _index("users_suspended_idx", "users (id) WHERE status = 'suspended'")
        for table, name, of in OF_MONTHS:
            _index_of_months(f"{table}_{name}_idx", table, of)
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
    for table, name, _ in OF_MONTHS:
        op.execute(f"DROP INDEX {table}_{name}_idx")
    for table, column in LOOK_UPS:
        op.execute(f"DROP INDEX {table}_{column}_idx")
    for table, column in CLEAR:
        op.execute(f"DROP INDEX {_clear(table, column)}")
    op.execute("ALTER TABLE telephony_events DROP COLUMN hashed_with")
    op.execute("ALTER TABLE webhook_payloads DROP COLUMN person_hashes, DROP COLUMN hashed_with")
    op.execute("ALTER TABLE suppressions DROP COLUMN digest_sealed")
    op.execute("ALTER TABLE customers DROP COLUMN shares_phone")


def _index(name: str, of: str, *, unique: bool = False) -> None:
    """Make an index beside running writers; what a broken-off try left is thrown away first."""
    table, _, rest = of.partition(" ")
    op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")
    kind = "UNIQUE INDEX" if unique else "INDEX"
    op.execute(f"CREATE {kind} CONCURRENTLY {name} ON {table} {rest}")


def _index_of_months(name: str, table: str, of: str) -> None:
    """Make an index of a partitioned table beside running writers: month by month, then joined."""
    op.execute(f"DROP INDEX IF EXISTS {name}")
    op.execute(f"CREATE INDEX {name} ON ONLY {table} {of}")
    months = "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = :table ::regclass"
    for month in op.get_bind().scalars(sa.text(months), {"table": table}).all():
        _index(f"{month}_{name}", f"{month} {of}")
        op.execute(f"ALTER INDEX {name} ATTACH PARTITION {month}_{name}")
