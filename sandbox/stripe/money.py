"""Invoices, charges, refunds, disputes and what is bought at a checkout."""

from datetime import datetime
from typing import Any, Final

from sandbox.stripe.forms import Wrong
from sandbox.stripe.world import Thing, World, seconds

FAILING: Final = {"pm_card_chargeCustomerFail", "pm_card_chargeDeclined"}
"""Stripe's own cards for trying out: these are attached, and fail when they are charged."""


class Money:
    """What changes hands."""

    def __init__(self, world: World) -> None:
        self._world = world

    def card(self, name: str, at: datetime) -> Thing:
        """Return the card of this name; Stripe's own for trying out become cards of one's own."""
        known = self._world.kind("payment_method").get(name)
        if known is not None:
            return known
        if not name.startswith("pm_card_"):
            raise Wrong(400, f"No such PaymentMethod: '{name}'", code="resource_missing")
        card = {"brand": "visa", "last4": "4242", "exp_month": 8, "exp_year": 2030}
        return self._world.make(
            "payment_method", at, type="card", card=card, _fails=name in FAILING
        )

    def pays(self, customer: str, given: str | None = None) -> bool:
        """Tell whether a customer's card is charged when it is asked."""
        thing = self._world.find("customer", customer)
        name = given or thing["invoice_settings"]["default_payment_method"]
        return name is not None and not self._world.find("payment_method", name)["_fails"]

    def invoice(self, subscription: Thing, amount: int, reason: str, *, start: int) -> Thing:
        """Bill a subscription for a period."""
        now = self._world.clock_of(subscription["customer"]).now()
        item = subscription["items"]["data"][0]
        details = {"subscription": subscription["id"], "metadata": subscription["metadata"]}
        made = self._world.make(
            "invoice",
            now,
            customer=subscription["customer"],
            status="open",
            currency=subscription["currency"],
            amount_due=amount,
            amount_paid=0,
            amount_remaining=amount,
            total=amount,
            attempt_count=0,
            billing_reason=reason,
            collection_method="charge_automatically",
            period_start=start,
            period_end=item["current_period_end"],
            parent={"type": "subscription_details", "subscription_details": details},
            lines={
                "object": "list",
                "has_more": False,
                "data": [
                    {
                        "id": f"il_{seconds(now)}",
                        "object": "line_item",
                        "amount": amount,
                        "period": {"start": start, "end": item["current_period_end"]},
                        "pricing": {
                            "type": "price_details",
                            "price_details": {"price": item["price"]["id"]},
                        },
                    }
                ],
            },
        )
        subscription["latest_invoice"] = made["id"]
        return made

    async def collect(self, invoice: Thing, *, given: str | None = None) -> bool:
        """Charge an invoice; tell what came of it."""
        invoice["attempt_count"] += 1
        if invoice["amount_remaining"] and not self.pays(invoice["customer"], given):
            await self._world.tell("invoice.payment_failed", invoice)
            return False
        if invoice["amount_remaining"]:
            self.charge(invoice["customer"], invoice["amount_remaining"], invoice["currency"])
        invoice.update(status="paid", amount_paid=invoice["amount_due"], amount_remaining=0)
        await self._world.tell("invoice.paid", invoice)
        await self._world.tell("invoice.payment_succeeded", invoice)
        return True

    def charge(self, customer: str, amount: int, currency: str) -> Thing:
        """Take money; return what was intended, with its charge."""
        now = self._world.clock_of(customer).now()
        intent = self._world.make(
            "payment_intent",
            now,
            customer=customer,
            amount=amount,
            amount_received=amount,
            currency=currency,
            status="succeeded",
        )
        charge = self._world.make(
            "charge",
            now,
            customer=customer,
            amount=amount,
            amount_refunded=0,
            currency=currency,
            payment_intent=intent["id"],
            paid=True,
            refunded=False,
            disputed=False,
            status="succeeded",
        )
        intent["latest_charge"] = charge["id"]
        self._world.write("charge", charge, customer=customer, amount=amount)
        return intent

    def session(self, form: dict[str, Any]) -> Thing:
        """Open a checkout for things that are paid once."""
        if form.get("mode") != "payment" or not form.get("line_items"):
            raise Wrong(400, "the sandbox's checkout takes mode=payment and line_items")
        customer = self._world.find("customer", form.get("customer"))
        now = self._world.clock_of(customer["id"]).now()
        lines: list[Thing] = []
        for line in form["line_items"]:
            price = self._world.find("price", line.get("price"))
            quantity = int(line.get("quantity", 1))
            total = price["unit_amount"] * quantity
            lines.append(
                self._world.make(
                    "item",
                    now,
                    price=price,
                    quantity=quantity,
                    amount_total=total,
                    amount_subtotal=total,
                    currency=price["currency"],
                )
            )
        return self._world.make(
            "checkout.session",
            now,
            customer=customer["id"],
            mode="payment",
            status="open",
            payment_status="unpaid",
            payment_intent=None,
            subscription=None,
            client_reference_id=form.get("client_reference_id"),
            metadata=form.get("metadata", {}),
            amount_total=sum(line["amount_total"] for line in lines),
            currency=lines[0]["currency"],
            line_items={"object": "list", "has_more": False, "data": lines},
        )

    async def pay(self, name: str) -> Thing:
        """Let the customer pay at the checkout, as they would in their browser."""
        session = self._world.find("checkout.session", name)
        if session["status"] != "open":
            raise Wrong(400, "this checkout is through")
        intent = self.charge(session["customer"], session["amount_total"], session["currency"])
        session.update(status="complete", payment_status="paid", payment_intent=intent["id"])
        await self._world.tell("checkout.session.completed", session)
        return session

    async def refund(self, form: dict[str, Any]) -> Thing:
        """Give money back, all or part of it."""
        intent = self._world.find("payment_intent", form.get("payment_intent"))
        charge = self._world.find("charge", intent["latest_charge"])
        left = charge["amount"] - charge["amount_refunded"]
        amount = int(form.get("amount", left))
        if not 0 < amount <= left:
            raise Wrong(400, "there is no such amount to refund", code="charge_already_refunded")
        made = self._world.make(
            "refund",
            self._world.clock_of(charge["customer"]).now(),
            amount=amount,
            charge=charge["id"],
            payment_intent=intent["id"],
            currency=charge["currency"],
            status="succeeded",
        )
        charge["amount_refunded"] += amount
        charge["refunded"] = charge["amount_refunded"] == charge["amount"]
        self._world.write("refund", made, customer=charge["customer"], amount=amount)
        await self._world.tell("charge.refunded", charge)
        return made

    async def dispute(self, form: dict[str, Any]) -> Thing:
        """Let the customer's bank take a payment back for now; or say how that ended."""
        if "dispute" in form:
            made = self._world.find("dispute", form["dispute"])
            made["status"] = form.get("status", "won")
            await self._world.tell("charge.dispute.closed", made)
            return made
        intent = self._world.find("payment_intent", form.get("payment_intent"))
        charge = self._world.find("charge", intent["latest_charge"])
        charge["disputed"] = True
        made = self._world.make(
            "dispute",
            self._world.clock_of(charge["customer"]).now(),
            _customer=charge["customer"],
            amount=charge["amount"],
            charge=charge["id"],
            payment_intent=intent["id"],
            currency=charge["currency"],
            status="needs_response",
            reason="general",
        )
        await self._world.tell("charge.dispute.created", made)
        return made
