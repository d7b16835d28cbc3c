"""Telephony: vendors and their accounts, numbers, voices and scripts; all that a call may carry."""

from alembic import op

from migrations import policies

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

INTEGRATIONS = """
CREATE TABLE integrations (
    id uuid PRIMARY KEY DEFAULT app_uuid7(),
    user_id uuid NOT NULL DEFAULT app_current_user() REFERENCES users (id) ON DELETE CASCADE,
    provider text,
    provider_type text,
    capabilities text[] NOT NULL DEFAULT '{}',
    encrypted_credentials bytea,
    webhook_token text CONSTRAINT integrations_webhook_token_is_unique UNIQUE,
    is_active boolean NOT NULL DEFAULT true,
    checked_at timestamptz,
    last_error text,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT integrations_user_id_id_key UNIQUE (user_id, id)
)
"""

AGENTS = r"""
CREATE TABLE agents (
    id uuid PRIMARY KEY DEFAULT app_uuid7(),
    user_id uuid NOT NULL DEFAULT app_current_user() REFERENCES users (id) ON DELETE CASCADE,
    integration_id uuid,
    provider text,
    agent_id text,
    phone_number text
        CONSTRAINT agents_phone_number_is_e164 CHECK (phone_number ~ '^\+[1-9]\d{6,14}$')
        CONSTRAINT agents_phone_number_key UNIQUE,
    nickname text,
    status text NOT NULL DEFAULT 'pending' CONSTRAINT agents_status_is_known
        CHECK (status IN ('active', 'pending', 'disabled')),
    inbound_webhook_url text,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT agents_user_id_key UNIQUE (user_id),
    CONSTRAINT agents_user_id_id_key UNIQUE (user_id, id),
    CONSTRAINT agents_integration_of_the_tenant FOREIGN KEY (user_id, integration_id)
        REFERENCES integrations (user_id, id) ON DELETE SET NULL (integration_id)
)
"""

# The account that has slots, not the vendor: two tenants on one account share its limit, so an
# account stands once, known by a keyed hash of its credential.
PROVIDERS = """
CREATE TABLE call_service_providers (
    id uuid PRIMARY KEY DEFAULT app_uuid7(),
    user_id uuid DEFAULT app_current_user() REFERENCES users (id) ON DELETE CASCADE,
    integration_id uuid,
    name text NOT NULL,
    type text NOT NULL,
    provider text NOT NULL DEFAULT '',
    api_credentials bytea,
    account_key bytea CONSTRAINT call_service_providers_account_stands_once UNIQUE,
    is_active boolean NOT NULL DEFAULT true,
    priority integer NOT NULL DEFAULT 1,
    concurrency_limit integer NOT NULL DEFAULT 5
        CONSTRAINT call_service_providers_concurrency_limit_is_not_negative
        CHECK (concurrency_limit >= 0),
    reserved_inbound integer NOT NULL DEFAULT 0
        CONSTRAINT call_service_providers_reserved_inbound_is_not_negative
        CHECK (reserved_inbound >= 0),
    learned_limit integer CONSTRAINT call_service_providers_learned_limit_is_not_negative
        CHECK (learned_limit >= 0),
    observed_live integer CONSTRAINT call_service_providers_observed_live_is_not_negative
        CHECK (observed_live >= 0),
    observed_at timestamptz,
    calls_per_second numeric NOT NULL DEFAULT 1
        CONSTRAINT call_service_providers_calls_per_second_is_positive
        CHECK (calls_per_second > 0),
    health text NOT NULL DEFAULT 'healthy' CONSTRAINT call_service_providers_health_is_known
        CHECK (health IN ('healthy', 'degraded', 'down')),
    failures integer NOT NULL DEFAULT 0,
    closed_until timestamptz,
    health_changed_at timestamptz,
    last_error text,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT call_service_providers_integration_of_the_tenant
        FOREIGN KEY (user_id, integration_id)
        REFERENCES integrations (user_id, id) ON DELETE SET NULL (integration_id)
)
"""

PROVIDER_NUMBERS = r"""
CREATE TABLE provider_phone_numbers (
    id uuid PRIMARY KEY DEFAULT app_uuid7(),
    user_id uuid DEFAULT app_current_user() REFERENCES users (id) ON DELETE CASCADE,
    provider_id uuid NOT NULL REFERENCES call_service_providers (id) ON DELETE CASCADE,
    phone_id text,
    country_code text NOT NULL,
    area_code text NOT NULL,
    phone_number text NOT NULL,
    full_number text NOT NULL CONSTRAINT provider_phone_numbers_full_number_is_e164
        CHECK (full_number ~ '^\+[1-9]\d{6,14}$'),
    is_active boolean NOT NULL DEFAULT true,
    capabilities jsonb,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT provider_phone_numbers_once_an_account UNIQUE (provider_id, phone_id)
)
"""

VOICES = """
CREATE TABLE voice_options (
    id uuid PRIMARY KEY DEFAULT app_uuid7(),
    user_id uuid DEFAULT app_current_user() REFERENCES users (id) ON DELETE CASCADE,
    provider_id uuid NOT NULL REFERENCES call_service_providers (id) ON DELETE CASCADE,
    voice_id text NOT NULL,
    name text NOT NULL,
    gender text CONSTRAINT voice_options_gender_is_known
        CHECK (gender IN ('male', 'female', 'neutral')),
    language text NOT NULL,
    accent text,
    description text,
    sample_mp3_url text,
    is_premium boolean NOT NULL DEFAULT false,
    is_active boolean NOT NULL DEFAULT true,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT voice_options_once_an_account UNIQUE (provider_id, voice_id)
)
"""

TEMPLATES = """
CREATE TABLE call_templates (
    id uuid PRIMARY KEY DEFAULT app_uuid7(),
    user_id uuid DEFAULT app_current_user() REFERENCES users (id) ON DELETE CASCADE,
    name text NOT NULL,
    description text,
    category text,
    tags jsonb,
    is_public boolean NOT NULL DEFAULT false,
    provider_id uuid REFERENCES call_service_providers (id) ON DELETE SET NULL,
    assistant_id text,
    voice_id uuid REFERENCES voice_options (id) ON DELETE SET NULL,
    params jsonb,
    params_order jsonb,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated_at timestamptz NOT NULL DEFAULT clock_timestamp()
)
"""

USER_NUMBERS = r"""
CREATE TABLE user_phone_numbers (
    id uuid PRIMARY KEY DEFAULT app_uuid7(),
    user_id uuid NOT NULL DEFAULT app_current_user() REFERENCES users (id) ON DELETE CASCADE,
    provider_id uuid REFERENCES call_service_providers (id) ON DELETE SET NULL,
    phone_id text,
    country_code text,
    area_code text,
    region text,
    phone_number text,
    full_number text NOT NULL CONSTRAINT user_phone_numbers_full_number_is_e164
        CHECK (full_number ~ '^\+[1-9]\d{6,14}$'),
    is_active boolean NOT NULL DEFAULT true,
    is_default boolean NOT NULL DEFAULT false,
    capabilities jsonb,
    concurrency_limit integer CONSTRAINT user_phone_numbers_concurrency_limit_is_not_negative
        CHECK (concurrency_limit >= 0),
    daily_cap integer CONSTRAINT user_phone_numbers_daily_cap_is_not_negative
        CHECK (daily_cap >= 0),
    flagged_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT user_phone_numbers_user_id_id_key UNIQUE (user_id, id),
    CONSTRAINT user_phone_numbers_once UNIQUE (user_id, full_number)
)
"""

# Month by month: deduplicated where they came in (webhook_queue), so no key is needed here, and
# nothing points here. What a row says of its integration or call outlives both.
TELEPHONY_EVENTS = """
CREATE TABLE telephony_events (
    id uuid NOT NULL DEFAULT app_uuid7(),
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    user_id uuid NOT NULL DEFAULT app_current_user(),
    integration_id uuid,
    webhook_id uuid,
    parent_event_id uuid,
    agent_id text,
    provider text,
    provider_layer text,
    provider_event_id text,
    provider_call_id text,
    provider_message_id text,
    event_type text,
    direction text CONSTRAINT telephony_events_direction_is_known
        CHECK (direction IN ('inbound', 'outbound')),
    from_number text,
    to_number text,
    person_hash bytea,
    status text,
    event_timestamp timestamptz,
    answered_at timestamptz,
    ended_at timestamptz,
    duration_seconds integer CONSTRAINT telephony_events_duration_is_not_negative
        CHECK (duration_seconds >= 0),
    billed_seconds integer,
    billed_units integer,
    disconnect_reason text,
    recording_url text,
    body text,
    media_urls text[] NOT NULL DEFAULT '{}',
    tags text[] NOT NULL DEFAULT '{}',
    cost_usd numeric,
    cost_local numeric,
    currency text,
    signature_valid boolean,
    metadata jsonb NOT NULL DEFAULT '{}',
    CONSTRAINT telephony_events_cost_local_has_a_currency
        CHECK ((cost_local IS NULL) = (currency IS NULL)),
    PRIMARY KEY (id, created_at)
) PARTITION BY RANGE (created_at);
CREATE TABLE telephony_events_default PARTITION OF telephony_events DEFAULT
"""

LATENCY = """
CREATE TABLE latency_logs (
    id uuid NOT NULL DEFAULT app_uuid7(),
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    user_id uuid,
    endpoint text NOT NULL,
    method text,
    duration_ms integer NOT NULL CONSTRAINT latency_logs_duration_is_not_negative
        CHECK (duration_ms >= 0),
    status_code integer,
    request_id text,
    is_slow boolean NOT NULL DEFAULT false,
    PRIMARY KEY (id, created_at)
) PARTITION BY RANGE (created_at);
CREATE TABLE latency_logs_default PARTITION OF latency_logs DEFAULT
"""

UNKNOWN_PHONE = """
CREATE TABLE unknown_phone (
    id uuid PRIMARY KEY DEFAULT app_uuid7(),
    phone_number text NOT NULL,
    provider text,
    event_type text,
    webhook_id uuid,
    received_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    resolved_at timestamptz,
    resolved_by text,
    resolution text CONSTRAINT unknown_phone_resolution_is_known
        CHECK (resolution IN ('matched_agent', 'spam', 'ignored')),
    notes text
)
"""

FAQS = """
CREATE TABLE faqs (
    id uuid PRIMARY KEY DEFAULT app_uuid7(),
    user_id uuid NOT NULL DEFAULT app_current_user() REFERENCES users (id) ON DELETE CASCADE,
    category text NOT NULL,
    question text NOT NULL,
    answer text NOT NULL,
    keywords text[] NOT NULL DEFAULT '{}',
    is_active boolean NOT NULL DEFAULT true,
    display_order integer NOT NULL DEFAULT 0,
    usage_count integer NOT NULL DEFAULT 0
        CONSTRAINT faqs_usage_count_is_not_negative CHECK (usage_count >= 0),
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated_at timestamptz NOT NULL DEFAULT clock_timestamp()
)
"""

PROMPTS = """
CREATE TABLE system_prompts (
    id uuid PRIMARY KEY DEFAULT app_uuid7(),
    user_id uuid NOT NULL DEFAULT app_current_user() REFERENCES users (id) ON DELETE CASCADE,
    prompt_type text NOT NULL CONSTRAINT system_prompts_prompt_type_is_known
        CHECK (prompt_type IN ('voice', 'sms')),
    system_prompt text NOT NULL,
    prompt_version text NOT NULL DEFAULT 'v1.0.0',
    is_active boolean NOT NULL DEFAULT true,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated_at timestamptz NOT NULL DEFAULT clock_timestamp()
)
"""

# A call is history: the account, voice and number that it was made with may be gone, so they are
# kept as plain ids. Dollars are what 001 means where it says no currency.
CALLS = """
ALTER TABLE calls
    ADD COLUMN customer_name text,
    ADD COLUMN user_phone_number_id uuid,
    ADD COLUMN provider_phone_number_id uuid,
    ADD COLUMN provider_id uuid,
    ADD COLUMN voice_id uuid,
    ADD COLUMN assistant_id text,
    ADD COLUMN lead_id uuid,
    ADD COLUMN answered_at timestamptz,
    ADD COLUMN ended_at timestamptz,
    ADD COLUMN disconnect_reason text,
    ADD COLUMN recording_sid text,
    ADD COLUMN transcription_confidence numeric,
    ADD COLUMN sentiment_analysis jsonb,
    ADD COLUMN call_data jsonb,
    ADD COLUMN notes text,
    ADD COLUMN outcome text,
    ADD COLUMN qa_flags jsonb,
    ADD COLUMN manager_notes text,
    ADD COLUMN flagged_for_review boolean NOT NULL DEFAULT false,
    ADD COLUMN processed_at timestamptz,
    ADD COLUMN email_sent_at timestamptz,
    ADD COLUMN currency text DEFAULT 'USD',
    ADD CONSTRAINT calls_cost_has_a_currency
        CHECK (cost IS NULL OR currency IS NOT NULL) NOT VALID,
    ADD CONSTRAINT calls_transcription_confidence_is_a_share
        CHECK (transcription_confidence BETWEEN 0 AND 1) NOT VALID,
    ADD CONSTRAINT calls_outcome_is_known CHECK (outcome IN (
        'no_answer', 'gatekeeper', 'not_interested', 'hangup', 'pitch_delivered', 'demo_set'))
        NOT VALID,
    ADD CONSTRAINT calls_user_phone_number_of_the_tenant
        FOREIGN KEY (user_id, user_phone_number_id)
        REFERENCES user_phone_numbers (user_id, id) ON DELETE SET NULL (user_phone_number_id)
        NOT VALID
"""

CALLS_DOWN = """
ALTER TABLE calls
    DROP CONSTRAINT calls_user_phone_number_of_the_tenant,
    DROP CONSTRAINT calls_outcome_is_known,
    DROP CONSTRAINT calls_transcription_confidence_is_a_share,
    DROP CONSTRAINT calls_cost_has_a_currency,
    DROP COLUMN customer_name, DROP COLUMN user_phone_number_id,
    DROP COLUMN provider_phone_number_id, DROP COLUMN provider_id, DROP COLUMN voice_id,
    DROP COLUMN assistant_id, DROP COLUMN lead_id, DROP COLUMN answered_at, DROP COLUMN ended_at,
    DROP COLUMN disconnect_reason, DROP COLUMN recording_sid,
    DROP COLUMN transcription_confidence, DROP COLUMN sentiment_analysis, DROP COLUMN call_data,
    DROP COLUMN notes, DROP COLUMN outcome, DROP COLUMN qa_flags, DROP COLUMN manager_notes,
    DROP COLUMN flagged_for_review, DROP COLUMN processed_at, DROP COLUMN email_sent_at,
    DROP COLUMN currency
"""

INDEXES = """
CREATE INDEX provider_phone_numbers_full_number_idx ON provider_phone_numbers (full_number);
CREATE INDEX user_phone_numbers_full_number_idx ON user_phone_numbers (full_number);
CREATE INDEX call_templates_user_id_idx ON call_templates (user_id);
CREATE INDEX telephony_events_user_id_created_at_idx ON telephony_events (user_id, created_at);
CREATE INDEX telephony_events_integration_id_idx
    ON telephony_events (integration_id, event_timestamp);
CREATE INDEX telephony_events_parent_event_id_idx ON telephony_events (parent_event_id)
    WHERE parent_event_id IS NOT NULL;
CREATE INDEX telephony_events_person_hash_idx ON telephony_events (person_hash)
    WHERE person_hash IS NOT NULL;
CREATE INDEX latency_logs_slow_idx ON latency_logs (created_at) WHERE is_slow;
CREATE INDEX unknown_phone_open_idx ON unknown_phone (received_at) WHERE resolved_at IS NULL;
CREATE INDEX faqs_user_id_idx ON faqs (user_id, display_order);
CREATE INDEX system_prompts_user_id_idx ON system_prompts (user_id, prompt_type)
"""

OWN = """
CREATE FUNCTION app_own_{parent}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  -- The platform's serves everybody, a tenant's own that tenant alone.
  IF NOT EXISTS (SELECT FROM {table} p WHERE p.id = NEW.{parent}_id
                 AND (p.user_id IS NULL OR p.user_id = NEW.user_id{shared})) THEN
    RAISE EXCEPTION 'there is no such {parent} for this tenant' USING
      ERRCODE = 'foreign_key_violation', TABLE = TG_TABLE_NAME,
      CONSTRAINT = TG_TABLE_NAME || '_{parent}_of_the_tenant';
  END IF;
  RETURN NEW;
END $$
"""

FULL = r"""
CREATE FUNCTION app_write_number_in_full() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  -- It says that its codes are in it, so only the sign of the country's code may be missing.
  NEW.full_number := regexp_replace(NEW.full_number, '[\s().-]', '', 'g');
  IF NEW.full_number ~ '^[1-9]\d{6,14}$' THEN
    NEW.full_number := '+' || NEW.full_number;
  END IF;
  RETURN NEW;
END $$
"""

NAME_VENDOR = """
CREATE FUNCTION call_service_providers_name_vendor() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.provider := lower(NEW.name);
  RETURN NEW;
END $$;
CREATE TRIGGER name_vendor BEFORE INSERT ON call_service_providers
    FOR EACH ROW WHEN (NEW.provider = '') EXECUTE FUNCTION call_service_providers_name_vendor()
"""

TENANTS = ("integrations", "agents", "user_phone_numbers", "faqs", "system_prompts")
SHARED = ("call_service_providers", "provider_phone_numbers", "voice_options", "call_templates")
TOUCHED = (*TENANTS, *SHARED)
HOUSE = ("telephony_events_default", "latency_logs", "latency_logs_default", "unknown_phone")
TABLES = (
    *(INTEGRATIONS, AGENTS, PROVIDERS, PROVIDER_NUMBERS, VOICES, TEMPLATES, USER_NUMBERS),
    *(TELEPHONY_EVENTS, LATENCY, UNKNOWN_PHONE, FAQS, PROMPTS, INDEXES, FULL, NAME_VENDOR),
)


def upgrade() -> None:
    for statement in TABLES:
        op.execute(statement)
    op.execute(OWN.format(parent="provider", table="call_service_providers", shared=""))
    op.execute(OWN.format(parent="voice", table="voice_options", shared=""))
    op.execute(OWN.format(parent="template", table="call_templates", shared=" OR p.is_public"))
    let_in()
    translate()
    op.execute(CALLS)  # last, for it keeps everybody from calls until this revision's end
    policies.spell("calls", "status", STATUSES)
    policies.spell("calls", "outcome", OUTCOMES)


def let_in() -> None:
    for table in (*TENANTS, "telephony_events"):
        policies.tenant(table)
    for table in SHARED:
        policies.tenant_or_default(table)
    for table in HOUSE:  # a partition is reached through its parent only
        policies.ops(table)
    for table in TOUCHED:
        policies.touch(table)
    op.execute(
        "CREATE POLICY published ON call_templates FOR SELECT"
        " TO frontdesk_worker, frontdesk_tenant USING (is_public)"
    )
    op.execute("REVOKE UPDATE, DELETE ON telephony_events FROM frontdesk_tenant")
    policies.hide("call_service_providers", "api_credentials", "account_key")


def translate() -> None:
    for table in ("provider_phone_numbers", "user_phone_numbers"):
        op.execute(
            f"CREATE TRIGGER full_number BEFORE INSERT OR UPDATE OF full_number ON {table}"
            r" FOR EACH ROW WHEN (NEW.full_number !~ '^\+[1-9]\d{6,14}$')"
            " EXECUTE FUNCTION app_write_number_in_full()"
        )
        policies.own_or_shared(table, "provider")
    policies.own_or_shared("voice_options", "provider")
    policies.own_or_shared("call_templates", "provider", "voice")


STATUSES = {"no-answer": "no_answer", "in-progress": "in_progress", "canceled": "cancelled"}
OUTCOMES = {
    "No Answer": "no_answer",
    "Gatekeeper": "gatekeeper",
    "Not Interested": "not_interested",
    "Hangup": "hangup",
    "Pitch Delivered": "pitch_delivered",
    "Demo Set": "demo_set",
}


def downgrade() -> None:
    for column in ("outcome", "status"):
        op.execute(f"DROP TRIGGER spell_{column} ON calls")
        op.execute(f"DROP FUNCTION calls_spell_{column}()")
    op.execute(CALLS_DOWN)
    for table in (
        *("system_prompts", "faqs", "unknown_phone", "latency_logs", "telephony_events"),
        *("user_phone_numbers", "call_templates", "voice_options", "provider_phone_numbers"),
        *("call_service_providers", "agents", "integrations"),
    ):
        op.drop_table(table)
    op.execute(
        "DROP FUNCTION call_service_providers_name_vendor(), app_write_number_in_full(),"
        " app_own_template(), app_own_voice(), app_own_provider()"
    )
