"""Whether a customer agreed to be written to for the tenant's own sake, when, and where."""

from alembic import op

revision = "0049"
down_revision = "0048"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        "ALTER TABLE customers ADD COLUMN marketing_consent_at timestamptz,"
        " ADD COLUMN marketing_consent_source text"
    )


def downgrade() -> None:
    op.execute(
        "ALTER TABLE customers DROP COLUMN marketing_consent_at,"
        " DROP COLUMN marketing_consent_source"
    )
