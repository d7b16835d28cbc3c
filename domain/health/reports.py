"""What people read of health: one account's card, and how all of them do."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

from domain.health import alerts, outcomes, remedies
from domain.health.outcomes import Record
from domain.health.remedies import Change, Step
from domain.health.rules import FACTORS, Value

_SCORE: Final = text(
    "SELECT s.user_id, s.score, s.lower_bound, s.upper_bound, s.grade, s.risk_level, s.factors,"
    " s.trend_7_days, s.trend_30_days, s.last_calculated, (SELECT h.factors -> 'points'"
    "  FROM customer_health_history h WHERE h.user_id = s.user_id AND h.score IS NOT NULL"
    "  AND h.period_start <= s.last_calculated - interval '7 days'"
    "  AND h.period_start > s.last_calculated - interval '10 days'"
    "  ORDER BY h.period_start DESC LIMIT 1) AS week_ago"
    " FROM customer_health_scores s WHERE s.user_id = :user"
)
_WORST: Final = text(
    "SELECT s.user_id, s.score, s.lower_bound, s.upper_bound, s.grade, s.risk_level, s.factors,"
    " s.trend_7_days, s.trend_30_days, s.last_calculated, NULL::jsonb AS week_ago"
    " FROM customer_health_scores s WHERE s.score IS NOT NULL"
    " AND s.last_calculated > :newest - interval '2 days' ORDER BY s.score, s.user_id LIMIT :most"
)
_NEWEST: Final = text("SELECT max(last_calculated) FROM customer_health_scores")
_BY_SCORE: Final = text(
    "SELECT score, count(*) AS n FROM customer_health_scores"
    " WHERE last_calculated > :newest - interval '2 days' GROUP BY 1 ORDER BY 1"
)
_BY_DAY: Final = text(
    "SELECT period_start AS day, avg(score)::float8 AS mean, count(*) AS n,"
    " (count(*) FILTER (WHERE score < 60))::float8 / count(*) AS at_risk"
    " FROM customer_health_history WHERE score IS NOT NULL"
    " AND period_start > :newest - interval '90 days' GROUP BY 1 ORDER BY 1"
)
_OPEN: Final = text(
    "SELECT reason, severity, count(*) AS n, sum(worth) AS worth FROM churn_alerts"
    " WHERE resolved_at IS NULL GROUP BY 1, 2 ORDER BY 1, 2"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One account: its score and what it is made of, what moved, and what would restore it."""

    user_id: UUID
    score: int | None
    bounds: tuple[float, float] | None
    grade: str
    risk: str | None
    trend_7_days: float | None
    trend_30_days: float | None
    at: datetime
    evidence: float
    points: Mapping[str, Mapping[str, Any]]
    facts: Mapping[str, Any]
    moved: Sequence[Change]
    to_restore: Sequence[Step]
    alerts: Sequence[Mapping[str, Any]]
    so_far: Mapping[str, Any] | None
    """The band of the record that the score lies in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """How all accounts do, and how often scores were right."""

    at: datetime | None
    by_score: Mapping[int, int]
    new: int
    by_day: Sequence[Mapping[str, Any]]
    alerts: Sequence[Mapping[str, Any]]
    record: Record | None
    worst: Sequence[Card]


def card(session: Session, user_id: UUID) -> Card | None:
    """Return an account's card; None where it was never scored."""
    row = session.execute(_SCORE, {"user": user_id}).mappings().one_or_none()
    if row is None:
        return None
    return _card(row, outcomes.newest(session), list(alerts.of(session, user_id)))


def report(session: Session, *, most: int = 10) -> Report:
    """Return how all accounts do that were scored of late."""
    newest = session.execute(_NEWEST).scalar_one_or_none()
    given = {"newest": newest, "most": most}
    record = outcomes.newest(session)
    by_score: dict[int | None, int] = {
        row.score: row.n for row in session.execute(_BY_SCORE, given)
    }
    worst = session.execute(_WORST, given).mappings().all()
    return Report(
        at=newest,
        by_score={at: n for at, n in by_score.items() if at is not None},
        new=by_score.get(None, 0),
        by_day=[dict(row) for row in session.execute(_BY_DAY, given).mappings()],
        alerts=[dict(row) for row in session.execute(_OPEN).mappings()],
        record=record,
        worst=[_card(row, record, list(alerts.of(session, row["user_id"]))) for row in worst],
    )


def _card(row: RowMapping, record: Record | None, open_now: Sequence[Any]) -> Card:
    points: Mapping[str, Mapping[str, Any]] = row["factors"]["points"]
    values: dict[str, Value] = {
        name: Decimal(str(part["value"]))
        if isinstance(part["value"], int | float)
        else part["value"]
        for name, part in points.items()
    }
    now = {name: part["points"] for name, part in points.items()}
    week_ago: Mapping[str, Mapping[str, Any]] = row["week_ago"] or {}
    before = {name: part["points"] for name, part in week_ago.items()}
    score: int | None = row["score"]
    return Card(
        user_id=row["user_id"],
        score=score,
        bounds=None if score is None else (float(row["lower_bound"]), float(row["upper_bound"])),
        grade=row["grade"],
        risk=row["risk_level"],
        trend_7_days=_figure(row["trend_7_days"]),
        trend_30_days=_figure(row["trend_30_days"]),
        at=row["last_calculated"],
        evidence=float(row["factors"]["evidence"]),
        points={factor.name: points[factor.name] for factor in FACTORS},
        facts=row["factors"]["facts"],
        moved=remedies.changes(before, now) if before else [],
        to_restore=[] if score is None else remedies.restore(values),
        alerts=open_now,
        so_far=None if score is None or record is None else _band(record, score),
    )


def _band(record: Record, score: int) -> Mapping[str, Any] | None:
    return next((one for one in record.bands if one["from"] <= score <= one["to"]), None)


def _figure(value: Decimal | None) -> float | None:
    return None if value is None else float(value)
