"""A message knows on whose clock its words tell the time: an event's place may be set right."""

from alembic import op

revision = "0046"
down_revision = "0045"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE messages ADD COLUMN worded_zone text")


def downgrade() -> None:
    op.execute("ALTER TABLE messages DROP COLUMN worded_zone")
