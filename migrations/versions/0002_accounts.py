"""Tenants."""

import sqlalchemy as sa
from alembic import op

from migrations import policies

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
NOW = sa.text("clock_timestamp()")


def upgrade() -> None:
    op.create_table(
        "users",
        sa.Column("id", sa.Uuid, server_default=sa.func.app_uuid7(), primary_key=True),
        sa.Column("email", sa.Text),
        sa.Column("business_name", sa.Text),
        sa.Column("industry", sa.Text),
        sa.Column("timezone", sa.Text, server_default="UTC", nullable=False),
        sa.Column("status", sa.Text, server_default="active", nullable=False),
        sa.Column("created_at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("updated_at", MOMENT, server_default=NOW, nullable=False),
        sa.CheckConstraint(
            "status IN ('active', 'inactive', 'suspended')", name="users_status_is_known"
        ),
    )
    op.execute(
        "CREATE TRIGGER touch BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION app_touch()"
    )
    policies.tenant("users", column="id")


def downgrade() -> None:
    op.drop_table("users")
