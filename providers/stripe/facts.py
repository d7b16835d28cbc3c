"""Stripe's objects in our words, whichever version of the API they came by.

What decides over a tenant's plan or money is of its kind, or is not read at all: a ValueError or a
TypeError here leaves as an answer that cannot be read, and nothing is changed by it.
"""

import math
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final, cast
from uuid import UUID

from domain.billing.ports import Card, InvoiceFacts, Payment, SubscriptionFacts
from providers.telling import Facts, part, storable
from providers.telling import tenant as named

WITHOUT_CENTS: Final = frozenset(
    {
        *("bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "mga"),
        *("pyg", "rwf", "ugx", "vnd", "vuv", "xaf", "xof", "xpf"),
    }
)
"""Currencies whose smallest unit is the whole one."""

MOST: Final = 10**11
"""More than any amount, count or second that we are told: what is more was no number of theirs."""


def subscription(one: Facts) -> SubscriptionFacts:
    """Read a subscription: its period stands on its items since 2025, beside them before."""
    customer = part(one, "customer")
    item = rows(one["items"])[0]
    settings = part(customer, "invoice_settings", "default_payment_method", "card")
    start, end = (
        item.get(name) or one.get(name) for name in ("current_period_start", "current_period_end")
    )
    return SubscriptionFacts(
        id=word(one["id"]),
        customer=_name(one["customer"]),
        status=word(one["status"]),
        price=word(item["price"]["id"]),
        period_start=_at(start),
        period_end=_at(end),
        started_at=_at(one.get("start_date") or one["created"]),
        trial_end=_moment(one.get("trial_end")),
        cancel_at_period_end=_flag(one.get("cancel_at_period_end", False)),
        canceled_at=_moment(one.get("canceled_at")),
        card=_card(part(one, "default_payment_method", "card") or settings),
        user_id=tenant(one) or tenant(customer),
    )


def _card(card: Facts) -> Card | None:
    if not card:
        return None
    return Card(
        brand=word(card["brand"]),
        last4=word(card["last4"]),
        exp_month=_count(card["exp_month"]),
        exp_year=_count(card["exp_year"]),
    )


def is_purchase(session: Facts) -> bool:
    """Tell whether a checkout bought something once, and was paid."""
    is_paid = session["mode"] == "payment" and session["payment_status"] == "paid"
    return is_paid and bool(part(session, "payment_intent"))


def payment(session: Facts, *, is_held_back: bool) -> Payment:
    """Read what was bought, and how much of the money was taken back."""
    intent = part(session, "payment_intent")
    charge = part(intent, "latest_charge")
    currency = word(session["currency"])
    amount = _money(session["amount_total"], currency)
    back = _money(charge.get("amount_refunded", 0), currency)
    return Payment(
        id=word(intent["id"]),
        customer=_name(session["customer"]),
        prices=[
            (
                word(line["price"]["id"]),
                1 if line.get("quantity") is None else _count(line["quantity"]),
            )
            for line in rows(session["line_items"])
        ],
        amount=amount,
        withdrawn=amount if is_held_back else back,
        currency=currency.upper(),
        paid_at=_at(charge.get("created") or intent["created"]),
        user_id=tenant(session) or named(session.get("client_reference_id")),
    )


def invoice(one: Facts) -> InvoiceFacts:
    """Read a bill."""
    details = part(one, "parent", "subscription_details")
    subscription = details.get("subscription") or one.get("subscription")
    currency = word(one["currency"])
    return InvoiceFacts(
        id=word(one["id"]),
        customer=_name(one["customer"]),
        subscription=_name(subscription) if subscription else None,
        status=word(one["status"]),
        open_amount=_money(one["amount_remaining"], currency),
        currency=currency.upper(),
        created_at=_at(one["created"]),
    )


def rows(found: Facts) -> list[Facts]:
    """Return a listing's objects: no list is no empty one, or a plan would end by it."""
    data: object = found["data"]
    if not isinstance(data, list):
        raise TypeError("a listing without its list")
    return cast("list[Facts]", data)


def is_more(found: Facts) -> bool:
    """Tell whether a listing goes on."""
    return _flag(found["has_more"])


def added_up(value: object) -> Decimal:
    """Read what a meter counted."""
    if not isinstance(value, int | float) or isinstance(value, bool) or not math.isfinite(value):
        raise ValueError("no number")
    return Decimal(str(value))


def word(value: object) -> str:
    """Read an id or a word; what is none raises ValueError."""
    if not isinstance(value, str) or not value.strip() or storable(value) != value:
        raise ValueError("no word")
    return value


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise TypeError("neither yes nor no")
    return value


def _count(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= MOST:
        raise ValueError("no count")
    return value


def _money(amount: object, currency: str) -> Decimal:
    """Read money: Stripe counts in the smallest unit of the currency."""
    if not isinstance(amount, int) or isinstance(amount, bool) or abs(amount) > MOST:
        raise ValueError("no amount")
    whole = Decimal(amount)
    return whole if currency in WITHOUT_CENTS else whole.scaleb(-2)


def _moment(seconds: object) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(_count(seconds), UTC)


def _at(seconds: object) -> datetime:
    found = _moment(seconds)
    if found is None:
        raise ValueError("a moment is missing")
    return found


def _name(thing: Any) -> str:  # noqa: ANN401  # an id, or the object it stands for
    return word(cast("Facts", thing)["id"] if isinstance(thing, dict) else thing)


def tenant(thing: Facts) -> UUID | None:
    """Return the tenant that we wrote into the metadata."""
    return named(part(thing, "metadata").get("user_id"))
