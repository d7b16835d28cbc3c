"""What is tried at every point with Stripe's stand-in: a look at a tenant, a word to a meter."""

import json
import urllib.request
from dataclasses import replace
from functools import cache
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import pytest

from domain.billing import meter, store, sync
from domain.billing.sync import Desk
from domain.database import SYSTEM
from domain.work import batch, errands, resolve
from domain.work.names import Area, TaskName
from domain.work.shop import Inline
from providers.stripe.books import Account, StripeBooks
from tests.support.enumeration import Case
from tests.support.ground import Ground
from tests.support.payer import NOON, Payer
from tests.support.slice_ground import Slice

GUARDS = """
CREATE TRIGGER hold BEFORE UPDATE ON meter_events
    FOR EACH ROW EXECUTE FUNCTION hold_row('state');
"""
KEY = "sk_test_trials"
CUSTOMER = {"invoice_settings[default_payment_method]": "pm_card_visa"}
MONTHLY = {"currency": "usd", "unit_amount": 14900, "recurring[interval]": "month"}


@cache
def books_of(url: str, *, spare: bool) -> StripeBooks:
    """Return an adapter; the spare one never speaks here, and so comes clean over a fork."""
    made = StripeBooks(Account(key=KEY, base_url=f"{url}/stripe"))
    if not spare:
        made.customers()  # to load its parts
    return made


class AtStripe(Slice):
    """A tenant that is a customer there."""

    def __init__(self, ground: Ground) -> None:
        super().__init__(ground)
        books_of(self.stand_ins.url, spare=True)
        books_of(self.stand_ins.url, spare=False)

    @property
    def books(self) -> StripeBooks:
        return books_of(self.stand_ins.url, spare=self.is_child)

    @property
    def payer(self) -> Payer:
        return Payer(self.ground.begin, self.ground.connection, self.user)

    def ask(self, path: str, **form: Any) -> dict[str, Any]:
        request = urllib.request.Request(
            f"{self.stand_ins.url}/stripe{path}",
            urlencode(form).encode(),
            {"Authorization": f"Bearer {KEY}"},
        )
        with urllib.request.urlopen(request, timeout=20) as answer:
            return json.load(answer)

    def reset(self) -> None:
        super().reset()
        self.customer: str = self.ask("/v1/customers", **CUSTOMER)["id"]
        self.ground.connection.execute(
            "UPDATE users SET stripe_customer_id = %s WHERE id = %s", (self.customer, self.user)
        )


class Look(AtStripe):
    """A tenant bought a plan and minutes on top, gave some back, and a look at it is owed."""

    table = "errands"
    emptied = (
        *("billing_line_items", "tier_snapshots", "usage_credits", "user_call_usage"),
        *("usage_limits", "subscriptions", "subscription_plans", "top_up_packs"),
    )

    def reset(self) -> None:
        super().reset()
        price = self.ask("/v1/prices", **MONTHLY)["id"]
        pack = self.ask("/v1/prices", currency="usd", unit_amount=19500)["id"]
        self.one(
            "INSERT INTO subscription_plans (name, tier, price, interval, minutes_limit,"
            " sms_limit, stripe_price_id) VALUES ('core', 'core', 149, 'monthly', 150, 250, %s)"
            " RETURNING id",
            price,
        )
        self.one(
            "INSERT INTO top_up_packs (name, seconds, messages, price, stripe_price_id)"
            " VALUES ('pack', 18000, 10, 195, %s) RETURNING id",
            pack,
        )
        self.ask("/v1/subscriptions", customer=self.customer, **{"items[0][price]": price})
        lines = {"line_items[0][price]": pack, "line_items[0][quantity]": 2}
        bought = self.ask("/v1/checkout/sessions", mode="payment", customer=self.customer, **lines)[
            "id"
        ]
        paid = self.ask(f"/_/checkout/{bought}/pay")["payment_intent"]
        self.ask("/v1/refunds", payment_intent=paid, amount=9750)
        with self.ground.begin(SYSTEM) as session:
            errands.owe(session, TaskName.BILLING_RECONCILE, self.user, user_id=self.user)

    def look(self, user_id: UUID) -> None:
        sync.sync(Desk(begin=self.ground.begin, books=self.books), user_id)

    def work(self) -> None:
        handlers: errands.Handlers = {TaskName.BILLING_RECONCILE: self.look}
        errands.work(self.shop(Inline()), Area.BILLING, handlers)
        self.ground.ring()

    def resolve(self) -> None:
        handlers: errands.Handlers = {TaskName.BILLING_RECONCILE: self.look}
        errands.work(self.shop(Inline()), Area.BILLING, handlers)

    def is_through(self) -> bool:
        return self.one("SELECT 1 FROM errands WHERE state IN ('pending', 'working')") is None

    def judge(self, case: Case, names: list[str]) -> list[str]:  # noqa: ARG002  # of Trial
        wrong = self.ground.overwrites()
        credit = self.ground.connection.execute(
            "SELECT sum(seconds), sum(amount) FROM usage_credits"
        ).fetchone()
        limits = self.ground.connection.execute(
            "SELECT tier, call_cap_seconds, sms_cap, call_credit, stopped_for FROM usage_limits"
        ).fetchall()
        rows = self.one("SELECT count(*) FROM subscriptions WHERE status = 'active'")
        wrong += [f"credit: {credit}"] if credit != (27_000, 292.5) else []
        right = [("core", 9000, 250, 27_000, None)]
        wrong += [f"limits: {limits}"] if limits != right else []
        wrong += [f"{rows} subscriptions"] if rows != 1 else []
        return wrong


class Word(AtStripe):
    """Three minutes over, to be told to a meter."""

    table = "meter_events"
    emptied = ("meter_events", "billing_line_items")

    def reset(self) -> None:
        super().reset()
        self.ask("/v1/billing/meters", display_name="m", event_name="minutes")
        line = self.one(
            "INSERT INTO billing_line_items (user_id, period_start, period_end, kind, units,"
            " currency) VALUES (%s, now() - interval '9 days', now() + interval '9 days',"
            " 'overage_minutes', 3, 'USD') RETURNING id",
            self.user,
        )
        self.row: UUID = self.one(
            "INSERT INTO meter_events (user_id, line_item_id, meter, customer, units, told_before,"
            " identifier, happened_at) VALUES (%s, %s, 'minutes', %s, 3, 0, %s,"
            " now() - interval '1 hour') RETURNING id",
            *(self.user, line, self.customer, f"{line}-0"),
        )

    @property
    def job(self) -> Any:
        return meter.job(self.books)

    def work(self) -> None:
        batch.work_one(self.shop(Inline()), self.job, self.row)
        self.ground.ring()

    def resolve(self) -> None:
        resolve.resolve(self.shop(Inline()), self.job)
        batch.work(self.shop(Inline()), self.job)

    def is_through(self) -> bool:
        states = "('pending', 'working', 'unknown')"
        return self.one(f"SELECT 1 FROM meter_events WHERE state IN {states}") is None

    def judge(self, case: Case, names: list[str]) -> list[str]:  # noqa: ARG002  # of Trial
        wrong = self.ground.overwrites()
        told = [
            int(line["value"])
            for line in self.stand_ins.effects("stripe")
            if line["kind"] == "meter_event"
        ]
        state, units = self.ground.connection.execute(
            "SELECT e.state, b.metered_units FROM meter_events e"
            " JOIN billing_line_items b ON b.id = e.line_item_id"
        ).fetchall()[0]
        wrong += [f"told: {told}"] if told != [3] else []
        wrong += [f"{state}, {units} metered"] if (state, units) != ("done", 3) else []
        return wrong


class Use(AtStripe):
    """A call that reaches four fifths of the plan is noted, by its notice and by a look after."""

    table = "messages"
    emptied = ("owner_notices", "usage_calls", "user_call_usage", "usage_limits")

    def reset(self) -> None:
        super().reset()
        self.payer.limit(calls=3600)

    def work(self) -> None:
        self.payer.call(3000, name="v1", at=NOON)

    def resolve(self) -> None:
        self.payer.call(3000, name="v1", at=NOON)

    def is_through(self) -> bool:
        return self.one("SELECT 1 FROM usage_calls") is not None

    def judge(self, case: Case, names: list[str]) -> list[str]:  # noqa: ARG002  # of Trial
        wrong = self.ground.overwrites()
        wrong += [f"used: {self.payer.used}"] if self.payer.used != (3000, 0) else []
        wrong += [f"told: {self.payer.told}"] if self.payer.told != [("call", 80)] else []
        return wrong


def look(ground: Ground) -> Look:
    return Look(ground)


def word(ground: Ground) -> Word:
    return Word(ground)


def use_of_a_call(ground: Ground) -> Use:
    return Use(ground)


def without_what_stands(patch: pytest.MonkeyPatch) -> None:
    """What a payment gives is credited, whatever was credited of it before."""
    ours = store.ours
    patch.setattr(store, "ours", lambda *given, **more: replace(ours(*given, **more), credits={}))
