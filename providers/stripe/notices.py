"""What Stripe tells us of subscriptions, invoices, customers, cards and money taken back.

It tells at least once and in any order, so a notice is only a reason to ask Stripe how things
stand; what it says is kept for the record.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from domain.webhooks.news import News, SubscriptionChanged
from domain.webhooks.ports import Arrival, Label
from providers import signing
from providers.telling import Facts, facts_of, needed, part, tenant, text

CONCERNS: Final = (
    "customer.created",
    "customer.updated",
    "customer.deleted",
    "customer.subscription.",
    "payment_method.",
    "invoice.paid",
    "invoice.payment_",
    "invoice.voided",
    "invoice.marked_uncollectible",
    "checkout.session.completed",
    "checkout.session.async_payment_succeeded",
    "charge.refunded",
    "charge.dispute.",
    "refund.",
)
"""Beginnings of the kinds of event that change what a tenant pays for, or with what."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StripeNotices:
    """JSON, signed with the secret of the address (whsec_...)."""

    secrets: signing.Secrets = field(repr=False)
    vendor: str = "stripe"
    is_of_integrations: bool = False

    def refusal(self, arrival: Arrival) -> str | None:
        """Check time and body; while a secret is rotated Stripe signs with both."""
        if not any(self.secrets):
            return signing.not_set_up("STRIPE_WEBHOOK_SECRET")
        told = signing.pairs(arrival.headers.get("stripe-signature", ""))
        at = next((value for name, value in told if name == "t"), "")
        given = [value for name, value in told if name == "v1"]
        seconds = signing.number(at)
        if seconds is None or not given:
            return signing.UNSIGNED
        signed = f"{at}.".encode() + arrival.body
        if not signing.is_any(given, [mac.hex() for mac in signing.digests(self.secrets, signed)]):
            return signing.WRONG
        return signing.STALE if signing.is_stale(seconds, arrival.at) else None

    def label(self, arrival: Arrival) -> Label:
        """Name it by the event's own id."""
        told = facts_of(arrival.body)
        return Label(needed(told, "id"), needed(told, "type"))

    def read(self, arrival: Arrival) -> Sequence[News]:
        """Say whose subscription it is about, and what it says of it."""
        told = facts_of(arrival.body)
        kind = needed(told, "type")
        if not kind.startswith(CONCERNS):
            return []
        thing = part(told, "data", "object")
        is_subscription = kind.startswith("customer.subscription.")
        start, end = _period(thing) if is_subscription else (None, None)
        return [
            SubscriptionChanged(
                provider=self.vendor,
                customer=_customer(told, thing),
                payment=_id(thing, "payment_intent"),
                subscription=text(thing, "id") if is_subscription else _subscription(thing),
                change=kind,
                status=text(thing, "status") if is_subscription else None,
                period_start=signing.moment(start),
                period_end=signing.moment(end),
                user_id=_tenant(thing),
            )
        ]

    def handshake(self, arrival: Arrival) -> str | None:
        """Stripe asks for nothing beforehand."""
        del arrival


def _id(thing: Facts, name: str) -> str | None:
    """Return an id that may have been expanded into its object."""
    return text(thing, name) or text(part(thing, name), "id")


def _customer(told: Facts, thing: Facts) -> str | None:
    """Return whom it is about: itself a customer, or a card's, also one just taken off it."""
    if text(thing, "object") == "customer":
        return text(thing, "id")
    return _id(thing, "customer") or _id(part(told, "data", "previous_attributes"), "customer")


def _subscription(thing: Facts) -> str | None:
    """Return an invoice's subscription: below its parent since 2025, beside it before."""
    return _id(part(thing, "parent", "subscription_details"), "subscription") or _id(
        thing, "subscription"
    )


def _period(subscription: Facts) -> tuple[Any, Any]:
    """Return the current period: on the items since 2025, on the subscription before."""
    items: list[Facts] = list(part(subscription, "items").get("data") or [])
    first = items[0] if items else subscription
    start, end = "current_period_start", "current_period_end"
    return (
        first.get(start, subscription.get(start)),
        first.get(end, subscription.get(end)),
    )


def _tenant(thing: Facts) -> Any:  # noqa: ANN401  # an id, or None
    """Return the tenant that we wrote into the metadata when we made the customer or session."""
    for told in (
        part(thing, "metadata").get("user_id"),
        part(thing, "parent", "subscription_details", "metadata").get("user_id"),
        part(thing, "subscription_details", "metadata").get("user_id"),
        thing.get("client_reference_id"),
    ):
        found = tenant(told)
        if found is not None:
            return found
    return None
