"""The life of a subscription: trial, periods, payments that fail, pauses, ends."""

from calendar import monthrange
from datetime import datetime
from typing import Any, Final

from sandbox.stripe.forms import Wrong, is_true
from sandbox.stripe.money import Money
from sandbox.stripe.world import Thing, World, moment, seconds

DAY: Final = 86400
FIRST_TRY: Final = 23 * 3600
"""After so long a subscription whose first payment never came is given up."""

TRIES: Final = (3 * DAY, 5 * DAY, 7 * DAY)
"""After these a failed renewal is tried again, counted from the try before; then it is over."""

OVER: Final = {"canceled", "incomplete_expired"}
MONTHS: Final = {"month": 1, "year": 12}


def later(start: datetime, anchor: int, months: int) -> datetime:
    """Return the same day some months later, or the month's last; by the day it began with."""
    count = start.year * 12 + start.month - 1 + months
    year, month = divmod(count, 12)
    day = min(moment(anchor).day, monthrange(year, month + 1)[1])
    return start.replace(year=year, month=month + 1, day=day)


class Subscriptions:
    """Lets subscriptions live."""

    def __init__(self, world: World, money: Money) -> None:
        self._world = world
        self._money = money

    async def begin(self, form: dict[str, Any]) -> Thing:
        """Begin one: with a trial, or with its first payment."""
        customer = self._world.find("customer", form.get("customer"))
        if not form.get("items"):
            raise Wrong(400, "Missing required param: items.", code="parameter_missing")
        price = self._world.find("price", form["items"][0].get("price"))
        clock = self._world.clock_of(customer["id"])
        now = clock.now()
        days = int(form.get("trial_period_days", 0))
        trial = seconds(now) + days * DAY if days else None
        made = self._make(form, customer, price, trial)
        if trial is not None:
            clock.after(days * DAY, lambda: self._end_trial(made))
        else:
            amount = price["unit_amount"]
            start = made["items"]["data"][0]["current_period_start"]
            invoice = self._money.invoice(made, amount, "subscription_create", start=start)
            if await self._money.collect(invoice, given=made["default_payment_method"]):
                made["status"] = "active"
                self._renew_later(made)
            else:
                clock.after(FIRST_TRY, lambda: self._give_up(made))
        self._world.write("subscription", made, customer=customer["id"])
        await self._world.tell("customer.subscription.created", made)
        return made

    def _make(
        self, form: dict[str, Any], customer: Thing, price: Thing, trial: int | None
    ) -> Thing:
        now = self._world.clock_of(customer["id"]).now()
        start = seconds(now)
        months = MONTHS[price["recurring"]["interval"]]
        end = trial or seconds(later(now, start, months))
        item = self._world.make(
            "subscription_item",
            now,
            price=price,
            quantity=1,
            current_period_start=start,
            current_period_end=end,
        )
        card = form.get("default_payment_method")
        made = self._world.make(
            "subscription",
            now,
            customer=customer["id"],
            status="trialing" if trial else "incomplete",
            currency=price["currency"],
            metadata=form.get("metadata", {}),
            items={"object": "list", "has_more": False, "data": [item]},
            trial_start=start if trial else None,
            trial_end=trial,
            start_date=start,
            billing_cycle_anchor=trial or start,
            cancel_at=None,
            cancel_at_period_end=False,
            canceled_at=None,
            ended_at=None,
            collection_method="charge_automatically",
            pause_collection=None,
            default_payment_method=self._money.card(card, now)["id"] if card else None,
            latest_invoice=None,
            trial_settings=form.get("trial_settings")
            or {"end_behavior": {"missing_payment_method": "create_invoice"}},
        )
        item["_subscription"] = made["id"]
        return made

    async def change(self, name: str, form: dict[str, Any]) -> Thing:
        """Change its price, its end or its facts."""
        made = self._world.find("subscription", name)
        if made["status"] in OVER:
            raise Wrong(400, "a canceled subscription can only be looked at")
        if "cancel_at_period_end" in form:
            ends = is_true(form["cancel_at_period_end"])
            item = made["items"]["data"][0]
            made["cancel_at_period_end"] = ends
            made["cancel_at"] = item["current_period_end"] if ends else None
            made["canceled_at"] = self._now(made) if ends else None
        if form.get("items"):
            price = self._world.find("price", form["items"][0].get("price"))
            made["items"]["data"][0]["price"] = price
        if "metadata" in form:
            made["metadata"] = {**made["metadata"], **form["metadata"]}
        if form.get("default_payment_method"):
            at = moment(self._now(made))
            made["default_payment_method"] = self._money.card(form["default_payment_method"], at)[
                "id"
            ]
        await self._world.tell("customer.subscription.updated", made)
        return made

    async def cancel(self, name: str) -> Thing:
        """End it now."""
        made = self._world.find("subscription", name)
        if made["status"] in OVER:
            raise Wrong(404, f"No such subscription: '{name}'", code="resource_missing")
        await self._end(made, "canceled")
        return made

    async def resume(self, name: str) -> Thing:
        """Go on with a paused one: a new period begins with a payment."""
        made = self._world.find("subscription", name)
        if made["status"] != "paused":
            raise Wrong(400, "only a paused subscription can be resumed")
        await self._begin_period(made, moment(self._now(made)), reason="subscription_update")
        await self._world.tell("customer.subscription.resumed", made)
        return made

    async def pay(self, name: str) -> Thing:
        """Pay an open invoice by hand; what waited for it goes on."""
        invoice = self._world.find("invoice", name)
        if invoice["status"] != "open":
            raise Wrong(400, "Invoice is already paid", code="invoice_already_paid")
        details = invoice["parent"]["subscription_details"]
        made = self._world.find("subscription", details["subscription"])
        if not await self._money.collect(invoice, given=made["default_payment_method"]):
            raise Wrong(402, "Your card was declined.", code="card_declined")
        if made["status"] == "incomplete":
            self._renew_later(made)
        if made["status"] in {"incomplete", "past_due", "unpaid"}:
            await self._turn(made, "active")
        return invoice

    async def _end_trial(self, made: Thing) -> None:
        if made["status"] != "trialing":
            return
        if made["cancel_at_period_end"]:
            await self._end(made, "canceled")
            return
        behavior = made["trial_settings"]["end_behavior"]["missing_payment_method"]
        has_card = made["default_payment_method"] or self._has_card(made["customer"])
        if not has_card and behavior == "pause":
            await self._turn(made, "paused", word="customer.subscription.paused")
        elif not has_card and behavior == "cancel":
            await self._end(made, "canceled")
        else:
            await self._begin_period(made, moment(made["trial_end"]), reason="subscription_cycle")

    def _has_card(self, customer: str) -> bool:
        settings = self._world.find("customer", customer)["invoice_settings"]
        return settings["default_payment_method"] is not None

    def _renew_later(self, made: Thing) -> None:
        end = made["items"]["data"][0]["current_period_end"]
        clock = self._world.clock_of(made["customer"])
        clock.after(end - clock.now().timestamp(), lambda: self._renew(made, end))

    async def _renew(self, made: Thing, end: int) -> None:
        item = made["items"]["data"][0]
        if made["status"] in OVER or item["current_period_end"] != end:
            return
        if made["cancel_at_period_end"]:
            await self._end(made, "canceled")
            return
        await self._begin_period(made, moment(end), reason="subscription_cycle")

    async def _begin_period(self, made: Thing, start: datetime, *, reason: str) -> None:
        """Begin a period: it counts from its start, whatever becomes of its payment."""
        item = made["items"]["data"][0]
        months = MONTHS[item["price"]["recurring"]["interval"]]
        anchor = made["billing_cycle_anchor"]
        item["current_period_start"] = seconds(start)
        item["current_period_end"] = seconds(later(start, anchor, months))
        self._renew_later(made)
        amount = item["price"]["unit_amount"]
        invoice = self._money.invoice(made, amount, reason, start=seconds(start))
        if made["status"] == "unpaid":  # its invoices stay drafts until somebody pays
            invoice["status"] = "draft"
        elif await self._money.collect(invoice, given=made["default_payment_method"]):
            made["status"] = "active"
        else:
            made["status"] = "past_due"
            self._try_again(made, invoice, 0)
        await self._world.tell("customer.subscription.updated", made)

    def _try_again(self, made: Thing, invoice: Thing, tries: int) -> None:
        clock = self._world.clock_of(made["customer"])
        if tries < len(TRIES):
            clock.after(TRIES[tries], lambda: self._collect_again(made, invoice, tries + 1))

    async def _collect_again(self, made: Thing, invoice: Thing, tries: int) -> None:
        if made["status"] != "past_due" or invoice["status"] != "open":
            return
        if await self._money.collect(invoice, given=made["default_payment_method"]):
            await self._turn(made, "active")
        elif tries < len(TRIES):
            self._try_again(made, invoice, tries)
        elif made["metadata"].get("sandbox_dunning") == "unpaid":
            await self._turn(made, "unpaid")
        else:
            await self._end(made, "canceled")

    async def _give_up(self, made: Thing) -> None:
        if made["status"] == "incomplete":
            await self._end(made, "incomplete_expired")

    async def _turn(
        self, made: Thing, status: str, *, word: str = "customer.subscription.updated"
    ) -> None:
        made["status"] = status
        await self._world.tell(word, made)

    async def _end(self, made: Thing, status: str) -> None:
        now = self._now(made)
        made.update(status=status, ended_at=now)
        if status == "canceled":
            made["canceled_at"] = made["canceled_at"] or now
        word = "deleted" if status == "canceled" else "updated"
        await self._world.tell(f"customer.subscription.{word}", made)

    def _now(self, made: Thing) -> int:
        return seconds(self._world.clock_of(made["customer"]).now())
