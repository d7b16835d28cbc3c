"""Every query on plans, subscriptions, limits and credits."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.billing.compare import Limits, Ours, OurSubscription
from domain.billing.rules import Lot, Pack, Plan, Span, Tier, Used

_PLANS: Final = text(
    "SELECT id, tier, price, currency, interval, minutes_limit, sms_limit, rollover_seconds,"
    " grace_seconds, soft_percent, hard_percent, overage_minute_price, overage_sms_price,"
    " stripe_price_id FROM subscription_plans WHERE stripe_price_id IS NOT NULL"
)
_PACKS: Final = text(
    "SELECT stripe_price_id, seconds, messages, lasts_days FROM top_up_packs"
    " WHERE stripe_price_id IS NOT NULL"
)
COLUMNS: Final = (
    *("status", "stripe_customer_id", "stripe_price_id", "tier", "current_period_start"),
    *("current_period_end", "trial_end", "cancel_at_period_end", "canceled_at", "started_at"),
    "payment_method",
)
"""What of a subscription is theirs to say."""

_NAMES: Final = ", ".join(COLUMNS)
_READ: Final = """
SELECT stripe_subscription_id, plan_id, {names} FROM subscriptions
WHERE user_id = :user AND stripe_subscription_id IS NOT NULL
"""
_SUBSCRIPTIONS: Final = text(_READ.format(names=_NAMES))
_LIMITS: Final = text("SELECT * FROM usage_limits WHERE user_id = :user")
_TIERS: Final = text(
    "SELECT effective_from, call_cap_seconds, sms_cap FROM tier_snapshots"
    " WHERE user_id = :user AND (effective_until IS NULL OR effective_until > :start)"
    " ORDER BY effective_from"
)
_CREDITS: Final = text(
    "SELECT split_part(provider_reference, ':', 1) AS payment, sum(seconds) AS seconds,"
    " sum(messages) AS messages, coalesce(sum(amount), 0) AS amount, count(*) AS lines"
    " FROM usage_credits WHERE user_id = :user AND provider = :vendor GROUP BY 1"
)
_CUSTOMERS: Final = text(
    "SELECT stripe_customer_id FROM users WHERE id = :user AND stripe_customer_id IS NOT NULL"
    " UNION SELECT stripe_customer_id FROM subscriptions"
    " WHERE user_id = :user AND stripe_customer_id IS NOT NULL ORDER BY 1"
)
_OWNERS: Final = text(
    "SELECT stripe_customer_id AS customer, id AS user_id FROM users"
    " WHERE stripe_customer_id = ANY(CAST(:customers AS text[]))"
    " UNION SELECT stripe_customer_id, user_id FROM subscriptions"
    " WHERE stripe_customer_id = ANY(CAST(:customers AS text[]))"
)
# One tenant's books are written by one at a time, whether its limits stand yet or not.
_HOLD: Final = text("SELECT id FROM users WHERE id = :user FOR NO KEY UPDATE")
_HOLD_LIMITS: Final = text("SELECT user_id FROM usage_limits WHERE user_id = :user FOR UPDATE")
_NAME_CUSTOMER: Final = text(
    "UPDATE users SET stripe_customer_id = :customer WHERE id = :user"
    " AND stripe_customer_id IS NULL"
)
_WRITE: Final = """
INSERT INTO subscriptions AS s (user_id, stripe_subscription_id, plan_id, synced_at, {names})
VALUES (:user, :id, :plan, :asked, {values})
ON CONFLICT (stripe_subscription_id) DO UPDATE SET plan_id = excluded.plan_id,
    synced_at = excluded.synced_at, {sets}
WHERE s.user_id = excluded.user_id
"""
_WRITE_SUBSCRIPTION: Final = text(
    _WRITE.format(
        names=_NAMES,
        values=", ".join(
            f"CAST(:{name} AS jsonb)" if name == "payment_method" else f":{name}"
            for name in COLUMNS
        ),
        sets=", ".join(f"{name} = excluded.{name}" for name in COLUMNS),
    )
)
_USED: Final = text(
    "SELECT x.start,"
    " coalesce(c.seconds, 0) AS seconds, coalesce(c.calls, 0) AS calls,"
    " coalesce(c.cost, 0) AS call_cost, coalesce(t.messages, 0) AS messages,"
    " coalesce(t.cost, 0) AS sms_cost"
    " FROM unnest(CAST(:starts AS timestamptz[]), CAST(:ends AS timestamptz[])) AS x(start, till)"
    " LEFT JOIN LATERAL (SELECT sum(u.seconds) AS seconds, count(*) AS calls,"
    "  sum(u.cost) AS cost FROM usage_calls u WHERE u.user_id = :user"
    "  AND u.created_at >= x.start AND u.created_at < x.till) c ON true"
    " LEFT JOIN LATERAL (SELECT sum(u.segments) AS messages, sum(m.cost) AS cost"
    "  FROM usage_sms u LEFT JOIN messages m ON m.user_id = u.user_id"
    "   AND m.provider = u.provider AND m.provider_message_id = u.provider_message_id"
    "  WHERE u.user_id = :user AND u.created_at >= x.start AND u.created_at < x.till) t ON true"
    " ORDER BY x.start"
)
_LOTS: Final = text(
    "SELECT sum(seconds) AS seconds, sum(messages) AS messages, expires_at FROM usage_credits"
    " WHERE user_id = :user GROUP BY expires_at"
)
_ASKED_AT: Final = text(
    "SELECT user_id, synced_at FROM usage_limits WHERE synced_at IS NOT NULL"
    " AND user_id = ANY(CAST(:ids AS uuid[]))"
)
_NOW: Final = text("SELECT clock_timestamp()")


def now(session: Session) -> datetime:
    """Return the database's time."""
    return session.execute(_NOW).scalar_one()


def plans(session: Session) -> dict[str, Plan]:
    """Return what is sold, by price."""
    return {
        row.stripe_price_id: Plan(
            id=row.id,
            tier=row.tier,
            price=row.price,
            currency=row.currency,
            months=12 if row.interval == "yearly" else 1,
            seconds=None if row.minutes_limit is None else row.minutes_limit * 60,
            messages=row.sms_limit,
            rollover=row.rollover_seconds,
            grace=row.grace_seconds,
            soft_percent=row.soft_percent,
            hard_percent=row.hard_percent,
            overage_minute=row.overage_minute_price,
            overage_sms=row.overage_sms_price,
        )
        for row in session.execute(_PLANS)
    }


def packs(session: Session) -> dict[str, Pack]:
    """Return what is sold on top, by price."""
    return {
        row.stripe_price_id: Pack(
            seconds=row.seconds,
            messages=row.messages,
            lasts=timedelta(days=row.lasts_days) if row.lasts_days else None,
        )
        for row in session.execute(_PACKS)
    }


def ours(session: Session, user_id: UUID, *, vendor: str) -> Ours:
    """Return all that we know of a tenant."""
    bound = {"user": user_id}
    subscriptions = {
        row["stripe_subscription_id"]: OurSubscription(
            id=row["stripe_subscription_id"],
            plan_id=row["plan_id"],
            facts={name: row[name] for name in COLUMNS},
        )
        for row in session.execute(_SUBSCRIPTIONS, bound).mappings()
    }
    found = session.execute(_LIMITS, bound).mappings().one_or_none()
    limits = None if found is None else _limits({str(name): found[name] for name in found})
    start = limits.span.start if limits and limits.span else None
    return Ours(
        user_id=user_id,
        subscriptions=subscriptions,
        limits=limits,
        tiers=[
            Tier(since=row.effective_from, seconds=row.call_cap_seconds, messages=row.sms_cap)
            for row in session.execute(_TIERS, {**bound, "start": start})
        ]
        if start
        else [],
        credits={
            row.payment: (row.seconds, row.messages, row.amount)
            for row in session.execute(_CREDITS, {**bound, "vendor": vendor})
        },
        plans=plans(session),
        packs=packs(session),
    )


def _limits(row: Mapping[str, Any]) -> Limits:
    start, end = row["period_start"], row["period_end"]
    return Limits(
        span=Span(start, end) if start and end else None,
        rollover=row["rollover_seconds"],
        facts=row,
        synced_at=row["synced_at"],
    )


def customers(session: Session, user_id: UUID) -> list[str]:
    """Return the names under which the house knows a tenant."""
    return list(session.scalars(_CUSTOMERS, {"user": user_id}))


def owners(session: Session, names: Sequence[str]) -> dict[str, UUID]:
    """Return whose customers these are, where we know it."""
    rows = session.execute(_OWNERS, {"customers": list(names)})
    return {row.customer: row.user_id for row in rows}


def asked_at(session: Session, user_ids: Sequence[UUID]) -> dict[UUID, datetime]:
    """Return when the house was last asked about these tenants, where it ever was."""
    rows = session.execute(_ASKED_AT, {"ids": list(user_ids)})
    return {row.user_id: row.synced_at for row in rows}


def hold(session: Session, user_id: UUID) -> bool:
    """Let nobody else write this tenant's books meanwhile; False where there is none."""
    found = session.scalar(_HOLD, {"user": user_id}) is not None
    session.execute(_HOLD_LIMITS, {"user": user_id})
    return found


def name_customer(session: Session, user_id: UUID, customer: str) -> None:
    """Note under which name the house knows a tenant, where none was noted."""
    session.execute(_NAME_CUSTOMER, {"user": user_id, "customer": customer})


def write_subscription(session: Session, bound: Mapping[str, Any]) -> None:
    """Write a subscription down as it stands there."""
    session.execute(_WRITE_SUBSCRIPTION, dict(bound))


def used(session: Session, user_id: UUID, spans: Sequence[Span]) -> list[Used]:
    """Return what the ledgers say of these periods, in order."""
    bound = {
        "user": user_id,
        "starts": [span.start for span in spans],
        "ends": [span.end for span in spans],
    }
    return [
        Used(
            seconds=int(row.seconds),
            messages=int(row.messages),
            calls=row.calls,
            call_cost=row.call_cost,
            sms_cost=row.sms_cost,
        )
        for row in session.execute(_USED, bound)
    ]


def lots(session: Session, user_id: UUID) -> list[Lot]:
    """Return the credit that is left, by when it ends."""
    rows = session.execute(_LOTS, {"user": user_id})
    return [Lot(int(row.seconds), int(row.messages), row.expires_at) for row in rows]
