"""A round of changes is as old as its first page, however many follow."""

from alembic import op

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE calendar_integrations ADD COLUMN reading_since timestamptz")


def downgrade() -> None:
    op.execute("ALTER TABLE calendar_integrations DROP COLUMN reading_since")
