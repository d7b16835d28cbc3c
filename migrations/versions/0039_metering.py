"""How far a tenant may go, as one sum; what is told to a meter; packs that are bought on top."""

from alembic import op

from migrations import policies

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None

LIMITS = """
ALTER TABLE usage_limits
    ADD COLUMN stopped_for text,
    ADD COLUMN bridge_percent integer NOT NULL DEFAULT 0,
    ADD COLUMN synced_at timestamptz;
ALTER TABLE subscriptions ADD COLUMN started_at timestamptz;
ALTER TABLE subscription_plans
    ADD COLUMN minutes_meter text,
    ADD COLUMN sms_meter text
"""

# The sum that everybody checks a tenant against: written once, in seconds and in messages.
# What was bought is cap, credit and rollover; the stop is at so many hundredths of it, and the
# grace and the bridge over a silent Stripe lie on top. NULL is no limit.
SUMS = """
CREATE FUNCTION app_call_included(l usage_limits) RETURNS bigint LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE WHEN l.call_cap_seconds IS NOT NULL
    THEN greatest(0, l.call_cap_seconds::bigint + l.call_credit + l.rollover_seconds) END
$$;
CREATE FUNCTION app_sms_included(l usage_limits) RETURNS bigint LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE WHEN l.sms_cap IS NOT NULL THEN greatest(0, l.sms_cap::bigint + l.sms_credit) END
$$;
CREATE FUNCTION app_call_allowance(l usage_limits) RETURNS bigint LANGUAGE sql IMMUTABLE AS $$
  SELECT app_call_included(l) * l.hard_percent / 100 + l.grace_seconds
       + l.call_cap_seconds::bigint * l.bridge_percent / 100
$$;
CREATE FUNCTION app_sms_allowance(l usage_limits) RETURNS bigint LANGUAGE sql IMMUTABLE AS $$
  SELECT app_sms_included(l) * l.hard_percent / 100 + l.sms_cap::bigint * l.bridge_percent / 100
$$
"""

# The state follows the numbers, whoever writes them. A kind that the plan does not give at all
# alarms nobody until it is used.
DERIVE = """
CREATE FUNCTION usage_limits_derive() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  calls bigint := app_call_included(NEW);
  texts bigint := app_sms_included(NEW);
  called bigint := NEW.call_used_seconds;
  texted bigint := NEW.sms_used;
BEGIN
  NEW.limit_state := CASE
    WHEN called > 0 AND called * 100 >= calls * NEW.hard_percent
      OR texted > 0 AND texted * 100 >= texts * NEW.hard_percent THEN 'hard'
    WHEN called > 0 AND called * 100 >= calls * NEW.soft_percent
      OR texted > 0 AND texted * 100 >= texts * NEW.soft_percent THEN 'soft'
    ELSE 'under' END;
  NEW.hard_stop_active := NEW.stopped_for IS NOT NULL OR NEW.force_pause
    OR coalesce(called > 0 AND called >= app_call_allowance(NEW), false)
    OR coalesce(texted > 0 AND texted >= app_sms_allowance(NEW), false);
  RETURN NEW;
END $$;
CREATE TRIGGER derive_first BEFORE INSERT ON usage_limits FOR EACH ROW
    WHEN (NEW.call_cap_seconds IS NOT NULL OR NEW.sms_cap IS NOT NULL
          OR NEW.stopped_for IS NOT NULL)
    EXECUTE FUNCTION usage_limits_derive();
CREATE TRIGGER derive BEFORE UPDATE OF call_cap_seconds, call_used_seconds, call_credit, sms_cap,
    sms_used, sms_credit, rollover_seconds, grace_seconds, soft_percent, hard_percent,
    bridge_percent, stopped_for, force_pause ON usage_limits FOR EACH ROW
    EXECUTE FUNCTION usage_limits_derive()
"""

PACKS = """
CREATE TABLE top_up_packs (
    id uuid PRIMARY KEY DEFAULT app_uuid7(),
    name text NOT NULL,
    seconds integer NOT NULL DEFAULT 0
        CONSTRAINT top_up_packs_seconds_is_not_negative CHECK (seconds >= 0),
    messages integer NOT NULL DEFAULT 0
        CONSTRAINT top_up_packs_messages_is_not_negative CHECK (messages >= 0),
    price numeric NOT NULL CONSTRAINT top_up_packs_price_is_not_negative CHECK (price >= 0),
    currency text NOT NULL DEFAULT 'USD',
    lasts_days integer CONSTRAINT top_up_packs_lasts_days_is_positive CHECK (lasts_days > 0),
    stripe_price_id text CONSTRAINT top_up_packs_one_for_a_price UNIQUE,
    is_active boolean NOT NULL DEFAULT true,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp()
)
"""

PACK_ROWS = """
INSERT INTO top_up_packs (name, seconds, messages, price) VALUES
    ('300 minutes', 18000, 0, 195), ('800 minutes', 48000, 0, 520),
    ('500 texts', 0, 500, 50), ('1000 texts', 0, 1000, 100)
"""

# One row for each thing that is told to a meter: what was told, under which name, and whether.
METER = """
ALTER TABLE billing_line_items
    ADD CONSTRAINT billing_line_items_user_id_id_key UNIQUE (user_id, id);
CREATE TABLE meter_events (
    id uuid PRIMARY KEY DEFAULT app_uuid7(),
    user_id uuid NOT NULL DEFAULT app_current_user() REFERENCES users (id) ON DELETE CASCADE,
    line_item_id uuid,
    meter text NOT NULL,
    customer text NOT NULL,
    units numeric NOT NULL CONSTRAINT meter_events_units_is_positive CHECK (units > 0),
    told_before numeric NOT NULL DEFAULT 0,
    identifier text NOT NULL CONSTRAINT meter_events_identifier_key UNIQUE,
    happened_at timestamptz NOT NULL,
    state text NOT NULL DEFAULT 'pending' CONSTRAINT meter_events_state_is_known
        CHECK (state IN ('pending', 'working', 'done', 'failed', 'unknown')),
    due_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    attempts integer NOT NULL DEFAULT 0,
    lease_token uuid,
    lease_expires_at timestamptz,
    last_error text,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT meter_events_line_of_the_tenant FOREIGN KEY (user_id, line_item_id)
        REFERENCES billing_line_items (user_id, id) ON DELETE SET NULL (line_item_id)
);
CREATE INDEX meter_events_due_idx ON meter_events (due_at)
    WHERE state IN ('pending', 'working', 'unknown');
CREATE INDEX meter_events_line_idx ON meter_events (user_id, line_item_id)
"""

RUNS = """
ALTER TABLE reconciliation_runs DROP CONSTRAINT reconciliation_runs_status_is_known;
ALTER TABLE reconciliation_runs ADD CONSTRAINT reconciliation_runs_status_is_known
    CHECK (status IN ('running', 'working', 'completed', 'failed')) NOT VALID;
ALTER TABLE reconciliation_runs VALIDATE CONSTRAINT reconciliation_runs_status_is_known;
DROP INDEX reconciliation_runs_due_idx;
CREATE INDEX reconciliation_runs_due_idx ON reconciliation_runs (due_at)
    WHERE status IN ('running', 'working')
"""

RUNS_BACK = """
ALTER TABLE reconciliation_runs DROP CONSTRAINT reconciliation_runs_status_is_known;
ALTER TABLE reconciliation_runs ADD CONSTRAINT reconciliation_runs_status_is_known
    CHECK (status IN ('running', 'completed', 'failed'));
DROP INDEX reconciliation_runs_due_idx;
CREATE INDEX reconciliation_runs_due_idx ON reconciliation_runs (due_at)
    WHERE status = 'running'
"""

LIMITS_BACK = """
DROP TRIGGER derive ON usage_limits;
DROP TRIGGER derive_first ON usage_limits;
DROP FUNCTION usage_limits_derive();
DROP FUNCTION app_call_allowance(usage_limits), app_sms_allowance(usage_limits),
    app_call_included(usage_limits), app_sms_included(usage_limits);
ALTER TABLE usage_limits DROP COLUMN stopped_for, DROP COLUMN bridge_percent,
    DROP COLUMN synced_at;
ALTER TABLE subscriptions DROP COLUMN started_at;
ALTER TABLE subscription_plans DROP COLUMN minutes_meter, DROP COLUMN sms_meter
"""


def upgrade() -> None:
    for statement in (LIMITS, SUMS, DERIVE, PACKS, METER, RUNS):
        op.execute(statement)
    policies.catalogue("top_up_packs")
    policies.tenant("meter_events")
    policies.only_read("meter_events")
    policies.work_table("meter_events", area="billing")
    op.execute("SET ROLE frontdesk_system")  # row level security is forced on the owner, too
    op.execute(PACK_ROWS)
    op.execute("SET ROLE frontdesk_owner")


def downgrade() -> None:
    op.execute("SET ROLE frontdesk_system")
    op.execute("UPDATE reconciliation_runs SET status = 'running' WHERE status = 'working'")
    op.execute("SET ROLE frontdesk_owner")
    op.execute(RUNS_BACK)
    for table in ("meter_events", "top_up_packs"):
        op.drop_table(table)
    op.execute("ALTER TABLE billing_line_items DROP CONSTRAINT billing_line_items_user_id_id_key")
    op.execute(LIMITS_BACK)
