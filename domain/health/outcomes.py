"""What became of accounts after they were scored, and what is learnt from it."""

import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.health import calibration
from domain.health.calibration import HORIZON, Count, Tally

_DAYS: Final = f"interval '{HORIZON.days} days'"
_SUBSCRIPTION: Final = (
    "now_at AS (SELECT DISTINCT ON (s.user_id) s.user_id, s.status, s.canceled_at,"
    "  s.cancel_at_period_end FROM subscriptions s"
    "  ORDER BY s.user_id, s.status IN ('canceled', 'incomplete_expired'), s.created_at DESC)"
)

# A score that was given after they had cancelled foretold nothing: `outcome_at` is then not after
# it, and it is not counted.
_CANCELED: Final = text(
    f"WITH {_SUBSCRIPTION}"  # noqa: S608  # our own words
    " UPDATE customer_health_history h SET outcome = 'canceled', outcome_at = n.canceled_at"
    " FROM now_at n WHERE n.user_id = h.user_id AND n.canceled_at IS NOT NULL"
    f" AND (n.status = 'canceled' OR n.cancel_at_period_end) AND n.canceled_at <= :at"
    f" AND h.period_start > n.canceled_at - {_DAYS}"
    " AND (h.outcome IS NULL OR h.outcome IN ('past_due', 'downgraded'))"
)
_PAST_DUE: Final = text(
    f"WITH {_SUBSCRIPTION}"  # noqa: S608  # our own words
    " UPDATE customer_health_history h SET outcome = 'past_due', outcome_at = CASE"
    "  WHEN h.factors -> 'points' -> 'payment' ->> 'value' IN ('past_due', 'unpaid')"
    "  THEN h.period_start ELSE :at END"
    " FROM now_at n WHERE n.user_id = h.user_id AND n.status IN ('past_due', 'unpaid')"
    f" AND h.outcome IS NULL AND h.period_start > :at - {_DAYS} AND h.period_start <= :at"
)
_DOWNGRADED: Final = text(
    "WITH steps AS (SELECT t.user_id, t.effective_from, t.price, t.currency,"  # noqa: S608  # our own words
    "  lag(t.price) OVER w AS was, lag(t.currency) OVER w AS was_in FROM tier_snapshots t"
    "  WINDOW w AS (PARTITION BY t.user_id ORDER BY t.effective_from))"
    " UPDATE customer_health_history h SET outcome = 'downgraded', outcome_at = d.effective_from"
    " FROM steps d WHERE d.user_id = h.user_id AND d.price < d.was AND d.currency = d.was_in"
    f" AND d.effective_from > :at - {_DAYS} AND d.effective_from <= :at AND h.outcome IS NULL"
    f" AND h.period_start > d.effective_from - {_DAYS} AND h.period_start < d.effective_from"
)
_STAYED: Final = text(
    f"UPDATE customer_health_history SET outcome = 'stayed', outcome_at = period_start + {_DAYS}"  # noqa: S608  # our own words
    f" WHERE outcome IS NULL AND period_start <= :at - {_DAYS}"
)

# Mondays, named one by one, so that what lies in the order of time is found by it.
_COMPARED: Final = text(
    "SELECT h.score, h.period_start > :middle AS is_later,"  # noqa: S608  # our own words
    " floor((h.factors -> 'points' -> 'login' ->> 'value')::numeric)::int AS login,"
    " count(*) AS n, count(*) FILTER (WHERE h.outcome <> 'stayed') AS gone"
    " FROM customer_health_history h"
    " WHERE h.period_start = ANY(ARRAY(SELECT generate_series("
    "   date_trunc('week', CAST(:at AS timestamptz), 'UTC') - interval '52 weeks',"
    "   CAST(:at AS timestamptz), interval '1 week')))"
    " AND h.outcome IS NOT NULL AND h.score IS NOT NULL"
    " AND (h.outcome = 'stayed' OR h.outcome_at > h.period_start)"
    f" AND h.period_start <= :at - {_DAYS}"
    " GROUP BY 1, 2, 3"
)
_MIDDLE: Final = text(
    "SELECT greatest(min(period_start), CAST(:at AS timestamptz) - interval '52 weeks')"  # noqa: S608  # our own words
    f" + (:at - {_DAYS} - greatest(min(period_start), CAST(:at AS timestamptz)"
    "  - interval '52 weeks')) / 2 FROM customer_health_history WHERE outcome IS NOT NULL"
)
_KEEP: Final = text(
    "INSERT INTO health_calibrations (period_start, horizon_days, accounts, departed, auc,"
    " login_auc, calibration_error, bands)"
    " VALUES (date_trunc('day', CAST(:at AS timestamptz), 'UTC'), :horizon, :accounts, :departed,"
    "  :auc, :login_auc, :error, CAST(:bands AS jsonb))"
    " ON CONFLICT (period_start) DO UPDATE SET accounts = excluded.accounts,"
    "  departed = excluded.departed, auc = excluded.auc, login_auc = excluded.login_auc,"
    "  calibration_error = excluded.calibration_error, bands = excluded.bands"
)
_NEWEST: Final = text("SELECT * FROM health_calibrations ORDER BY period_start DESC LIMIT 1")


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """How well scores foretold who leaves, learnt from what then happened."""

    accounts: int
    departed: int
    auc: float | None
    login_auc: float | None
    calibration_error: float | None
    """Of what the earlier half taught, held against the later half."""

    bands: list[dict[str, Any]]


def settle(session: Session, *, at: datetime) -> None:
    """Write beside each old score what then happened."""
    for statement in (_CANCELED, _DOWNGRADED, _PAST_DUE, _STAYED):
        session.execute(statement, {"at": at})


def learn(session: Session, *, at: datetime) -> Record:
    """Compare the scores of a year with what happened within the horizon of each."""
    middle = session.execute(_MIDDLE, {"at": at}).scalar_one_or_none() or at
    earlier: dict[int, Count] = defaultdict(lambda: calibration.NONE)
    later: dict[int, Count] = defaultdict(lambda: calibration.NONE)
    login: dict[int, Count] = defaultdict(lambda: calibration.NONE)
    for row in session.execute(_COMPARED, {"at": at, "middle": middle}):
        count = Count(row.n, row.gone)
        (later if row.is_later else earlier)[row.score] += count
        login[row.login or 0] += count
    every = both(earlier, later)
    whole = calibration.total(every)
    return Record(
        accounts=whole.all,
        departed=whole.left,
        auc=calibration.auc(every),
        login_auc=calibration.auc(login, more_is_worse=True),
        calibration_error=(
            calibration.error(calibration.bands(earlier), later) if earlier and later else None
        ),
        bands=[
            {
                "from": band.low,
                "to": band.high,
                "accounts": band.count.all,
                "departed": band.count.left,
                "share": round(band.share, 4),
                "low": round(band.bounds[0], 4),
                "high": round(band.bounds[1], 4),
            }
            for band in calibration.bands(every)
        ],
    )


def both(one: Tally, other: Tally) -> Mapping[int, Count]:
    """Return two tallies as one."""
    return {
        at: one.get(at, calibration.NONE) + other.get(at, calibration.NONE) for at in {*one, *other}
    }


def keep(session: Session, record: Record, *, at: datetime) -> None:
    """Write down what was learnt today."""
    session.execute(
        _KEEP,
        {
            "at": at,
            "horizon": HORIZON.days,
            "accounts": record.accounts,
            "departed": record.departed,
            "auc": record.auc,
            "login_auc": record.login_auc,
            "error": record.calibration_error,
            "bands": json.dumps(record.bands),
        },
    )


def newest(session: Session) -> Record | None:
    """Return what was learnt last."""
    row = session.execute(_NEWEST).mappings().one_or_none()
    if row is None:
        return None
    figures = {
        name: None if row[name] is None else float(row[name])
        for name in ("auc", "login_auc", "calibration_error")
    }
    return Record(accounts=row["accounts"], departed=row["departed"], bands=row["bands"], **figures)
