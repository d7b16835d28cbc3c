"""What ours and theirs say of one tenant, and where they differ. Pure.

A safe difference is healed by taking theirs over; any other waits for a person, because taking
it over could cost somebody money, or because theirs may be the mistake.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from domain.billing import rules
from domain.billing.ports import SubscriptionFacts, Truth
from domain.billing.rules import Pack, Plan, Span, Tier

Facts = Mapping[str, Any]


class Class(StrEnum):
    """What kind of difference it is."""

    MISSING = "missing"
    """A subscription of theirs that we have no row of."""

    STATUS = "status"
    PERIOD = "period"
    TIER = "tier"
    ENDING = "ending"
    CARD = "card"
    CAPS = "caps"
    """Our limits are not what the plan gives."""

    CREDIT = "credit"
    """What was bought on top, or taken back of it, and our ledger of credits."""

    COUNTERS = "counters"
    """A counter is not the sum of its ledger."""

    USAGE_MISSING = "usage_missing"
    """A call or text of ours that has ended stands in no ledger."""

    USAGE_DIFFERS = "usage_differs"
    """A ledger's line says another length than the call."""

    UNLOGGED = "unlogged"
    """A ledger's line that its vendor does not know."""

    UNLEDGERED = "unledgered"
    """Something in a vendor's log that stands in no ledger."""

    UNREAD = "unread"
    """A vendor's log that could not be read."""

    UNKNOWN_PRICE = "unknown_price"
    TWO_SUBSCRIPTIONS = "two_subscriptions"
    GONE = "gone"
    """A subscription that lives here, and that they do not know."""

    STRANGER = "stranger"
    """A customer or subscription of theirs that is no tenant of ours."""

    METERED = "metered"
    """What the meter counted is not what we told it."""


SAFE: Final = frozenset(
    {
        *(Class.MISSING, Class.STATUS, Class.PERIOD, Class.TIER, Class.ENDING, Class.CARD),
        *(Class.CAPS, Class.CREDIT, Class.COUNTERS, Class.USAGE_MISSING),
    }
)
"""Healed by taking theirs over, or by adding up anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One thing that ours and theirs say differently."""

    kind: Class
    subject: str
    ours: Facts | None
    theirs: Facts | None
    worth: Decimal | None = None
    currency: str | None = None

    @property
    def is_safe(self) -> bool:
        """Whether it may be healed without asking."""
        return self.kind in SAFE


Found = tuple[UUID | None, Difference]
"""A difference, and whose it is, where it is a tenant's of ours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OurSubscription:
    """A subscription as we have it."""

    id: str
    plan_id: UUID | None
    facts: Facts
    """Status, price, period and the rest, by the names of the columns."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a tenant may use, as we have it."""

    span: Span | None
    rollover: int
    facts: Facts
    synced_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ours:
    """All that we know of one tenant."""

    user_id: UUID
    subscriptions: Mapping[str, OurSubscription] = field(default_factory=dict[str, OurSubscription])
    limits: Limits | None = None
    tiers: Sequence[Tier] = ()
    """What plans gave in the current period, in order."""

    credits: Mapping[str, tuple[int, int, Decimal]] = field(
        default_factory=dict[str, tuple[int, int, Decimal]]
    )
    """By payment: seconds, messages and money, all lines together."""

    plans: Mapping[str, Plan] = field(default_factory=dict[str, Plan])
    packs: Mapping[str, Pack] = field(default_factory=dict[str, Pack])


def facts_of(one: SubscriptionFacts, plan: Plan | None, tier: str | None) -> dict[str, Any]:
    """Return a subscription of theirs by the names of our columns."""
    return {
        "status": one.status,
        "stripe_customer_id": one.customer,
        "stripe_price_id": one.price,
        "tier": plan.tier if plan else tier,
        "current_period_start": one.period_start,
        "current_period_end": one.period_end,
        "trial_end": one.trial_end,
        "cancel_at_period_end": one.cancel_at_period_end,
        "canceled_at": one.canceled_at,
        "started_at": one.started_at,
        "payment_method": None
        if one.card is None
        else {
            "brand": one.card.brand,
            "last4": one.card.last4,
            "exp_month": one.card.exp_month,
            "exp_year": one.card.exp_year,
        },
    }


PARTS: Final[Mapping[Class, Sequence[str]]] = {
    Class.STATUS: ("status",),
    Class.PERIOD: ("current_period_start", "current_period_end", "started_at"),
    Class.TIER: ("stripe_price_id", "tier"),
    Class.ENDING: ("trial_end", "cancel_at_period_end", "canceled_at"),
    Class.CARD: ("payment_method", "stripe_customer_id"),
}


def compare(ours: Ours, truth: Truth) -> list[Difference]:
    """Return every difference."""
    return [
        *_of_subscriptions(ours, truth),
        *_of_limits(ours, truth),
        *_of_credits(ours, truth),
    ]


def _of_subscriptions(ours: Ours, truth: Truth) -> Iterator[Difference]:
    for theirs in truth.subscriptions:
        yield from _of_one(ours, theirs)
    known = {one.id for one in truth.subscriptions}
    for mine in ours.subscriptions.values():
        if mine.id not in known and mine.facts["status"] in rules.ENTITLED:
            status = {"status": mine.facts["status"]}
            yield Difference(kind=Class.GONE, subject=mine.id, ours=status, theirs=None)
    several = rules.live(truth.subscriptions)
    if len(several) > 1:
        ids = {"subscriptions": sorted(one.id for one in several)}
        subject = str(ours.user_id)
        yield Difference(kind=Class.TWO_SUBSCRIPTIONS, subject=subject, ours=None, theirs=ids)


def _of_one(ours: Ours, theirs: SubscriptionFacts) -> Iterator[Difference]:
    """Compare one subscription, part by part."""
    plan, mine = ours.plans.get(theirs.price), ours.subscriptions.get(theirs.id)
    worth, currency = (plan.price, plan.currency) if plan else (None, None)

    def differ(kind: Class, mine: Facts | None, theirs_: Facts) -> Difference:
        return Difference(
            kind=kind,
            subject=theirs.id,
            ours=mine,
            theirs=theirs_,
            worth=worth,
            currency=currency,
        )

    if plan is None and theirs.status in rules.ENTITLED:
        yield differ(Class.UNKNOWN_PRICE, None, {"price": theirs.price})
    wanted = facts_of(theirs, plan, mine.facts["tier"] if mine else None)
    if mine is None:
        yield differ(Class.MISSING, None, wanted)
        return
    for kind, names in PARTS.items():
        a, b = ({name: facts[name] for name in names} for facts in (mine.facts, wanted))
        if a != b:
            yield differ(kind, a, b)


def limits_of(ours: Ours, truth: Truth) -> dict[str, Any] | None:
    """Return what a tenant's limits are to be; None where nothing is known that would say."""
    counts = rules.standing(truth.subscriptions)
    if counts is None:
        return None
    wanted: dict[str, Any] = {
        "stopped_for": rules.stops(counts.status),
        "period_start": counts.period_start,
        "period_end": counts.period_end,
    }
    plan = ours.plans.get(counts.price)
    if plan is None:
        return wanted
    span = Span(counts.period_start, counts.period_end)
    seconds, messages = rules.prorated(tiers_of(ours, plan, span, truth.asked_at), span)
    return {
        **wanted,
        "tier": plan.tier,
        "call_cap_seconds": seconds,
        "sms_cap": messages,
        "grace_seconds": plan.grace,
        "soft_percent": plan.soft_percent,
        "hard_percent": plan.hard_percent,
    }


def tiers_of(ours: Ours, plan: Plan, span: Span, asked_at: datetime) -> list[Tier]:
    """Return what plans gave in a period, with the one that counts now at the end."""
    before = [tier for tier in ours.tiers if tier.since < span.end]
    if ours.limits is None or ours.limits.span is None or ours.limits.span.start != span.start:
        before = []
    if before and (before[-1].seconds, before[-1].messages) == (plan.seconds, plan.messages):
        return before
    since = max(span.start, asked_at) if before else span.start
    return [*before, Tier(since=since, seconds=plan.seconds, messages=plan.messages)]


def _of_limits(ours: Ours, truth: Truth) -> Iterator[Difference]:
    wanted = limits_of(ours, truth)
    if wanted is None:
        return
    mine = {name: ours.limits.facts[name] for name in wanted} if ours.limits else None
    if mine != wanted:
        yield Difference(kind=Class.CAPS, subject=str(ours.user_id), ours=mine, theirs=wanted)


def _of_credits(ours: Ours, truth: Truth) -> Iterator[Difference]:
    for payment in truth.payments:
        wanted = rules.credit_of(payment, ours.packs)
        if wanted is None:
            yield Difference(
                kind=Class.UNKNOWN_PRICE,
                subject=payment.id,
                ours=None,
                theirs={"prices": [price for price, _ in payment.prices]},
                worth=payment.amount - payment.withdrawn,
                currency=payment.currency,
            )
            continue
        money = payment.amount - payment.withdrawn
        mine = ours.credits.get(payment.id, (0, 0, Decimal(0)))
        if mine != (*wanted, money):
            yield Difference(
                kind=Class.CREDIT,
                subject=payment.id,
                ours=_credit(*mine),
                theirs=_credit(*wanted, money),
                worth=abs(money - mine[2]),
                currency=payment.currency,
            )


def _credit(seconds: int, messages: int, amount: Decimal) -> dict[str, Any]:
    return {"seconds": seconds, "messages": messages, "amount": amount}
