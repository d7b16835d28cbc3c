"""How long a question waits before its owner is told is the tenant's to say."""

from alembic import op

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None

# A row for each tenant that chose anything: small, so the check looks at it at once.
COLUMN = """
ALTER TABLE owner_notification_settings
    ADD COLUMN question_hours integer NOT NULL DEFAULT 4
        CONSTRAINT owner_notification_settings_question_hours_are_within_a_month
        CHECK (question_hours BETWEEN 1 AND 720)
"""


def upgrade() -> None:
    op.execute(COLUMN)


def downgrade() -> None:
    op.execute("ALTER TABLE owner_notification_settings DROP COLUMN question_hours")
