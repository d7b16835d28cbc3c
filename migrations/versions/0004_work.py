"""Effects, errands, pauses: what was done, what is owed, what was stopped."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from migrations import policies

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
NOW = sa.text("clock_timestamp()")


def upgrade() -> None:
    make_effects()
    make_errands()
    make_pauses()


def downgrade() -> None:
    for table in ("pauses", "errands", "effects"):
        op.drop_table(table)


def make_effects() -> None:
    op.create_table(
        "effects",
        sa.Column("id", sa.Uuid, server_default=sa.func.app_uuid7(), primary_key=True),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("row_id", sa.Uuid, nullable=False),
        sa.Column("user_id", sa.Uuid),
        sa.Column("vendor", sa.Text, nullable=False),
        sa.Column("state", sa.Text, server_default="intended", nullable=False),
        sa.Column("token", sa.Uuid, nullable=False),
        sa.Column("owner", sa.Text),
        sa.Column("attempts", sa.Integer, server_default="1", nullable=False),
        sa.Column("intended_at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("settled_at", MOMENT),
        sa.Column("lookups", sa.Integer, server_default="0", nullable=False),
        sa.Column("negatives", sa.Integer, server_default="0", nullable=False),
        sa.Column("first_negative_at", MOMENT),
        sa.Column("reference", sa.Text),
        sa.Column("verdict", JSONB, server_default="{}", nullable=False),
        sa.Column("cost", sa.Numeric),
        sa.Column("currency", sa.Text),
        sa.Column("last_error", sa.Text),
        sa.UniqueConstraint("key", name="effects_key_key"),
        sa.CheckConstraint(
            "state IN ('intended', 'done', 'retryable', 'rejected', 'unknown')",
            name="effects_state_is_known",
        ),
        sa.CheckConstraint(
            "(cost IS NULL) = (currency IS NULL)", name="effects_cost_has_a_currency"
        ),
    )
    op.create_index("effects_row_idx", "effects", ["kind", "row_id"])
    op.create_index(
        "effects_owner_idx", "effects", ["owner"], postgresql_where=sa.text("owner IS NOT NULL")
    )
    policies.tenant("effects")
    op.execute("REVOKE INSERT, UPDATE, DELETE ON effects FROM frontdesk_tenant")  # receipts
    op.execute("ALTER TABLE effects SET (autovacuum_vacuum_scale_factor = 0.01)")


def make_errands() -> None:
    op.create_table(
        "errands",
        sa.Column("id", sa.Uuid, server_default=sa.func.app_uuid7(), primary_key=True),
        sa.Column("user_id", sa.Uuid),
        sa.Column("task", sa.Text, nullable=False),
        sa.Column(
            "area", sa.Text, sa.Computed("split_part(task, '.', 1)", persisted=True), nullable=False
        ),
        sa.Column("subject_id", sa.Uuid, nullable=False),
        sa.Column("generation", sa.Integer, server_default="0", nullable=False),
        sa.Column("state", sa.Text, server_default="pending", nullable=False),
        sa.Column("due_at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("attempts", sa.Integer, server_default="0", nullable=False),
        sa.Column("lease_token", sa.Uuid),
        sa.Column("lease_expires_at", MOMENT),
        sa.Column("last_error", sa.Text),
        sa.Column("created_at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("settled_at", MOMENT),
        sa.UniqueConstraint("task", "subject_id", "generation", name="errands_owed_once"),
        sa.CheckConstraint(
            "state IN ('pending', 'working', 'done', 'failed')", name="errands_state_is_known"
        ),
    )
    op.create_index(
        "errands_due_idx",
        "errands",
        ["area", "due_at"],
        postgresql_where=sa.text("state = 'pending'"),
    )
    op.create_index(
        "errands_lapsed_idx",
        "errands",
        ["lease_expires_at"],
        postgresql_where=sa.text("state = 'working'"),
    )
    policies.tenant("errands")
    op.execute("ALTER TABLE errands SET (autovacuum_vacuum_scale_factor = 0.01)")


def make_pauses() -> None:
    op.create_table(
        "pauses",
        sa.Column("kind", sa.Text, primary_key=True),
        sa.Column("subject", sa.Text, primary_key=True),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("created_at", MOMENT, server_default=NOW, nullable=False),
        sa.CheckConstraint(
            "kind IN ('queue', 'account', 'campaign', 'tenant')", name="pauses_kind_is_known"
        ),
    )
    policies.ops("pauses")
