"""What requests to models cost, by the price and the exchange rate of their day.

No rate is in code. An unknown price is an unknown cost, never zero and never a guess.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.metering.usage import Account, Usage

# A model answers by the name of its day (gpt-4o-mini-2024-07-18); its price stands under its own.
PRICE: Final = (
    "SELECT p.id, ((CAST(:prompt AS integer) - CAST(:cached AS integer)) * p.prompt_usd"
    "  + CAST(:cached AS integer) * p.cached_usd"
    "  + CAST(:completion AS integer) * p.completion_usd) * 0.000001 AS usd"
    " FROM model_prices p WHERE p.provider = :provider AND p.valid_from <= clock_timestamp()"
    " AND p.model IN (:model, regexp_replace(:model, '-\\d{4}-\\d{2}-\\d{2}$', ''))"
    " ORDER BY p.model = :model DESC, p.valid_from DESC LIMIT 1"
)
"""Multiplied, not divided: numeric divides to so many digits and rounds."""

RATE: Final = (
    "SELECT CASE WHEN {currency} = 'USD' THEN 1 ELSE (SELECT x.rate FROM exchange_rates x"
    " WHERE x.base = 'USD' AND x.quote = {currency}"
    " AND x.valid_on <= (clock_timestamp() AT TIME ZONE 'UTC')::date"
    " ORDER BY x.valid_on DESC LIMIT 1) END"
)
"""How many of a currency a dollar is, by the newest rate that is not after today."""

_ESTIMATE: Final = text(f"SELECT usd FROM ({PRICE}) priced")  # noqa: S608  # words of ours
_WRITE: Final = text(
    "INSERT INTO ai_usage_logs (user_id, call_id, purpose, provider, model, request_id,"  # noqa: S608  # words of ours
    " prompt_tokens, cached_tokens, completion_tokens, reasoning_tokens, latency_ms, outcome,"
    " price_id, reported_cost_usd, cost_usd, currency, exchange_rate, cost_local)"
    " SELECT :user, :call, :purpose, :provider, :model, :request, :prompt, :cached, :completion,"
    "  :reasoning, :latency, :outcome, p.id, t.reported, c.usd, m.currency, r.rate, c.usd * r.rate"
    " FROM (SELECT CAST(:reported AS numeric) AS reported) t"
    f" LEFT JOIN LATERAL ({PRICE}) p ON :told"
    " CROSS JOIN LATERAL (SELECT coalesce(t.reported, p.usd) AS usd) c"
    " CROSS JOIN LATERAL (SELECT coalesce((SELECT upper(nullif(u.settings->>'currency', ''))"
    "  FROM users u WHERE u.id = :user), 'USD') AS currency) m"
    f" CROSS JOIN LATERAL ({RATE.format(currency='m.currency')} AS rate) r"
    " WHERE NOT EXISTS (SELECT 1 FROM ai_usage_logs l WHERE l.user_id = :user"
    "  AND l.created_at > clock_timestamp() - interval '1 day'"
    "  AND l.provider = :provider AND l.request_id = :request)"
    " RETURNING cost_usd, currency, exchange_rate,"
    f" (SELECT usd FROM ({PRICE}) ours WHERE reported_cost_usd IS NOT NULL) AS ours"
)


@dataclass(frozen=True, slots=True)
class Line:
    """What was written down for a request."""

    cost: Decimal | None
    currency: str
    exchange_rate: Decimal | None
    ours: Decimal | None
    """What it costs by our price, where the vendor gave a figure of its own."""


def estimate(session: Session, usage: Usage) -> Decimal | None:
    """Return what this would cost in dollars today; None where the model has no price."""
    return session.scalar(_ESTIMATE, _tokens(usage))


def write(session: Session, usage: Usage, account: Account, *, outcome: str) -> Line | None:
    """Write a request down, in its tenant's scope; None where it stands there already."""
    row = session.execute(
        _WRITE,
        {
            **_tokens(usage),
            "user": account.user_id,
            "call": account.call_id,
            "purpose": account.purpose.value,
            "request": usage.request_id,
            "reasoning": usage.reasoning_tokens,
            "latency": int(usage.latency.total_seconds() * 1000),
            "outcome": outcome,
            "reported": usage.reported_cost,
            "told": usage.is_told,
        },
    ).one_or_none()
    return None if row is None else Line(row.cost_usd, row.currency, row.exchange_rate, row.ours)


def _tokens(usage: Usage) -> dict[str, object]:
    return {
        "provider": usage.provider,
        "model": usage.model,
        "prompt": usage.prompt_tokens,
        "cached": usage.cached_tokens,
        "completion": usage.completion_tokens,
    }
