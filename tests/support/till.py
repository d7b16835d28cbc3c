"""A tenant's life at Stripe: what it buys there, and what we make of it."""

import json
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import psycopg

from domain.billing import sync
from domain.billing.compare import Difference
from domain.billing.sync import Desk
from domain.database import Begin
from providers.stripe.books import Account, StripeBooks
from tests.support.payer import Payer
from tests.support.stand_ins import StandIns

KEY = "sk_test_till"
BEGAN = datetime(2026, 3, 31, 9, 30, 15, tzinfo=UTC)
PLANS = {
    "core": (14900, 150, 250),
    "pro": (24900, 300, 1000),
    "scale": (99700, None, None),
}


@dataclass
class Till:
    """A tenant, its clock at Stripe, and our desk."""

    vendors: StandIns
    payer: Payer
    books: StripeBooks
    prices: dict[str, str] = field(default_factory=dict[str, str])
    clock: str = ""
    customer: str = ""
    now: datetime = BEGAN

    @property
    def desk(self) -> Desk:
        return Desk(begin=self.payer.begin, books=self.books)

    @property
    def user(self) -> UUID:
        return self.payer.user

    def ask(self, path: str, form: dict[str, Any] | None = None, method: str = "") -> Any:
        """Speak to Stripe as the tenant's browser, or a seller's hands, would."""
        data = None if form is None else urlencode(form).encode()
        request = urllib.request.Request(
            f"{self.vendors.at('stripe')}{path}",
            data,
            {"Authorization": f"Bearer {KEY}"},
            method=method or ("POST" if data is not None else "GET"),
        )
        with urllib.request.urlopen(request, timeout=20) as answer:
            return json.load(answer)

    def open(self) -> None:
        """Set up what is sold, a clock, and the tenant's customer with a good card."""
        self.clock = self.ask(
            "/v1/test_helpers/test_clocks", {"frozen_time": int(self.now.timestamp())}
        )["id"]
        for tier, (cents, minutes, texts) in PLANS.items():
            price = {"currency": "usd", "unit_amount": cents, "recurring[interval]": "month"}
            self.prices[tier] = self.ask("/v1/prices", price)["id"]
            self.payer.connection.execute(
                "INSERT INTO subscription_plans (name, tier, price, interval, minutes_limit,"
                " sms_limit, rollover_seconds, grace_seconds, overage_minute_price, minutes_meter,"
                " hard_percent, stripe_price_id) VALUES (%s, %s, %s, 'monthly', %s, %s, 1800, 600,"
                " 0.15, 'minutes', 200, %s)",
                (tier, tier, cents / 100, minutes, texts, self.prices[tier]),
            )
        price = {"currency": "usd", "unit_amount": 19500}
        self.prices["pack"] = self.ask("/v1/prices", price)["id"]
        self.payer.connection.execute(
            "INSERT INTO top_up_packs (name, seconds, messages, price, stripe_price_id)"
            " VALUES ('pack', 18000, 10, 195, %s)",
            (self.prices["pack"],),
        )
        self.ask("/v1/billing/meters", {"display_name": "m", "event_name": "minutes"})
        self.customer = self.ask(
            "/v1/customers",
            {
                "test_clock": self.clock,
                "metadata[user_id]": str(self.user),
                "invoice_settings[default_payment_method]": "pm_card_visa",
            },
        )["id"]
        self.payer.connection.execute(
            "UPDATE users SET stripe_customer_id = %s WHERE id = %s", (self.customer, self.user)
        )

    def subscribe(self, tier: str = "core", **more: Any) -> str:
        form = {
            "customer": self.customer,
            "items[0][price]": self.prices[tier],
            "metadata[user_id]": str(self.user),
            **more,
        }
        return self.ask("/v1/subscriptions", form)["id"]

    def change(self, name: str, **form: Any) -> None:
        self.ask(f"/v1/subscriptions/{name}", form)

    def move(self, name: str, tier: str) -> None:
        self.ask(f"/v1/subscriptions/{name}", {"items[0][price]": self.prices[tier]})

    def cancel(self, name: str) -> None:
        self.ask(f"/v1/subscriptions/{name}", method="DELETE")

    def card(self, name: str) -> None:
        form = {"invoice_settings[default_payment_method]": name}
        self.ask(f"/v1/customers/{self.customer}", form)

    def buy(self, count: int = 1) -> str:
        """Buy minutes on top; return the payment."""
        form = {
            "mode": "payment",
            "customer": self.customer,
            "line_items[0][price]": self.prices["pack"],
            "line_items[0][quantity]": count,
            "metadata[user_id]": str(self.user),
        }
        session = self.ask("/v1/checkout/sessions", form)["id"]
        return self.ask(f"/_/checkout/{session}/pay", {})["payment_intent"]

    def refund(self, payment: str, cents: int | None = None) -> None:
        form = {"payment_intent": payment, **({"amount": cents} if cents else {})}
        self.ask("/v1/refunds", form)

    def pass_time(self, span: timedelta) -> None:
        """Let time pass at Stripe."""
        self.now += span
        form = {"frozen_time": int(self.now.timestamp())}
        self.ask(f"/v1/test_helpers/test_clocks/{self.clock}/advance", form)

    def move_to_now(self) -> None:
        """Let it be now at Stripe, too; within the hour."""
        now: datetime = self.payer.one("SELECT date_trunc('hour', clock_timestamp())")
        self.pass_time(now - self.now + timedelta(hours=1))

    def sync(self) -> list[Difference]:
        return sync.sync(self.desk, self.user)

    def standing(self) -> dict[str, Any]:
        """Return what may be used, as we have it."""
        cursor = self.payer.connection.execute(
            "SELECT l.tier, call_cap_seconds AS cap, sms_cap, call_credit AS credit, sms_credit,"
            " rollover_seconds AS rollover, period_start, period_end, stopped_for, limit_state,"
            " call_used_seconds AS used FROM usage_limits l WHERE user_id = %s",
            (self.user,),
        )
        names = [column.name for column in cursor.description or ()]
        row = cursor.fetchone()
        return dict(zip(names, row or (), strict=False))


@contextmanager
def till(vendors: StandIns, begin: Begin, connection: psycopg.Connection[Any]) -> Iterator[Till]:
    row = connection.execute("INSERT INTO users (timezone) VALUES ('UTC') RETURNING id").fetchone()
    assert row is not None
    books = StripeBooks(Account(key=KEY, base_url=vendors.at("stripe")))
    made = Till(vendors, Payer(begin, connection, row[0]), books)
    made.open()
    yield made
    books.close()
    connection.execute("TRUNCATE users, errands, reconciliation_runs, ops_alerts CASCADE")
    connection.execute("DELETE FROM subscription_plans WHERE stripe_price_id IS NOT NULL")
    connection.execute("DELETE FROM top_up_packs WHERE stripe_price_id IS NOT NULL")
