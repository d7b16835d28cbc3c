"""What a tenant's owner is to be told, each thing once."""

from alembic import op

from migrations import policies

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

NOTICES = """
CREATE TABLE owner_notices (
    id uuid PRIMARY KEY DEFAULT app_uuid7(),
    user_id uuid NOT NULL DEFAULT app_current_user() REFERENCES users (id) ON DELETE CASCADE,
    kind text NOT NULL CONSTRAINT owner_notices_kind_is_a_word CHECK (kind ~ '^[a-z][a-z0-9_]*$'),
    key text NOT NULL CONSTRAINT owner_notices_key_is_short CHECK (length(key) <= 200),
    facts jsonb NOT NULL DEFAULT '{}' CONSTRAINT owner_notices_facts_are_short
        CHECK (jsonb_typeof(facts) = 'object' AND octet_length(facts::text) <= 8192),
    told_at timestamptz,
    why_not text,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT owner_notices_once UNIQUE (user_id, kind, key)
);
CREATE INDEX owner_notices_created_at_idx ON owner_notices (created_at)
"""


def upgrade() -> None:
    op.execute(NOTICES)
    policies.tenant("owner_notices")


def downgrade() -> None:
    op.drop_table("owner_notices")
