"""The house's own rows: the timetable's slots, supervisors, alerts."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from migrations import policies

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
NOW = sa.text("clock_timestamp()")


def upgrade() -> None:
    op.create_table(
        "periodic_runs",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("slot", MOMENT, primary_key=True),
        sa.Column("rung_by", sa.Text, nullable=False),
        sa.Column("rung_at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("rings", sa.Integer, server_default="1", nullable=False),
        sa.Column("started_at", MOMENT),
        sa.Column("finished_at", MOMENT),
        sa.Column("error", sa.Text),
    )
    op.create_index(
        "periodic_runs_open_idx",
        "periodic_runs",
        ["rung_at"],
        postgresql_where=sa.text("finished_at IS NULL"),
    )
    op.execute("ALTER TABLE periodic_runs SET (autovacuum_vacuum_scale_factor = 0.01)")
    op.create_table(
        "supervisors",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("host", sa.Text, nullable=False),
        sa.Column("hostname", sa.Text, nullable=False),
        sa.Column("pid", sa.Integer, nullable=False),
        sa.Column("children", JSONB, server_default="[]", nullable=False),
        sa.Column("started_at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("seen_at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("stopped_at", MOMENT),
    )
    op.create_table(
        "ops_alerts",
        sa.Column("id", sa.Uuid, server_default=sa.func.app_uuid7(), primary_key=True),
        sa.Column("alert_type", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, server_default="", nullable=False),
        sa.Column("severity", sa.Text, server_default="warning", nullable=False),
        sa.Column("user_id", sa.Uuid),
        sa.Column("message", sa.Text, nullable=False),
        sa.Column("details", JSONB, server_default="{}", nullable=False),
        sa.Column("seen", sa.Integer, server_default="1", nullable=False),
        sa.Column("created_at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("last_seen_at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("acknowledged_at", MOMENT),
        sa.Column("acknowledged_by", sa.Uuid),
        sa.Column("resolved_at", MOMENT),
        sa.CheckConstraint(
            "severity IN ('info', 'warning', 'critical')", name="ops_alerts_severity_is_known"
        ),
    )
    op.create_index(
        "ops_alerts_one_while_it_lasts",
        "ops_alerts",
        ["alert_type", "subject"],
        unique=True,
        postgresql_where=sa.text("resolved_at IS NULL"),
    )
    for table in ("periodic_runs", "supervisors", "ops_alerts"):
        policies.ops(table)


def downgrade() -> None:
    for table in ("ops_alerts", "supervisors", "periodic_runs"):
        op.drop_table(table)
