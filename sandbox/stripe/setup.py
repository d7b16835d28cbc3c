"""Customers, what is sold to them, clocks, and where notices go."""

from typing import Any

from sandbox.door import Visit
from sandbox.stripe.forms import Wrong
from sandbox.stripe.money import Money
from sandbox.stripe.world import TestClock, Thing, World, moment


def id_of(visit: Visit) -> str:
    """Return the id in a request's path."""
    return str(visit.request.path_params["id"])


class Setup:
    """What a seller sets up."""

    def __init__(self, world: World, money: Money) -> None:
        self._world = world
        self._money = money

    async def customer(self, visit: Visit, form: dict[str, Any]) -> Thing:
        """Make a customer, or change one."""
        name = visit.request.path_params.get("id")
        clock = self._world.clocks.get(form.get("test_clock", ""), self._world.house.clock)
        card = form.get("invoice_settings", {}).get("default_payment_method")
        now = clock.now()
        made = (
            self._world.find("customer", name)
            if name
            else self._world.make(
                "customer",
                now,
                test_clock=form.get("test_clock"),
                invoice_settings={"default_payment_method": None},
                email=form.get("email"),
            )
        )
        if card:
            made["invoice_settings"]["default_payment_method"] = self._money.card(card, now)["id"]
        made["metadata"] = {**made["metadata"], **form.get("metadata", {})}
        await self._world.tell(f"customer.{'updated' if name else 'created'}", made)
        return made

    async def product(self, _: Visit, form: dict[str, Any]) -> Thing:
        """Make something that is sold."""
        now = self._world.house.clock.now()
        return self._world.make("product", now, name=form.get("name"), active=True)

    async def price(self, _: Visit, form: dict[str, Any]) -> Thing:
        """Say what it costs."""
        if "unit_amount" not in form or "currency" not in form:
            raise Wrong(400, "Missing required param: currency.", code="parameter_missing")
        recurring = form.get("recurring")
        return self._world.make(
            "price",
            self._world.house.clock.now(),
            active=True,
            currency=form["currency"],
            unit_amount=int(form["unit_amount"]),
            recurring={"interval_count": 1, "usage_type": "licensed", **recurring}
            if recurring
            else None,
            type="recurring" if recurring else "one_time",
            product=form.get("product"),
        )

    async def endpoint(self, _: Visit, form: dict[str, Any]) -> Thing:
        """Note where notices are to go."""
        if not form.get("url") or not form.get("enabled_events"):
            raise Wrong(400, "Missing required param: url.", code="parameter_missing")
        now = self._world.house.clock.now()
        made = self._world.make(
            "webhook_endpoint",
            now,
            url=form["url"],
            enabled_events=form["enabled_events"],
            status="enabled",
        )
        made["_secret"] = f"whsec_{made['id']}"
        return {**made, "secret": made["_secret"]}

    async def clock(self, _: Visit, form: dict[str, Any]) -> Thing:
        """Make a clock that stands still."""
        at = int(form["frozen_time"])
        made = self._world.make(
            "test_helpers.test_clock", moment(at), frozen_time=at, status="ready"
        )
        self._world.clocks[made["id"]] = TestClock(moment(at))
        return made

    async def advance(self, visit: Visit, form: dict[str, Any]) -> Thing:
        """Move such a clock; what lies between happens."""
        made = self._world.find("test_helpers.test_clock", id_of(visit))
        await self._world.clocks[made["id"]].advance(moment(int(form["frozen_time"])))
        made["frozen_time"] = int(form["frozen_time"])
        return made
