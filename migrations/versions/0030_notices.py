"""What vendors tell: one row a call, and what became of notices at a glance."""

from alembic import op

revision = "0030"
down_revision = "0014"
branch_labels = None
depends_on = None

ONE_CALL = """
ALTER TABLE calls ADD CONSTRAINT calls_one_for_the_vendors_name
    UNIQUE (user_id, provider, provider_call_id);
CREATE INDEX calls_provider_call_id_idx ON calls (provider, provider_call_id)
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
    for statement in (ONE_CALL, UNHEEDED, THROUGH):
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP TRIGGER note_through ON webhook_queue")
    op.execute("DROP FUNCTION webhook_queue_note_through()")
    op.execute("DROP INDEX webhook_queue_unheeded_idx")
    op.execute("DROP INDEX calls_provider_call_id_idx")
    op.execute("ALTER TABLE calls DROP CONSTRAINT calls_one_for_the_vendors_name")
