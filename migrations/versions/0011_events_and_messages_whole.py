"""What the documents say of events, messages and costs of reading, and did not stand yet.

Constraints on tables that hold rows are added unproved; 0014 proves them without a long lock.
"""

from alembic import op

from migrations import policies

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

EVENTS = """
ALTER TABLE events
    ALTER COLUMN title SET DEFAULT '',
    ADD COLUMN description text,
    ADD COLUMN duration_minutes integer,
    ADD COLUMN price_estimate numeric,
    ADD COLUMN payment_amount numeric,
    ADD COLUMN currency text,
    ADD COLUMN payment_status text,
    ADD COLUMN number_of_loads integer,
    ADD COLUMN follow_up_required boolean NOT NULL DEFAULT false,
    ADD COLUMN follow_up_reason text,
    ADD COLUMN completed_at timestamptz,
    ADD CONSTRAINT events_duration_is_positive CHECK (duration_minutes > 0) NOT VALID,
    ADD CONSTRAINT events_number_of_loads_is_not_negative CHECK (number_of_loads >= 0) NOT VALID,
    ADD CONSTRAINT events_price_has_a_currency CHECK (
        currency IS NOT NULL OR (price_estimate IS NULL AND payment_amount IS NULL)) NOT VALID,
    ADD CONSTRAINT events_payment_status_is_known
        CHECK (payment_status IN ('pending', 'paid', 'failed')) NOT VALID
"""

# One moment out of a date and a time as people write them; without a zone there is no moment.
MOMENT = """
CREATE FUNCTION app_moment(day text, hour text, zone text) RETURNS timestamptz
LANGUAGE sql STABLE STRICT PARALLEL SAFE AS $$
  SELECT (day::date + hour::time) AT TIME ZONE zone
$$
"""

# It must run before `count_generation`, which counts a change of status: a spelling is none.
# Triggers run in the order of their names.
ACCEPT_EVENT = """
CREATE FUNCTION events_accept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.status := CASE NEW.status
    WHEN 'no-show' THEN 'no_show'
    WHEN 'booked' THEN 'scheduled'
    WHEN 'rescheduled' THEN 'scheduled'
    WHEN 'canceled' THEN 'cancelled'
    ELSE NEW.status END;
  NEW.title := coalesce(nullif(NEW.title, ''), NEW.service_type, replace(NEW.event_type, '_', ' '));
  IF NEW.end_time IS NULL THEN
    NEW.end_time := NEW.start_time + make_interval(mins => NEW.duration_minutes);
  END IF;
  IF NEW.status = 'completed' AND NEW.completed_at IS NULL THEN
    NEW.completed_at := clock_timestamp();
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER accept BEFORE INSERT OR UPDATE ON events FOR EACH ROW
    WHEN (NEW.status IN ('no-show', 'booked', 'rescheduled', 'canceled')
          OR NEW.title IS NULL OR NEW.title = ''
          OR (NEW.end_time IS NULL AND NEW.start_time IS NOT NULL
              AND NEW.duration_minutes IS NOT NULL)
          OR (NEW.status = 'completed' AND NEW.completed_at IS NULL))
    EXECUTE FUNCTION events_accept()
"""

# A call stands among messages as a record of 002's; nothing of ours dials because of it.
MESSAGES = """
ALTER TABLE messages
    ALTER COLUMN body SET DEFAULT '',
    ADD COLUMN call_id uuid,
    ADD COLUMN thread_id text,
    DROP CONSTRAINT messages_channel_is_known,
    ADD CONSTRAINT messages_channel_is_known
        CHECK (channel IN ('sms', 'email', 'call')) NOT VALID,
    ADD CONSTRAINT messages_a_call_is_a_record
        CHECK (channel <> 'call' OR due_at IS NULL) NOT VALID,
    ADD CONSTRAINT messages_call_of_the_tenant FOREIGN KEY (user_id, call_id)
        REFERENCES calls (user_id, id) ON DELETE SET NULL (call_id) NOT VALID
"""

ACCEPT_MESSAGE = """
CREATE FUNCTION messages_accept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.body := coalesce(NEW.body, '');
  NEW.status := CASE
    WHEN NEW.status IN ('opened', 'clicked', 'read') THEN 'delivered'
    WHEN NEW.status = 'queued' THEN 'pending'
    WHEN NEW.status IN ('canceled', 'cancelled', 'skipped') THEN 'void'
    ELSE NEW.status END;
  RETURN NEW;
END $$;

CREATE TRIGGER accept BEFORE INSERT OR UPDATE OF status, body ON messages FOR EACH ROW
    WHEN (NEW.body IS NULL OR NEW.status IN (
        'opened', 'clicked', 'read', 'queued', 'canceled', 'cancelled', 'skipped'))
    EXECUTE FUNCTION messages_accept()
"""

TEMPLATES = """
CREATE TABLE message_templates (
    id uuid PRIMARY KEY DEFAULT app_uuid7(),
    user_id uuid DEFAULT app_current_user() REFERENCES users (id) ON DELETE CASCADE,
    template_name text NOT NULL,
    channel text NOT NULL DEFAULT 'email' CONSTRAINT message_templates_channel_is_known
        CHECK (channel IN ('sms', 'email')),
    language text NOT NULL DEFAULT 'en',
    industry_type text,
    event_type text,
    subject_template text NOT NULL DEFAULT '',
    body_template text NOT NULL,
    is_active boolean NOT NULL DEFAULT true,
    is_default boolean NOT NULL DEFAULT false,
    variables jsonb,
    styling jsonb,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT message_templates_one_for_a_name
        UNIQUE NULLS NOT DISTINCT (user_id, template_name, channel, language)
)
"""

SENDING = """
CREATE TABLE suppressions (
    id uuid PRIMARY KEY DEFAULT app_uuid7(),
    user_id uuid DEFAULT app_current_user() REFERENCES users (id) ON DELETE CASCADE,
    channel text NOT NULL DEFAULT 'any' CONSTRAINT suppressions_channel_is_known
        CHECK (channel IN ('any', 'sms', 'email', 'voice')),
    address_hash bytea NOT NULL,
    reason text NOT NULL CONSTRAINT suppressions_reason_is_known
        CHECK (reason IN ('stop', 'unsubscribe', 'bounce', 'complaint', 'erasure', 'owner')),
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT suppressions_once UNIQUE NULLS NOT DISTINCT (user_id, channel, address_hash)
);

CREATE TABLE sms_thread_locks (
    id uuid PRIMARY KEY DEFAULT app_uuid7(),
    user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    shared_number text NOT NULL CONSTRAINT sms_thread_locks_shared_number_is_e164
        CHECK (shared_number ~ '^\\+[1-9]\\d{6,14}$'),
    customer_number text NOT NULL CONSTRAINT sms_thread_locks_customer_number_is_e164
        CHECK (customer_number ~ '^\\+[1-9]\\d{6,14}$'),
    business_name text,
    locked_until timestamptz NOT NULL,
    last_outbound_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT sms_thread_locks_one_owner_of_a_thread UNIQUE (shared_number, customer_number)
);

CREATE TABLE pace_buckets (
    bucket text PRIMARY KEY,
    rate numeric NOT NULL CONSTRAINT pace_buckets_rate_is_positive CHECK (rate > 0),
    burst numeric NOT NULL CONSTRAINT pace_buckets_burst_is_positive CHECK (burst > 0),
    tokens numeric NOT NULL DEFAULT 0,
    refilled_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT pace_buckets_hold_no_more_than_a_burst CHECK (tokens <= burst)
)
"""

# The default is for other writers; ours say it all.
READING = """
ALTER TABLE extraction_runs
    ADD COLUMN prompt_tokens integer,
    ADD COLUMN completion_tokens integer,
    ADD COLUMN confidence numeric,
    ADD COLUMN quotes jsonb NOT NULL DEFAULT '[]';
ALTER TABLE questions
    ADD COLUMN subject text,
    ADD COLUMN told_at timestamptz;
ALTER TABLE ai_usage_logs
    ALTER COLUMN purpose SET DEFAULT 'other',
    ALTER COLUMN provider SET DEFAULT 'unknown',
    ALTER COLUMN model SET DEFAULT 'unknown',
    ALTER COLUMN outcome SET DEFAULT 'unknown',
    ADD COLUMN cost_local numeric,
    ADD COLUMN currency text,
    ADD COLUMN exchange_rate numeric,
    ADD COLUMN error_message text,
    ADD CONSTRAINT ai_usage_logs_cost_local_has_a_currency
        CHECK (cost_local IS NULL OR currency IS NOT NULL) NOT VALID
"""

BUDGETS = """
CREATE TABLE ai_budgets (
    id uuid PRIMARY KEY DEFAULT app_uuid7(),
    user_id uuid NOT NULL DEFAULT app_current_user() REFERENCES users (id) ON DELETE CASCADE,
    period_start date NOT NULL,
    soft_limit numeric,
    hard_limit numeric,
    currency text NOT NULL DEFAULT 'USD',
    reserved numeric NOT NULL DEFAULT 0,
    spent numeric NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT ai_budgets_soft_is_not_above_hard CHECK (soft_limit <= hard_limit),
    CONSTRAINT ai_budgets_are_not_negative CHECK (
        least(soft_limit, hard_limit, reserved, spent) >= 0),
    CONSTRAINT ai_budgets_user_id_id_key UNIQUE (user_id, id),
    CONSTRAINT ai_budgets_one_a_month UNIQUE (user_id, period_start)
);

CREATE TABLE budget_reservations (
    id uuid PRIMARY KEY DEFAULT app_uuid7(),
    user_id uuid NOT NULL DEFAULT app_current_user() REFERENCES users (id) ON DELETE CASCADE,
    budget_id uuid NOT NULL,
    key text NOT NULL CONSTRAINT budget_reservations_made_once UNIQUE,
    state text NOT NULL DEFAULT 'held' CONSTRAINT budget_reservations_state_is_known
        CHECK (state IN ('held', 'spent', 'released')),
    amount numeric NOT NULL CONSTRAINT budget_reservations_amount_is_not_negative
        CHECK (amount >= 0),
    currency text NOT NULL DEFAULT 'USD',
    expires_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    settled_at timestamptz,
    CONSTRAINT budget_reservations_budget_of_the_tenant FOREIGN KEY (user_id, budget_id)
        REFERENCES ai_budgets (user_id, id) ON DELETE CASCADE
);

CREATE INDEX budget_reservations_budget_id_idx ON budget_reservations (user_id, budget_id);
CREATE INDEX budget_reservations_held_idx ON budget_reservations (expires_at)
    WHERE state = 'held'
"""

OURS = ("ai_budgets", "budget_reservations")
DEFAULTED = ("message_templates", "suppressions")
HOUSE = ("sms_thread_locks", "pace_buckets")


def upgrade() -> None:
    for statement in (EVENTS, MOMENT, ACCEPT_EVENT, MESSAGES, ACCEPT_MESSAGE):
        op.execute(statement)
    for statement in (TEMPLATES, SENDING, READING, BUDGETS):
        op.execute(statement)
    for table in OURS:
        policies.tenant(table)
        policies.only_read(table)  # what the platform lets them spend
    for table in DEFAULTED:
        policies.tenant_or_default(table)
    for table in HOUSE:
        policies.ops(table)
    op.execute("REVOKE UPDATE, DELETE ON suppressions FROM frontdesk_tenant")  # a stop stays
    for table in ("message_templates", "sms_thread_locks", "ai_budgets"):
        policies.touch(table)


def downgrade() -> None:
    for table in (*HOUSE, *DEFAULTED, *reversed(OURS)):
        op.drop_table(table)
    op.execute("DROP TRIGGER accept ON messages; DROP TRIGGER accept ON events")
    op.execute("DROP FUNCTION messages_accept(), events_accept(), app_moment(text, text, text)")
    op.execute("SET ROLE frontdesk_system")  # row level security is forced on the owner, too
    op.execute("DELETE FROM messages WHERE channel = 'call'")  # records that 0010 cannot hold
    op.execute("SET ROLE frontdesk_owner")
    op.execute(BACK)


BACK = """
ALTER TABLE messages
    ALTER COLUMN body DROP DEFAULT,
    DROP COLUMN call_id,
    DROP COLUMN thread_id,
    DROP CONSTRAINT messages_a_call_is_a_record,
    DROP CONSTRAINT messages_channel_is_known,
    ADD CONSTRAINT messages_channel_is_known CHECK (channel IN ('sms', 'email'));
ALTER TABLE events
    ALTER COLUMN title DROP DEFAULT,
    DROP COLUMN description,
    DROP COLUMN duration_minutes,
    DROP COLUMN price_estimate,
    DROP COLUMN payment_amount,
    DROP COLUMN currency,
    DROP COLUMN payment_status,
    DROP COLUMN number_of_loads,
    DROP COLUMN follow_up_required,
    DROP COLUMN follow_up_reason,
    DROP COLUMN completed_at;
ALTER TABLE extraction_runs
    DROP COLUMN prompt_tokens,
    DROP COLUMN completion_tokens,
    DROP COLUMN confidence,
    DROP COLUMN quotes;
ALTER TABLE questions DROP COLUMN subject, DROP COLUMN told_at;
ALTER TABLE ai_usage_logs
    ALTER COLUMN purpose DROP DEFAULT,
    ALTER COLUMN provider DROP DEFAULT,
    ALTER COLUMN model DROP DEFAULT,
    ALTER COLUMN outcome DROP DEFAULT,
    DROP COLUMN cost_local,
    DROP COLUMN currency,
    DROP COLUMN exchange_rate,
    DROP COLUMN error_message
"""
