"""Stripe's routes: who may ask, once by its key, at Stripe's pace, page by page."""

import time
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Any, Final

from starlette.responses import Response
from starlette.routing import Route

from sandbox.door import Door, House, Visit, reply
from sandbox.faults import Fault
from sandbox.stripe.forms import Wrong, complain, decoded, is_within, page, shown
from sandbox.stripe.keys import Keys
from sandbox.stripe.meters import Meters
from sandbox.stripe.money import Money
from sandbox.stripe.setup import Setup, id_of
from sandbox.stripe.subscriptions import OVER, Subscriptions
from sandbox.stripe.world import Thing, World, seconds

PACE: Final = 100.0
"""Requests a second that an account may make, as in live mode."""

KEPT: Final = timedelta(days=30)
"""For how long events can be listed."""

NEW_PERIODS: Final = "2025-03-31"
PATHS: Final = {
    **{
        kind: f"{kind}s"
        for kind in ("customer", "product", "price", "invoice", "charge", "dispute", "refund")
    },
    "subscription": "subscriptions",
    "event": "events",
    "payment_intent": "payment_intents",
    "checkout.session": "checkout/sessions",
    "webhook_endpoint": "webhook_endpoints",
    "billing.meter": "billing/meters",
    "test_helpers.test_clock": "test_helpers/test_clocks",
}
"""What can be listed and fetched, and below which path."""

Do = Callable[[Visit, dict[str, Any]], Awaitable[Any]]


class Stripe:
    """One account at Stripe."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._door = Door(house, "stripe", complain)
        self._world = World(house)
        self._money = Money(self._world)
        self._subscriptions = Subscriptions(self._world, self._money)
        self._meters = Meters(self._world)
        self._setup = Setup(self._world, self._money)
        self._keys = Keys(house.clock)
        self._tokens, self._asked = PACE, time.monotonic()

    def reset(self) -> None:
        """Forget everything."""
        self._world.reset()
        self._keys.reset()

    def routes(self) -> list[Route]:
        """Return Stripe's routes, and what a browser or a bank would do below /_/."""
        made: list[Route] = []
        for kind, path in PATHS.items():
            made += [self._list(kind, path), self._fetch(kind, path)]
        made += [self._post(path, name, do) for path, (name, do) in self._deeds().items()]
        lines = self._reading(
            lambda visit, _: self._world.find("checkout.session", id_of(visit))["line_items"]
        )
        cancel = self._doing(lambda visit, _: self._subscriptions.cancel(id_of(visit)))
        adding_up = self._reading(self._summaries)
        summaries, door = "/v1/billing/meters/{id}/event_summaries", self._door
        return [
            *made,
            door.route("/v1/subscriptions/{id}", "subscriptions.cancel", cancel, method="DELETE"),
            door.route(summaries, "meters.event_summaries", adding_up),
            door.route("/v1/checkout/sessions/{id}/line_items", "sessions.line_items", lines),
        ]

    def _deeds(self) -> dict[str, tuple[str, Do]]:
        """Return what can be done, by its path."""
        setup, money, lives = self._setup, self._money, self._subscriptions
        return {
            "/v1/customers": ("customers.create", setup.customer),
            "/v1/customers/{id}": ("customers.update", setup.customer),
            "/v1/products": ("products.create", setup.product),
            "/v1/prices": ("prices.create", setup.price),
            "/v1/webhook_endpoints": ("webhook_endpoints.create", setup.endpoint),
            "/v1/test_helpers/test_clocks": ("test_clocks.create", setup.clock),
            "/v1/test_helpers/test_clocks/{id}/advance": ("test_clocks.advance", setup.advance),
            "/v1/subscriptions": ("subscriptions.create", lambda _, form: lives.begin(form)),
            "/v1/subscriptions/{id}": (
                "subscriptions.update",
                lambda visit, form: lives.change(id_of(visit), form),
            ),
            "/v1/subscriptions/{id}/resume": (
                "subscriptions.resume",
                lambda visit, _: lives.resume(id_of(visit)),
            ),
            "/v1/invoices/{id}/pay": ("invoices.pay", lambda visit, _: lives.pay(id_of(visit))),
            "/v1/refunds": ("refunds.create", lambda _, form: money.refund(form)),
            "/v1/checkout/sessions": ("sessions.create", _now(money.session)),
            "/v1/billing/meters": ("meters.create", _now(self._meters.create)),
            "/v1/billing/meter_events": ("meter_events.create", _now(self._meters.take)),
            "/_/checkout/{id}/pay": ("browser.pay", lambda visit, _: money.pay(id_of(visit))),
            "/_/disputes": ("bank.dispute", lambda _, form: money.dispute(form)),
        }

    def _post(self, path: str, name: str, do: Do) -> Route:
        return self._door.route(path, name, self._doing(do), method="POST")

    def _doing(self, do: Do) -> Callable[[Visit], Awaitable[Response]]:
        async def answer(visit: Visit) -> Response:
            early = self._hold_up(visit)
            if early is not None:
                return early
            return await self._keys.once(visit, lambda: act(visit))

        async def act(visit: Visit) -> Response:
            form = decoded((await visit.request.body()).decode())
            try:
                return self._show(visit, await do(visit, form))
            except Wrong as wrong:
                return complain(wrong.status, wrong.code, wrong.message)

        return answer

    def _reading(
        self, read: Callable[[Visit, dict[str, Any]], Any]
    ) -> Callable[[Visit], Awaitable[Response]]:
        async def answer(visit: Visit) -> Response:
            early = self._hold_up(visit)
            if early is not None:
                return early
            try:
                return self._show(visit, read(visit, decoded(visit.request.url.query)))
            except Wrong as wrong:
                return complain(wrong.status, wrong.code, wrong.message)

        return answer

    def _list(self, kind: str, path: str) -> Route:
        def read(visit: Visit, query: dict[str, Any]) -> dict[str, Any]:
            lag = visit.strikes(Fault.LIST_LAG)
            newest = seconds(self._house.clock.now()) - (lag.seconds if lag else -(10**9))
            found = [
                self._expanded(thing, query)
                for thing in reversed(self._world.kind(kind).values())
                if thing["created"] <= newest and self._is_wanted(kind, thing, query)
            ]
            return page(found, query, f"/v1/{path}")

        return self._door.route(f"/v1/{path}", f"{path}.list", self._reading(read))

    def _fetch(self, kind: str, path: str) -> Route:
        def read(visit: Visit, query: dict[str, Any]) -> Thing:
            return self._expanded(self._world.find(kind, id_of(visit)), query)

        return self._door.route(f"/v1/{path}/{{id}}", f"{path}.fetch", self._reading(read))

    def _is_wanted(self, kind: str, thing: Thing, query: Mapping[str, Any]) -> bool:
        for name in ("customer", "payment_intent", "subscription", "charge"):
            if name in query and thing.get(name) != query[name]:
                return False
        status = query.get("status")
        if kind == "subscription" and status is None and thing["status"] in OVER:
            return False
        if status not in {None, "all", thing.get("status")}:
            return False
        if kind == "event":
            oldest = seconds(self._house.clock.now() - KEPT)
            return thing["created"] >= oldest and is_within(thing["created"], query.get("created"))
        return is_within(thing["created"], query.get("created"))

    def _expanded(self, thing: Thing, query: Mapping[str, Any]) -> Thing:
        """Put things in place of their ids where they are asked for; line items only then."""
        made = dict(thing)
        wanted = [str(one).removeprefix("data.") for one in query.get("expand", [])]
        if thing["object"] == "checkout.session" and "line_items" not in wanted:
            made.pop("line_items")
        for path in wanted:
            name, _, rest = path.partition(".")
            kind = {"latest_charge": "charge", "default_payment_method": "payment_method"}
            inner = made.get(name)
            if isinstance(inner, str):
                found = self._world.find(kind.get(name, name), inner)
                made[name] = self._expanded(found, {"expand": [rest] if rest else []})
            elif isinstance(inner, dict) and rest and "object" not in inner:
                made[name] = self._expanded({"object": "", **inner}, {"expand": [rest]})
                made[name].pop("object")
        return made

    def _hold_up(self, visit: Visit) -> Response | None:
        """Return why a request is not even read: nobody's key, or too many at once."""
        kind, _, key = visit.request.headers.get("authorization", "").partition(" ")
        if kind.lower() != "bearer" or not key.startswith(("sk_", "rk_")) or "wrong" in key:
            return complain(401, None, "Invalid API Key provided")
        now = time.monotonic()
        self._tokens = min(PACE, self._tokens + (now - self._asked) * PACE)
        self._asked = now
        if self._tokens < 1:
            return complain(429, "rate_limit", "Too many requests")
        self._tokens -= 1
        return None

    def _show(self, visit: Visit, thing: Any) -> Response:  # noqa: ANN401  # JSON
        version = visit.request.headers.get("stripe-version", NEW_PERIODS)
        return reply(shown(thing, is_old=version < NEW_PERIODS), request_id="req_sandbox")

    def _summaries(self, visit: Visit, query: dict[str, Any]) -> dict[str, Any]:
        found = self._meters.summaries(id_of(visit), query)
        return page(found, query, visit.request.url.path.removeprefix("/stripe"))


def _now(do: Callable[[dict[str, Any]], Any]) -> Do:
    async def later(_: Visit, form: dict[str, Any]) -> Any:  # noqa: ANN401  # JSON
        return do(form)

    return later
