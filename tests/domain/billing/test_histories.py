"""Random lives of a subscription, told of badly: after one reconcile ours are Stripe's books."""

import os
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import pytest

from domain.errors import ProviderError
from tests.domain.billing.test_reconcile import run
from tests.support.till import PLANS, Till

LIVES = 300 if "LONG" in os.environ else 8
STEPS = 14
PACK = 18_000


class Life:
    """What a tenant does at Stripe, and what of it reaches us."""

    def __init__(self, till: Till, seed: int) -> None:
        self.till, self.chance = till, Random(seed)
        self.name = till.subscribe("core")
        self.bought: dict[str, tuple[int, int]] = {}
        """By payment: how many packs, and the cents that were taken back."""

        self.said: list[str] = []

    @property
    def is_over(self) -> bool:
        status = self.till.ask(f"/v1/subscriptions/{self.name}")["status"]
        return status in {"canceled", "incomplete_expired"}

    def step(self) -> None:
        moves: list[Callable[[], None]] = [
            *(self.move, self.buy, self.give_back, self.dispute, self.fail, self.pay),
            *(self.pass_days, self.pass_days, self.use, self.use, self.end, self.begin),
            *(self.look, self.look_and_break_off),
        ]
        move = self.chance.choice(moves)
        self.said.append(move.__name__)
        move()

    def move(self) -> None:
        if not self.is_over:
            self.till.move(self.name, self.chance.choice(list(PLANS)))

    def begin(self) -> None:
        if self.is_over:
            self.name = self.till.subscribe(self.chance.choice(list(PLANS)))

    def end(self) -> None:
        if self.is_over:
            return
        if self.chance.random() < 0.5:
            self.till.change(self.name, cancel_at_period_end="true")
        elif self.chance.random() < 0.5:
            self.till.cancel(self.name)

    def buy(self) -> None:
        count = self.chance.randint(1, 3)
        self.bought[self.till.buy(count)] = (count, 0)

    def give_back(self) -> None:
        for payment, (count, back) in list(self.bought.items()):
            if back == 0:
                cents = count * self.chance.choice([9750, 19_500])
                self.till.refund(payment, cents)
                self.bought[payment] = (count, cents)
                return

    def dispute(self) -> None:
        for payment, (count, back) in list(self.bought.items()):
            if back == 0:
                name = self.till.ask("/_/disputes", {"payment_intent": payment})["id"]
                if self.chance.random() < 0.5:
                    self.till.ask("/_/disputes", {"dispute": name, "status": "won"})
                    self.bought[payment] = (count, 1)  # nothing more is taken of it
                else:
                    self.bought[payment] = (count, count * 19_500)
                return

    def fail(self) -> None:
        self.till.card("pm_card_chargeCustomerFail")

    def pay(self) -> None:
        self.till.card("pm_card_visa")

    def pass_days(self) -> None:
        self.till.pass_time(timedelta(days=self.chance.randint(1, 45), seconds=1))

    def use(self) -> None:
        self.till.payer.call(self.chance.randint(1, 4000), at=self.till.now - timedelta(hours=1))
        self.till.payer.text(self.chance.randint(1, 3))

    def look(self) -> None:
        """Have one notice of many arrive."""
        self.till.sync()

    def look_and_break_off(self) -> None:
        """Have a look fail half way."""
        route = self.chance.choice(["subscriptions.list", "checkout/sessions.list"])
        self.till.vendors.fault("status", "stripe", route, status=500, times=1)
        with pytest.raises(ProviderError):
            self.till.sync()

    def credit(self) -> Decimal:
        """Return the money that credit was bought with and not taken back."""
        kept = sum(
            count * 19_500 - (0 if back == 1 else back) for count, back in self.bought.values()
        )
        return Decimal(kept) / 100


def theirs(till: Till) -> list[dict[str, Any]]:
    asked = f"/v1/subscriptions?limit=100&status=all&customer={till.customer}"
    return till.ask(asked)["data"]


def wrong(life: Life) -> list[str]:
    """Return where ours are not Stripe's books, to the second and the cent."""
    till = life.till
    rows = till.payer.rows(
        "SELECT stripe_subscription_id, status, extract(epoch FROM current_period_start)::bigint,"
        " extract(epoch FROM current_period_end)::bigint, cancel_at_period_end FROM subscriptions"
        " WHERE stripe_subscription_id IS NOT NULL ORDER BY 1"
    )
    told = sorted(
        (
            one["id"],
            one["status"],
            one["items"]["data"][0]["current_period_start"],
            one["items"]["data"][0]["current_period_end"],
            one["cancel_at_period_end"],
        )
        for one in theirs(till)
    )
    found = [] if rows == told else [f"subscriptions: {rows}, not {told}"]
    money, seconds = till.payer.rows(
        "SELECT coalesce(sum(amount), 0), coalesce(sum(seconds), 0) FROM usage_credits"
        " WHERE provider = 'stripe'"
    )[0]
    if money != life.credit() or seconds != int(life.credit() / 195 * PACK):
        found.append(f"credit: {money} and {seconds} s, not {life.credit()}")
    twice = till.payer.one(
        "SELECT count(*) FROM user_call_usage a JOIN user_call_usage b ON a.user_id = b.user_id"
        " AND a.id < b.id AND a.billing_period_start < b.billing_period_end"
        " AND b.billing_period_start < a.billing_period_end"
        " WHERE a.closed_at IS NOT NULL AND b.closed_at IS NOT NULL"
    )
    return found + ([f"{twice} periods lie over one another"] if twice else [])


@pytest.mark.parametrize("seed", range(LIVES))
def test_after_one_reconcile_ours_are_stripes_books_and_a_second_finds_nothing(
    till: Till, seed: int
) -> None:
    life = Life(till, seed)
    for _ in range(STEPS):
        life.step()
    run(till)
    again = run(till)

    assert wrong(life) == [], life.said
    assert [one for one in again if one["state"] != "open"] == [], life.said
    assert till.payer.one("SELECT count(*) FROM ops_alerts WHERE resolved_at IS NULL") == 0
    began: datetime | None = till.standing().get("period_start")
    assert began is None or began <= till.now
