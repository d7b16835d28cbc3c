"""How well health scores foretold who leaves; and their history in the order of time."""

from alembic import op

from migrations import policies

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None

# `bands`: for each ten points how many accounts had such a score, how many of them left within
# the horizon, and the share that it is taken for. Learnt from at most a year of Mondays.
CALIBRATIONS = """
CREATE TABLE health_calibrations (
    id uuid PRIMARY KEY DEFAULT app_uuid7(),
    period_start timestamptz NOT NULL,
    horizon_days integer NOT NULL,
    accounts integer NOT NULL DEFAULT 0,
    departed integer NOT NULL DEFAULT 0,
    auc numeric CONSTRAINT health_calibrations_auc_is_a_share CHECK (auc BETWEEN 0 AND 1),
    login_auc numeric CONSTRAINT health_calibrations_login_auc_is_a_share
        CHECK (login_auc BETWEEN 0 AND 1),
    calibration_error numeric,
    bands jsonb NOT NULL DEFAULT '[]',
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT health_calibrations_one_a_period UNIQUE (period_start),
    CONSTRAINT health_calibrations_departed_are_among_them
        CHECK (departed BETWEEN 0 AND accounts)
)
"""

# Made first, apart: a step that is broken off there is begun again, and must find nothing made.
# A year is looked through each day, by its Mondays: rows lie in the order of time.
IN_ORDER = """
CREATE INDEX CONCURRENTLY customer_health_history_in_order_idx ON customer_health_history
    USING brin (period_start) WITH (pages_per_range = 32, autosummarize = on)
"""


def upgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute("SET lock_timeout = 0")  # it waits for open transactions, and nobody for it
        op.execute("DROP INDEX CONCURRENTLY IF EXISTS customer_health_history_in_order_idx")
        op.execute(IN_ORDER)
        op.execute("SET lock_timeout = '5s'")
    op.execute(CALIBRATIONS)
    policies.ops("health_calibrations")


def downgrade() -> None:
    op.execute("DROP INDEX customer_health_history_in_order_idx")
    op.drop_table("health_calibrations")
