"""Who the tenants are: profiles, settings, consent, sessions, and what is on record of changes."""

from alembic import op

from migrations import policies

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

# No foreign key to organizations: it grants nothing yet, and two tables must not wait for each
# other. The role grants nothing either: rights are the database's roles.
USERS = r"""
ALTER TABLE users
    ADD COLUMN organization_id uuid,
    ADD COLUMN full_name text,
    ADD COLUMN first_name text,
    ADD COLUMN last_name text,
    ADD COLUMN phone_number text,
    ADD COLUMN transfer_number text,
    ADD COLUMN area_code text,
    ADD COLUMN address jsonb,
    ADD COLUMN role text NOT NULL DEFAULT 'user',
    ADD COLUMN tier text,
    ADD COLUMN settings jsonb NOT NULL DEFAULT '{}',
    ADD COLUMN business_hours jsonb,
    ADD COLUMN cal_com_url text,
    ADD COLUMN post_call_sms_enabled boolean NOT NULL DEFAULT false,
    ADD COLUMN review_request_enabled boolean NOT NULL DEFAULT false,
    ADD COLUMN stripe_customer_id text,
    ADD COLUMN telephony_webhook_token text,
    ADD COLUMN last_login_at timestamptz,
    ADD CONSTRAINT users_role_is_known CHECK (role IN ('user', 'admin')) NOT VALID,
    ADD CONSTRAINT users_tier_is_known CHECK (tier IN (
        'free', 'basic', 'professional', 'business', 'enterprise', 'core', 'pro', 'elite', 'scale'))
        NOT VALID,
    ADD CONSTRAINT users_phone_number_is_e164
        CHECK (phone_number ~ '^\+[1-9]\d{6,14}$') NOT VALID,
    ADD CONSTRAINT users_transfer_number_is_e164
        CHECK (transfer_number ~ '^\+[1-9]\d{6,14}$') NOT VALID
"""

NAMED = """
CREATE FUNCTION users_say_full_name() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.full_name := concat_ws(' ', NEW.first_name, NEW.last_name);
  RETURN NEW;
END $$;

CREATE TRIGGER accept_names BEFORE INSERT OR UPDATE ON users FOR EACH ROW
    WHEN (NEW.full_name IS NULL AND (NEW.first_name IS NOT NULL OR NEW.last_name IS NOT NULL))
    EXECUTE FUNCTION users_say_full_name()
"""

ORGANIZATIONS = """
CREATE TABLE organizations (
    id uuid PRIMARY KEY DEFAULT app_uuid7(),
    user_id uuid NOT NULL DEFAULT app_current_user() REFERENCES users (id) ON DELETE CASCADE,
    name text,
    plan_type text,
    max_members integer NOT NULL DEFAULT 5
        CONSTRAINT organizations_max_members_is_positive CHECK (max_members > 0),
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE FUNCTION user_organization_id(user_uuid uuid) RETURNS uuid LANGUAGE sql STABLE AS $$
  SELECT organization_id FROM users WHERE id = user_uuid
$$
"""

# A clear key stands for a minute at the most; what was sealed is what counts.
AI_SETTINGS = """
CREATE TABLE user_ai_settings (
    id uuid PRIMARY KEY DEFAULT app_uuid7(),
    user_id uuid NOT NULL DEFAULT app_current_user()
        CONSTRAINT user_ai_settings_one_for_a_tenant UNIQUE REFERENCES users (id) ON DELETE CASCADE,
    openrouter_api_key_encrypted text,
    openrouter_api_key_sealed bytea,
    openrouter_provisioning_key_encrypted text,
    openrouter_provisioning_key_sealed bytea,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated_at timestamptz NOT NULL DEFAULT clock_timestamp()
)
"""

INDUSTRIES = """
CREATE TABLE industry_configurations (
    id uuid PRIMARY KEY DEFAULT app_uuid7(),
    user_id uuid DEFAULT app_current_user() REFERENCES users (id) ON DELETE CASCADE,
    industry_type text NOT NULL,
    event_types jsonb NOT NULL,
    terminology jsonb,
    default_duration_minutes integer NOT NULL DEFAULT 60
        CONSTRAINT industry_configurations_duration_is_positive
        CHECK (default_duration_minutes > 0),
    business_hours jsonb,
    pricing_enabled boolean NOT NULL DEFAULT false,
    location_required boolean NOT NULL DEFAULT true,
    auto_confirm_enabled boolean NOT NULL DEFAULT false,
    reminder_settings jsonb,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT industry_configurations_one_for_an_industry
        UNIQUE NULLS NOT DISTINCT (user_id, industry_type)
)
"""

DEFAULTS = """
INSERT INTO industry_configurations
    (user_id, industry_type, event_types, terminology, default_duration_minutes, business_hours,
     pricing_enabled, location_required)
VALUES
    (NULL, 'plumbing', '["service_call", "quote", "emergency", "follow_up"]',
     '{"appointment": "service call", "meeting": "site visit", "demo": "quote"}', 90,
     '{"monday": {"start": "08:00", "end": "17:00"},
       "saturday": {"start": "09:00", "end": "15:00"}}',
     true, true),
    (NULL, 'real_estate', '["meeting", "inspection", "appointment", "follow_up"]',
     '{"service_call": "property showing", "meeting": "client meeting"}', 60,
     '{"monday": {"start": "09:00", "end": "18:00"}, "sunday": {"start": "12:00", "end": "17:00"}}',
     false, true),
    (NULL, 'legal', '["consultation", "meeting", "appointment"]',
     '{"service_call": "consultation", "demo": "case review"}', 60,
     '{"monday": {"start": "09:00", "end": "17:00"}}', true, false),
    (NULL, 'medical', '["appointment", "consultation", "follow_up", "emergency"]',
     '{"meeting": "appointment", "service_call": "consultation"}', 30,
     '{"monday": {"start": "08:00", "end": "17:00"}}', false, true),
    (NULL, 'sales', '["demo", "meeting", "follow_up", "consultation"]',
     '{"service_call": "demo", "appointment": "sales meeting"}', 45,
     '{"monday": {"start": "09:00", "end": "17:00"}}', false, false)
"""

RECORDS = """
CREATE TABLE consent_logs (
    id uuid PRIMARY KEY DEFAULT app_uuid7(),
    user_id uuid NOT NULL DEFAULT app_current_user() REFERENCES users (id) ON DELETE CASCADE,
    version text NOT NULL DEFAULT '1.0',
    ip_address inet,
    user_agent text,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE TABLE active_sessions (
    id uuid PRIMARY KEY DEFAULT app_uuid7(),
    user_id uuid NOT NULL DEFAULT app_current_user() REFERENCES users (id) ON DELETE CASCADE,
    token_hash text CONSTRAINT active_sessions_one_for_a_token UNIQUE,
    ip_address inet,
    user_agent text,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    last_active timestamptz,
    revoked_at timestamptz
);

CREATE TABLE audit_logs (
    id uuid NOT NULL DEFAULT app_uuid7(),
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    user_id uuid DEFAULT app_current_user(),
    actor text DEFAULT nullif(current_setting('app.actor', true), ''),
    action text NOT NULL,
    resource_type text,
    resource_id uuid,
    old_values jsonb,
    new_values jsonb,
    metadata jsonb,
    ip_address inet,
    user_agent text,
    PRIMARY KEY (id, created_at)
) PARTITION BY RANGE (created_at);
CREATE TABLE audit_logs_default PARTITION OF audit_logs DEFAULT
"""

CHOICES = r"""
CREATE TABLE user_premium_features (
    user_id uuid PRIMARY KEY DEFAULT app_current_user() REFERENCES users (id) ON DELETE CASCADE,
    post_call_sms boolean NOT NULL DEFAULT false,
    review_requests boolean NOT NULL DEFAULT false,
    zapier_webhooks boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE TABLE owner_notification_settings (
    user_id uuid PRIMARY KEY DEFAULT app_current_user() REFERENCES users (id) ON DELETE CASCADE,
    email text,
    phone text CONSTRAINT owner_notification_settings_phone_is_e164
        CHECK (phone ~ '^\+[1-9]\d{6,14}$'),
    notify_on_booking boolean NOT NULL DEFAULT true,
    notify_on_change boolean NOT NULL DEFAULT true,
    notify_on_cancellation boolean NOT NULL DEFAULT true,
    notify_on_review boolean NOT NULL DEFAULT true,
    notify_on_usage boolean NOT NULL DEFAULT true,
    by_email boolean NOT NULL DEFAULT true,
    by_sms boolean NOT NULL DEFAULT false,
    by_push boolean NOT NULL DEFAULT false,
    quiet_hours_start time,
    quiet_hours_end time,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT owner_notification_settings_quiet_hours_are_whole
        CHECK ((quiet_hours_start IS NULL) = (quiet_hours_end IS NULL))
)
"""

INDEXES = """
CREATE INDEX organizations_user_id_idx ON organizations (user_id);
CREATE INDEX consent_logs_user_id_created_at_idx ON consent_logs (user_id, created_at);
CREATE INDEX active_sessions_user_id_idx ON active_sessions (user_id);
CREATE INDEX audit_logs_user_id_created_at_idx ON audit_logs (user_id, created_at);
CREATE INDEX audit_logs_resource_id_created_at_idx ON audit_logs (resource_id, created_at)
"""

TOUCHED = (
    "organizations",
    "user_ai_settings",
    "industry_configurations",
    "user_premium_features",
    "owner_notification_settings",
)
OTHERS = ("consent_logs", "active_sessions", "audit_logs")


def upgrade() -> None:
    for statement in (USERS, NAMED, ORGANIZATIONS, AI_SETTINGS, INDUSTRIES, RECORDS, CHOICES):
        op.execute(statement)
    op.execute(INDEXES)
    for table in (*TOUCHED, *OTHERS):
        if table == "industry_configurations":
            policies.tenant_or_default(table)
        else:
            policies.tenant(table)
    for table in TOUCHED:
        policies.touch(table)
    policies.ops("audit_logs_default")  # reached through its parent only
    for table in ("consent_logs", "audit_logs", "audit_logs_default"):
        policies.append_only(table)
    policies.only_read("user_premium_features")  # what was paid for
    op.execute("SET ROLE frontdesk_system")  # row level security is forced on the owner, too
    op.execute(DEFAULTS)
    op.execute("SET ROLE frontdesk_owner")


def downgrade() -> None:
    for table in (*OTHERS, *reversed(TOUCHED)):
        op.drop_table(table)
    op.execute("DROP TRIGGER accept_names ON users")
    op.execute("DROP FUNCTION users_say_full_name(), user_organization_id(uuid)")
    for column in ADDED:
        op.drop_column("users", column)


ADDED = (
    "organization_id",
    "full_name",
    "first_name",
    "last_name",
    "phone_number",
    "transfer_number",
    "area_code",
    "address",
    "role",
    "tier",
    "settings",
    "business_hours",
    "cal_com_url",
    "post_call_sms_enabled",
    "review_request_enabled",
    "stripe_customer_id",
    "telephony_webhook_token",
    "last_login_at",
)
