"""Stripe's books: subscriptions, purchases, customers, bills and meters, as they stand now.

The SDK repeats nothing by itself: a question is asked again by whoever asked, and what changes
something is repeated under its key by the row that it is for. A listing costs one request a
hundred; 100 a second are allowed, so a reconcile of 10,000 tenants asks for a second's worth.
"""

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Final, cast

import stripe

from domain.billing.ports import (
    CustomerFacts,
    InvoiceFacts,
    Page,
    Payment,
    Reading,
    SubscriptionFacts,
)
from domain.errors import Rejected
from domain.work.effects import Receipt
from providers import requesting
from providers.stripe import facts
from providers.stripe.errors import translate, was_told_before
from providers.telling import Facts, part

PAGE: Final = 100
CONNECT: Final = 5.0
READ: Final = 20.0
WON: Final = frozenset({"won", "warning_closed", "prevented"})
"""A dispute that ended so takes nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Whose books they are."""

    key: str = field(repr=False)
    base_url: str | None = None


class StripeBooks:
    """Reads Stripe's books, and tells its meters."""

    vendor = "stripe"

    def __init__(self, account: Account, *, read: float = READ, pool: int = 8) -> None:
        """Speak for an account; `read` is how long an answer may take."""
        self._session = requesting.session(connect=CONNECT, read=read, pool=pool)
        self._client = stripe.StripeClient(
            account.key,
            base_addresses={"api": account.base_url} if account.base_url else {},
            max_network_retries=0,
            http_client=stripe.RequestsClient(timeout=read, session=self._session),
        )
        self._meters: dict[str, str] = {}

    def close(self) -> None:
        """Let go of connections."""
        self._session.close()

    def subscriptions(
        self, *, customer: str | None = None, after: str | None = None
    ) -> Page[SubscriptionFacts]:
        """Return subscriptions in every state: canceled ones are listed only when asked for."""
        asked: dict[str, Any] = {
            **_page(customer, after),
            "status": "all",
            "expand": [
                "data.default_payment_method",
                "data.customer.invoice_settings.default_payment_method",
            ],
        }
        with _line(is_question=True):
            found = _read(self._client.v1.subscriptions.list(params=cast("Any", asked)))
            return _paged(found, [facts.subscription(one) for one in facts.rows(found)])

    def payments(
        self, *, since: datetime | None, customer: str | None = None, after: str | None = None
    ) -> Page[Payment]:
        """Return what was bought at a checkout, with what of it was taken back."""
        asked: dict[str, Any] = {
            **_page(customer, after),
            **_since(since),
            "expand": ["data.line_items", "data.payment_intent.latest_charge"],
        }
        with _line(is_question=True):
            found = _read(self._client.v1.checkout.sessions.list(params=cast("Any", asked)))
            paid = [one for one in facts.rows(found) if facts.is_purchase(one)]
            return _paged(
                found, [facts.payment(one, is_held_back=self._disputed(one)) for one in paid]
            )

    def customers(self, *, after: str | None = None) -> Page[CustomerFacts]:
        """Return customers."""
        asked = _page(None, after)
        with _line(is_question=True):
            found = _read(self._client.v1.customers.list(params=cast("Any", asked)))
            rows = [
                CustomerFacts(id=facts.word(one["id"]), user_id=facts.tenant(one))
                for one in facts.rows(found)
            ]
            return _paged(found, rows)

    def invoices(
        self, *, since: datetime, customer: str | None = None, after: str | None = None
    ) -> Page[InvoiceFacts]:
        """Return bills made since then."""
        asked = {**_page(customer, after), **_since(since)}
        with _line(is_question=True):
            found = _read(self._client.v1.invoices.list(params=cast("Any", asked)))
            return _paged(found, [facts.invoice(one) for one in facts.rows(found)])

    def tell_meter(self, reading: Reading, *, key: str) -> Receipt:
        """Add units to a meter. Told again under its name it is refused: then it is there."""
        params = {
            "event_name": reading.meter,
            "identifier": key,
            "timestamp": int(reading.happened_at.timestamp()),
            "payload": {"stripe_customer_id": reading.customer, "value": str(reading.units)},
        }
        try:
            with _line(already_is_fine=True):
                self._client.v1.billing.meter_events.create(
                    params=cast("Any", params), options={"idempotency_key": f"meter-{key}"}
                )
        except _AlreadyThere:
            pass
        return Receipt(reference=key)

    def metered(self, *, meter: str, customer: str, start: datetime, end: datetime) -> Decimal:
        """Return what a meter counted. It adds up with a delay of its own: minutes, at times."""
        with _line(is_question=True):
            asked = {
                "customer": customer,
                "start_time": int(start.timestamp()) // 60 * 60,
                "end_time": -(-int(end.timestamp()) // 60) * 60,
            }
            name = self._meter(meter)
            found = _read(
                self._client.v1.billing.meters.event_summaries.list(name, params=cast("Any", asked))
            )
            counted = (facts.added_up(one["aggregated_value"]) for one in facts.rows(found))
            return sum(counted, Decimal(0))

    def _meter(self, event_name: str) -> str:
        """Return the id of the meter that hears this name."""
        if event_name not in self._meters:
            asked = cast("Any", {"limit": PAGE})
            for one in facts.rows(_read(self._client.v1.billing.meters.list(params=asked))):
                self._meters[one["event_name"]] = one["id"]
        if event_name not in self._meters:
            raise Rejected(f"Stripe has no meter of the name {event_name}")
        return self._meters[event_name]

    def _disputed(self, session: Facts) -> bool:
        """Tell whether a purchase is held back: asked only where its charge was ever disputed."""
        intent = part(session, "payment_intent")
        if not part(intent, "latest_charge").get("disputed"):
            return False
        asked = cast("Any", {"payment_intent": intent["id"], "limit": PAGE})
        found = _read(self._client.v1.disputes.list(params=asked))
        return any(one["status"] not in WON for one in facts.rows(found))


class _AlreadyThere(Exception):
    """What was to be told has been told."""


@contextmanager
def _line(*, is_question: bool = False, already_is_fine: bool = False) -> Generator[None]:
    """Speak to Stripe; whatever comes of it leaves as one of the three words."""
    try:
        yield
    except Rejected:
        raise
    except Exception as error:  # noqa: BLE001  # the SDK reads answers as they come: any type may fly
        if already_is_fine and was_told_before(error):
            raise _AlreadyThere from None
        raise translate(error, is_question=is_question) from None


def _read(answer: Any) -> dict[str, Any]:  # noqa: ANN401  # a StripeObject of any kind
    return cast("dict[str, Any]", answer.to_dict())


def _page(customer: str | None, after: str | None) -> dict[str, Any]:
    asked: dict[str, Any] = {"limit": PAGE}
    if customer is not None:
        asked["customer"] = customer
    if after is not None:
        asked["starting_after"] = after
    return asked


def _since(since: datetime | None) -> dict[str, Any]:
    return {} if since is None else {"created": {"gte": int(since.timestamp())}}


def _paged(found: Facts, rows: Sequence[Any]) -> Page[Any]:
    data = facts.rows(found)
    return Page(rows, facts.word(data[-1]["id"]) if facts.is_more(found) and data else None)
