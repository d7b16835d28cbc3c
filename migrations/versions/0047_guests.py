"""Who is named as a guest, how owners are reminded, and what a customer's no does, by calendar."""

from alembic import op

revision = "0047"
down_revision = "0046"
branch_labels = None
depends_on = None

TABLE = "calendar_integrations"
COLUMNS = {
    "invites": "boolean NOT NULL DEFAULT false",
    "reminders": "integer[]",
    "outside_decline": "text NOT NULL DEFAULT 'ask'",
}
RULES = {
    "reminders_can_be_kept": "cardinality(reminders) <= 5"
    " AND 0 <= ALL (reminders) AND 40320 >= ALL (reminders)",
    "outside_decline_is_known": "outside_decline IN ('ask', 'follow', 'ignore')",
}


def upgrade() -> None:
    for column, words in COLUMNS.items():
        op.execute(f"ALTER TABLE {TABLE} ADD COLUMN {column} {words}")
    for name, rule in RULES.items():
        op.execute(f"ALTER TABLE {TABLE} ADD CONSTRAINT {TABLE}_{name} CHECK ({rule})")


def downgrade() -> None:
    for column in COLUMNS:
        op.execute(f"ALTER TABLE {TABLE} DROP COLUMN {column}")
