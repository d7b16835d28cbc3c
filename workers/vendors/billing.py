"""Who takes the money, from what the operator set."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final, NoReturn

from config.settings import Settings
from domain.billing.ports import (
    Books,
    CustomerFacts,
    InvoiceFacts,
    Page,
    Payment,
    Reading,
    SubscriptionFacts,
)
from domain.errors import Retryable
from domain.work.effects import Receipt
from providers.stripe.books import Account, StripeBooks
from workers.vendors import standing

MISSING: Final = "STRIPE_API_KEY is not set"


@dataclass(slots=True)
class NoBooks:
    """A house that nobody has set up: rows wait for it, and say which variable is missing."""

    vendor: str = "stripe"

    def subscriptions(
        self, *, customer: str | None = None, after: str | None = None
    ) -> Page[SubscriptionFacts]:
        """Say what is missing."""
        del customer, after
        _say()

    def payments(
        self, *, since: datetime | None, customer: str | None = None, after: str | None = None
    ) -> Page[Payment]:
        """Say what is missing."""
        del since, customer, after
        _say()

    def customers(self, *, after: str | None = None) -> Page[CustomerFacts]:
        """Say what is missing."""
        del after
        _say()

    def invoices(
        self, *, since: datetime, customer: str | None = None, after: str | None = None
    ) -> Page[InvoiceFacts]:
        """Say what is missing."""
        del since, customer, after
        _say()

    def tell_meter(self, reading: Reading, *, key: str) -> Receipt:
        """Say what is missing."""
        del reading, key
        _say()

    def metered(self, *, meter: str, customer: str, start: datetime, end: datetime) -> Decimal:
        """Say what is missing."""
        del meter, customer, start, end
        _say()


def _say() -> NoReturn:
    raise Retryable(MISSING)


def books(settings: Settings) -> Books:
    """Return who takes the money."""
    key = standing.given(settings.stripe_api_key) or standing.sandbox_key(settings, "stripe")
    if not key:
        return NoBooks()
    url = settings.stripe_base_url or standing.stand_in(settings, "/stripe")
    return StripeBooks(Account(key=key, base_url=url))
