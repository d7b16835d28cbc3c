"""The house: errors, what others leave out of alerts and notices, and what is slow to make."""

from alembic import op

from migrations import policies

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

ERRORS = """
CREATE TABLE error_logs (
    id uuid PRIMARY KEY DEFAULT app_uuid7(),
    user_id uuid,
    error_type text,
    endpoint text,
    message text,
    stack_trace text,
    request_body jsonb,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    resolved_at timestamptz,
    resolved_by uuid,
    resolution_notes text
);
CREATE INDEX error_logs_open_idx ON error_logs (created_at) WHERE resolved_at IS NULL
"""

# Other services' documents demand nothing of these rows. An alert that names neither its kind nor
# its subject is like no other; a notice without a key of its vendor's is a notice of its own.
ALERTS = """
ALTER TABLE ops_alerts
    ADD COLUMN phone_number text,
    ADD COLUMN resolved_by uuid,
    ALTER COLUMN alert_type SET DEFAULT 'other',
    ALTER COLUMN message SET DEFAULT '';
CREATE FUNCTION ops_alerts_stand_alone() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.subject := NEW.id::text;
  RETURN NEW;
END $$;
CREATE TRIGGER stand_alone BEFORE INSERT ON ops_alerts
    FOR EACH ROW WHEN (NEW.alert_type = 'other' AND NEW.subject = '')
    EXECUTE FUNCTION ops_alerts_stand_alone();
ALTER TABLE webhook_queue
    ALTER COLUMN provider SET DEFAULT 'unknown',
    ALTER COLUMN idempotency_key SET DEFAULT app_uuid7()::text
"""

DOWN = """
ALTER TABLE webhook_queue
    ALTER COLUMN provider DROP DEFAULT,
    ALTER COLUMN idempotency_key DROP DEFAULT;
DROP TRIGGER stand_alone ON ops_alerts;
DROP FUNCTION ops_alerts_stand_alone();
ALTER TABLE ops_alerts
    ALTER COLUMN message DROP DEFAULT,
    ALTER COLUMN alert_type DROP DEFAULT,
    DROP COLUMN resolved_by,
    DROP COLUMN phone_number
"""

# Outside of a transaction, so that calls stay open while it lasts, and such that a second run
# after a failed one ends well.
ONCE_AT_A_PROVIDER = """
CREATE UNIQUE INDEX CONCURRENTLY calls_once_at_a_provider
    ON calls (user_id, provider, provider_call_id) NULLS NOT DISTINCT
    WHERE provider_call_id IS NOT NULL
"""
CALL_QUEUE_ID = """
CREATE INDEX CONCURRENTLY calls_call_queue_id_idx
    ON calls (call_queue_id) WHERE call_queue_id IS NOT NULL
"""
CALLS_INDEXES = (
    *("DROP INDEX CONCURRENTLY IF EXISTS calls_once_at_a_provider", ONCE_AT_A_PROVIDER),
    *("DROP INDEX CONCURRENTLY IF EXISTS calls_call_queue_id_idx", CALL_QUEUE_ID),
)
CALLS_CHECKS = (
    *("calls_cost_has_a_currency", "calls_transcription_confidence_is_a_share"),
    *("calls_outcome_is_known", "calls_user_phone_number_of_the_tenant"),
    "calls_queued_call_of_the_tenant",
)


def upgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute("SET lock_timeout = 0")  # it waits for open transactions, and nobody for it
        for statement in CALLS_INDEXES:
            op.execute(statement)
        op.execute("SET lock_timeout = '5s'")
        for name in CALLS_CHECKS:
            op.execute(f"ALTER TABLE calls VALIDATE CONSTRAINT {name}")
    op.execute(ERRORS)
    op.execute(ALERTS)
    policies.ops("error_logs")


def downgrade() -> None:
    op.execute(DOWN)
    op.drop_table("error_logs")
    op.drop_index("calls_call_queue_id_idx", table_name="calls")
    op.drop_index("calls_once_at_a_provider", table_name="calls")
