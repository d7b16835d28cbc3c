"""What ties the two halves of the schema together, and names that stood twice."""

from alembic import op

revision = "0023"
down_revision = "0020"
branch_labels = None
depends_on = None

# What a writer of a bad row gets to see says it once.
TWICE = {
    "users": ("status_is_known",),
    "ops_alerts": ("severity_is_known",),
    "effects": ("state_is_known", "cost_has_a_currency"),
    "errands": ("state_is_known",),
    "pauses": ("kind_is_known",),
}

# A call may be in another currency than dollars.
COSTS = """
CREATE OR REPLACE VIEW v_user_costs WITH (security_invoker = true) AS
SELECT user_id, (created_at AT TIME ZONE 'UTC')::date AS date, 'ai' AS cost_type,
    CASE WHEN cost_local IS NULL THEN 'USD' ELSE currency END AS currency,
    sum(coalesce(cost_local, cost_usd, 0)) AS cost, count(*) AS event_count
FROM ai_usage_logs GROUP BY 1, 2, 3, 4
UNION ALL
SELECT user_id, (created_at AT TIME ZONE 'UTC')::date, channel, currency, sum(cost), count(*)
FROM messages WHERE cost IS NOT NULL GROUP BY 1, 2, 3, 4
UNION ALL
SELECT user_id, (started_at AT TIME ZONE 'UTC')::date, 'calls', {currency}, sum(cost), count(*)
FROM calls WHERE cost IS NOT NULL GROUP BY 1, 2, 4
"""

# What a tenant's own system is told of a lead: that it is there, and nothing that was said.
TELL = """
CREATE FUNCTION leads_tell() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM webhooks_owe(NEW.user_id, 'lead_created', NEW.id, jsonb_build_object(
      'lead_id', NEW.id, 'status', NEW.status, 'call_id', NEW.call_id,
      'customer_id', NEW.customer_id, 'appointment_booked', NEW.appointment_booked));
  RETURN NULL;
END $$;
CREATE TRIGGER tell_new AFTER INSERT ON leads FOR EACH ROW
    WHEN (NEW.created_at > now() - interval '1 day') EXECUTE FUNCTION leads_tell()
"""

LEADS = ("calls", "call_queue")
"""Whose `lead_id` is a lead of the same tenant."""


def upgrade() -> None:
    for table, rules in TWICE.items():
        for rule in rules:
            op.execute(
                f"ALTER TABLE {table} RENAME CONSTRAINT {table}_{table}_{rule} TO {table}_{rule}"
            )
    op.execute(COSTS.format(currency="coalesce(currency, 'USD')"))
    op.execute(TELL)
    for table in LEADS:
        op.execute(
            f"ALTER TABLE {table} ADD CONSTRAINT {table}_lead_of_the_tenant"
            " FOREIGN KEY (user_id, lead_id) REFERENCES leads (user_id, id)"
            " ON DELETE SET NULL (lead_id) NOT VALID"
        )
    with op.get_context().autocommit_block():
        for table in LEADS:
            op.execute(f"ALTER TABLE {table} VALIDATE CONSTRAINT {table}_lead_of_the_tenant")


def downgrade() -> None:
    op.execute("DROP TRIGGER tell_new ON leads; DROP FUNCTION leads_tell()")
    for table in LEADS:
        op.execute(f"ALTER TABLE {table} DROP CONSTRAINT {table}_lead_of_the_tenant")
    op.execute(COSTS.format(currency="'USD'"))
    for table, rules in TWICE.items():
        for rule in rules:
            op.execute(
                f"ALTER TABLE {table} RENAME CONSTRAINT {table}_{rule} TO {table}_{table}_{rule}"
            )
