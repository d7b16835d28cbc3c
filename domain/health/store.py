"""Every query on tenants' health."""

from dataclasses import dataclass
from datetime import datetime
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
SELECT count(*) AS tenants, (SELECT id FROM them ORDER BY id DESC LIMIT 1) AS last,
  (SELECT count(*) FROM them) AS looked_at FROM scored"""


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
NOBODY: Final = UUID(int=0)


@dataclass(frozen=True, slots=True)
class Scored:
    """What one statement did: how many it scored, whom it looked at last, and whether all."""

    tenants: int
    last: UUID | None
    is_full: bool
    """As many were looked at as were asked for: there may be more."""


def now(session: Session) -> datetime:
    """Return the moment by the database's clock."""
    moment: datetime = session.execute(_NOW).scalar_one()
    return moment


def score(session: Session, *, at: datetime, after: UUID, most: int) -> Scored:
    """Score so many tenants, in the order of their ids, and write all of it down."""
    session.execute(_ROOM)
    row = session.execute(_ALL, {"at": at, "after": after, "most": most}).one()
    return Scored(row.tenants, row.last, row.looked_at == most)


def score_one(session: Session, user_id: UUID, *, at: datetime) -> bool:
    """Score one tenant; tell whether there is such a one, and it has not left."""
    row = session.execute(_ONE, {"at": at, "user": user_id, "most": 1}).one()
    return row.tenants == 1
