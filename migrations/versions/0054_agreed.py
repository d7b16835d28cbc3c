"""Who agrees is asked what waited for it, whoever writes the consent down."""

from alembic import op

revision = "0054"
down_revision = "0053"
branch_labels = None
depends_on = None

AGREED = """
CREATE FUNCTION customers_agree() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE messages SET status = 'pending', due_at = clock_timestamp(), last_error = NULL,
    verdict = NULL
  WHERE customer_id = NEW.id AND status = 'held' AND verdict ->> 'why' = 'no_consent';
  RETURN NULL;
END $$;
CREATE TRIGGER agree AFTER UPDATE OF marketing_consent_at ON customers FOR EACH ROW
    WHEN (NEW.marketing_consent_at IS NOT NULL AND OLD.marketing_consent_at IS NULL)
    EXECUTE FUNCTION customers_agree()
"""


def upgrade() -> None:
    op.execute(AGREED)


def downgrade() -> None:
    op.execute("DROP TRIGGER agree ON customers")
    op.execute("DROP FUNCTION customers_agree()")
