"""A text that was called off before it left takes its use back, by a line of its own."""

from alembic import op

revision = "0052"
down_revision = "0051"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Let a line of use take back another's segments; it names the line that it takes back."""
    op.execute(
        "ALTER TABLE usage_sms DROP CONSTRAINT usage_sms_segments_is_not_negative,"
        " ADD CONSTRAINT usage_sms_segments_is_not_negative CHECK"
        " (segments >= 0 OR provider_message_id = message_id || ' called off') NOT VALID"
    )
    op.execute("ALTER TABLE usage_sms VALIDATE CONSTRAINT usage_sms_segments_is_not_negative")


def downgrade() -> None:
    """Forget what was taken back, and what it was taken from: together they are nothing."""
    op.execute(
        "DELETE FROM usage_sms u USING usage_sms o WHERE o.provider = u.provider"
        " AND o.segments < 0 AND u.provider_message_id = o.message_id"
    )
    op.execute("DELETE FROM usage_sms WHERE segments < 0")
    op.execute(
        "ALTER TABLE usage_sms DROP CONSTRAINT usage_sms_segments_is_not_negative,"
        " ADD CONSTRAINT usage_sms_segments_is_not_negative CHECK (segments >= 0)"
    )
