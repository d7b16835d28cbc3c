"""How many texts and calls went to strangers of one range of numbers."""

from alembic import op

from migrations import policies

revision = "0051"
down_revision = "0050"
branch_labels = None
depends_on = None

RANGES = """
CREATE TABLE number_ranges (
    id uuid PRIMARY KEY DEFAULT app_uuid7(),
    user_id uuid NOT NULL DEFAULT app_current_user() REFERENCES users (id) ON DELETE CASCADE,
    channel text NOT NULL CONSTRAINT number_ranges_channel_is_known
        CHECK (channel IN ('sms', 'call')),
    prefix text NOT NULL,
    minute_began timestamptz NOT NULL DEFAULT clock_timestamp(),
    minute_count integer NOT NULL DEFAULT 0,
    hour_began timestamptz NOT NULL DEFAULT clock_timestamp(),
    hour_count integer NOT NULL DEFAULT 0,
    day_began timestamptz NOT NULL DEFAULT clock_timestamp(),
    day_count integer NOT NULL DEFAULT 0,
    stopped_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT number_ranges_once UNIQUE (user_id, channel, prefix)
);
CREATE INDEX number_ranges_stopped_at_idx ON number_ranges (stopped_at)
    WHERE stopped_at IS NOT NULL
"""


def upgrade() -> None:
    for statement in RANGES.split(";\n"):
        op.execute(statement)
    policies.tenant("number_ranges")
    policies.only_read("number_ranges")


def downgrade() -> None:
    op.drop_table("number_ranges")
