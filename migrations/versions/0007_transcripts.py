"""What readers of transcripts said, what they cost, and what the owner is asked."""

from alembic import op

from migrations import policies

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

RUNS = """
CREATE TABLE extraction_runs (
    id uuid PRIMARY KEY DEFAULT app_uuid7(),
    user_id uuid NOT NULL DEFAULT app_current_user() REFERENCES users (id) ON DELETE CASCADE,
    call_id uuid NOT NULL,
    reader text NOT NULL,
    model text,
    prompt_version text NOT NULL,
    outcome text NOT NULL,
    reading jsonb,
    decisions jsonb NOT NULL DEFAULT '[]',
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT extraction_runs_call_of_the_tenant FOREIGN KEY (user_id, call_id)
        REFERENCES calls (user_id, id) ON DELETE CASCADE
)
"""

QUESTIONS = """
CREATE TABLE questions (
    id uuid PRIMARY KEY DEFAULT app_uuid7(),
    user_id uuid NOT NULL DEFAULT app_current_user() REFERENCES users (id) ON DELETE CASCADE,
    call_id uuid,
    event_id uuid,
    field text NOT NULL,
    question text NOT NULL,
    candidates jsonb NOT NULL DEFAULT '[]',
    answer text,
    answered_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT questions_call_of_the_tenant FOREIGN KEY (user_id, call_id)
        REFERENCES calls (user_id, id) ON DELETE CASCADE,
    CONSTRAINT questions_event_of_the_tenant FOREIGN KEY (user_id, event_id)
        REFERENCES events (user_id, id) ON DELETE CASCADE
)
"""

# Month by month from the start: its key holds no promise beyond its own day.
USAGE = """
CREATE TABLE ai_usage_logs (
    id uuid NOT NULL DEFAULT app_uuid7(),
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    user_id uuid NOT NULL DEFAULT app_current_user(),
    call_id uuid,
    purpose text NOT NULL,
    provider text NOT NULL,
    model text NOT NULL,
    request_id text,
    prompt_tokens integer NOT NULL DEFAULT 0,
    cached_tokens integer NOT NULL DEFAULT 0,
    completion_tokens integer NOT NULL DEFAULT 0,
    reasoning_tokens integer NOT NULL DEFAULT 0,
    latency_ms integer,
    outcome text NOT NULL,
    price_id uuid,
    cost_usd numeric,
    reported_cost_usd numeric,
    PRIMARY KEY (id, created_at)
) PARTITION BY RANGE (created_at);
CREATE TABLE ai_usage_logs_default PARTITION OF ai_usage_logs DEFAULT
"""

PRICES = """
CREATE TABLE model_prices (
    id uuid PRIMARY KEY DEFAULT app_uuid7(),
    provider text NOT NULL,
    model text NOT NULL,
    valid_from timestamptz NOT NULL,
    prompt_usd numeric NOT NULL,
    cached_usd numeric NOT NULL,
    completion_usd numeric NOT NULL,
    source text NOT NULL,
    CONSTRAINT model_prices_once_a_day UNIQUE (provider, model, valid_from)
)
"""

INDEXES = """
CREATE INDEX extraction_runs_call_id_idx ON extraction_runs (call_id);
CREATE INDEX questions_open_idx ON questions (user_id, created_at) WHERE answered_at IS NULL;
CREATE INDEX ai_usage_logs_user_id_created_at_idx ON ai_usage_logs (user_id, created_at)
"""


def upgrade() -> None:
    for statement in (RUNS, QUESTIONS, USAGE, PRICES, INDEXES):
        op.execute(statement)
    for table in ("extraction_runs", "questions", "ai_usage_logs"):
        policies.tenant(table)
    policies.ops("ai_usage_logs_default")  # reached through its parent only
    policies.catalogue("model_prices")


def downgrade() -> None:
    for table in ("model_prices", "ai_usage_logs", "questions", "extraction_runs"):
        op.drop_table(table)
