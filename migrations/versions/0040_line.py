"""The line before the phones: who waits, who sleeps, what may be dialled, and who agreed to it."""

from alembic import op

from migrations import policies

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None

# `is_ready`: due when it was last written or looked at. Rows for later stand in an index of
# their own, so that the line's index holds nothing but what may be picked from its head.
COLUMNS = """
ALTER TABLE call_queue
    ADD COLUMN is_ready boolean NOT NULL DEFAULT true,
    ADD COLUMN consent_source text;
ALTER TABLE call_campaigns
    ADD COLUMN consent_source text,
    ADD COLUMN paced_until timestamptz;
ALTER TABLE call_service_providers
    ADD COLUMN observed_others integer
        CONSTRAINT call_service_providers_observed_others_is_not_negative
        CHECK (observed_others >= 0),
    ADD COLUMN learned_at timestamptz,
    ADD COLUMN paced_until timestamptz,
    ADD COLUMN virtual_time double precision NOT NULL DEFAULT 0,
    ADD COLUMN countries text[];
GRANT SELECT (observed_others, learned_at, paced_until, virtual_time, countries),
    INSERT (countries), UPDATE (countries) ON call_service_providers TO frontdesk_tenant;
ALTER TABLE tenant_turns
    ADD COLUMN is_waiting boolean NOT NULL DEFAULT true,
    ADD COLUMN hour_began timestamptz NOT NULL DEFAULT 'epoch',
    ADD COLUMN hour_calls integer NOT NULL DEFAULT 0,
    ADD COLUMN day_began timestamptz NOT NULL DEFAULT 'epoch',
    ADD COLUMN day_calls integer NOT NULL DEFAULT 0;
UPDATE call_queue SET is_ready = false WHERE status = 'queued' AND due_at > clock_timestamp()
"""

# Who agreed that an artificial voice calls them, and who forbade every call.
CONSENTS = r"""
CREATE TABLE voice_consents (
    id uuid PRIMARY KEY DEFAULT app_uuid7(),
    user_id uuid NOT NULL DEFAULT app_current_user() REFERENCES users (id) ON DELETE CASCADE,
    phone_number text NOT NULL CONSTRAINT voice_consents_phone_number_is_e164
        CHECK (phone_number ~ '^\+[1-9]\d{6,14}$'),
    source text,
    consented_at timestamptz,
    forbidden_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT voice_consents_once UNIQUE (user_id, phone_number)
);
CREATE TABLE calling_rules (
    user_id uuid PRIMARY KEY DEFAULT app_current_user() REFERENCES users (id) ON DELETE CASCADE,
    countries text[],
    consent_source text,
    timezone text,
    window_start time,
    window_end time,
    window_days integer[] NOT NULL DEFAULT '{1,2,3,4,5,6,7}'
        CONSTRAINT calling_rules_window_days_are_days_of_a_week
        CHECK (window_days <@ ARRAY[1, 2, 3, 4, 5, 6, 7]),
    calls_per_hour integer CONSTRAINT calling_rules_calls_per_hour_is_not_negative
        CHECK (calls_per_hour >= 0),
    calls_per_day integer CONSTRAINT calling_rules_calls_per_day_is_not_negative
        CHECK (calls_per_day >= 0),
    spend_per_day numeric CONSTRAINT calling_rules_spend_per_day_is_not_negative
        CHECK (spend_per_day >= 0),
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT calling_rules_window_has_two_ends
        CHECK ((window_start IS NULL) = (window_end IS NULL))
)
"""

READY = """
CREATE OR REPLACE FUNCTION call_queue_fall_due() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.due_at := coalesce(NEW.scheduled_time, clock_timestamp());
  NEW.is_ready := NEW.due_at <= clock_timestamp();
  RETURN NEW;
END $$;
CREATE FUNCTION call_queue_note_ready() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.is_ready := NEW.due_at <= clock_timestamp();
  RETURN NEW;
END $$;
CREATE TRIGGER note_ready BEFORE UPDATE OF due_at ON call_queue
    FOR EACH ROW EXECUTE FUNCTION call_queue_note_ready()
"""
UNREADY = """
CREATE OR REPLACE FUNCTION call_queue_fall_due() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.due_at := coalesce(NEW.scheduled_time, clock_timestamp());
  RETURN NEW;
END $$
"""

# A tenant that sleeps is woken by whoever gives it something to wait for. The key lock keeps it
# from being sent to sleep meanwhile by somebody who cannot see these rows yet; those who only
# serve it are not kept waiting by it.
WAKE = """
CREATE OR REPLACE FUNCTION call_queue_stand_in_line() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO tenant_turns (user_id) SELECT DISTINCT user_id FROM made ON CONFLICT DO NOTHING;
  PERFORM FROM tenant_turns WHERE user_id IN (SELECT user_id FROM made) FOR KEY SHARE;
  UPDATE tenant_turns t SET due_at = clock_timestamp()
  WHERE NOT t.is_waiting AND t.due_at > clock_timestamp()
    AND t.user_id IN (SELECT user_id FROM made WHERE status = 'queued' AND is_ready);
  RETURN NULL;
END $$;
CREATE FUNCTION call_queue_wake() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM FROM tenant_turns WHERE user_id IN (SELECT user_id FROM made) FOR KEY SHARE;
  UPDATE tenant_turns t SET due_at = clock_timestamp()
  WHERE NOT t.is_waiting AND t.due_at > clock_timestamp()
    AND t.user_id IN (SELECT user_id FROM made WHERE status = 'queued' AND is_ready);
  RETURN NULL;
END $$;
CREATE TRIGGER wake AFTER UPDATE ON call_queue
    REFERENCING NEW TABLE AS made FOR EACH STATEMENT
    WHEN (current_setting('app.bell', true) IS DISTINCT FROM 'off')
    EXECUTE FUNCTION call_queue_wake();
GRANT UPDATE (due_at) ON tenant_turns TO frontdesk_tenant
"""
STAND = """
REVOKE UPDATE (due_at) ON tenant_turns FROM frontdesk_tenant;
DROP TRIGGER wake ON call_queue;
DROP FUNCTION call_queue_wake();
CREATE OR REPLACE FUNCTION call_queue_stand_in_line() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO tenant_turns (user_id) SELECT DISTINCT user_id FROM made ON CONFLICT DO NOTHING;
  RETURN NULL;
END $$
"""


def upgrade() -> None:
    op.execute(COLUMNS)
    op.execute(CONSENTS)
    for table in ("voice_consents", "calling_rules"):
        policies.tenant(table)
        policies.touch(table)
    op.execute(READY)
    op.execute(WAKE)


def downgrade() -> None:
    op.execute(STAND)
    op.execute("DROP TRIGGER note_ready ON call_queue; DROP FUNCTION call_queue_note_ready()")
    op.execute(UNREADY)
    op.drop_table("calling_rules")
    op.drop_table("voice_consents")
    for table, columns in {
        "tenant_turns": ("is_waiting", "hour_began", "hour_calls", "day_began", "day_calls"),
        "call_service_providers": (
            *("observed_others", "learned_at", "paced_until", "virtual_time", "countries"),
        ),
        "call_campaigns": ("consent_source", "paced_until"),
        "call_queue": ("is_ready", "consent_source"),
    }.items():
        for column in columns:
            op.drop_column(table, column)
