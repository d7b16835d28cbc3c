"""What tenants may spend on models in a month: held before a request, settled after it.

Each change is one statement that takes the budget's row first, then its reservations': so
nobody overspends what another holds, and nobody waits in a circle. A hold whose holder died is
let go of by the next who reserves, or by the sweep. In the scope of the house.
"""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.metering.prices import RATE
from domain.metering.usage import Hold, Refused

HELD_FOR: Final = timedelta(minutes=3)
"""Longer than a request may take, with its lease; then its holder is dead."""

_MONTH: Final = "CAST(date_trunc('month', clock_timestamp() AT TIME ZONE 'UTC') AS date)"

# A new month has the limits of the month before it. To lift them, write a row without limits.
_OPEN: Final = text(
    "INSERT INTO ai_budgets (user_id, period_start, soft_limit, hard_limit, currency)"  # noqa: S608  # words of ours
    f" SELECT user_id, {_MONTH}, soft_limit, hard_limit, currency FROM ai_budgets"
    f" WHERE user_id = :user AND period_start < {_MONTH} ORDER BY period_start DESC LIMIT 1"
    " ON CONFLICT (user_id, period_start) DO NOTHING"
)

_LIMIT: Final = text(
    "INSERT INTO ai_budgets AS b (user_id, period_start, soft_limit, hard_limit, currency, spent)"  # noqa: S608  # words of ours
    f" SELECT :user, {_MONTH}, :soft, :hard, :currency, coalesce(sum(l.cost_usd), 0)"
    f"  * ({RATE.format(currency=':currency')}) FROM ai_usage_logs l"
    f" WHERE l.user_id = :user AND l.created_at >= {_MONTH} AT TIME ZONE 'UTC'"
    " ON CONFLICT (user_id, period_start) DO UPDATE"
    " SET soft_limit = excluded.soft_limit, hard_limit = excluded.hard_limit"
)

# What was read before the row was ours may be old; what is written is computed from the row itself.
_RESERVE: Final = text(
    "WITH budget AS (SELECT id, currency, hard_limit, spent, reserved,"  # noqa: S608  # words of ours
    f"  CAST(:usd AS numeric) * ({RATE.format(currency='currency')}) AS amount FROM ai_budgets"
    f"  WHERE user_id = :user AND period_start = {_MONTH} FOR UPDATE),"
    " lapsed AS (UPDATE budget_reservations r"
    "  SET state = 'released', settled_at = clock_timestamp() FROM budget"
    "  WHERE r.user_id = :user AND r.budget_id = budget.id AND r.state = 'held'"
    "  AND r.expires_at < clock_timestamp() AND r.key <> :key RETURNING r.amount),"
    " free AS (SELECT coalesce(sum(amount), 0) AS amount FROM lapsed),"
    " made AS (INSERT INTO budget_reservations AS r"
    "  (user_id, budget_id, key, amount, currency, expires_at)"
    "  SELECT :user, b.id, :key, coalesce(b.amount, 0), b.currency,"
    "   clock_timestamp() + CAST(:held_for AS interval) FROM budget b, free f"
    "  WHERE b.hard_limit IS NULL OR b.spent + b.reserved - f.amount + b.amount <= b.hard_limit"
    "   OR EXISTS (SELECT 1 FROM budget_reservations o WHERE o.key = :key AND o.state = 'held')"
    "  ON CONFLICT (key) DO UPDATE SET expires_at = excluded.expires_at"
    "  WHERE r.state = 'held' AND r.user_id = excluded.user_id"
    "  RETURNING r.key, CASE WHEN xmax = 0 THEN r.amount ELSE 0 END AS amount)"
    " UPDATE ai_budgets a SET reserved = a.reserved - f.amount + coalesce(m.amount, 0)"
    " FROM budget b CROSS JOIN free f LEFT JOIN made m ON true WHERE a.id = b.id"
    " RETURNING m.key, b.amount, a.period_start, a.spent + b.amount <= a.hard_limit AS may_pass"
)

_TAKE: Final = (
    "WITH budget AS (SELECT b.id, b.currency FROM ai_budgets b WHERE b.id ="
    "  (SELECT budget_id FROM budget_reservations WHERE key = :key) FOR UPDATE),"
    " old AS (SELECT r.id, r.budget_id, r.amount, r.state FROM budget_reservations r, budget"
    "  WHERE r.budget_id = budget.id AND r.key = :key FOR UPDATE OF r), "
)

# Spent is spent, also by one whose hold was let go of meanwhile.
_SPEND: Final = text(
    f"{_TAKE} settled AS (UPDATE budget_reservations r SET state = 'spent',"  # noqa: S608  # words of ours
    "  amount = coalesce(CAST(:usd AS numeric) *"
    f"   ({RATE.format(currency='budget.currency')}), r.amount),"
    "  settled_at = clock_timestamp() FROM old, budget WHERE r.id = old.id"
    "  AND old.state <> 'spent' RETURNING r.amount)"
    " UPDATE ai_budgets a SET spent = a.spent + s.amount,"
    "  reserved = a.reserved - CASE WHEN old.state = 'held' THEN old.amount ELSE 0 END"
    " FROM old, settled s WHERE a.id = old.budget_id"
    " RETURNING a.user_id, a.period_start,"
    "  a.spent >= a.soft_limit AND a.spent - s.amount < a.soft_limit AS is_crossed"
)

_RELEASE: Final = text(
    f"{_TAKE} gone AS (UPDATE budget_reservations r SET state = 'released',"  # noqa: S608  # words of ours
    "  settled_at = clock_timestamp() FROM old WHERE r.id = old.id AND old.state = 'held'"
    "  RETURNING old.budget_id, old.amount)"
    " UPDATE ai_budgets a SET reserved = a.reserved - gone.amount FROM gone"
    " WHERE a.id = gone.budget_id"
)

_SWEEP: Final = text(
    "WITH budget AS (SELECT b.id, b.user_id FROM ai_budgets b WHERE EXISTS (SELECT 1"
    "  FROM budget_reservations r WHERE r.user_id = b.user_id AND r.budget_id = b.id"
    "  AND r.state = 'held' AND r.expires_at < clock_timestamp()) FOR UPDATE SKIP LOCKED),"
    " lapsed AS (UPDATE budget_reservations r"
    "  SET state = 'released', settled_at = clock_timestamp() FROM budget"
    "  WHERE r.user_id = budget.user_id AND r.budget_id = budget.id AND r.state = 'held'"
    "  AND r.expires_at < clock_timestamp() RETURNING r.budget_id, r.amount),"
    " free AS (SELECT budget_id, sum(amount) AS amount FROM lapsed GROUP BY 1)"
    " UPDATE ai_budgets a SET reserved = a.reserved - free.amount FROM free"
    " WHERE a.id = free.budget_id"
)


_SHOWN: Final = text(
    "SELECT user_id, period_start, currency, soft_limit, hard_limit, spent, reserved"
    " FROM (SELECT DISTINCT ON (user_id) * FROM ai_budgets"
    "  WHERE CAST(:user AS uuid) IS NULL OR user_id = :user"
    "  ORDER BY user_id, period_start DESC) newest"
    " ORDER BY spent / nullif(hard_limit, 0) DESC NULLS LAST, user_id LIMIT 1000"
)


@dataclass(frozen=True, slots=True)
class Month:
    """Whose month it was that passed a limit; its words name an alert."""

    words: str


def limit(
    session: Session,
    user_id: UUID,
    *,
    soft: Decimal | None,
    hard: Decimal | None,
    currency: str = "USD",
) -> None:
    """Set what a tenant may spend, from this month on; what is spent already counts."""
    facts = {"user": user_id, "soft": soft, "hard": hard, "currency": currency}
    session.execute(_LIMIT, facts)


def reserve(
    session: Session,
    user_id: UUID,
    key: str,
    usd: Decimal | None,
    *,
    held_for: timedelta = HELD_FOR,
) -> tuple[Hold | Refused, Month] | None:
    """Hold so many dollars under `key`, once; None where the tenant has no budget.

    What nobody can price is not held where there is a hard limit: it is refused.
    """
    facts = {"user": user_id, "key": key, "usd": usd, "held_for": held_for}
    row = session.execute(_RESERVE, facts).one_or_none()
    if row is None:
        session.execute(_OPEN, {"user": user_id})
        row = session.execute(_RESERVE, facts).one_or_none()
    if row is None:
        return None
    month = _month(user_id, row.period_start)
    if row.key is not None:
        return Hold(key), month
    if row.amount is None:
        return Refused("the model has no price, and the month's budget has a limit"), month
    return Refused("the month's budget for models is used up", may_pass=row.may_pass), month


def spend(session: Session, hold: Hold, usd: Decimal | None) -> Month | None:
    """Settle a hold by what its request cost, once; unknown: all that was held.

    Returns the month whose soft limit this was the first to pass.
    """
    row = session.execute(_SPEND, {"key": hold.key, "usd": usd}).one_or_none()
    return _month(row.user_id, row.period_start) if row is not None and row.is_crossed else None


def release(session: Session, hold: Hold) -> None:
    """Let go of what is held for a request that cost nothing."""
    session.execute(_RELEASE, {"key": hold.key})


def release_lapsed(session: Session) -> None:
    """Let go of what the dead hold; budgets that are in use look after themselves."""
    session.execute(_SWEEP)


def _month(user_id: UUID, start: object) -> Month:
    return Month(f"{user_id} {start}")


def shown(session: Session, user_id: UUID | None) -> list[dict[str, object]]:
    """Return this month's budgets, of one tenant or of all, the fullest first."""
    return [dict(row) for row in session.execute(_SHOWN, {"user": user_id}).mappings()]
