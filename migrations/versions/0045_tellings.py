"""What operators and accounts' managers are told of alerts, each word once."""

from alembic import op

from migrations import policies

revision = "0045"
down_revision = "0044"
branch_labels = None
depends_on = None

TELLINGS = """
CREATE TABLE alert_tellings (
    id uuid PRIMARY KEY DEFAULT app_uuid7(),
    user_id uuid REFERENCES users (id) ON DELETE CASCADE,
    channel text NOT NULL CONSTRAINT alert_tellings_channel_is_known
        CHECK (channel IN ('email', 'webhook')),
    content jsonb NOT NULL DEFAULT '{}',
    state text NOT NULL DEFAULT 'pending' CONSTRAINT alert_tellings_state_is_known
        CHECK (state IN ('pending', 'working', 'done', 'failed', 'unknown')),
    due_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    attempts integer NOT NULL DEFAULT 0,
    lease_token uuid,
    lease_expires_at timestamptz,
    last_error text,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX alert_tellings_due_idx ON alert_tellings (due_at)
    WHERE state IN ('pending', 'working', 'unknown');
CREATE INDEX alert_tellings_in_order_idx ON alert_tellings USING brin (created_at)
    WITH (pages_per_range = 32, autosummarize = on);
CREATE INDEX alert_tellings_user_idx ON alert_tellings (user_id);
CREATE TABLE alert_news (
    id uuid PRIMARY KEY DEFAULT app_uuid7(),
    telling_id uuid NOT NULL REFERENCES alert_tellings (id) ON DELETE CASCADE,
    alert_id uuid NOT NULL,
    channel text NOT NULL,
    word text NOT NULL,
    ended_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT alert_news_once UNIQUE (alert_id, channel, word)
);
CREATE INDEX alert_news_open_idx ON alert_news (alert_id) WHERE ended_at IS NULL;
CREATE INDEX alert_news_telling_idx ON alert_news (telling_id)
"""


def upgrade() -> None:
    for statement in TELLINGS.split(";\n"):
        op.execute(statement)
    for table in ("alert_tellings", "alert_news"):
        policies.ops(table)
    policies.work_table("alert_tellings", area="upkeep")


def downgrade() -> None:
    op.drop_table("alert_news")
    op.drop_table("alert_tellings")
