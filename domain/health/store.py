"""Every query on tenants' health."""

from datetime import datetime
from itertools import pairwise
from typing import Final
from uuid import UUID

from sqlalchemy import TextClause, text
from sqlalchemy.orm import Session

from domain.health.rules import Z
from domain.health.signals import scored

_NOW: Final = text("SELECT clock_timestamp()")

_BEFORE: Final = (
    "(SELECT h.score FROM customer_health_history h WHERE h.user_id = s.id"
    " AND h.period_start <= :at - interval '{days} days'"
    " AND h.period_start > :at - interval '{reach} days' ORDER BY h.period_start DESC LIMIT 1)"
)

# An interval by Wilson: the score as a share, seen as often as there is evidence.
_JUDGED: Final = f"""
judged_all AS MATERIALIZED (
  SELECT s.id, s.score, s.factors,
    round(100 * (p + z2 / (2 * n) - spread) / (1 + z2 / n), 1) AS low,
    round(100 * (p + z2 / (2 * n) + spread) / (1 + z2 / n), 1) AS high,
    CASE WHEN s.score IS NULL THEN 'new' WHEN s.score >= 90 THEN 'A' WHEN s.score >= 80 THEN 'B'
      WHEN s.score >= 70 THEN 'C' WHEN s.score >= 60 THEN 'D' ELSE 'F' END AS grade,
    CASE WHEN s.score >= 80 THEN 'low' WHEN s.score >= 60 THEN 'medium'
      WHEN s.score >= 40 THEN 'high' WHEN s.score >= 0 THEN 'critical' END AS risk,
    s.score - {_BEFORE.format(days=7, reach=10)} AS week,
    s.score - {_BEFORE.format(days=30, reach=36)} AS month
  FROM scored s
  CROSS JOIN LATERAL (SELECT s.score / 100.0 AS p, nullif(s.evidence, 0) AS n, {Z * Z} AS z2) a
  CROSS JOIN LATERAL (SELECT sqrt(z2 * (p * (1 - p) / n + z2 / (4 * n * n))) AS spread
    WHERE s.score IS NOT NULL UNION ALL SELECT NULL WHERE s.score IS NULL) b)"""  # noqa: S608  # our own words

_WRITTEN: Final = """
kept AS (
  INSERT INTO customer_health_history (user_id, period_start, score, lower_bound, upper_bound,
    grade, risk_level, factors, calculated_at)
  SELECT id, date_trunc('day', :at, 'UTC'), score, low, high, grade, risk, factors, :at
  FROM judged_all ORDER BY id
  ON CONFLICT (user_id, period_start) DO NOTHING),
written AS (
  INSERT INTO customer_health_scores AS mine (user_id, score, lower_bound, upper_bound, grade,
    risk_level, factors, trend_7_days, trend_30_days, last_calculated)
  SELECT id, score, low, high, grade, risk, factors, week, month, :at FROM judged_all ORDER BY id
  ON CONFLICT (user_id) DO UPDATE SET score = excluded.score, lower_bound = excluded.lower_bound,
    upper_bound = excluded.upper_bound, grade = excluded.grade,
    risk_level = excluded.risk_level, factors = excluded.factors,
    trend_7_days = excluded.trend_7_days, trend_30_days = excluded.trend_30_days,
    last_calculated = excluded.last_calculated
  WHERE mine.last_calculated IS NULL OR mine.last_calculated <= excluded.last_calculated)
SELECT count(*) AS tenants FROM scored"""


def _statement(*, one: bool) -> TextClause:
    return text(f"WITH {scored(one=one)},{_JUDGED},{_WRITTEN}")


_ALL: Final = _statement(one=False)
_ONE: Final = _statement(one=True)

# Sums by tenant fit into this, and are not written to disk and read again. Compiling the
# statement costs more than it saves.
_ROOM: Final = text(
    "SELECT set_config('work_mem', '96MB', true), set_config('jit', 'off', true),"
    " set_config('enable_nestloop', 'off', true)"
)
FIRST: Final = UUID(int=0)
LAST: Final = UUID(int=2**128 - 1)

# Parts of equal size: as many as there have to be, and one for each hand at least.
_PARTS: Final = text("""
WITH them AS (
  SELECT id, row_number() OVER (ORDER BY id) AS place, count(*) OVER () AS n FROM users
  WHERE status <> 'inactive' AND created_at <= :at)
SELECT id FROM them
WHERE place % greatest(1, :least, least(:most, ceil(n / CAST(:hands AS numeric)))) = 0
ORDER BY id
""")


def now(session: Session) -> datetime:
    """Return the moment by the database's clock."""
    moment: datetime = session.execute(_NOW).scalar_one()
    return moment


def parts(
    session: Session, *, at: datetime, most: int, least: int, hands: int
) -> list[tuple[UUID, UUID]]:
    """Part the tenants, by their ids, into spans of so many: after the one, up to the other."""
    bound = {"at": at, "most": most, "least": least, "hands": hands}
    edges = [FIRST, *session.scalars(_PARTS, bound), LAST]
    return list(pairwise(edges))


def score(session: Session, *, at: datetime, after: UUID, last: UUID) -> int:
    """Score the tenants of a span and write all of it down; return how many they were."""
    session.execute(_ROOM)
    scored: int = session.execute(_ALL, {"at": at, "after": after, "last": last}).scalar_one()
    return scored


def score_one(session: Session, user_id: UUID, *, at: datetime) -> bool:
    """Score one tenant; tell whether there is such a one, and it has not left."""
    scored: int = session.execute(_ONE, {"at": at, "user": user_id}).scalar_one()
    return scored == 1
