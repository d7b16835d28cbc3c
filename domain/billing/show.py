"""What one tenant may use, as a sum that anyone can check, and by what it was used."""

from typing import Any, Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

_LIMITS: Final = text(
    "SELECT l.*, app_call_included(l) AS call_included, app_sms_included(l) AS sms_included,"
    " app_call_allowance(l) AS call_allowance, app_sms_allowance(l) AS sms_allowance"
    " FROM usage_limits l WHERE user_id = :user"
)
_SUBSCRIPTIONS: Final = text(
    "SELECT stripe_subscription_id AS subscription, status, tier, current_period_start AS start,"
    ' current_period_end AS "end", cancel_at_period_end AS ends, synced_at FROM subscriptions'
    " WHERE user_id = :user ORDER BY started_at DESC NULLS LAST"
)
_BY_WHAT: Final = text(
    "SELECT 'calls' AS what, provider, coalesce(direction, '-') AS direction, count(*) AS lines,"
    " sum(seconds) AS amount FROM usage_calls u JOIN usage_limits l USING (user_id)"
    " WHERE user_id = :user AND u.created_at >= coalesce(l.period_start, '-infinity')"
    " GROUP BY 2, 3 UNION ALL"
    " SELECT 'texts', provider, coalesce(direction, '-'), count(*), sum(segments)"
    " FROM usage_sms u JOIN usage_limits l USING (user_id)"
    " WHERE user_id = :user AND u.created_at >= coalesce(l.period_start, '-infinity')"
    " GROUP BY 2, 3 ORDER BY 1, 2, 3"
)
_BILLED: Final = text(
    "SELECT period_start AS start, currency, sum(amount) AS amount,"
    " sum(provider_cost) AS cost, sum(margin) AS margin FROM billing_line_items"
    " WHERE user_id = :user GROUP BY 1, 2 ORDER BY 1 DESC LIMIT 12"
)
_FINDINGS: Final = text(
    "SELECT class, subject, worth, currency, created_at FROM reconciliation_findings"
    " WHERE user_id = :user AND state = 'open' ORDER BY created_at"
)


def sums(limits: Any) -> list[tuple[str, object, object]]:  # noqa: ANN401  # a row of the statement above
    """Return the allowance term by term: what, seconds, messages."""
    calls, texts = limits["call_cap_seconds"], limits["sms_cap"]
    percent, bridge = limits["hard_percent"], limits["bridge_percent"]

    def more(included: int | None) -> int | None:
        return None if included is None else included * percent // 100 - included

    return [
        ("plan", calls, texts),
        ("credit", limits["call_credit"], limits["sms_credit"]),
        ("rollover", limits["rollover_seconds"], 0),
        ("overage", more(limits["call_included"]), more(limits["sms_included"])),
        ("grace", limits["grace_seconds"], 0),
        (
            "bridge",
            None if calls is None else calls * bridge // 100,
            None if texts is None else texts * bridge // 100,
        ),
    ]


def tell(session: Session, user_id: UUID) -> dict[str, Any]:
    """Return all that is to be shown of a tenant."""
    bound = {"user": user_id}

    def rows(statement: Any) -> list[dict[str, Any]]:  # noqa: ANN401  # a TextClause
        found = session.execute(statement, bound).mappings()
        return [{str(name): row[name] for name in row} for row in found]

    limits = rows(_LIMITS)
    return {
        "limits": limits[0] if limits else None,
        "subscriptions": rows(_SUBSCRIPTIONS),
        "used": rows(_BY_WHAT),
        "billed": rows(_BILLED),
        "findings": rows(_FINDINGS),
    }
