"""Stripe's objects in our words, whichever version of the API they came by."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final, cast
from uuid import UUID

from domain.billing.ports import Card, InvoiceFacts, Payment, SubscriptionFacts
from providers.telling import Facts, part
from providers.telling import tenant as named

WITHOUT_CENTS: Final = frozenset(
    {
        *("bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "mga"),
        *("pyg", "rwf", "ugx", "vnd", "vuv", "xaf", "xof", "xpf"),
    }
)
"""Currencies whose smallest unit is the whole one."""


def subscription(one: Facts) -> SubscriptionFacts:
    """Read a subscription: its period stands on its items since 2025, beside them before."""
    customer = part(one, "customer")
    item = cast("Facts", one["items"]["data"][0])
    settings = part(customer, "invoice_settings", "default_payment_method", "card")
    start, end = (
        item.get(name) or one.get(name) for name in ("current_period_start", "current_period_end")
    )
    return SubscriptionFacts(
        id=one["id"],
        customer=_name(one["customer"]),
        status=one["status"],
        price=item["price"]["id"],
        period_start=_at(start),
        period_end=_at(end),
        started_at=_at(one.get("start_date") or one["created"]),
        trial_end=_moment(one.get("trial_end")),
        cancel_at_period_end=bool(one.get("cancel_at_period_end")),
        canceled_at=_moment(one.get("canceled_at")),
        card=_card(part(one, "default_payment_method", "card") or settings),
        user_id=tenant(one) or tenant(customer),
    )


def _card(card: Facts) -> Card | None:
    if not card:
        return None
    return Card(
        brand=card["brand"],
        last4=card["last4"],
        exp_month=card["exp_month"],
        exp_year=card["exp_year"],
    )


def is_purchase(session: Facts) -> bool:
    """Tell whether a checkout bought something once, and was paid."""
    is_paid = session["mode"] == "payment" and session["payment_status"] == "paid"
    return is_paid and bool(part(session, "payment_intent"))


def payment(session: Facts, *, is_held_back: bool) -> Payment:
    """Read what was bought, and how much of the money was taken back."""
    intent = part(session, "payment_intent")
    charge = part(intent, "latest_charge")
    currency = str(session["currency"])
    amount = _money(session["amount_total"], currency)
    back = _money(charge.get("amount_refunded") or 0, currency)
    return Payment(
        id=intent["id"],
        customer=_name(session["customer"]),
        prices=[
            (line["price"]["id"], int(line.get("quantity") or 1))
            for line in session["line_items"]["data"]
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
    currency = str(one["currency"])
    return InvoiceFacts(
        id=one["id"],
        customer=_name(one["customer"]),
        subscription=_name(subscription) if subscription else None,
        status=str(one["status"]),
        open_amount=_money(one["amount_remaining"], currency),
        currency=currency.upper(),
        created_at=_at(one["created"]),
    )


def _money(amount: int, currency: str) -> Decimal:
    """Read money: Stripe counts in the smallest unit of the currency."""
    return Decimal(amount) if currency in WITHOUT_CENTS else Decimal(amount).scaleb(-2)


def _moment(seconds: int | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


def _at(seconds: int | None) -> datetime:
    found = _moment(seconds)
    if found is None:
        raise ValueError("a moment is missing")
    return found


def _name(thing: Any) -> str:  # noqa: ANN401  # an id, or the object it stands for
    return str(cast("Facts", thing)["id"] if isinstance(thing, dict) else thing)


def tenant(thing: Facts) -> UUID | None:
    """Return the tenant that we wrote into the metadata."""
    return named(part(thing, "metadata").get("user_id"))
