"""Hold the rows that stood before to what 0010 to 0013 ask of new ones.

A step of its own: proving reads a whole table, and must not do so under the lock that adding a
constraint takes. Indexes are built beside the writers, which no transaction can hold.
"""

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

PROMISES = (
    ("users", "users_role_is_known"),
    ("users", "users_tier_is_known"),
    ("users", "users_phone_number_is_e164"),
    ("users", "users_transfer_number_is_e164"),
    ("events", "events_duration_is_positive"),
    ("events", "events_number_of_loads_is_not_negative"),
    ("events", "events_price_has_a_currency"),
    ("events", "events_payment_status_is_known"),
    ("messages", "messages_channel_is_known"),
    ("messages", "messages_a_call_is_a_record"),
    ("messages", "messages_call_of_the_tenant"),
    ("ai_usage_logs", "ai_usage_logs_cost_local_has_a_currency"),
    ("customers", "customers_spent_has_a_currency"),
)

# `IF NOT EXISTS` would take an index for made that a broken-off build left invalid.
INDEXES = (
    ("messages_call_id_idx", "INDEX", "messages (call_id) WHERE call_id IS NOT NULL"),
    ("messages_thread_id_idx", "INDEX", "messages (user_id, thread_id, created_at)"),
    ("users_one_for_a_webhook_token", "UNIQUE INDEX", "users (telephony_webhook_token)"),
    ("customers_one_for_a_clear_phone", "UNIQUE INDEX", "customers (user_id, phone)"),
)


def upgrade() -> None:
    with op.get_context().autocommit_block():
        for table, promise in PROMISES:
            op.execute(f"ALTER TABLE {table} VALIDATE CONSTRAINT {promise}")
        for name, kind, where in INDEXES:
            op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")
            op.execute(f"CREATE {kind} CONCURRENTLY {name} ON {where}")


def downgrade() -> None:
    for name, *_ in INDEXES:
        op.execute(f"DROP INDEX {name}")
