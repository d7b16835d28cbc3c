"""Customers and calls: who spoke, and what was said."""

from alembic import op

from migrations import policies

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

CUSTOMERS = r"""
CREATE TABLE customers (
    id uuid PRIMARY KEY DEFAULT app_uuid7(),
    user_id uuid NOT NULL DEFAULT app_current_user() REFERENCES users (id) ON DELETE CASCADE,
    name text,
    phone text CONSTRAINT customers_phone_is_e164 CHECK (phone ~ '^\+[1-9]\d{6,14}$'),
    phone_sealed bytea,
    phone_hash bytea,
    email text,
    email_sealed bytea,
    email_hash bytea,
    timezone text,
    language text,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT customers_user_id_id_key UNIQUE (user_id, id),
    CONSTRAINT customers_one_for_a_phone UNIQUE (user_id, phone_hash)
)
"""

CALLS = r"""
CREATE TABLE calls (
    id uuid PRIMARY KEY DEFAULT app_uuid7(),
    user_id uuid NOT NULL DEFAULT app_current_user() REFERENCES users (id) ON DELETE CASCADE,
    customer_id uuid,
    provider text,
    provider_call_id text,
    phone_number text CONSTRAINT calls_phone_number_is_e164
        CHECK (phone_number ~ '^\+[1-9]\d{6,14}$'),
    call_type text NOT NULL DEFAULT 'inbound'
        CONSTRAINT calls_call_type_is_known CHECK (call_type IN ('inbound', 'outbound')),
    status text NOT NULL DEFAULT 'completed' CONSTRAINT calls_status_is_known CHECK (status IN (
        'ringing', 'in_progress', 'completed', 'busy', 'failed', 'no_answer', 'cancelled')),
    duration integer CONSTRAINT calls_duration_is_not_negative CHECK (duration >= 0),
    transcript text,
    transcribed_at timestamptz,
    recording_url text,
    started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    timezone text,
    ai_processing_status text NOT NULL DEFAULT 'pending'
        CONSTRAINT calls_ai_processing_status_is_known CHECK (ai_processing_status IN (
            'pending', 'processing', 'completed', 'failed', 'skipped')),
    main_topic text,
    call_summary text,
    sentiment text CONSTRAINT calls_sentiment_is_known
        CHECK (sentiment IN ('positive', 'neutral', 'negative')),
    urgency_level text CONSTRAINT calls_urgency_level_is_known
        CHECK (urgency_level IN ('low', 'medium', 'high', 'emergency')),
    cost numeric,
    due_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    attempts integer NOT NULL DEFAULT 0,
    lease_token uuid,
    lease_expires_at timestamptz,
    last_error text,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT calls_user_id_id_key UNIQUE (user_id, id),
    CONSTRAINT calls_customer_of_the_tenant FOREIGN KEY (user_id, customer_id)
        REFERENCES customers (user_id, id) ON DELETE SET NULL (customer_id)
)
"""

# A transcript often comes minutes after its call; what counts is when it came.
TRANSCRIBED = """
CREATE FUNCTION calls_note_transcript() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.transcript IS NOT NULL
     AND (TG_OP = 'INSERT' OR OLD.transcript IS DISTINCT FROM NEW.transcript) THEN
    NEW.transcribed_at := clock_timestamp();
    NEW.due_at := clock_timestamp();
  END IF;
  RETURN NEW;
END $$
"""

INDEXES = """
CREATE INDEX calls_due_idx ON calls (due_at)
    WHERE ai_processing_status = 'pending' AND transcript IS NOT NULL;
CREATE INDEX calls_lapsed_idx ON calls (lease_expires_at)
    WHERE ai_processing_status = 'processing';
CREATE INDEX calls_user_id_started_at_idx ON calls (user_id, started_at);
CREATE INDEX customers_email_hash_idx ON customers (user_id, email_hash)
"""


def upgrade() -> None:
    for statement in (CUSTOMERS, CALLS, INDEXES, TRANSCRIBED):
        op.execute(statement)
    op.execute(
        "CREATE TRIGGER note_transcript BEFORE INSERT OR UPDATE OF transcript ON calls"
        " FOR EACH ROW EXECUTE FUNCTION calls_note_transcript()"
    )
    for table in ("customers", "calls"):
        policies.tenant(table)
        policies.touch(table)
    policies.work_table("calls", area="transcripts")


def downgrade() -> None:
    op.drop_table("calls")
    op.drop_table("customers")
    op.execute("DROP FUNCTION calls_note_transcript()")
