"""Messages on their way are found by when they left; made beside writers, so a step apart."""

from alembic import op

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None

NAME = "messages_on_their_way_idx"


def upgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute("SET lock_timeout = 0")  # it waits for open transactions, and nobody for it
        op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {NAME}")
        op.execute(f"CREATE INDEX CONCURRENTLY {NAME} ON messages (sent_at) WHERE status = 'sent'")
        op.execute("SET lock_timeout = '5s'")


def downgrade() -> None:
    op.execute(f"DROP INDEX {NAME}")
