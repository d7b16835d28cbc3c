"""Health: how every tenant is doing, how it did before, and who is about to leave."""

from alembic import op

from migrations import policies

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

# `new` has too little evidence for a grade, and has no score.
SCORES = """
CREATE TABLE customer_health_scores (
    id uuid PRIMARY KEY DEFAULT app_uuid7(),
    user_id uuid NOT NULL DEFAULT app_current_user() REFERENCES users (id) ON DELETE CASCADE,
    score integer CONSTRAINT customer_health_scores_score_is_0_to_100
        CHECK (score BETWEEN 0 AND 100),
    lower_bound numeric,
    upper_bound numeric,
    grade text NOT NULL DEFAULT 'new' CONSTRAINT customer_health_scores_grade_is_known
        CHECK (grade IN ('new', 'A', 'B', 'C', 'D', 'F')),
    risk_level text CONSTRAINT customer_health_scores_risk_level_is_known
        CHECK (risk_level IN ('low', 'medium', 'high', 'critical')),
    factors jsonb NOT NULL DEFAULT '{}',
    trend_7_days numeric,
    trend_30_days numeric,
    last_calculated timestamptz,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT customer_health_scores_one_a_tenant UNIQUE (user_id),
    CONSTRAINT customer_health_scores_bounds_are_in_order CHECK (upper_bound >= lower_bound)
)
"""

# `outcome` is what then happened, filled in later: how often the score was right.
HISTORY = """
CREATE TABLE customer_health_history (
    id uuid PRIMARY KEY DEFAULT app_uuid7(),
    user_id uuid NOT NULL DEFAULT app_current_user() REFERENCES users (id) ON DELETE CASCADE,
    period_start timestamptz NOT NULL,
    score integer CONSTRAINT customer_health_history_score_is_0_to_100
        CHECK (score BETWEEN 0 AND 100),
    lower_bound numeric,
    upper_bound numeric,
    grade text NOT NULL CONSTRAINT customer_health_history_grade_is_known
        CHECK (grade IN ('new', 'A', 'B', 'C', 'D', 'F')),
    risk_level text CONSTRAINT customer_health_history_risk_level_is_known
        CHECK (risk_level IN ('low', 'medium', 'high', 'critical')),
    factors jsonb NOT NULL DEFAULT '{}',
    calculated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    outcome text CONSTRAINT customer_health_history_outcome_is_known
        CHECK (outcome IN ('stayed', 'canceled', 'downgraded', 'past_due')),
    outcome_at timestamptz,
    CONSTRAINT customer_health_history_one_a_period UNIQUE (user_id, period_start)
)
"""

ALERTS = """
CREATE TABLE churn_alerts (
    id uuid PRIMARY KEY DEFAULT app_uuid7(),
    user_id uuid NOT NULL DEFAULT app_current_user() REFERENCES users (id) ON DELETE CASCADE,
    reason text,
    severity text NOT NULL DEFAULT 'medium' CONSTRAINT churn_alerts_severity_is_known
        CHECK (severity IN ('low', 'medium', 'high', 'critical')),
    message text,
    details jsonb NOT NULL DEFAULT '{}',
    score_before integer,
    score_after integer,
    worth numeric,
    currency text,
    seen integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    last_seen_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    notified_at timestamptz,
    acknowledged_at timestamptz,
    acknowledged_by uuid,
    escalated_at timestamptz,
    resolved_at timestamptz,
    quiet_until timestamptz,
    CONSTRAINT churn_alerts_worth_has_a_currency CHECK ((worth IS NULL) = (currency IS NULL))
)
"""

PROMPTS = """
CREATE TABLE upgrade_prompts_shown (
    id uuid PRIMARY KEY DEFAULT app_uuid7(),
    user_id uuid NOT NULL DEFAULT app_current_user() REFERENCES users (id) ON DELETE CASCADE,
    prompt_type text NOT NULL,
    trigger_reason text,
    metadata jsonb NOT NULL DEFAULT '{}',
    shown_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    clicked_at timestamptz,
    dismissed_at timestamptz,
    converted_at timestamptz
)
"""

INDEXES = """
CREATE UNIQUE INDEX churn_alerts_one_while_it_lasts ON churn_alerts (user_id, reason)
    WHERE resolved_at IS NULL;
CREATE INDEX customer_health_history_to_compare_idx ON customer_health_history (period_start)
    WHERE outcome IS NULL;
CREATE INDEX upgrade_prompts_shown_user_id_idx
    ON upgrade_prompts_shown (user_id, prompt_type, shown_at)
"""


def upgrade() -> None:
    for statement in (SCORES, HISTORY, ALERTS, PROMPTS, INDEXES):
        op.execute(statement)
    # What the house thinks of a tenant is not the tenant's to read.
    for table in ("customer_health_scores", "customer_health_history", "churn_alerts"):
        policies.ops(table)
    policies.tenant("upgrade_prompts_shown")
    policies.touch("customer_health_scores")


def downgrade() -> None:
    for table in (
        *("upgrade_prompts_shown", "churn_alerts", "customer_health_history"),
        "customer_health_scores",
    ):
        op.drop_table(table)
