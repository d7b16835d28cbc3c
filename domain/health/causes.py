"""Why an account may be about to leave, and when that is told: once, while it lasts, not for ever.

Each cause is raised by one condition and stays by a weaker one, so that an account on the edge is
not told about every day; it is resolved when it has not held for `dwell`, and then quiet for
`quiet`. Conditions are SQL over a score's row (`s`) and, once there is one, its alert (`a`).
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """One cause: what raises and what keeps its alert, how grave it is, and in which words."""

    reason: str
    raised_if: str
    stays_if: str
    grave: str
    """SQL: 1 medium, 2 high, 3 critical; 0 is no danger but an opportunity."""

    message: str
    """SQL for a sentence."""

    before: str = "CAST(NULL AS numeric)"
    """SQL for the score that it is measured against."""

    level: str = "CAST(NULL AS numeric)"
    """SQL for the level that it is measured against, kept with the alert."""

    dwell: timedelta = 2 * DAY
    quiet: timedelta = 30 * DAY
    """After it is over; a critical one of the same cause is told all the same."""

    longest: timedelta = 45 * DAY
    """After so long it is how things are, and no news."""


def _fact(name: str) -> str:
    return f"(s.factors -> 'facts' ->> '{name}')::numeric"


def _steps(high: str, critical: str) -> str:
    return f"CASE WHEN {critical} THEN 3 WHEN {high} THEN 2 ELSE 1 END"


PAYMENT: Final = "(s.factors -> 'points' -> 'payment' ->> 'value')"
_LEVEL: Final = "(a.details ->> 'level')::numeric"

# Longer than chance keeps an account silent that is called so often: five calls were to come
# meanwhile. Of one that is hardly ever called, weeks of silence are how it lives.
_IS_CALLED: Final = f"{_fact('level')} >= 5"
_SILENT: Final = (
    f"CASE WHEN {_IS_CALLED} THEN {_fact('silent')} >= 7"
    f" AND {_fact('silent')} * {_fact('level')} / 28 >= 5 ELSE {_fact('silent')} >= 14 END"
)
_LONG: Final = f"{_fact('silent')} >= CASE WHEN {_IS_CALLED} THEN {{}} ELSE {{}} END"

# A score jumps about by ten from day to day, and so does the difference of two. What declines
# slowly stays down: the best of four days lies as far below as the worst.
_STAYS_DOWN: Final = (
    "(SELECT max(h.score) FROM customer_health_history h WHERE h.user_id = s.user_id"
    " AND h.period_start > s.last_calculated - interval '4 days'"
    " AND h.period_start <= s.last_calculated) <= s.score - s.trend_30_days - 12"
)

CAUSES: Final = (
    Cause(
        reason="score_drop",
        raised_if="s.trend_7_days <= -15",
        stays_if="s.score < a.score_before - 7",
        grave=_steps("s.trend_7_days <= -20", "s.trend_7_days <= -30"),
        message=(
            "format('The score fell from %s to %s in a week.', s.score - s.trend_7_days, s.score)"
        ),
        before="s.score - s.trend_7_days",
        dwell=4 * DAY,
    ),
    Cause(
        reason="slow_decline",
        raised_if=f"s.trend_30_days <= -12 AND s.trend_7_days > -15 AND {_STAYS_DOWN}",
        stays_if="s.score < a.score_before - 6",
        grave=_steps("s.trend_30_days <= -24", "s.trend_30_days <= -40"),
        message=(
            "format('The score fell from %s to %s in thirty days, a little at a time.',"
            " s.score - s.trend_30_days, s.score)"
        ),
        before="s.score - s.trend_30_days",
        dwell=4 * DAY,
    ),
    Cause(
        reason="inactivity",
        raised_if=_SILENT,
        stays_if=f"{_fact('silent')} >= 3",
        grave=_steps(_LONG.format(14, 28), _LONG.format(21, 45)),
        message=f"format('No call, booking or log-in for %s days.', floor({_fact('silent')}))",
        longest=3650 * DAY,
    ),
    Cause(
        reason="usage_decline",
        raised_if=(
            f"{_fact('level')} >= 8 AND {_fact('calls_28')} <= 0.6 * {_fact('level')}"
            f" AND {_fact('calls_28')} - {_fact('level')}"
            f" <= -3 * sqrt({_fact('calls_28')} + {_fact('level')})"
        ),
        stays_if=f"{_fact('calls_28')} < 0.75 * {_LEVEL}",
        grave=_steps(f"{_fact('calls_28')} <= 0.25 * {_fact('level')}", "false"),
        message=(
            f"format('%s calls in 28 days; its own level was %s.', {_fact('calls_28')},"
            f" round({_fact('level')}))"
        ),
        level=_fact("level"),
        dwell=4 * DAY,
    ),
    Cause(
        reason="payment_problem",
        raised_if=f"{PAYMENT} IN ('past_due', 'unpaid', 'leaving')",
        stays_if=f"{PAYMENT} IN ('past_due', 'unpaid', 'leaving')",
        grave=_steps("true", f"{PAYMENT} <> 'past_due'"),
        message=(
            f"CASE {PAYMENT} WHEN 'leaving' THEN 'Cancelled: it ends with what is paid for.'"
            f" WHEN 'unpaid' THEN 'The last invoice was given up.' ELSE 'A payment is overdue.' END"
        ),
        dwell=timedelta(0),
        quiet=DAY,
        longest=3650 * DAY,
    ),
    Cause(
        reason="near_limit",
        raised_if=f"{_fact('share')} >= 0.8 AND {PAYMENT} IN ('active', 'trialing')",
        stays_if=f"{_fact('share')} >= 0.7",
        grave="0",
        quiet=60 * DAY,
        message=f"format('%s %% of what the plan gives are used.', floor(100 * {_fact('share')}))",
    ),
)

BY_REASON: Final = {cause.reason: cause for cause in CAUSES}

ESCALATED_AFTER: Final = 7 * DAY
"""Nobody took it up so long: it is graver than it was."""

WORTH_MORE: Final = 3
"""An account that pays so many times the median is graver; one that pays nothing, less grave."""
