"""Outbound: what is to be dialled, for whom first, and what is being dialled now."""

from alembic import op

from migrations import policies

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

CAMPAIGNS = """
CREATE TABLE call_campaigns (
    id uuid PRIMARY KEY DEFAULT app_uuid7(),
    user_id uuid NOT NULL DEFAULT app_current_user() REFERENCES users (id) ON DELETE CASCADE,
    name text NOT NULL,
    status text NOT NULL DEFAULT 'draft' CONSTRAINT call_campaigns_status_is_known
        CHECK (status IN ('draft', 'running', 'paused', 'completed', 'canceled')),
    template_id uuid REFERENCES call_templates (id) ON DELETE SET NULL,
    voice_id uuid REFERENCES voice_options (id) ON DELETE SET NULL,
    provider_id uuid REFERENCES call_service_providers (id) ON DELETE SET NULL,
    caller_number_id uuid,
    custom_variables jsonb,
    timezone text,
    window_start time,
    window_end time,
    window_days integer[] NOT NULL DEFAULT '{1,2,3,4,5}'
        CONSTRAINT call_campaigns_window_days_are_days_of_a_week
        CHECK (window_days <@ ARRAY[1, 2, 3, 4, 5, 6, 7]),
    concurrency_limit integer CONSTRAINT call_campaigns_concurrency_limit_is_not_negative
        CHECK (concurrency_limit >= 0),
    calls_per_minute numeric CONSTRAINT call_campaigns_calls_per_minute_is_positive
        CHECK (calls_per_minute > 0),
    most_attempts integer NOT NULL DEFAULT 3
        CONSTRAINT call_campaigns_most_attempts_is_positive CHECK (most_attempts > 0),
    most_attempts_a_day integer NOT NULL DEFAULT 3
        CONSTRAINT call_campaigns_most_attempts_a_day_is_positive CHECK (most_attempts_a_day > 0),
    retry_rules jsonb NOT NULL DEFAULT '{}',
    retries_first boolean NOT NULL DEFAULT false,
    leaves_voicemail boolean NOT NULL DEFAULT false,
    expires_at timestamptz,
    started_at timestamptz,
    ended_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT call_campaigns_window_has_two_ends
        CHECK ((window_start IS NULL) = (window_end IS NULL)),
    CONSTRAINT call_campaigns_user_id_id_key UNIQUE (user_id, id),
    CONSTRAINT call_campaigns_caller_number_of_the_tenant FOREIGN KEY (user_id, caller_number_id)
        REFERENCES user_phone_numbers (user_id, id) ON DELETE SET NULL (caller_number_id)
)
"""

# `status` is what its writers know; where a row is in a worker's hands, the lease says so, and
# what is being dialled stands in call_attempts. `retry_count` counts dials that are to be
# repeated, `attempts` counts claims.
QUEUE = r"""
CREATE TABLE call_queue (
    id uuid PRIMARY KEY DEFAULT app_uuid7(),
    user_id uuid NOT NULL DEFAULT app_current_user() REFERENCES users (id) ON DELETE CASCADE,
    campaign_id uuid,
    lead_id uuid,
    created_by uuid,
    recipient_number text NOT NULL CONSTRAINT call_queue_recipient_number_is_e164
        CHECK (recipient_number ~ '^\+[1-9]\d{6,14}$'),
    caller_number_id uuid,
    scheduled_time timestamptz,
    timezone text,
    priority integer NOT NULL DEFAULT 5
        CONSTRAINT call_queue_priority_is_1_to_10 CHECK (priority BETWEEN 1 AND 10),
    status text NOT NULL DEFAULT 'queued' CONSTRAINT call_queue_status_is_known
        CHECK (status IN ('queued', 'in-progress', 'completed', 'failed', 'canceled')),
    outcome text CONSTRAINT call_queue_outcome_is_known CHECK (outcome IN (
        'completed', 'busy', 'no_answer', 'voicemail', 'failed', 'rejected', 'invalid_number',
        'canceled', 'expired', 'refused')),
    call_id text,
    provider_id uuid REFERENCES call_service_providers (id) ON DELETE SET NULL,
    template_id uuid REFERENCES call_templates (id) ON DELETE SET NULL,
    voice_id uuid REFERENCES voice_options (id) ON DELETE SET NULL,
    custom_variables jsonb,
    retry_count integer NOT NULL DEFAULT 0
        CONSTRAINT call_queue_retry_count_is_not_negative CHECK (retry_count >= 0),
    idempotency_key text,
    verdict jsonb,
    judged_at timestamptz,
    expires_at timestamptz,
    due_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    attempts integer NOT NULL DEFAULT 0,
    lease_token uuid,
    lease_expires_at timestamptz,
    last_error text,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT call_queue_user_id_id_key UNIQUE (user_id, id),
    CONSTRAINT call_queue_enqueued_once UNIQUE (user_id, idempotency_key),
    CONSTRAINT call_queue_campaign_of_the_tenant FOREIGN KEY (user_id, campaign_id)
        REFERENCES call_campaigns (user_id, id) ON DELETE SET NULL (campaign_id),
    CONSTRAINT call_queue_caller_number_of_the_tenant FOREIGN KEY (user_id, caller_number_id)
        REFERENCES user_phone_numbers (user_id, id) ON DELETE SET NULL (caller_number_id)
)
"""

# A live row is the slot: there is no counter beside it that could leak. It is written by the
# house alone; `gone_at` is when the vendor was first found not to know the call.
ATTEMPTS = r"""
CREATE TABLE call_attempts (
    id uuid PRIMARY KEY DEFAULT app_uuid7(),
    user_id uuid NOT NULL DEFAULT app_current_user() REFERENCES users (id) ON DELETE CASCADE,
    call_queue_id uuid NOT NULL,
    number integer NOT NULL DEFAULT 1
        CONSTRAINT call_attempts_number_is_positive CHECK (number > 0),
    campaign_id uuid,
    provider_id uuid REFERENCES call_service_providers (id) ON DELETE SET NULL,
    caller_number_id uuid,
    caller_number text,
    recipient_number text NOT NULL CONSTRAINT call_attempts_recipient_number_is_e164
        CHECK (recipient_number ~ '^\+[1-9]\d{6,14}$'),
    state text NOT NULL DEFAULT 'dialing' CONSTRAINT call_attempts_state_is_known CHECK (state IN (
        'dialing', 'live', 'unknown', 'completed', 'busy', 'no_answer', 'voicemail', 'failed',
        'rejected', 'invalid_number', 'canceled')),
    provider_call_id text,
    end_reason text,
    verdict jsonb,
    dialed_at timestamptz,
    answered_at timestamptz,
    ended_at timestamptz,
    asked_at timestamptz,
    gone_at timestamptz,
    duration integer CONSTRAINT call_attempts_duration_is_not_negative CHECK (duration >= 0),
    cost numeric,
    currency text,
    due_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    attempts integer NOT NULL DEFAULT 0,
    lease_token uuid,
    lease_expires_at timestamptz,
    last_error text,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT call_attempts_cost_has_a_currency CHECK ((cost IS NULL) = (currency IS NULL)),
    CONSTRAINT call_attempts_ended_after_it_was_dialed CHECK (ended_at >= dialed_at),
    CONSTRAINT call_attempts_dialed_once UNIQUE (call_queue_id, number),
    CONSTRAINT call_attempts_queued_call_of_the_tenant FOREIGN KEY (user_id, call_queue_id)
        REFERENCES call_queue (user_id, id) ON DELETE CASCADE,
    CONSTRAINT call_attempts_caller_number_of_the_tenant FOREIGN KEY (user_id, caller_number_id)
        REFERENCES user_phone_numbers (user_id, id) ON DELETE SET NULL (caller_number_id)
)
"""

TURNS = """
CREATE TABLE tenant_turns (
    user_id uuid PRIMARY KEY DEFAULT app_current_user() REFERENCES users (id) ON DELETE CASCADE,
    virtual_time double precision NOT NULL DEFAULT 0,
    weight numeric NOT NULL DEFAULT 1
        CONSTRAINT tenant_turns_weight_is_positive CHECK (weight > 0),
    concurrency_limit integer CONSTRAINT tenant_turns_concurrency_limit_is_not_negative
        CHECK (concurrency_limit >= 0),
    due_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated_at timestamptz NOT NULL DEFAULT clock_timestamp()
)
"""

LIVE = "state IN ('dialing', 'live', 'unknown')"

INDEXES = f"""
CREATE INDEX call_queue_due_idx ON call_queue (due_at) WHERE status = 'queued';
CREATE INDEX call_queue_turn_idx ON call_queue (user_id, priority, due_at)
    WHERE status = 'queued';
CREATE INDEX call_queue_expires_at_idx ON call_queue (expires_at) WHERE status = 'queued';
CREATE INDEX call_queue_lapsed_idx ON call_queue (lease_expires_at)
    WHERE status = 'in-progress';
CREATE INDEX call_queue_campaign_id_idx ON call_queue (campaign_id, status)
    WHERE campaign_id IS NOT NULL;
CREATE UNIQUE INDEX call_queue_lead_once_while_open ON call_queue (user_id, lead_id)
    WHERE lead_id IS NOT NULL AND status IN ('queued', 'in-progress');
CREATE INDEX call_attempts_due_idx ON call_attempts (due_at) WHERE state = 'dialing';
CREATE INDEX call_attempts_unknown_idx ON call_attempts (due_at) WHERE state = 'unknown';
CREATE INDEX call_attempts_lapsed_idx ON call_attempts (lease_expires_at)
    WHERE state = 'dialing';
CREATE INDEX call_attempts_slots_idx ON call_attempts (provider_id) WHERE {LIVE};
CREATE INDEX call_attempts_live_of_tenant_idx ON call_attempts (user_id, campaign_id)
    WHERE {LIVE};
CREATE INDEX call_attempts_live_of_caller_idx ON call_attempts (caller_number_id)
    WHERE {LIVE};
CREATE UNIQUE INDEX call_attempts_one_live_for_a_recipient ON call_attempts (recipient_number)
    WHERE {LIVE};
CREATE UNIQUE INDEX call_attempts_once_at_a_provider
    ON call_attempts (provider_id, provider_call_id) WHERE provider_call_id IS NOT NULL;
CREATE INDEX tenant_turns_next_idx ON tenant_turns (virtual_time)
"""

# What an outside writer means by "when": a new row, and a row that is moved. What we put off
# ourselves (a retry, a night) we say in due_at alone, and nothing undoes it.
DUE = """
CREATE FUNCTION call_queue_fall_due() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.due_at := coalesce(NEW.scheduled_time, clock_timestamp());
  RETURN NEW;
END $$;
CREATE TRIGGER fall_due BEFORE INSERT ON call_queue
    FOR EACH ROW EXECUTE FUNCTION call_queue_fall_due();
CREATE TRIGGER fall_due_anew BEFORE UPDATE OF scheduled_time ON call_queue
    FOR EACH ROW WHEN (NEW.scheduled_time IS DISTINCT FROM OLD.scheduled_time)
    EXECUTE FUNCTION call_queue_fall_due()
"""

# Whoever writes the first row of a tenant: it stands in the line. Once a statement, so that a
# million rows cost one insert more.
STAND_IN_LINE = """
CREATE FUNCTION call_queue_stand_in_line() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO tenant_turns (user_id) SELECT DISTINCT user_id FROM made ON CONFLICT DO NOTHING;
  RETURN NULL;
END $$;
CREATE TRIGGER stand_in_line AFTER INSERT ON call_queue REFERENCING NEW TABLE AS made
    FOR EACH STATEMENT EXECUTE FUNCTION call_queue_stand_in_line()
"""

# What a tenant may change is what nobody has begun to dial (004): it may move it, or call it off.
ONLY_QUEUED = """
CREATE POLICY only_queued_are_changed ON call_queue AS RESTRICTIVE FOR UPDATE
    TO frontdesk_worker, frontdesk_tenant
    USING (status = 'queued') WITH CHECK (status IN ('queued', 'canceled'));
CREATE POLICY only_queued_are_deleted ON call_queue AS RESTRICTIVE FOR DELETE
    TO frontdesk_worker, frontdesk_tenant USING (status = 'queued')
"""

CALLS = """
ALTER TABLE calls
    ADD COLUMN call_queue_id uuid,
    ADD CONSTRAINT calls_queued_call_of_the_tenant FOREIGN KEY (user_id, call_queue_id)
        REFERENCES call_queue (user_id, id) ON DELETE SET NULL (call_queue_id) NOT VALID
"""

SPELLINGS = {"in_progress": "in-progress", "cancelled": "canceled", "scheduled": "queued"}


def upgrade() -> None:
    for statement in (CAMPAIGNS, QUEUE, ATTEMPTS, TURNS, INDEXES, DUE, STAND_IN_LINE):
        op.execute(statement)
    for table in ("call_campaigns", "call_queue", "call_attempts", "tenant_turns"):
        policies.tenant(table)
        policies.touch(table)
    op.execute(ONLY_QUEUED)
    policies.only_read("call_attempts")
    policies.only_read("tenant_turns")
    op.execute("GRANT INSERT (user_id) ON tenant_turns TO frontdesk_tenant")  # its place in line
    for table in ("call_campaigns", "call_queue"):
        policies.own_or_shared(table, "provider", "voice", "template")
    policies.spell("call_queue", "status", SPELLINGS)
    policies.work_table("call_queue", area="outbound")
    policies.work_table("call_attempts", area="outbound")
    op.execute(CALLS)  # last, for it keeps everybody from calls until this revision's end


def downgrade() -> None:
    op.execute(
        "ALTER TABLE calls DROP CONSTRAINT calls_queued_call_of_the_tenant,"
        " DROP COLUMN call_queue_id"
    )
    for table in ("tenant_turns", "call_attempts", "call_queue", "call_campaigns"):
        op.drop_table(table)
    op.execute(
        "DROP FUNCTION call_queue_spell_status(), call_queue_stand_in_line(), call_queue_fall_due()"
    )
