"""Periods roll, each once: its row is the promise, and what is derived is added up anew.

Under the lock on the tenant's limits, so that whoever notes use meanwhile waits, and then
counts for the period that is.
"""

import json
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.billing import rules, store
from domain.billing.compare import Ours, tiers_of
from domain.billing.rules import Closed, Plan, Span, Tier

_CLOSE: Final = text(
    "INSERT INTO user_call_usage AS p (user_id, billing_period_start, billing_period_end,"
    " calls_used, seconds_used, minutes_used, sms_used, rollover_seconds, closed_at)"
    " VALUES (:user, :start, :end, :calls, :seconds, :minutes, :messages, :rollover,"
    "  clock_timestamp())"
    " ON CONFLICT (user_id, billing_period_start) DO UPDATE SET"
    " billing_period_end = excluded.billing_period_end, calls_used = excluded.calls_used,"
    " seconds_used = excluded.seconds_used, minutes_used = excluded.minutes_used,"
    " sms_used = excluded.sms_used, rollover_seconds = excluded.rollover_seconds,"
    " closed_at = excluded.closed_at WHERE p.closed_at IS NULL RETURNING id"
)
_DRAW: Final = text(
    "INSERT INTO usage_credits (user_id, kind, seconds, messages, provider, provider_reference,"
    " expires_at, note) VALUES (:user, 'correction', :seconds, :messages, 'period', :reference,"
    " :expires, 'used up in its period') ON CONFLICT DO NOTHING"
)
_SNAPSHOT: Final = text(
    "INSERT INTO tier_snapshots (user_id, plan_id, tier, call_cap_seconds, sms_cap, price,"
    " currency, overage_minute_price, overage_sms_price, effective_from) VALUES (:user, :plan,"
    " :tier, :seconds, :messages, :price, :currency, :minute, :sms, :since)"
    " ON CONFLICT (user_id, effective_from) DO NOTHING"
)
_END_SNAPSHOTS: Final = text(
    "UPDATE tier_snapshots SET effective_until = :until WHERE user_id = :user"
    " AND effective_until IS NULL AND effective_from < :until"
)
_LINE: Final = text(
    "INSERT INTO billing_line_items AS l (user_id, tier_snapshot_id, period_start, period_end,"
    " kind, units, unit_price, amount, provider_cost, currency)"
    " SELECT :user, (SELECT id FROM tier_snapshots WHERE user_id = :user"
    "   AND effective_from < :end ORDER BY effective_from DESC LIMIT 1), :start, :end,"
    "  x.kind, x.units, x.price, round(x.units * coalesce(x.price, 0), 2), x.cost, :currency"
    " FROM jsonb_to_recordset(CAST(:lines AS jsonb))"
    "  AS x(kind text, units numeric, price numeric, cost numeric)"
    " ON CONFLICT (user_id, period_start, kind) DO UPDATE SET units = excluded.units,"
    " period_end = excluded.period_end, unit_price = excluded.unit_price,"
    " amount = excluded.amount, provider_cost = excluded.provider_cost"
)
_SET: Final = (
    *("tier", "call_cap_seconds", "sms_cap", "grace_seconds", "soft_percent", "hard_percent"),
    *("period_start", "period_end", "stopped_for", "rollover_seconds"),
)


def roll(session: Session, ours: Ours, plan: Plan, wanted: Span, *, asked_at: datetime) -> int:
    """Close the periods that ended before `wanted` begins; return what rolls over into it."""
    limits = ours.limits
    if limits is None or limits.span is None or limits.span.start >= wanted.start:
        note_tier(session, ours, plan, wanted, asked_at=asked_at)
        return limits.rollover if limits else 0
    spans = rules.between(limits.span, wanted.start, plan.months)
    facts = limits.facts
    given = Tier(
        since=limits.span.start,
        seconds=facts["call_cap_seconds"],
        messages=facts["sms_cap"],
    )
    closed, rollover = rules.close(
        list(zip(spans, store.used(session, ours.user_id, spans), strict=True)),
        given,
        store.lots(session, ours.user_id),
        rollover=limits.rollover,
        most_rollover=plan.rollover,
    )
    for one in closed:
        _close(session, ours.user_id, one, plan)
    note_tier(session, ours, plan, wanted, asked_at=asked_at)
    return rollover


def _close(session: Session, user_id: UUID, one: Closed, plan: Plan) -> None:
    """Write down what became of a period; a period that was closed before stays as it is."""
    bound = {
        "user": user_id,
        "start": one.span.start,
        "end": one.span.end,
        "calls": one.used.calls,
        "seconds": one.used.seconds,
        "minutes": rules.minutes(one.used.seconds),
        "messages": one.used.messages,
        "rollover": one.rollover,
    }
    if session.scalar(_CLOSE, bound) is None:
        return
    for lot in one.drawn:
        ends = lot.expires_at.isoformat() if lot.expires_at else "never"
        session.execute(
            _DRAW,
            {
                "user": user_id,
                "seconds": -lot.seconds,
                "messages": -lot.messages,
                "expires": lot.expires_at,
                "reference": f"{user_id}/{one.span.start.isoformat()}/{ends}",
            },
        )
    write_lines(session, user_id, one, plan)


def write_lines(session: Session, user_id: UUID, one: Closed, plan: Plan) -> None:
    """Write what a period is billed for and what it cost us, kind by kind."""
    lines: list[tuple[str, int, Decimal | None, Decimal]] = [
        ("plan", 1, plan.price, Decimal(0)),
        ("call", rules.minutes(one.used.seconds), None, one.used.call_cost),
        ("sms", one.used.messages, None, one.used.sms_cost),
    ]
    if plan.overage_minute is not None:
        over = rules.minutes(one.over_seconds)
        lines.append(("overage_minutes", over, plan.overage_minute, Decimal(0)))
    if plan.overage_sms is not None:
        lines.append(("overage_sms", one.over_messages, plan.overage_sms, Decimal(0)))
    names = ("kind", "units", "price", "cost")
    session.execute(
        _LINE,
        {
            "user": user_id,
            "start": one.span.start,
            "end": one.span.end,
            "currency": plan.currency,
            "lines": json.dumps(
                [dict(zip(names, line, strict=True)) for line in lines], default=str
            ),
        },
    )


def note_tier(
    session: Session, ours: Ours, plan: Plan, span: Span, *, asked_at: datetime
) -> Sequence[Tier]:
    """Keep what the plan gives from now on, so that a plan that changes later changes no bill."""
    tiers = tiers_of(ours, plan, span, asked_at)
    since = tiers[-1].since
    session.execute(_END_SNAPSHOTS, {"user": ours.user_id, "until": since})
    session.execute(
        _SNAPSHOT,
        {
            "user": ours.user_id,
            "plan": plan.id,
            "tier": plan.tier,
            "seconds": plan.seconds,
            "messages": plan.messages,
            "price": plan.price,
            "currency": plan.currency,
            "minute": plan.overage_minute,
            "sms": plan.overage_sms,
            "since": since,
        },
    )
    return tiers


def write_limits(session: Session, user_id: UUID, wanted: dict[str, Any]) -> None:
    """Write a tenant's limits; the period that is, whatever it was."""
    names = [name for name in _SET if name in wanted]
    given = ", ".join(f":{name}" for name in names)
    sets = ", ".join(f"{name} = excluded.{name}" for name in names)
    session.execute(
        text(
            f"INSERT INTO usage_limits AS l (user_id, synced_at, {', '.join(names)})"  # noqa: S608  # our own names
            f" VALUES (:user, :asked, {given})"
            f" ON CONFLICT (user_id) DO UPDATE SET synced_at = excluded.synced_at, {sets},"
            " bridge_percent = CASE WHEN l.period_end IS DISTINCT FROM excluded.period_end"
            "  THEN 0 ELSE l.bridge_percent END"
        ),
        {"user": user_id, "asked": wanted["asked_at"], **{n: wanted[n] for n in names}},
    )
