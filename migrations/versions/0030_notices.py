"""What vendors tell: calls by the vendor's name, and what became of notices at a glance."""

from alembic import op

revision = "0030"
down_revision = "0024"
branch_labels = None
depends_on = None

# Outside of a transaction, so that calls stay open while it lasts.
BY_PROVIDER = (
    "DROP INDEX CONCURRENTLY IF EXISTS calls_provider_call_id_idx",
    "CREATE INDEX CONCURRENTLY calls_provider_call_id_idx ON calls (provider, provider_call_id)",
)

UNKNOWN = """
CREATE UNIQUE INDEX unknown_phone_open_once ON unknown_phone (webhook_id)
    WHERE resolved_at IS NULL
"""

UNHEEDED = """
CREATE INDEX webhook_queue_unheeded_idx ON webhook_queue (received_at)
    WHERE result IN ('refused', 'ignored', 'failed')
"""

# Another service may bring its history along: what is through is no work.
THROUGH = """
CREATE FUNCTION webhook_queue_note_through() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.state := 'done';
  RETURN NEW;
END $$;
CREATE TRIGGER note_through BEFORE INSERT ON webhook_queue FOR EACH ROW
    WHEN (NEW.processed_at IS NOT NULL AND NEW.state = 'pending')
    EXECUTE FUNCTION webhook_queue_note_through()
"""


def upgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute("SET lock_timeout = 0")  # it waits for open transactions, and nobody for it
        for statement in BY_PROVIDER:
            op.execute(statement)
        op.execute("SET lock_timeout = '5s'")
    for statement in (UNKNOWN, UNHEEDED, THROUGH):
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP TRIGGER note_through ON webhook_queue")
    op.execute("DROP FUNCTION webhook_queue_note_through()")
    op.execute("DROP INDEX webhook_queue_unheeded_idx")
    op.execute("DROP INDEX unknown_phone_open_once")
    op.execute("DROP INDEX calls_provider_call_id_idx")
