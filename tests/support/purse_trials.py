"""What is tried at every point with a budget: a hold, a bill, and what is left of both."""

from domain.database import SYSTEM
from domain.metering import budgets
from domain.metering.usage import UNHEARD
from tests.support.enumeration import Case
from tests.support.ground import Ground
from tests.support.slice_trials import UNWRITTEN, Calls

PRICE = """
INSERT INTO model_prices
    (provider, model, valid_from, prompt_usd, cached_usd, completion_usd, source)
VALUES ('openai', 'gpt-5-mini', '2020-01-01', 0.25, 0.025, 2, 'test') ON CONFLICT DO NOTHING
"""
BUDGET = """
INSERT INTO ai_budgets (user_id, period_start, hard_limit)
VALUES (%s, date_trunc('month', clock_timestamp() AT TIME ZONE 'UTC'), 100) RETURNING id
"""
TALLY = """
SELECT b.reserved, b.spent,
       coalesce((SELECT sum(amount) FROM budget_reservations WHERE state = 'spent'), 0) AS settled,
       coalesce((SELECT sum(cost_usd) FROM ai_usage_logs), 0)
       + coalesce((SELECT sum(amount) FROM budget_reservations r JOIN ai_usage_logs l
                   ON l.request_id = r.key AND l.outcome = %s), 0) AS booked
FROM ai_budgets b
"""


class BudgetedCalls(Calls):
    """One call of a tenant with a budget, which covers it many times."""

    unwritten = UNWRITTEN | {
        "before UPDATE budget_reservations",
        "after UPDATE budget_reservations",
        "before commit of INSERT INTO ai_usage_logs and UPDATE budget_reservations",
    }
    emptied = (*Calls.emptied, "budget_reservations", "ai_budgets")

    def reset(self) -> None:
        super().reset()
        self.ground.connection.execute(PRICE)
        self.one(BUDGET, self.user)

    def judge(self, case: Case, names: list[str]) -> list[str]:
        """Compare holds, budget and books, once the holds of the dead have lapsed."""
        wrong = super().judge(case, names)
        self.ground.connection.execute(
            "UPDATE budget_reservations SET expires_at = expires_at - interval '1 hour'"
        )
        with self.ground.begin(SYSTEM) as session:
            budgets.release_lapsed(session)
        row = self.ground.connection.execute(TALLY, [UNHEARD]).fetchone()
        reserved, spent, settled, booked = row or (None, None, None, None)
        facts = f"{reserved} held, {spent} spent, {settled} settled, {booked} in the books"
        wrong += [f"blocked for nothing: {facts}"] if reserved else []
        wrong += [f"budget and books differ: {facts}"] if not spent == settled == booked else []
        wrong += [f"nothing was spent: {facts}"] if not spent else []
        return wrong


def call_within_a_budget(ground: Ground) -> BudgetedCalls:
    return BudgetedCalls(ground)
