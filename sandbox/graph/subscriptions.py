"""Promises of Graph to tell of changes: proved reachable, told signed by a clientState, ended."""

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID, uuid5

import httpx2

from sandbox.callbacks import Notice
from sandbox.door import House
from sandbox.graph import times
from sandbox.graph.events import Event, Refused
from sandbox.graph.mailbox import Calendar

NAMES: Final = UUID("0a1f3b57-0a52-4f0e-9a0e-6a6b1f3f5a10")
LONGEST: Final = timedelta(minutes=10_080)
PATIENCE: Final = 10.0
AGAIN: Final = (5.0, 60.0, 600.0)
TENANT: Final = "84bd8158-6d4d-4958-8b9f-9d6445542f95"

Ask = Callable[[str], Awaitable[httpx2.Response]]


@dataclass
class Subscription:
    """One promise."""

    id: str
    owner: str
    calendar: str
    given: dict[str, Any]
    until: datetime

    def show(self) -> dict[str, Any]:
        """Return it as Graph does; the clientState stays a secret."""
        facts = {name: value for name, value in self.given.items() if name != "clientState"}
        return {
            "@odata.context": "https://graph.microsoft.com/v1.0/$metadata#subscriptions/$entity",
            "id": self.id,
            **facts,
            "expirationDateTime": _written(self.until),
        }


class Subscriptions:
    """Every promise that was made."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._standing: dict[str, Subscription] = {}
        self._count = 0

    def reset(self) -> None:
        """Forget all promises."""
        self._standing.clear()

    async def make(
        self, owner: str, calendar: Calendar, given: Mapping[str, Any] | None
    ) -> Subscription:
        """Promise to tell an address, once it has answered with our token; raises Refused."""
        facts = dict(given or {})
        if not {"changeType", "notificationUrl", "resource", "expirationDateTime"} <= set(facts):
            raise Refused(400, "InvalidRequest")
        until = self._until(facts)
        self._count += 1
        name = str(uuid5(NAMES, str(self._count)))
        await _validate(str(facts["notificationUrl"]), f"validation: {name}")
        made = Subscription(name, owner, calendar.id, facts, until)
        self._standing[name] = made
        now = self._house.clock.now()
        self._house.ledger.write("graph", "subscription", now, id=name, owner=owner)
        return made

    def of(self, owner: str) -> list[Subscription]:
        """Return an owner's promises that have not ended."""
        now = self._house.clock.now()
        return [one for one in self._standing.values() if one.owner == owner and one.until > now]

    def find(self, owner: str, name: str) -> Subscription:
        """Return one; raises Refused."""
        for one in self.of(owner):
            if one.id == name:
                return one
        raise Refused(404, "ResourceNotFound")

    def prolong(self, owner: str, name: str, given: Mapping[str, Any] | None) -> Subscription:
        """Let it end later; raises Refused."""
        found = self.find(owner, name)
        found.until = self._until(given or {})
        return found

    def end(self, owner: str, name: str) -> None:
        """Let it end now; raises Refused."""
        del self._standing[self.find(owner, name).id]

    async def tell(self, owner: str, calendar: Calendar, event: Event, word: str) -> None:
        """Tell whoever was promised it."""
        for one in self.of(owner):
            if one.calendar == calendar.id and word in one.given["changeType"].split(","):
                await self._house.callbacks.send(_notice(one, event, word))

    def _until(self, facts: Mapping[str, Any]) -> datetime:
        now = self._house.clock.now()
        try:
            until = times.moment(str(facts["expirationDateTime"]))
        except (KeyError, ValueError):
            raise Refused(400, "InvalidRequest") from None
        if not now < until <= now + LONGEST:
            raise Refused(400, "InvalidRequest")
        return until


async def _validate(url: str, token: str) -> None:
    try:
        async with httpx2.AsyncClient(timeout=PATIENCE, trust_env=False) as client:
            answer = await client.post(url, params={"validationToken": token})
    except httpx2.HTTPError:
        raise Refused(400, "ValidationError") from None
    kind = answer.headers.get("content-type", "")
    if not answer.is_success or answer.text != token or "text/plain" not in kind:
        raise Refused(400, "ValidationError")


def _notice(one: Subscription, event: Event, word: str) -> Notice:
    resource = f"Users/{one.owner}/Events/{event.id}"
    said = {
        "subscriptionId": one.id,
        "subscriptionExpirationDateTime": _written(one.until),
        "changeType": word,
        "resource": resource,
        "resourceData": {
            "@odata.type": "#Microsoft.Graph.Event",
            "@odata.id": resource,
            "@odata.etag": event.etag,
            "id": event.id,
        },
        "clientState": one.given.get("clientState"),
        "tenantId": TENANT,
    }
    return Notice(
        vendor="graph",
        subject=event.id,
        word=word,
        url=str(one.given["notificationUrl"]),
        body=json.dumps({"value": [said]}).encode(),
        sign=lambda: {"Content-Type": "application/json"},
        again=AGAIN,
    )


def _written(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%f") + "0Z"
