"""A tenant's day in figures, counted anew from the rows: nothing is added up twice.

Days are the tenant's own, in its zone: a call at eleven in the evening is of that day. The last
days are counted again each time, because a call's cost and a carrier's word come late; and those
that nobody counted while the house was away. Costs are in dollars, at the rate of the day.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import text
from sqlalchemy.orm import Session

from domain import zones
from domain.database import SYSTEM, Begin
from domain.tables.ops import Severity
from domain.work import alerts

DAYS_AGAIN: Final = 3
"""Days that are counted again: vendors settle what a call cost within two."""

MOST_DAYS: Final = 92
"""Days that are made up at the most; as many where nobody knows when it was counted last."""

_TENANTS: Final = text("SELECT id, timezone FROM users WHERE status <> 'inactive' ORDER BY id")

# The slot that is being worked now is not finished yet; what was superseded was not counted.
_LAST: Final = text(
    "SELECT clock_timestamp() AS now, max(slot) AS last FROM periodic_runs"
    " WHERE name = 'upkeep.rollup' AND finished_at IS NOT NULL AND error IS NULL"
)

_DAYS: Final = (
    "WITH days AS (SELECT * FROM unnest(CAST(:dates AS date[]), CAST(:sinces AS timestamptz[]),"
    "  CAST(:tills AS timestamptz[])) AS d (date, since, till)),"
    " costs AS (SELECT date, currency, cost, (SELECT r.rate FROM exchange_rates r"
    "   WHERE r.base = 'USD' AND r.quote = currency AND r.valid_on <= date"
    "   ORDER BY r.valid_on DESC LIMIT 1) AS rate"
    "  FROM days, LATERAL ("
    "   SELECT CASE WHEN cost_local IS NULL THEN 'USD' ELSE currency END AS currency,"
    "    coalesce(cost_local, cost_usd, 0) AS cost FROM ai_usage_logs"
    "    WHERE created_at >= since AND created_at < till"
    "   UNION ALL SELECT currency, cost FROM messages"
    "    WHERE cost IS NOT NULL AND created_at >= since AND created_at < till"
    "   UNION ALL SELECT coalesce(currency, 'USD'), cost FROM calls"
    "    WHERE cost IS NOT NULL AND started_at >= since AND started_at < till) spent) "
)

_COUNT: Final = text(
    _DAYS  # noqa: S608  # our own words
    + "INSERT INTO analytics (date, total_calls, successful_calls, failed_calls,"
    "  total_bookings, conversion_rate, total_sms, total_cost, currency)"
    " SELECT date, calls, completed, failed, bookings,"
    "  coalesce(round(100.0 * bookings / nullif(calls, 0), 2), 0), texts, coalesce(spent, 0), 'USD'"
    " FROM days,"
    "  LATERAL (SELECT count(*) AS calls,"
    "   count(*) FILTER (WHERE status = 'completed') AS completed,"
    "   count(*) FILTER (WHERE status IN ('busy', 'failed', 'no_answer')) AS failed FROM calls"
    "   WHERE started_at >= since AND started_at < till) c,"
    "  LATERAL (SELECT count(*) AS bookings FROM events WHERE created_at >= since"
    "   AND created_at < till AND status NOT IN ('extracted', 'cancelled')) e,"
    "  LATERAL (SELECT count(*) AS texts FROM messages WHERE channel = 'sms'"
    "   AND direction = 'outbound' AND sent_at IS NOT NULL"
    "   AND created_at >= since AND created_at < till) m,"
    "  LATERAL (SELECT sum(cost / CASE currency WHEN 'USD' THEN 1 ELSE rate END) AS spent"
    "   FROM costs WHERE costs.date = days.date) s"
    " WHERE calls + bookings + texts > 0 OR spent > 0"
    " ON CONFLICT (user_id, date) DO UPDATE SET total_calls = excluded.total_calls,"
    "  successful_calls = excluded.successful_calls, failed_calls = excluded.failed_calls,"
    "  total_bookings = excluded.total_bookings, conversion_rate = excluded.conversion_rate,"
    "  total_sms = excluded.total_sms, total_cost = excluded.total_cost,"
    "  currency = excluded.currency"
    " WHERE (analytics.total_calls, analytics.successful_calls, analytics.failed_calls,"
    "  analytics.total_bookings, analytics.total_sms, analytics.total_cost)"
    "  IS DISTINCT FROM (excluded.total_calls, excluded.successful_calls, excluded.failed_calls,"
    "  excluded.total_bookings, excluded.total_sms, excluded.total_cost)"
)

_WITHOUT_RATE: Final = text(
    _DAYS  # noqa: S608  # our own words
    + "SELECT DISTINCT currency FROM costs WHERE currency <> 'USD' AND rate IS NULL"
)


@dataclass(frozen=True, slots=True)
class Days:
    """Days of one zone, and the moments between which each lies."""

    dates: Sequence[date]
    sinces: Sequence[datetime]
    tills: Sequence[datetime]


def count(begin: Begin) -> None:
    """Count the last days of every tenant, and alert on costs that no rate is known for."""
    with begin(SYSTEM) as session:
        tenants = session.execute(_TENANTS).all()
        now, last = session.execute(_LAST).one()
    unknown: set[str] = set()
    for user_id, zone in tenants:
        found = days(now, zone, missed(now, last))
        with begin(user_id) as session:
            unknown |= _count_one(session, found)
    with begin(SYSTEM) as session:
        for currency in sorted(unknown):
            alerts.tell(
                session,
                "exchange_rate_missing",
                subject=currency,
                message=f"Costs in {currency} are left out of the figures: no rate is known.",
                severity=Severity.WARNING,
            )
        alerts.settle_others(session, "exchange_rate_missing", still=sorted(unknown))


def missed(now: datetime, last: datetime | None) -> int:
    """Return how many days are to be counted, today included."""
    if last is None:
        return MOST_DAYS
    return min(MOST_DAYS, DAYS_AGAIN + max(0, (now - last).days))


def days(now: datetime, zone: str, count: int) -> Days:
    """Return the last days of a zone, the oldest first; a zone that is none is UTC.

    By our own zone database, as everywhere: a day that the clocks are changed on is an hour
    longer or shorter.
    """
    known = zones.find(zone) or ZoneInfo("UTC")
    today = now.astimezone(known).date()
    dates = [today - timedelta(days=ago) for ago in range(count - 1, -1, -1)]
    edges = [
        datetime.combine(day, time(), tzinfo=known).astimezone(UTC)
        for day in (*dates, today + timedelta(days=1))
    ]
    return Days(dates, edges[:-1], edges[1:])


def _count_one(session: Session, found: Days) -> set[str]:
    given = {"dates": found.dates, "sinces": found.sinces, "tills": found.tills}
    session.execute(_COUNT, given)
    return set(session.scalars(_WITHOUT_RATE, given))
