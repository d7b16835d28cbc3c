"""Billing: plans and subscriptions, ledgers of use and what is derived from them, referrals."""

from alembic import op

from migrations import policies

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

PLANS = """
CREATE TABLE subscription_plans (
    id uuid PRIMARY KEY DEFAULT app_uuid7(),
    name text NOT NULL,
    description text,
    tier text,
    price numeric NOT NULL
        CONSTRAINT subscription_plans_price_is_not_negative CHECK (price >= 0),
    currency text NOT NULL DEFAULT 'USD',
    interval text NOT NULL CONSTRAINT subscription_plans_interval_is_known
        CHECK (interval IN ('monthly', 'yearly')),
    features jsonb,
    call_limit integer CONSTRAINT subscription_plans_call_limit_is_not_negative
        CHECK (call_limit >= 0),
    minutes_limit integer CONSTRAINT subscription_plans_minutes_limit_is_not_negative
        CHECK (minutes_limit >= 0),
    sms_limit integer CONSTRAINT subscription_plans_sms_limit_is_not_negative
        CHECK (sms_limit >= 0),
    rollover_seconds integer NOT NULL DEFAULT 0,
    grace_seconds integer NOT NULL DEFAULT 600,
    soft_percent integer NOT NULL DEFAULT 80,
    hard_percent integer NOT NULL DEFAULT 100,
    overage_minute_price numeric,
    overage_sms_price numeric,
    stripe_price_id text CONSTRAINT subscription_plans_one_for_a_price UNIQUE,
    is_active boolean NOT NULL DEFAULT true,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT subscription_plans_soft_is_below_hard
        CHECK (0 < soft_percent AND soft_percent <= hard_percent)
)
"""

SUBSCRIPTIONS = """
CREATE TABLE subscriptions (
    id uuid PRIMARY KEY DEFAULT app_uuid7(),
    user_id uuid NOT NULL DEFAULT app_current_user() REFERENCES users (id) ON DELETE CASCADE,
    plan_id uuid REFERENCES subscription_plans (id) ON DELETE SET NULL,
    tier text,
    status text NOT NULL DEFAULT 'incomplete' CONSTRAINT subscriptions_status_is_known
        CHECK (status IN ('incomplete', 'incomplete_expired', 'trialing', 'active', 'past_due',
                          'canceled', 'unpaid', 'paused')),
    stripe_subscription_id text
        CONSTRAINT subscriptions_stripe_subscription_id_key UNIQUE,
    stripe_customer_id text,
    stripe_price_id text,
    external_id text,
    current_period_start timestamptz,
    current_period_end timestamptz,
    trial_end timestamptz,
    cancel_at_period_end boolean NOT NULL DEFAULT false,
    canceled_at timestamptz,
    payment_method jsonb,
    synced_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT subscriptions_period_ends_after_it_starts
        CHECK (current_period_end >= current_period_start),
    CONSTRAINT subscriptions_user_id_id_key UNIQUE (user_id, id)
)
"""

# The current period, derived; NULL caps are no caps.
LIMITS = """
CREATE TABLE usage_limits (
    user_id uuid PRIMARY KEY DEFAULT app_current_user() REFERENCES users (id) ON DELETE CASCADE,
    tier text,
    call_cap_seconds integer CONSTRAINT usage_limits_call_cap_is_not_negative
        CHECK (call_cap_seconds >= 0),
    call_used_seconds integer NOT NULL DEFAULT 0
        CONSTRAINT usage_limits_call_used_is_not_negative CHECK (call_used_seconds >= 0),
    call_credit integer NOT NULL DEFAULT 0,
    sms_cap integer CONSTRAINT usage_limits_sms_cap_is_not_negative CHECK (sms_cap >= 0),
    sms_used integer NOT NULL DEFAULT 0
        CONSTRAINT usage_limits_sms_used_is_not_negative CHECK (sms_used >= 0),
    sms_credit integer NOT NULL DEFAULT 0,
    rollover_seconds integer NOT NULL DEFAULT 0,
    grace_seconds integer NOT NULL DEFAULT 600,
    soft_percent integer NOT NULL DEFAULT 80,
    hard_percent integer NOT NULL DEFAULT 100,
    period_start timestamptz,
    period_end timestamptz,
    limit_state text NOT NULL DEFAULT 'under' CONSTRAINT usage_limits_limit_state_is_known
        CHECK (limit_state IN ('under', 'soft', 'hard')),
    hard_stop_active boolean NOT NULL DEFAULT false,
    force_pause boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT usage_limits_period_ends_after_it_starts CHECK (period_end >= period_start)
)
"""

# One row a period: that it rolled once is this key.
CALL_USAGE = """
CREATE TABLE user_call_usage (
    id uuid PRIMARY KEY DEFAULT app_uuid7(),
    user_id uuid NOT NULL DEFAULT app_current_user() REFERENCES users (id) ON DELETE CASCADE,
    subscription_id uuid,
    billing_period_start timestamptz NOT NULL,
    billing_period_end timestamptz NOT NULL,
    calls_used integer NOT NULL DEFAULT 0
        CONSTRAINT user_call_usage_calls_used_is_not_negative CHECK (calls_used >= 0),
    minutes_used integer NOT NULL DEFAULT 0
        CONSTRAINT user_call_usage_minutes_used_is_not_negative CHECK (minutes_used >= 0),
    seconds_used integer NOT NULL DEFAULT 0
        CONSTRAINT user_call_usage_seconds_used_is_not_negative CHECK (seconds_used >= 0),
    sms_used integer NOT NULL DEFAULT 0
        CONSTRAINT user_call_usage_sms_used_is_not_negative CHECK (sms_used >= 0),
    calls_remaining integer,
    minutes_remaining integer,
    rollover_seconds integer NOT NULL DEFAULT 0,
    closed_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT user_call_usage_period_ends_after_it_starts
        CHECK (billing_period_end >= billing_period_start),
    CONSTRAINT user_call_usage_one_a_period UNIQUE (user_id, billing_period_start),
    CONSTRAINT user_call_usage_user_id_id_key UNIQUE (user_id, id),
    CONSTRAINT user_call_usage_subscription_of_the_tenant FOREIGN KEY (user_id, subscription_id)
        REFERENCES subscriptions (user_id, id) ON DELETE SET NULL (subscription_id)
)
"""

LEDGERS = """
CREATE TABLE usage_calls (
    id uuid PRIMARY KEY DEFAULT app_uuid7(),
    user_id uuid NOT NULL DEFAULT app_current_user() REFERENCES users (id) ON DELETE CASCADE,
    agent_id text,
    call_id text,
    phone_number text,
    direction text CONSTRAINT usage_calls_direction_is_known
        CHECK (direction IN ('inbound', 'outbound')),
    seconds integer NOT NULL DEFAULT 0
        CONSTRAINT usage_calls_seconds_is_not_negative CHECK (seconds >= 0),
    provider text NOT NULL DEFAULT 'unknown',
    provider_call_id text,
    cost numeric,
    currency text,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT usage_calls_cost_has_a_currency CHECK ((cost IS NULL) = (currency IS NULL)),
    CONSTRAINT usage_calls_counted_once UNIQUE (provider, provider_call_id)
);
CREATE TABLE usage_sms (
    id uuid PRIMARY KEY DEFAULT app_uuid7(),
    user_id uuid NOT NULL DEFAULT app_current_user() REFERENCES users (id) ON DELETE CASCADE,
    message_id text,
    phone_number text,
    direction text CONSTRAINT usage_sms_direction_is_known
        CHECK (direction IN ('inbound', 'outbound')),
    segments integer NOT NULL DEFAULT 1
        CONSTRAINT usage_sms_segments_is_not_negative CHECK (segments >= 0),
    provider text NOT NULL DEFAULT 'unknown',
    provider_message_id text,
    cost numeric,
    currency text,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT usage_sms_cost_has_a_currency CHECK ((cost IS NULL) = (currency IS NULL)),
    CONSTRAINT usage_sms_counted_once UNIQUE (provider, provider_message_id)
);
CREATE TABLE usage_credits (
    id uuid PRIMARY KEY DEFAULT app_uuid7(),
    user_id uuid NOT NULL DEFAULT app_current_user() REFERENCES users (id) ON DELETE CASCADE,
    kind text NOT NULL CONSTRAINT usage_credits_kind_is_known
        CHECK (kind IN ('top_up', 'grant', 'refund', 'correction')),
    seconds integer NOT NULL DEFAULT 0,
    messages integer NOT NULL DEFAULT 0,
    amount numeric,
    currency text,
    provider text NOT NULL DEFAULT 'stripe',
    provider_reference text,
    expires_at timestamptz,
    granted_by text,
    note text,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT usage_credits_amount_has_a_currency CHECK ((amount IS NULL) = (currency IS NULL)),
    CONSTRAINT usage_credits_credited_once UNIQUE (provider, provider_reference)
)
"""

# 003 has two words for one id, and may say either.
SAME_CALL = """
CREATE FUNCTION usage_calls_name_call() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.provider_call_id := NEW.call_id;
  RETURN NEW;
END $$;
CREATE TRIGGER name_call BEFORE INSERT ON usage_calls FOR EACH ROW
    WHEN (NEW.provider_call_id IS NULL AND NEW.call_id IS NOT NULL)
    EXECUTE FUNCTION usage_calls_name_call();
CREATE FUNCTION usage_sms_name_message() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.provider_message_id := NEW.message_id;
  RETURN NEW;
END $$;
CREATE TRIGGER name_message BEFORE INSERT ON usage_sms FOR EACH ROW
    WHEN (NEW.provider_message_id IS NULL AND NEW.message_id IS NOT NULL)
    EXECUTE FUNCTION usage_sms_name_message()
"""

SNAPSHOTS = """
CREATE TABLE tier_snapshots (
    id uuid PRIMARY KEY DEFAULT app_uuid7(),
    user_id uuid NOT NULL DEFAULT app_current_user() REFERENCES users (id) ON DELETE CASCADE,
    plan_id uuid REFERENCES subscription_plans (id) ON DELETE SET NULL,
    tier text,
    call_cap_seconds integer,
    sms_cap integer,
    price numeric,
    currency text,
    overage_minute_price numeric,
    overage_sms_price numeric,
    effective_from timestamptz NOT NULL,
    effective_until timestamptz,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT tier_snapshots_price_has_a_currency CHECK (price IS NULL OR currency IS NOT NULL),
    CONSTRAINT tier_snapshots_until_is_after_from CHECK (effective_until >= effective_from),
    CONSTRAINT tier_snapshots_one_a_period UNIQUE (user_id, effective_from),
    CONSTRAINT tier_snapshots_user_id_id_key UNIQUE (user_id, id)
);
CREATE TABLE billing_line_items (
    id uuid PRIMARY KEY DEFAULT app_uuid7(),
    user_id uuid NOT NULL DEFAULT app_current_user() REFERENCES users (id) ON DELETE CASCADE,
    tier_snapshot_id uuid,
    period_start timestamptz NOT NULL,
    period_end timestamptz NOT NULL,
    kind text NOT NULL CONSTRAINT billing_line_items_kind_is_known
        CHECK (kind IN ('plan', 'call', 'sms', 'overage_minutes', 'overage_sms', 'top_up')),
    units numeric NOT NULL DEFAULT 0,
    unit_price numeric,
    amount numeric NOT NULL DEFAULT 0,
    provider_cost numeric NOT NULL DEFAULT 0,
    margin numeric GENERATED ALWAYS AS (amount - provider_cost) STORED,
    currency text NOT NULL DEFAULT 'USD',
    meter_identifier text CONSTRAINT billing_line_items_metered_once UNIQUE,
    metered_units numeric,
    metered_at timestamptz,
    provider_invoice text,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT billing_line_items_period_ends_after_it_starts CHECK (period_end >= period_start),
    CONSTRAINT billing_line_items_one_a_period UNIQUE (user_id, period_start, kind),
    CONSTRAINT billing_line_items_tier_of_the_tenant FOREIGN KEY (user_id, tier_snapshot_id)
        REFERENCES tier_snapshots (user_id, id) ON DELETE SET NULL (tier_snapshot_id)
)
"""

RECONCILIATION = """
CREATE TABLE reconciliation_runs (
    id uuid PRIMARY KEY DEFAULT app_uuid7(),
    user_id uuid REFERENCES users (id) ON DELETE CASCADE,
    run_type text NOT NULL DEFAULT 'manual' CONSTRAINT reconciliation_runs_run_type_is_known
        CHECK (run_type IN ('nightly', 'manual')),
    status text NOT NULL DEFAULT 'running' CONSTRAINT reconciliation_runs_status_is_known
        CHECK (status IN ('running', 'completed', 'failed')),
    is_dry_run boolean NOT NULL DEFAULT false,
    triggered_by text,
    cursor jsonb NOT NULL DEFAULT '{}',
    records_checked integer NOT NULL DEFAULT 0
        CONSTRAINT reconciliation_runs_records_checked_is_not_negative
        CHECK (records_checked >= 0),
    discrepancies_found integer NOT NULL DEFAULT 0
        CONSTRAINT reconciliation_runs_discrepancies_found_is_not_negative
        CHECK (discrepancies_found >= 0),
    discrepancy_details jsonb,
    started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    completed_at timestamptz,
    due_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    attempts integer NOT NULL DEFAULT 0,
    lease_token uuid,
    lease_expires_at timestamptz,
    last_error text,
    CONSTRAINT reconciliation_runs_completed_after_it_started CHECK (completed_at >= started_at)
);
CREATE TABLE reconciliation_findings (
    id uuid PRIMARY KEY DEFAULT app_uuid7(),
    run_id uuid NOT NULL REFERENCES reconciliation_runs (id) ON DELETE CASCADE,
    user_id uuid REFERENCES users (id) ON DELETE CASCADE,
    class text NOT NULL,
    subject text NOT NULL,
    ours jsonb,
    theirs jsonb,
    worth numeric,
    currency text,
    state text NOT NULL DEFAULT 'open' CONSTRAINT reconciliation_findings_state_is_known
        CHECK (state IN ('open', 'healed', 'dismissed')),
    done text,
    settled_at timestamptz,
    settled_by text,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT reconciliation_findings_worth_has_a_currency
        CHECK ((worth IS NULL) = (currency IS NULL)),
    CONSTRAINT reconciliation_findings_once_a_run UNIQUE (run_id, class, subject)
)
"""

# `user_id` is who referred; the one who came is a tenant of its own, and not ours to show.
REFERRALS = """
CREATE TABLE referral_codes (
    id uuid PRIMARY KEY DEFAULT app_uuid7(),
    user_id uuid NOT NULL DEFAULT app_current_user() REFERENCES users (id) ON DELETE CASCADE,
    code text NOT NULL CONSTRAINT referral_codes_code_key UNIQUE,
    is_active boolean NOT NULL DEFAULT true,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT referral_codes_one_a_tenant UNIQUE (user_id)
);
CREATE TABLE referrals (
    id uuid PRIMARY KEY DEFAULT app_uuid7(),
    user_id uuid NOT NULL DEFAULT app_current_user() REFERENCES users (id) ON DELETE CASCADE,
    referred_id uuid CONSTRAINT referrals_referred_once UNIQUE
        REFERENCES users (id) ON DELETE SET NULL,
    referral_code text,
    status text NOT NULL DEFAULT 'pending' CONSTRAINT referrals_status_is_known CHECK (status IN (
        'pending', 'eligible', 'paid', 'rejected', 'clawed_back', 'cancelled')),
    signup_ip inet,
    signed_up_at timestamptz,
    first_payment_at timestamptz,
    eligible_at timestamptz,
    months_paid integer NOT NULL DEFAULT 0,
    fraud_score integer,
    fraud_flags jsonb NOT NULL DEFAULT '{}',
    reviewed_at timestamptz,
    reviewed_by text,
    rejection_reason text,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT referrals_user_id_id_key UNIQUE (user_id, id)
);
CREATE TABLE referral_commissions (
    id uuid PRIMARY KEY DEFAULT app_uuid7(),
    user_id uuid NOT NULL DEFAULT app_current_user() REFERENCES users (id) ON DELETE CASCADE,
    referral_id uuid NOT NULL,
    commission_type text NOT NULL CONSTRAINT referral_commissions_commission_type_is_known
        CHECK (commission_type IN ('upfront', 'monthly')),
    month_number integer NOT NULL DEFAULT 0,
    amount numeric NOT NULL,
    currency text NOT NULL DEFAULT 'USD',
    status text NOT NULL DEFAULT 'pending' CONSTRAINT referral_commissions_status_is_known
        CHECK (status IN ('pending', 'approved', 'paid', 'clawed_back')),
    stripe_invoice_id text,
    stripe_subscription_id text,
    held_until timestamptz,
    hold_reason text,
    approved_at timestamptz,
    paid_at timestamptz,
    notes text,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT referral_commissions_once_a_month
        UNIQUE (referral_id, commission_type, month_number),
    CONSTRAINT referral_commissions_once_an_invoice
        UNIQUE (referral_id, commission_type, stripe_invoice_id),
    CONSTRAINT referral_commissions_referral_of_the_tenant FOREIGN KEY (user_id, referral_id)
        REFERENCES referrals (user_id, id) ON DELETE CASCADE
);
CREATE TABLE referral_settings (
    id uuid PRIMARY KEY DEFAULT app_uuid7(),
    valid_from timestamptz NOT NULL DEFAULT clock_timestamp()
        CONSTRAINT referral_settings_one_a_moment UNIQUE,
    upfront_amount numeric NOT NULL,
    currency text NOT NULL,
    monthly_percent numeric NOT NULL,
    most_months integer NOT NULL,
    hold_days integer NOT NULL,
    extended_hold_days integer NOT NULL,
    least_payout numeric NOT NULL,
    approved_up_to numeric NOT NULL,
    fraud_rules jsonb NOT NULL DEFAULT '{}',
    is_active boolean NOT NULL DEFAULT true
)
"""

INDEXES = """
CREATE INDEX subscription_plans_interval_idx ON subscription_plans (interval);
CREATE INDEX subscriptions_user_id_idx ON subscriptions (user_id, current_period_end);
CREATE INDEX subscriptions_stripe_customer_id_idx ON subscriptions (stripe_customer_id);
CREATE INDEX subscriptions_plan_id_idx ON subscriptions (plan_id);
CREATE INDEX usage_limits_period_end_idx ON usage_limits (period_end);
CREATE INDEX usage_calls_user_id_created_at_idx ON usage_calls (user_id, created_at);
CREATE INDEX usage_sms_user_id_created_at_idx ON usage_sms (user_id, created_at);
CREATE INDEX usage_credits_user_id_created_at_idx ON usage_credits (user_id, created_at);
CREATE INDEX billing_line_items_to_meter_idx ON billing_line_items (period_start)
    WHERE metered_at IS NULL AND kind IN ('overage_minutes', 'overage_sms');
CREATE INDEX reconciliation_runs_due_idx ON reconciliation_runs (due_at)
    WHERE status = 'running';
CREATE INDEX reconciliation_findings_open_idx ON reconciliation_findings (class, created_at)
    WHERE state = 'open';
CREATE INDEX referral_commissions_open_idx ON referral_commissions (user_id, status)
"""

# What the documents' platforms sell today, so that every tier that a row may name has its plan.
# Seconds and messages are theirs; unlimited is NULL.
ROWS = """
INSERT INTO subscription_plans
    (name, tier, price, currency, interval, call_limit, minutes_limit, sms_limit)
VALUES
    ('Core', 'core', 149, 'USD', 'monthly', NULL, 150, 250),
    ('Pro', 'pro', 249, 'USD', 'monthly', NULL, 300, 1000),
    ('Elite', 'elite', 497, 'USD', 'monthly', NULL, 800, 3000),
    ('Scale', 'scale', 997, 'USD', 'monthly', NULL, 3000, 5000),
    ('Basic', 'basic', 29, 'AUD', 'monthly', 100, NULL, 0),
    ('Professional', 'professional', 79, 'AUD', 'monthly', 500, NULL, NULL),
    ('Enterprise', 'enterprise', 149, 'AUD', 'monthly', NULL, NULL, NULL);
INSERT INTO referral_settings
    (valid_from, upfront_amount, currency, monthly_percent, most_months, hold_days,
     extended_hold_days, least_payout, approved_up_to, fraud_rules)
VALUES
    ('2026-01-01', 25, 'USD', 10, 12, 30, 45, 50, 100,
     '{"same_ip": 10, "same_company_domain": 15, "canceled_within_7_days": 20, "refund": 25,
       "self_referral": 30, "same_card": 25, "same_device": 15, "three_the_same_day": 15,
       "no_agent_after_14_days": 10, "hold_longer_from": 41, "review_from": 61,
       "reject_from": 81}')
"""

TENANTS = (
    *("subscriptions", "usage_limits", "user_call_usage", "usage_calls", "usage_sms"),
    *("usage_credits", "tier_snapshots", "billing_line_items", "referral_codes", "referrals"),
    "referral_commissions",
)
READ_ONLY = (
    *("usage_credits", "tier_snapshots", "billing_line_items", "referrals"),
    "referral_commissions",
)
TOUCHED = (
    *("subscription_plans", "subscriptions", "usage_limits", "user_call_usage"),
    *("billing_line_items", "referral_codes", "referrals", "referral_commissions"),
)
LIMIT_STATES = {"ok": "under", "warning": "soft", "throttled": "soft", "blocked": "hard"}
TABLES = (
    *(PLANS, SUBSCRIPTIONS, LIMITS, CALL_USAGE, LEDGERS, SAME_CALL, SNAPSHOTS, RECONCILIATION),
    *(REFERRALS, INDEXES),
)


def upgrade() -> None:
    for statement in TABLES:
        op.execute(statement)
    for table in TENANTS:
        policies.tenant(table)
    for table in READ_ONLY:
        policies.only_read(table)
    for table in ("usage_calls", "usage_sms"):
        policies.ledger(table, but="phone_number")
    policies.ledger("usage_credits", but="note")
    for table in ("subscription_plans", "referral_settings"):
        policies.catalogue(table)
    for table in ("reconciliation_runs", "reconciliation_findings"):
        policies.ops(table)
    for table in TOUCHED:
        policies.touch(table)
    policies.work_table("reconciliation_runs", area="billing")
    policies.spell("subscriptions", "status", {"cancelled": "canceled"})
    policies.spell("usage_limits", "limit_state", LIMIT_STATES)
    op.execute("SET ROLE frontdesk_system")  # row level security is forced on the owner, too
    op.execute(ROWS)
    op.execute("SET ROLE frontdesk_owner")


def downgrade() -> None:
    for table in (
        *("referral_settings", "referral_commissions", "referrals", "referral_codes"),
        *("reconciliation_findings", "reconciliation_runs", "billing_line_items"),
        *("tier_snapshots", "usage_credits", "usage_sms", "usage_calls", "user_call_usage"),
        *("usage_limits", "subscriptions", "subscription_plans"),
    ):
        op.drop_table(table)
    op.execute(
        "DROP FUNCTION usage_limits_spell_limit_state(), subscriptions_spell_status(),"
        " usage_sms_name_message(), usage_calls_name_call()"
    )
