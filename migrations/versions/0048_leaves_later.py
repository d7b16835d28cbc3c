"""A text may wait at its carrier until a moment, and be called off there until then."""

from alembic import op

revision = "0048"
down_revision = "0047"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE messages ADD COLUMN leaves_at timestamptz")


def downgrade() -> None:
    op.execute("ALTER TABLE messages DROP COLUMN leaves_at")
