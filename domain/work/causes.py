"""Where the runbook tells what to do about an alert, by the alert's cause."""

from collections.abc import Mapping
from typing import Final

RUNBOOK: Final = "docs/runbook.md"

_WORKERS: Final = "workers-and-the-timetable"
_ROWS: Final = "work-that-failed-or-may-have-happened"
_PROMISES: Final = "a-promise-is-broken"
_MODELS: Final = "models-and-what-they-cost"
_CALLS: Final = "calls-that-are-to-be-placed"
_TEXTS: Final = "texts-and-letters"
_CALENDARS: Final = "owners-calendars"
_WEBHOOKS: Final = "vendors-webhooks"
_HOUSE: Final = "the-database-and-what-is-kept"
_BOOKS: Final = "the-books-do-not-agree"
_HEALTH: Final = "an-account-may-be-about-to-leave-churn_risk"

SECTIONS: Final[Mapping[str, str]] = {
    "account_down": _CALLS,
    "ai_budget_hard": _MODELS,
    "ai_budget_soft": _MODELS,
    "ai_models_fail": _MODELS,
    "ai_price_differs": _MODELS,
    "ai_price_missing": _MODELS,
    "beat_silent": _WORKERS,
    "calendar_loop": _CALENDARS,
    "churn_risk": _HEALTH,
    "clock_off": _WORKERS,
    "exchange_rate_missing": _MODELS,
    "messages_differ": _TEXTS,
    "not_sealed": _HOUSE,
    "outcome_unknown": _ROWS,
    "partitions_near": _HOUSE,
    "promise_broken": _PROMISES,
    "range_full": _TEXTS,
    "vendor_refuses": _ROWS,
    "retention_behind": _HOUSE,
    "run_late": _WORKERS,
    "slots_missed": _WORKERS,
    "supervisor_silent": _WORKERS,
    "views_differ": _BOOKS,
    "webhook_paused": _WEBHOOKS,
    "work_failed": _ROWS,
}
"""By cause: the heading, as its address has it. Tests hold that each cause is here and each
heading there."""

_BOOKS_BEGIN: Final = "billing_"


def section(alert_type: str) -> str:
    """Return the address of the section that says what to do about such an alert."""
    heading = _BOOKS if alert_type.startswith(_BOOKS_BEGIN) else SECTIONS.get(alert_type)
    return f"{RUNBOOK}#{heading}" if heading else RUNBOOK
