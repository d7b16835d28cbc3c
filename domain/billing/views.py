"""What views tell of costs and revenue, held against ledgers: a difference is an alert.

The views add up rows that other services may write as well. Each figure is computed here a second
time by another way: of use, by the ledger's lines; of models and bookings, by the rows themselves.
Compared are whole days that are over, for today's are being written.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.database import SYSTEM, Begin
from domain.tables.ops import Severity
from domain.work import alerts

DIFFER: Final = "views_differ"

_SPAN: Final = (
    "{day} >= (now() AT TIME ZONE 'UTC')::date - 35 AND {day} < (now() AT TIME ZONE 'UTC')::date"
)
_DAY: Final = "({moment} AT TIME ZONE 'UTC')::date"


def _during(moment: str) -> str:
    return _SPAN.format(day=_DAY.format(moment=moment))


# A call or text that was used stands in its ledger; where the ledger's line names a cost, that
# is what was charged. One without a vendor's name for it can stand in none, and counts as it is.
_LEDGERS: Final = f"""
SELECT user_id, 'ai' AS what, CASE WHEN cost_local IS NULL THEN 'USD' ELSE currency END AS currency,
  CASE WHEN cost_local IS NULL THEN coalesce(cost_usd, 0) ELSE cost_local END AS amount
FROM ai_usage_logs WHERE {_during("created_at")}
UNION ALL
SELECT c.user_id, 'calls', coalesce(c.currency, 'USD'), CASE
  WHEN u.currency = coalesce(c.currency, 'USD') THEN coalesce(u.cost, c.cost) ELSE c.cost END
FROM calls c LEFT JOIN usage_calls u ON u.provider = c.provider
  AND u.provider_call_id = c.provider_call_id AND u.user_id = c.user_id
WHERE c.cost IS NOT NULL AND {_during("c.started_at")}
  AND (u.id IS NOT NULL OR c.provider_call_id IS NULL OR c.duration IS NULL)
UNION ALL
SELECT m.user_id, m.channel, m.currency, CASE
  WHEN u.currency = m.currency THEN coalesce(u.cost, m.cost) ELSE m.cost END
FROM messages m LEFT JOIN usage_sms u ON u.provider = m.provider
  AND u.provider_message_id = m.provider_message_id AND u.user_id = m.user_id
WHERE m.cost IS NOT NULL AND {_during("m.created_at")}
  AND (u.id IS NOT NULL OR m.channel <> 'sms' OR m.direction <> 'outbound'
    OR m.provider_message_id IS NULL OR m.status NOT IN ('sent', 'delivered', 'undelivered'))
UNION ALL
SELECT user_id, 'revenue', currency, actual_revenue FROM calendar_events
WHERE status = 'completed' AND actual_revenue IS NOT NULL AND {_during("start_time")}
"""  # noqa: S608  # our own words

_VIEWS: Final = f"""
SELECT user_id, cost_type AS what, currency, cost AS amount FROM v_user_costs
WHERE {_SPAN.format(day="date")}
UNION ALL
SELECT user_id, 'revenue', currency, actual_revenue FROM v_user_revenue
WHERE actual_revenue IS NOT NULL AND {_SPAN.format(day="date")}
"""  # noqa: S608  # our own words

_DIFFERING: Final = text(f"""
WITH seen AS (
  SELECT user_id, what, coalesce(currency, '') AS currency, sum(amount) AS amount
  FROM ({_VIEWS}) v WHERE user_id IS NOT NULL GROUP BY 1, 2, 3),
kept AS (
  SELECT user_id, what, coalesce(currency, '') AS currency, sum(amount) AS amount
  FROM ({_LEDGERS}) l WHERE user_id IS NOT NULL GROUP BY 1, 2, 3)
SELECT user_id, what, currency, coalesce(s.amount, 0) AS seen, coalesce(k.amount, 0) AS kept
FROM seen s FULL JOIN kept k USING (user_id, what, currency)
WHERE coalesce(s.amount, 0) <> coalesce(k.amount, 0) ORDER BY user_id, what, currency
""")  # noqa: S608  # our own words


@dataclass(frozen=True, slots=True)
class Differing:
    """A tenant's figure that a view tells otherwise than the ledger."""

    user_id: UUID
    what: str
    """ai, calls, sms, email or revenue."""

    currency: str
    seen: Decimal
    kept: Decimal

    @property
    def subject(self) -> str:
        """What the alert is about."""
        return f"{self.user_id} {self.what} {self.currency}"


def differing(session: Session) -> Sequence[Differing]:
    """Return what views and ledgers tell differently of the last five weeks."""
    return [Differing(*row) for row in session.execute(_DIFFERING)]


def watch(begin: Begin) -> None:
    """Raise an alert for each figure that differs; let those end that agree again."""
    with begin(SYSTEM) as session:
        found = differing(session)
        for one in found:
            alerts.tell(
                session,
                DIFFER,
                subject=one.subject,
                message=f"Of {one.what}, the view tells {one.seen} {one.currency} for tenant"
                f" {one.user_id} in five weeks, and the ledger {one.kept}.",
                severity=Severity.WARNING,
            )
        alerts.settle_others(session, DIFFER, still=[one.subject for one in found])
