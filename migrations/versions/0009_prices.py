"""What models cost, in dollars for a million tokens, as published on the day named."""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

PRICES = """
INSERT INTO model_prices
    (provider, model, valid_from, prompt_usd, cached_usd, completion_usd, source)
VALUES
    ('openai', 'gpt-4o-mini', '2024-07-18', 0.15, 0.075, 0.60, 'published price'),
    ('openai', 'gpt-4o', '2024-10-02', 2.50, 1.25, 10.00, 'published price'),
    ('openai', 'gpt-4.1', '2025-04-14', 2.00, 0.50, 8.00, 'published price'),
    ('openai', 'gpt-4.1-mini', '2025-04-14', 0.40, 0.10, 1.60, 'published price')
"""


def upgrade() -> None:
    op.execute("SET ROLE frontdesk_system")  # row level security is forced on the owner, too
    op.execute(PRICES)
    op.execute("SET ROLE frontdesk_owner")


def downgrade() -> None:
    op.execute("SET ROLE frontdesk_system")
    op.execute("DELETE FROM model_prices WHERE source = 'published price'")
    op.execute("SET ROLE frontdesk_owner")
