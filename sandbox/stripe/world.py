"""What Stripe knows: things by kind, what time it is for each, and what it tells of them."""

import heapq
import hmac
import json
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any, Final, TypeAlias

from sandbox.callbacks import Notice
from sandbox.clock import Act
from sandbox.door import House
from sandbox.stripe.forms import Wrong, shown

Thing: TypeAlias = dict[str, Any]

AGAIN: Final = (5.0, 300.0, 1800.0, 7200.0, 18000.0, 36000.0)
"""Stripe tries again for three days; these are the first of its tries."""

PREFIXES: Final = {
    "customer": "cus",
    "product": "prod",
    "price": "price",
    "subscription": "sub",
    "subscription_item": "si",
    "invoice": "in",
    "charge": "ch",
    "payment_intent": "pi",
    "payment_method": "pm",
    "refund": "re",
    "dispute": "dp",
    "checkout.session": "cs_test",
    "event": "evt",
    "webhook_endpoint": "we",
    "test_helpers.test_clock": "clock",
    "billing.meter": "mtr_test",
    "item": "li",
}

NOT_SAID: Final = {
    "subscription_item": ("livemode",),
    "billing.meter": ("metadata",),
    "item": ("created", "livemode"),
}
"""What nearly every thing says of itself, and these do not."""


@dataclass
class TestClock:
    """A customer's own time: it stands still, and moves when it is told to."""

    at: datetime
    due: list[tuple[datetime, int, Act]] = field(default_factory=list[tuple[datetime, int, Act]])
    number: Any = field(default_factory=count)

    def now(self) -> datetime:
        """Return its time."""
        return self.at

    def after(self, seconds: float, act: Act) -> None:
        """Have something happen later."""
        moment = self.at + timedelta(seconds=seconds)
        heapq.heappush(self.due, (moment, next(self.number), act))

    async def advance(self, to: datetime) -> None:
        """Move forward; all that lies between happens in order."""
        if to <= self.at:
            raise Wrong(400, "a test clock moves forward only")
        while self.due and self.due[0][0] <= to:
            moment, _, act = heapq.heappop(self.due)
            self.at = max(self.at, moment)
            await act()
        self.at = to


class World:
    """Everything that one account has."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.things: dict[str, dict[str, Thing]] = {}
        self.clocks: dict[str, TestClock] = {}
        self._number = count(1)

    def reset(self) -> None:
        """Forget everything."""
        self.things.clear()
        self.clocks.clear()

    def kind(self, kind: str) -> dict[str, Thing]:
        """Return all things of a kind, oldest first."""
        return self.things.setdefault(kind, {})

    def find(self, kind: str, name: object) -> Thing:
        """Return a thing; raises Stripe's own complaint where there is none."""
        found = self.kind(kind).get(str(name))
        if found is None:
            raise Wrong(404, f"No such {kind}: '{name}'", code="resource_missing")
        return found

    def make(self, kind: str, at: datetime, **facts: Any) -> Thing:  # noqa: ANN401  # facts of any kind
        """Make a thing and keep it."""
        name = f"{PREFIXES[kind]}_{next(self._number):014d}"
        made: Thing = {
            "id": facts.pop("id", name),
            "object": kind,
            "created": int(at.timestamp()),
            "livemode": False,
            "metadata": {},
            **facts,
        }
        for name in NOT_SAID.get(kind, ()):
            del made[name]
        self.kind(kind)[made["id"]] = made
        return made

    def clock_of(self, customer: str | None) -> Any:  # noqa: ANN401  # either clock
        """Return whose time counts for a customer's things."""
        thing = self.kind("customer").get(customer or "", {})
        return self.clocks.get(thing.get("test_clock") or "", self.house.clock)

    def write(self, kind: str, thing: Mapping[str, Any], **facts: Any) -> None:  # noqa: ANN401  # as above
        """Write an effect into the house's ledger."""
        at = self.clock_of(thing.get("customer")).now()
        self.house.ledger.write("stripe", kind, at, id=thing.get("id"), **facts)

    async def tell(self, word: str, thing: Thing) -> None:
        """Make an event of what happened, and bring it to every endpoint that wants it."""
        whose = thing.get("customer") or thing.get("_customer") or thing.get("id")
        now = self.clock_of(whose).now()
        event = self.make(
            "event",
            now,
            type=word,
            data={"object": deepcopy(shown(thing))},
            api_version="2026-10-28.endive",
            pending_webhooks=0,
            request={"id": None, "idempotency_key": None},
        )
        for endpoint in list(self.kind("webhook_endpoint").values()):
            wanted = endpoint["enabled_events"]
            if "*" in wanted or word in wanted:
                await self.house.callbacks.send(self._notice(event, endpoint))

    def _notice(self, event: Thing, endpoint: Thing) -> Notice:
        body = json.dumps(shown(event)).encode()

        def sign() -> Mapping[str, str]:
            seconds = int(datetime.now(UTC).timestamp())  # the hearer's clock is the real one
            signed = f"{seconds}.".encode() + body
            digest = hmac.digest(endpoint["_secret"].encode(), signed, "sha256").hex()
            return {
                "Content-Type": "application/json",
                "Stripe-Signature": f"t={seconds},v1={digest}",
            }

        return Notice(
            vendor="stripe",
            subject=event["id"],
            word=event["type"],
            url=endpoint["url"],
            body=body,
            sign=sign,
            again=AGAIN,
        )


def seconds(moment: datetime) -> int:
    """Return a moment as Stripe writes it: whole seconds."""
    return int(moment.timestamp())


def moment(whole: int) -> datetime:
    """Read a moment as Stripe writes it."""
    return datetime.fromtimestamp(whole, UTC)
