"""Headers that tenants add to their webhooks may be credentials: sealed like the secret.

NULL is what has been taken in; whoever writes headers anew writes them clear, and wins until then.
"""

from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None

STEPS = (
    "ALTER TABLE webhook_configs ADD COLUMN headers_sealed bytea",
    "ALTER TABLE webhook_configs ALTER COLUMN headers DROP NOT NULL",
    "DROP INDEX webhook_configs_unsealed_idx",
    """CREATE INDEX webhook_configs_unsealed_idx ON webhook_configs (id)
        WHERE secret IS NOT NULL OR headers IS NOT NULL""",
)
# What is sealed cannot be opened here: its tenant writes such headers anew.
BACK = (
    "UPDATE webhook_configs SET headers = '{}' WHERE headers IS NULL",
    "DROP INDEX webhook_configs_unsealed_idx",
    "CREATE INDEX webhook_configs_unsealed_idx ON webhook_configs (id) WHERE secret IS NOT NULL",
    "ALTER TABLE webhook_configs DROP COLUMN headers_sealed, ALTER COLUMN headers SET NOT NULL",
)


def upgrade() -> None:
    for step in STEPS:
        op.execute(step)


def downgrade() -> None:
    for step in BACK:
        op.execute(step)
