"""Churn alerts of all tenants: raised, seen again, graver, resolved, one statement each.

Who raises looks for an open alert and for one that was resolved not long ago; the unique index
decides where two runs look at once.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.health.causes import CAUSES, ESCALATED_AFTER, WORTH_MORE, Cause

_SEVERITY: Final = (
    "(ARRAY['low', 'medium', 'high', 'critical'])[1 + greatest(0, least(3, {grade}))]"
)

# What an account pays a month, in dollars of the day. A currency without a rate is worth what
# nobody knows.
_WORTH: Final = """
plans AS (
  SELECT p.id, (p.price / CASE p.interval WHEN 'yearly' THEN 12 ELSE 1 END)
    / CASE p.currency WHEN 'USD' THEN 1 ELSE (SELECT r.rate FROM exchange_rates r
      WHERE r.base = 'USD' AND r.quote = p.currency AND r.valid_on <= CAST(:at AS date)
      ORDER BY r.valid_on DESC LIMIT 1) END AS worth FROM subscription_plans p),
paid AS MATERIALIZED (
  SELECT DISTINCT ON (b.user_id) b.user_id, p.worth
  FROM subscriptions b JOIN plans p ON p.id = b.plan_id
  WHERE b.status IN ('active', 'past_due', 'unpaid') ORDER BY b.user_id, b.created_at DESC),
middle AS (
  SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY worth)::numeric AS worth FROM paid
  WHERE worth > 0)"""


def _candidates(cause: Cause) -> str:
    return (
        f"SELECT s.user_id, '{cause.reason}' AS reason, {cause.grave} AS grave,"  # noqa: S608  # our own words
        f" {cause.message} AS message, {cause.before} AS before, {cause.level} AS level,"
        " s.score FROM fresh s"
        f" WHERE {cause.raised_if}"
    )


_FRESH: Final = (
    "fresh AS MATERIALIZED (SELECT * FROM customer_health_scores s"
    " WHERE s.last_calculated = :at AND s.score IS NOT NULL AND {whose})"
)


def _raise() -> str:
    found = " UNION ALL ".join(map(_candidates, CAUSES))
    grade = (
        "c.grave + CASE WHEN c.grave = 0 THEN 0 WHEN p.worth IS NULL THEN -1"
        f" WHEN p.worth >= {WORTH_MORE} * m.worth THEN 1 ELSE 0 END"
    )
    return (
        f"WITH {_FRESH}, {_WORTH}, found AS ({found})"  # noqa: S608  # our own words
        " INSERT INTO churn_alerts (user_id, reason, severity, message, details, score_before,"
        "  score_after, worth, currency, created_at, last_seen_at)"
        f" SELECT c.user_id, c.reason, {_SEVERITY.format(grade=grade)}, c.message,"
        "  jsonb_strip_nulls(jsonb_build_object('level', c.level, 'grave', c.grave)),"
        "  c.before, c.score, round(p.worth, 2), CASE WHEN p.worth IS NOT NULL THEN 'USD' END,"
        "  :at, :at"
        " FROM found c LEFT JOIN paid p USING (user_id) CROSS JOIN middle m"
        " WHERE NOT EXISTS (SELECT FROM churn_alerts a WHERE a.user_id = c.user_id"
        "  AND a.reason = c.reason AND (a.resolved_at IS NULL OR a.quiet_until > :at"
        "   AND (c.grave < 3 OR (a.details ->> 'grave')::int >= c.grave)))"
        " ORDER BY c.user_id, c.reason"
        " ON CONFLICT (user_id, reason) WHERE resolved_at IS NULL DO NOTHING RETURNING 1"
    )


def _case(column: str) -> str:
    words = " ".join(f"WHEN '{one.reason}' THEN {getattr(one, column)}" for one in CAUSES)
    return f"CASE a.reason {words} END"


def _seconds(column: str) -> str:
    words = " ".join(
        f"WHEN '{one.reason}' THEN interval '{getattr(one, column).total_seconds():.0f} s'"
        for one in CAUSES
    )
    return f"CASE a.reason {words} END"


_SEE: Final = (
    f"WITH {_FRESH} UPDATE churn_alerts a SET seen = a.seen + 1, last_seen_at = :at,"  # noqa: S608  # our own words
    " score_after = s.score"
    " FROM fresh s WHERE s.user_id = a.user_id AND a.resolved_at IS NULL AND a.last_seen_at < :at"
    f" AND a.created_at > :at - {_seconds('longest')} AND {_case('stays_if')} RETURNING 1"
)

# An account that left, or was not scored for want of evidence, is nobody's to keep any more.
_RESOLVE: Final = (
    "UPDATE churn_alerts a SET resolved_at = :at,"  # noqa: S608  # our own words
    f" quiet_until = :at + {_seconds('quiet')}"
    " WHERE a.resolved_at IS NULL AND {whose}"
    f" AND a.last_seen_at < :at - {_seconds('dwell')}"
    " RETURNING 1"
)

_ESCALATE: Final = (
    "UPDATE churn_alerts a SET escalated_at = :at, severity ="  # noqa: S608  # our own words
    " CASE a.severity WHEN 'medium' THEN 'high' ELSE 'critical' END"
    " WHERE a.resolved_at IS NULL AND a.acknowledged_at IS NULL AND a.escalated_at IS NULL"
    f" AND a.severity <> 'low' AND {{whose}}"
    f" AND a.created_at <= :at - interval '{ESCALATED_AFTER.days} days' RETURNING 1"
)

# Operators see what is grave, under the account's own subject; what is resolved leaves with it.
_TELL: Final = (
    "WITH grave AS (SELECT DISTINCT ON (a.user_id) a.user_id, a.severity, a.message,"
    "  a.reason, a.worth, a.currency FROM churn_alerts a"
    "  WHERE a.resolved_at IS NULL AND a.severity IN ('high', 'critical')"
    "  ORDER BY a.user_id, a.severity, a.created_at),"
    " told AS (INSERT INTO ops_alerts AS o (alert_type, subject, user_id, severity, message,"
    "   details)"
    "  SELECT 'churn_risk', g.user_id::text, g.user_id,"
    "   CASE g.severity WHEN 'critical' THEN 'critical' ELSE 'warning' END,"
    "   'An account may be about to leave: ' || g.message,"
    "   jsonb_build_object('reason', g.reason, 'worth', g.worth, 'currency', g.currency)"
    "  FROM grave g ORDER BY g.user_id"
    "  ON CONFLICT (alert_type, subject) WHERE resolved_at IS NULL DO UPDATE"
    "  SET seen = o.seen + 1, last_seen_at = clock_timestamp(), severity = excluded.severity,"
    "   message = excluded.message, details = excluded.details),"
    " gone AS (UPDATE ops_alerts o SET resolved_at = clock_timestamp()"
    "  WHERE o.alert_type = 'churn_risk' AND o.resolved_at IS NULL"
    "  AND NOT EXISTS (SELECT FROM grave g WHERE g.user_id::text = o.subject))"
    " UPDATE churn_alerts a SET notified_at = :at WHERE a.resolved_at IS NULL"
    " AND a.notified_at IS NULL AND a.severity IN ('high', 'critical')"
)

_OF_ALL: Final = "true"
_OF_ONE: Final = "{alias}.user_id = :user"


def follow(session: Session, *, at: datetime, user_id: UUID | None = None) -> dict[str, int]:
    """Bring all alerts, or one account's, in line with the scores of this moment; count them."""
    given: dict[str, Any] = {"at": at} | ({} if user_id is None else {"user": user_id})

    def run(words: str, alias: str) -> int:
        whose = _OF_ALL if user_id is None else _OF_ONE.format(alias=alias)
        return len(session.execute(text(words.replace("{whose}", whose)), given).all())

    run(_SEE, "s")
    done = {"resolved": run(_RESOLVE, "a"), "raised": run(_raise(), "s")}
    done["escalated"] = run(_ESCALATE, "a")
    return done


def tell(session: Session, *, at: datetime) -> None:
    """Tell operators of grave alerts, and no more of those that are over."""
    session.execute(text(_TELL), {"at": at})


_OPEN: Final = text(
    "SELECT reason, severity, message, score_before, score_after, worth, currency, seen,"
    " created_at, last_seen_at, escalated_at, acknowledged_at FROM churn_alerts"
    " WHERE user_id = :user AND resolved_at IS NULL ORDER BY created_at"
)


def of(session: Session, user_id: UUID) -> Iterator[dict[str, Any]]:
    """Return the open alerts of an account."""
    for row in session.execute(_OPEN, {"user": user_id}).mappings():
        yield dict(row)
