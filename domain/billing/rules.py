"""Who may use what, for how long, and what is left over. Pure."""

from calendar import monthrange
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Final
from uuid import UUID

from domain.billing.ports import Payment, SubscriptionFacts
from domain.tables.billing import SubscriptionStatus as Status

ENTITLED: Final = {Status.TRIALING.value, Status.ACTIVE.value, Status.PAST_DUE.value}
"""Who is past due is being asked again by Stripe itself, which ends it: unpaid, or canceled."""

STOPS: Final[Mapping[str, str]] = {
    Status.INCOMPLETE.value: "its first payment has not come",
    Status.INCOMPLETE_EXPIRED.value: "its first payment never came",
    Status.UNPAID.value: "it is unpaid",
    Status.PAUSED.value: "its subscription is paused",
    Status.CANCELED.value: "its subscription has ended",
}
"""By state: why nothing may be used."""

RANK: Final = (
    Status.ACTIVE.value,
    Status.TRIALING.value,
    Status.PAST_DUE.value,
    Status.UNPAID.value,
    Status.PAUSED.value,
    Status.INCOMPLETE.value,
    Status.CANCELED.value,
    Status.INCOMPLETE_EXPIRED.value,
)
"""Of several subscriptions the first in this order counts; of equals, the latest begun."""

BRIDGE_PERCENT: Final = 25
"""How much of its cap a tenant may use more while Stripe is silent about a period that ended."""

SHORTEST: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a price gives."""

    id: UUID
    tier: str | None
    price: Decimal
    currency: str
    months: int
    seconds: int | None
    messages: int | None
    rollover: int = 0
    grace: int = 600
    soft_percent: int = 80
    hard_percent: int = 100
    overage_minute: Decimal | None = None
    overage_sms: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pack:
    """What a price gives on top, once."""

    seconds: int
    messages: int
    lasts: timedelta | None


@dataclass(frozen=True, slots=True)
class Span:
    """A period: from, and until not."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Tier:
    """What a plan gave from a moment on; None is without end."""

    since: datetime
    seconds: int | None
    messages: int | None


@dataclass(slots=True)
class Lot:
    """Credit that is left and ends at one moment."""

    seconds: int
    messages: int
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class Used:
    """What was used in a period."""

    seconds: int = 0
    messages: int = 0
    calls: int = 0
    call_cost: Decimal = Decimal(0)
    sms_cost: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Closed:
    """What became of a period."""

    span: Span
    used: Used
    rollover: int
    """Carried into it."""

    drawn: Sequence[Lot] = field(default=())
    """Credit that it used up."""

    over_seconds: int = 0
    over_messages: int = 0


def stops(status: str | None) -> str | None:
    """Return why a subscription in this state gives nothing; None where it does."""
    return None if status in ENTITLED else STOPS.get(status or "", "it has no subscription")


def standing(several: Sequence[SubscriptionFacts]) -> SubscriptionFacts | None:
    """Return the subscription that counts."""
    if not several:
        return None
    return min(several, key=lambda one: (RANK.index(one.status), -one.started_at.timestamp()))


def live(several: Sequence[SubscriptionFacts]) -> list[SubscriptionFacts]:
    """Return those that are paid for: more than one is a mistake that costs the tenant money."""
    return [one for one in several if one.status in ENTITLED]


def months_later(start: datetime, months: int, *, day: int) -> datetime:
    """Return the same day some months later, or that month's last."""
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    last = monthrange(year, month + 1)[1]
    return start.replace(year=year, month=month + 1, day=min(day, last))


def between(last: Span, next_start: datetime, months: int) -> list[Span]:
    """Return the periods that ended before `next_start`: the last known, and what nobody told.

    Stripe says only what is; the periods that passed meanwhile lie as long as the plan's. A
    period that began anew in the middle of another (another plan, a trial's end) cuts it short.
    """
    if next_start <= last.end:
        return [Span(last.start, next_start)]
    found, start, number = [last], last.end, 1
    while start < next_start:
        end = months_later(last.end, months * number, day=last.end.day)
        is_short = next_start - end < SHORTEST
        found.append(Span(start, next_start if is_short or end > next_start else end))
        start, number = found[-1].end, number + 1
    return found


def prorated(tiers: Sequence[Tier], span: Span) -> tuple[int | None, int | None]:
    """Return what a period gives in seconds and messages: each plan by its part of the time.

    What was without end stays so until the period ends: nobody is stopped for what was given.
    """
    parts: list[tuple[Tier, Decimal]] = []
    whole = Decimal((span.end - span.start).total_seconds())
    for tier, until in zip(tiers, [*(one.since for one in tiers[1:]), span.end], strict=True):
        lasted = min(until, span.end) - max(tier.since, span.start)
        if lasted > timedelta() or tier is tiers[-1]:
            parts.append((tier, Decimal(max(0.0, lasted.total_seconds())) / whole))
    return _sum(parts, "seconds"), _sum(parts, "messages")


def _sum(parts: Sequence[tuple[Tier, Decimal]], what: str) -> int | None:
    given = [(getattr(tier, what), share) for tier, share in parts]
    if any(amount is None for amount, _ in given):
        return None
    whole = sum((amount * share for amount, share in given), Decimal(0))
    return int(whole.quantize(Decimal(1), ROUND_HALF_UP))


def close(
    spans: Sequence[tuple[Span, Used]],
    given: Tier,
    lots: Sequence[Lot],
    *,
    rollover: int,
    most_rollover: int,
) -> tuple[list[Closed], int]:
    """Close periods one after the other; return them, and what rolls over into the next.

    The plan's own is used first, then what rolled over, then credit, the soonest to end first.
    Only what the plan gave rolls over, and no more than it allows: credit keeps by itself.
    """
    closed: list[Closed] = []
    left = sorted(lots, key=lambda lot: (lot.expires_at is None, lot.expires_at or given.since))
    for span, used in spans:
        alive = [lot for lot in left if lot.expires_at is None or lot.expires_at > span.start]
        over_seconds = _over(used.seconds, given.seconds, rollover)
        over_messages = _over(used.messages, given.messages, 0)
        drawn, over_seconds, over_messages = _draw(alive, over_seconds, over_messages)
        closed.append(
            Closed(
                span=span,
                used=used,
                rollover=rollover,
                drawn=drawn,
                over_seconds=over_seconds,
                over_messages=over_messages,
            )
        )
        unused = max(0, given.seconds + rollover - used.seconds) if given.seconds else 0
        rollover = min(most_rollover, unused)
    return closed, rollover


def _over(used: int, given: int | None, rollover: int) -> int:
    return 0 if given is None else max(0, used - given - rollover)


def _draw(lots: Sequence[Lot], seconds: int, messages: int) -> tuple[list[Lot], int, int]:
    """Take what is over from credit; return what was taken, and what is over still."""
    drawn: list[Lot] = []
    for lot in lots:
        taken = Lot(
            max(0, min(seconds, lot.seconds)), max(0, min(messages, lot.messages)), lot.expires_at
        )
        if taken.seconds or taken.messages:
            drawn.append(taken)
            lot.seconds -= taken.seconds
            lot.messages -= taken.messages
            seconds, messages = seconds - taken.seconds, messages - taken.messages
    return drawn, seconds, messages


def credit_of(payment: Payment, packs: Mapping[str, Pack]) -> tuple[int, int] | None:
    """Return the seconds and messages that a payment gives, less what was taken back of it.

    None where a price is no pack of ours.
    """
    if any(price not in packs for price, _ in payment.prices):
        return None
    kept = Decimal(1)
    if payment.amount:
        kept = max(Decimal(0), (payment.amount - payment.withdrawn) / payment.amount)
    seconds = sum(packs[price].seconds * count for price, count in payment.prices)
    messages = sum(packs[price].messages * count for price, count in payment.prices)
    return int(seconds * kept), int(messages * kept)


def expiry_of(payment: Payment, packs: Mapping[str, Pack]) -> datetime | None:
    """Return when a payment's credit ends: with the first of its packs."""
    lasts = [pack.lasts for price, _ in payment.prices if (pack := packs[price]).lasts]
    return payment.paid_at + min(lasts) if lasts else None


def minutes(seconds: int) -> int:
    """Return whole minutes, begun ones included, as they are billed."""
    return -(-seconds // 60)
