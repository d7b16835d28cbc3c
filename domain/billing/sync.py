"""One tenant's books brought to what they are at the house: asked fresh, compared, written.

The same for a notice, for the sweep and for a reconcile. The house is asked with no transaction
open; what it said is written only if nobody has written something that was asked later.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Final, TypeVar
from uuid import UUID

import structlog
from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.billing import compare, periods, recount, rules, store
from domain.billing.compare import Class, Difference, Ours
from domain.billing.ports import Books, Page, Payment, Truth
from domain.billing.rules import Span
from domain.database import SYSTEM, Begin
from domain.tables.ops import Severity
from domain.work import alerts

log = structlog.get_logger("billing")

RECENT: Final = timedelta(days=400)
"""How far back purchases are compared: longer than a card may dispute them."""

ALARMS: Final = {
    Class.UNKNOWN_PRICE: "a price that no plan and no pack of ours has",
    Class.TWO_SUBSCRIPTIONS: "a tenant pays for two subscriptions",
    Class.GONE: "a subscription lives here, and Stripe does not know it",
}

Row = TypeVar("Row")

_CREDIT: Final = text(
    "INSERT INTO usage_credits (user_id, kind, seconds, messages, amount, currency, provider,"
    " provider_reference, expires_at) SELECT :user, :kind, :seconds, :messages, :amount,"
    " :currency, :vendor, :payment || CASE WHEN count(*) = 0 THEN '' ELSE ':' || count(*) END,"
    " :expires FROM usage_credits WHERE provider = :vendor"
    " AND split_part(provider_reference, ':', 1) = :payment"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What billing is done with."""

    begin: Begin
    books: Books


def sync(desk: Desk, user_id: UUID, *, dry_run: bool = False) -> list[Difference]:
    """Bring a tenant's books to what the house says now; return what differed.

    Safe differences are healed, unless it is a dry run. Raises the three words.
    """
    with desk.begin(SYSTEM) as session:
        asked_at = store.now(session)
        customers = store.customers(session, user_id)
    if not customers:
        return []
    truth = ask(desk.books, customers, Truth(asked_at=asked_at))
    with desk.begin(SYSTEM) as session:
        if not store.hold(session, user_id):
            return []
        ours = store.ours(session, user_id, vendor=desk.books.vendor)
        if ours.limits and ours.limits.synced_at and ours.limits.synced_at > asked_at:
            return []  # somebody asked after us, and has written
        found = compare.compare(ours, truth)
        wrong = recount.find(session, [user_id])
        found += [recount.difference(one) for one in wrong]
        if not dry_run:
            write(session, ours, truth, vendor=desk.books.vendor)
            _alarm(session, user_id, found)
    log.info("billing.synced", user=str(user_id), differences=len(found))
    return found


def ask(books: Books, customers: Sequence[str], truth: Truth) -> Truth:
    """Ask for everything about these customers."""
    since = truth.asked_at - RECENT
    subscriptions = [
        one
        for customer in customers
        for one in whole(lambda after, c=customer: books.subscriptions(customer=c, after=after))
    ]
    payments = [
        one
        for customer in customers
        for one in whole(
            lambda after, c=customer: books.payments(since=since, customer=c, after=after)
        )
    ]
    return Truth(asked_at=truth.asked_at, subscriptions=subscriptions, payments=payments)


def whole(read: Callable[[str | None], Page[Row]]) -> list[Row]:
    """Read a list to its end."""
    found: list[Row] = []
    page = read(None)
    found += page.rows
    while page.after is not None:
        page = read(page.after)
        found += page.rows
    return found


def write(session: Session, ours: Ours, truth: Truth, *, vendor: str) -> None:
    """Take theirs over: subscriptions, credits, and what follows for limits and counters."""
    for one in truth.subscriptions:
        plan, mine = ours.plans.get(one.price), ours.subscriptions.get(one.id)
        facts = compare.facts_of(one, plan, mine.facts["tier"] if mine else None)
        card = facts["payment_method"]
        store.write_subscription(
            session,
            {
                **facts,
                "user": ours.user_id,
                "id": one.id,
                "plan": plan.id if plan else None,
                "asked": truth.asked_at,
                "payment_method": json.dumps(card) if card else None,
            },
        )
    for payment in truth.payments:
        _credit(session, ours, payment, vendor)
    _limit(session, ours, truth)
    recount.mend(session, [ours.user_id])


def _limit(session: Session, ours: Ours, truth: Truth) -> None:
    """Roll the period where it has moved, and write what may be used in it."""
    wanted = compare.limits_of(ours, truth)
    counts = rules.standing(truth.subscriptions)
    if wanted is None or counts is None:
        return
    plan = ours.plans.get(counts.price)
    if plan is not None:
        span = Span(wanted["period_start"], wanted["period_end"])
        recount.mend(session, [ours.user_id])  # what was bought counts in the period it closes
        rollover = periods.roll(session, ours, plan, span, asked_at=truth.asked_at)
        wanted["rollover_seconds"] = rollover
    elif ours.limits is None:
        return
    else:
        wanted = {"stopped_for": wanted["stopped_for"]}
    periods.write_limits(session, ours.user_id, {**wanted, "asked_at": truth.asked_at})


def _credit(session: Session, ours: Ours, payment: Payment, vendor: str) -> None:
    """Add the line that makes a payment's lines add up to what it gives now; none where they do."""
    wanted = rules.credit_of(payment, ours.packs)
    if wanted is None:
        return
    seconds, messages, amount = ours.credits.get(payment.id, (0, 0, Decimal(0)))
    more = payment.amount - payment.withdrawn - amount
    if wanted == (seconds, messages) and not more:
        return
    kind = "top_up" if payment.id not in ours.credits else "refund" if more < 0 else "correction"
    session.execute(
        _CREDIT,
        {
            "user": ours.user_id,
            "kind": kind,
            "seconds": wanted[0] - seconds,
            "messages": wanted[1] - messages,
            "amount": more,
            "currency": payment.currency,
            "vendor": vendor,
            "payment": payment.id,
            "expires": rules.expiry_of(payment, ours.packs),
        },
    )


def _alarm(session: Session, user_id: UUID, found: Sequence[Difference]) -> None:
    """Have an operator know of what nobody can heal but a person."""
    for one in found:
        if one.kind in ALARMS:
            alerts.tell(
                session,
                f"billing_{one.kind.value}",
                subject=one.subject,
                message=f"{ALARMS[one.kind]}: {one.subject} of tenant {user_id}",
                severity=Severity.WARNING,
            )
