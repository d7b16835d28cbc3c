"""What vendors tell us: stored first, understood once."""

from alembic import op

from migrations import policies

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

QUEUE = """
CREATE TABLE webhook_queue (
    id uuid PRIMARY KEY DEFAULT app_uuid7(),
    user_id uuid,
    provider text NOT NULL,
    event_type text,
    phone_number text,
    idempotency_key text NOT NULL,
    result text CONSTRAINT webhook_queue_result_is_known
        CHECK (result IN ('refused', 'ignored', 'done', 'failed')),
    state text NOT NULL DEFAULT 'pending' CONSTRAINT webhook_queue_state_is_known
        CHECK (state IN ('pending', 'working', 'done', 'failed')),
    error_message text,
    received_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    processed_at timestamptz,
    processed_by text,
    due_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    attempts integer NOT NULL DEFAULT 0,
    lease_token uuid,
    lease_expires_at timestamptz,
    last_error text,
    CONSTRAINT webhook_queue_once UNIQUE (provider, idempotency_key)
)
"""

PAYLOADS = """
CREATE TABLE webhook_payloads (
    id uuid NOT NULL DEFAULT app_uuid7(),
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    webhook_id uuid NOT NULL,
    headers jsonb NOT NULL DEFAULT '{}',
    body bytea NOT NULL,
    PRIMARY KEY (id, created_at)
) PARTITION BY RANGE (created_at);
CREATE TABLE webhook_payloads_default PARTITION OF webhook_payloads DEFAULT
"""

INDEXES = """
CREATE INDEX webhook_queue_due_idx ON webhook_queue (due_at) WHERE state = 'pending';
CREATE INDEX webhook_queue_lapsed_idx ON webhook_queue (lease_expires_at) WHERE state = 'working';
CREATE INDEX webhook_payloads_webhook_id_idx ON webhook_payloads (webhook_id)
"""


def upgrade() -> None:
    for statement in (QUEUE, PAYLOADS, INDEXES):
        op.execute(statement)
    for table in ("webhook_queue", "webhook_payloads", "webhook_payloads_default"):
        policies.ops(table)
    policies.work_table("webhook_queue", area="webhooks")


def downgrade() -> None:
    op.drop_table("webhook_payloads")
    op.drop_table("webhook_queue")
