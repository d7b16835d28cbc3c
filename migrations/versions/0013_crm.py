"""Customers, leads and what they are worth; reviews; figures by the day, and views over costs."""

from alembic import op

from migrations import policies

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

CUSTOMERS = """
ALTER TABLE customers
    ADD COLUMN notes text,
    ADD COLUMN tags text[] NOT NULL DEFAULT '{}',
    ADD COLUMN address text,
    ADD COLUMN total_bookings integer NOT NULL DEFAULT 0,
    ADD COLUMN total_calls integer NOT NULL DEFAULT 0,
    ADD COLUMN total_spent numeric NOT NULL DEFAULT 0,
    ADD COLUMN currency text,
    ADD COLUMN last_contact timestamptz,
    ADD CONSTRAINT customers_spent_has_a_currency
        CHECK (total_spent = 0 OR currency IS NOT NULL) NOT VALID
"""

LEADS = r"""
CREATE TABLE leads (
    id uuid PRIMARY KEY DEFAULT app_uuid7(),
    user_id uuid NOT NULL DEFAULT app_current_user() REFERENCES users (id) ON DELETE CASCADE,
    call_id uuid,
    customer_id uuid,
    name text,
    company_name text,
    phone text CONSTRAINT leads_phone_is_e164 CHECK (phone ~ '^\+[1-9]\d{6,14}$'),
    phone_sealed bytea,
    phone_hash bytea,
    email text,
    email_sealed bytea,
    email_hash bytea,
    status text NOT NULL DEFAULT 'new' CONSTRAINT leads_status_is_known CHECK (status IN (
        'new', 'contacted', 'qualified', 'proposal', 'negotiation', 'callback_requested',
        'transferred', 'booked', 'won', 'lost', 'not_interested')),
    lead_type text CONSTRAINT leads_lead_type_is_known
        CHECK (lead_type IN ('business', 'consumer')),
    provider text,
    transcript text,
    summary text,
    sentiment text CONSTRAINT leads_sentiment_is_known
        CHECK (sentiment IN ('positive', 'neutral', 'negative')),
    call_duration_seconds integer CONSTRAINT leads_duration_is_not_negative
        CHECK (call_duration_seconds >= 0),
    appointment_booked boolean NOT NULL DEFAULT false,
    flagged_for_review boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT leads_user_id_id_key UNIQUE (user_id, id),
    CONSTRAINT leads_call_of_the_tenant FOREIGN KEY (user_id, call_id)
        REFERENCES calls (user_id, id) ON DELETE SET NULL (call_id),
    CONSTRAINT leads_customer_of_the_tenant FOREIGN KEY (user_id, customer_id)
        REFERENCES customers (user_id, id) ON DELETE SET NULL (customer_id)
);

CREATE TABLE lead_activities (
    id uuid PRIMARY KEY DEFAULT app_uuid7(),
    user_id uuid NOT NULL DEFAULT app_current_user() REFERENCES users (id) ON DELETE CASCADE,
    lead_id uuid,
    activity_type text,
    description text,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT lead_activities_lead_of_the_tenant FOREIGN KEY (user_id, lead_id)
        REFERENCES leads (user_id, id) ON DELETE CASCADE
);

CREATE INDEX leads_user_id_status_idx ON leads (user_id, status);
CREATE INDEX leads_phone_hash_idx ON leads (user_id, phone_hash);
CREATE INDEX leads_email_hash_idx ON leads (user_id, email_hash);
CREATE INDEX leads_call_id_idx ON leads (call_id);
CREATE INDEX leads_customer_id_idx ON leads (customer_id);
CREATE INDEX lead_activities_lead_id_created_at_idx ON lead_activities (lead_id, created_at)
"""

# `Callback Requested` and `callback_requested` are one state.
ACCEPT_LEAD = """
CREATE FUNCTION leads_accept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.status := coalesce(regexp_replace(lower(NEW.status), '[ -]+', '_', 'g'), 'new');
  RETURN NEW;
END $$;

CREATE TRIGGER accept BEFORE INSERT OR UPDATE ON leads FOR EACH ROW
    WHEN (NEW.status IS NULL OR NEW.status ~ '[A-Z -]') EXECUTE FUNCTION leads_accept()
"""

DEALS = """
CREATE TABLE deals (
    id uuid PRIMARY KEY DEFAULT app_uuid7(),
    user_id uuid NOT NULL DEFAULT app_current_user() REFERENCES users (id) ON DELETE CASCADE,
    lead_id uuid,
    seller_id uuid,
    referrer_id uuid,
    stripe_session_id text CONSTRAINT deals_one_for_a_payment UNIQUE,
    amount numeric,
    currency text,
    status text NOT NULL DEFAULT 'open'
        CONSTRAINT deals_status_is_known CHECK (status IN ('open', 'won', 'lost')),
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT deals_amount_has_a_currency CHECK (amount IS NULL OR currency IS NOT NULL),
    CONSTRAINT deals_user_id_id_key UNIQUE (user_id, id),
    CONSTRAINT deals_lead_of_the_tenant FOREIGN KEY (user_id, lead_id)
        REFERENCES leads (user_id, id) ON DELETE SET NULL (lead_id)
);

CREATE TABLE commissions (
    id uuid PRIMARY KEY DEFAULT app_uuid7(),
    user_id uuid NOT NULL DEFAULT app_current_user() REFERENCES users (id) ON DELETE CASCADE,
    deal_id uuid NOT NULL,
    seller_id uuid NOT NULL,
    deal_amount numeric NOT NULL,
    commission_amount numeric NOT NULL
        CONSTRAINT commissions_amount_is_not_negative CHECK (commission_amount >= 0),
    currency text NOT NULL,
    status text NOT NULL DEFAULT 'pending_locked' CONSTRAINT commissions_status_is_known
        CHECK (status IN ('pending_locked', 'payable', 'paid')),
    approved_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT commissions_one_for_a_seller_and_deal UNIQUE (deal_id, seller_id),
    CONSTRAINT commissions_deal_of_the_tenant FOREIGN KEY (user_id, deal_id)
        REFERENCES deals (user_id, id) ON DELETE CASCADE
);

CREATE INDEX deals_lead_id_idx ON deals (user_id, lead_id);
CREATE INDEX commissions_user_id_idx ON commissions (user_id)
"""

REVIEWS = """
CREATE TABLE reviews (
    id uuid PRIMARY KEY DEFAULT app_uuid7(),
    user_id uuid NOT NULL DEFAULT app_current_user() REFERENCES users (id) ON DELETE CASCADE,
    event_id uuid,
    customer_name text,
    customer_email text,
    rating integer CONSTRAINT reviews_rating_is_one_to_five CHECK (rating BETWEEN 1 AND 5),
    comment text,
    review_link text,
    source text,
    submitted_at timestamptz,
    sentiment text CONSTRAINT reviews_sentiment_is_known
        CHECK (sentiment IN ('positive', 'neutral', 'negative')),
    topics jsonb NOT NULL DEFAULT '[]',
    analysed_at timestamptz,
    generation integer NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT reviews_event_of_the_tenant FOREIGN KEY (user_id, event_id)
        REFERENCES events (user_id, id) ON DELETE SET NULL (event_id)
);

CREATE TABLE review_insights (
    id uuid PRIMARY KEY DEFAULT app_uuid7(),
    user_id uuid NOT NULL DEFAULT app_current_user() REFERENCES users (id) ON DELETE CASCADE,
    period_start date NOT NULL,
    period_end date NOT NULL,
    total_reviews integer NOT NULL DEFAULT 0,
    average_rating numeric,
    average_sentiment numeric,
    sentiment_trend text CONSTRAINT review_insights_trend_is_known
        CHECK (sentiment_trend IN ('rising', 'steady', 'falling')),
    topics jsonb NOT NULL DEFAULT '[]',
    drivers jsonb NOT NULL DEFAULT '[]',
    suggestions jsonb NOT NULL DEFAULT '[]',
    ai_model text,
    confidence numeric,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT review_insights_end_not_before_start CHECK (period_end >= period_start),
    CONSTRAINT review_insights_once_a_period UNIQUE (user_id, period_start, period_end)
);

CREATE INDEX reviews_user_id_submitted_at_idx ON reviews (user_id, submitted_at);
CREATE INDEX reviews_event_id_idx ON reviews (event_id)
"""

# Written or edited, a review is read anew; what we find out about it is no edit.
ANALYSE = """
CREATE FUNCTION reviews_count_generation() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.generation := OLD.generation + 1;
  RETURN NEW;
END $$;

CREATE TRIGGER count_generation BEFORE UPDATE ON reviews FOR EACH ROW
    WHEN ((OLD.rating, OLD.comment) IS DISTINCT FROM (NEW.rating, NEW.comment))
    EXECUTE FUNCTION reviews_count_generation();

CREATE FUNCTION reviews_owe() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' OR NEW.generation > OLD.generation THEN
    INSERT INTO errands (task, subject_id, user_id, generation)
    VALUES ('growth.review', NEW.id, NEW.user_id, NEW.generation) ON CONFLICT DO NOTHING;
  END IF;
  RETURN NULL;
END $$;

CREATE TRIGGER trigger_review_analysis AFTER INSERT OR UPDATE ON reviews
    FOR EACH ROW EXECUTE FUNCTION reviews_owe()
"""

FIGURES = """
CREATE TABLE analytics (
    id uuid PRIMARY KEY DEFAULT app_uuid7(),
    user_id uuid NOT NULL DEFAULT app_current_user() REFERENCES users (id) ON DELETE CASCADE,
    date date NOT NULL,
    total_calls integer NOT NULL DEFAULT 0,
    total_bookings integer NOT NULL DEFAULT 0,
    total_sms integer NOT NULL DEFAULT 0,
    total_cost numeric NOT NULL DEFAULT 0,
    currency text,
    successful_calls integer NOT NULL DEFAULT 0,
    failed_calls integer NOT NULL DEFAULT 0,
    conversion_rate numeric NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT analytics_cost_has_a_currency CHECK (total_cost = 0 OR currency IS NOT NULL),
    CONSTRAINT analytics_once_a_day UNIQUE (user_id, date)
);

CREATE TABLE exchange_rates (
    id uuid PRIMARY KEY DEFAULT app_uuid7(),
    base text NOT NULL,
    quote text NOT NULL,
    valid_on date NOT NULL,
    rate numeric NOT NULL CONSTRAINT exchange_rates_rate_is_positive CHECK (rate > 0),
    source text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT exchange_rates_name_two_currencies CHECK (base <> quote),
    CONSTRAINT exchange_rates_once_a_day UNIQUE (base, quote, valid_on)
)
"""

# What was really charged, currency by currency: a rate belongs to a day, never to a view. A
# call's cost is in dollars, as 001 has it.
COSTS = """
CREATE VIEW v_user_costs WITH (security_invoker = true) AS
SELECT user_id, (created_at AT TIME ZONE 'UTC')::date AS date, 'ai' AS cost_type,
    CASE WHEN cost_local IS NULL THEN 'USD' ELSE currency END AS currency,
    sum(coalesce(cost_local, cost_usd, 0)) AS cost, count(*) AS event_count
FROM ai_usage_logs GROUP BY 1, 2, 3, 4
UNION ALL
SELECT user_id, (created_at AT TIME ZONE 'UTC')::date, channel, currency, sum(cost), count(*)
FROM messages WHERE cost IS NOT NULL GROUP BY 1, 2, 3, 4
UNION ALL
SELECT user_id, (started_at AT TIME ZONE 'UTC')::date, 'calls', 'USD', sum(cost), count(*)
FROM calls WHERE cost IS NOT NULL GROUP BY 1, 2
"""

REVENUE = """
CREATE VIEW v_user_revenue WITH (security_invoker = true) AS
SELECT user_id, (start_time AT TIME ZONE 'UTC')::date AS date, count(*) AS booking_count,
    service_type, currency, sum(expected_revenue) AS expected_revenue,
    sum(actual_revenue) AS actual_revenue
FROM calendar_events WHERE status = 'completed'
GROUP BY user_id, 2, service_type, currency
"""

# With the rights of who asks: a tenant that names another gets zeros.
STATS = """
CREATE FUNCTION get_user_event_stats(user_uuid uuid) RETURNS TABLE (
    total_events bigint, pending_events bigint, confirmed_events bigint,
    completed_events bigint, conversion_rate numeric)
LANGUAGE sql STABLE AS $$
  SELECT count(*),
    count(*) FILTER (WHERE status = 'pending'),
    count(*) FILTER (WHERE status = 'confirmed'),
    count(*) FILTER (WHERE status = 'completed'),
    coalesce(round(100.0 * count(*) FILTER (WHERE status IN ('confirmed', 'completed'))
      / nullif(count(*), 0), 2), 0)
  FROM events WHERE user_id = user_uuid
$$
"""

# For 000's callers alone, and only where the extension stands already: ours is sealed in
# Python, and no migration may need what a server may not have.
ENCRYPT = """
DO $$
DECLARE
  home text := (SELECT extnamespace::regnamespace::text FROM pg_extension
                WHERE extname = 'pgcrypto');
BEGIN
  IF home IS NULL THEN
    RETURN;
  END IF;
  EXECUTE format('CREATE FUNCTION encrypt_text(data text, key text) RETURNS text
    LANGUAGE sql VOLATILE AS $f$ SELECT encode(%s.pgp_sym_encrypt(data, key), ''base64'') $f$',
    home);
  EXECUTE format('CREATE FUNCTION decrypt_text(encrypted_data text, key text) RETURNS text
    LANGUAGE sql IMMUTABLE
    AS $f$ SELECT %s.pgp_sym_decrypt(decode(encrypted_data, ''base64''), key) $f$', home);
END $$
"""

TABLES = (
    "leads",
    "lead_activities",
    "deals",
    "commissions",
    "reviews",
    "review_insights",
    "analytics",
)
UNTOUCHED = ("lead_activities", "review_insights")
VIEWS = ("v_user_costs", "v_user_revenue")


def upgrade() -> None:
    for statement in (CUSTOMERS, LEADS, ACCEPT_LEAD, DEALS, REVIEWS, ANALYSE, FIGURES):
        op.execute(statement)
    for statement in (COSTS, REVENUE, STATS, ENCRYPT):
        op.execute(statement)
    for table in TABLES:
        policies.tenant(table)
        if table not in UNTOUCHED:
            policies.touch(table)
    policies.catalogue("exchange_rates")
    for view in VIEWS:
        op.execute(f"GRANT SELECT ON {view} TO frontdesk_tenant, frontdesk_system")


def downgrade() -> None:
    for view in VIEWS:
        op.execute(f"DROP VIEW {view}")
    for table in ("exchange_rates", *reversed(TABLES)):
        op.drop_table(table)
    op.execute(BACK)


BACK = """
DROP FUNCTION get_user_event_stats(uuid), reviews_owe(), reviews_count_generation(),
    leads_accept();
DROP FUNCTION IF EXISTS encrypt_text(text, text), decrypt_text(text, text);
ALTER TABLE customers
    DROP COLUMN notes,
    DROP COLUMN tags,
    DROP COLUMN address,
    DROP COLUMN total_bookings,
    DROP COLUMN total_calls,
    DROP COLUMN total_spent,
    DROP COLUMN currency,
    DROP COLUMN last_contact
"""
