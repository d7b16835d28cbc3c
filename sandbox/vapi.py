"""Vapi's other end: calls, numbers, and its server messages. Keyless, as in reality.

Any key is taken but one that begins with "wrong". An account has ten lines until somebody says
otherwise. Where they are all in use, Vapi takes a call and says `concurrencyBlocked`: it waits, and
dials when a line is free, unless it is deleted before. By a rule it ends at once, or is refused.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from itertools import islice, takewhile
from typing import Any, Final
from uuid import UUID

from starlette.responses import Response
from starlette.routing import Route

from sandbox.callbacks import Notice, vapi_headers
from sandbox.door import Door, House, Visit, json_of, reply
from sandbox.exchange import Exchange
from sandbox.faults import Fault
from sandbox.keys import account_of, bearer
from sandbox.phone_calls import PhoneCall, Station
from sandbox.vapi_calls import (
    WORDS,
    common,
    complain,
    earliest,
    is_wanted,
    reason_of,
    refusal,
    report,
    show,
)

LARGEST_PAGE: Final = 1000
FULL: Final = "call.start.error-subscription-concurrency-limit-reached"

OVER: Final = "Over Concurrency Limit. Please upgrade your plan or wait for calls to end."


class Vapi:
    """Places calls that nobody hears, and tells what became of them."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._door = Door(house, "vapi", complain)
        self._lines = Exchange(house, "vapi", self._tell)

    def reset(self) -> None:
        """Forget every call."""
        self._lines.reset()

    def routes(self) -> list[Route]:
        """Return Vapi's routes."""
        door = self._door
        return [
            door.route("/call", "calls.create", self.create, method="POST"),
            door.route("/call", "calls.list", self.list),
            door.route("/call/{id}", "calls.get", self.get),
            door.route("/call/{id}", "calls.delete", self.delete, method="DELETE"),
            door.route("/control/{id}", "calls.control", self.control, method="POST"),
        ]

    async def create(self, visit: Visit) -> Response:
        """Take a call."""
        key = bearer(visit.request)
        if key is None:
            return complain(401, None)
        asked = await json_of(visit.request)
        wrong = refusal(asked)
        if asked is None or wrong:
            return complain(400, None, wrong or "")
        account = account_of(key)
        is_full = self._lines.is_full(account)
        rule = visit.strikes(Fault.OVER_LIMIT) if is_full else None
        if is_full:
            self._lines.refuse(account)
        if rule is not None and rule.word == "status":
            return complain(400, None, OVER)
        call = self._take(asked, account, key)
        if not is_full:
            self._lines.begin(call)
        elif rule is not None and rule.word == "ended":
            await self._lines.hang_up(call, FULL)
        else:
            self._lines.wait(call)
        answer = {**show(call, visit), "subscriptionLimits": self._limits(account, blocked=is_full)}
        if visit.strikes(Fault.WEBHOOK_BEFORE_REPLY):
            await self._tell(call)
        return reply(answer, 201)

    def _take(self, asked: Mapping[str, Any], account: str, key: str) -> PhoneCall:
        return self._lines.take(
            account=account,
            key=key,
            to=asked["customer"]["number"],
            sender=asked.get("phoneNumberId") or asked["phoneNumber"].get("twilioPhoneNumber", ""),
            name=lambda digest: str(UUID(int=digest, version=4)),
            own=asked,
            reference=asked.get("name"),
        )

    def _limits(self, account: str, *, blocked: bool) -> dict[str, Any]:
        limit = self._lines.limit(account)
        said: dict[str, Any] = {"concurrencyBlocked": blocked}
        if limit is not None:
            left = max(limit - self._lines.live(account), 0)
            said |= {"concurrencyLimit": limit, "remainingConcurrentCalls": left}
        return said

    async def list(self, visit: Visit) -> Response:
        """Show calls, newest first, between two moments of their making."""
        key = bearer(visit.request)
        if key is None:
            return complain(401, None)
        query = visit.request.query_params
        size = min(int(query.get("limit", 100)), LARGEST_PAGE)
        since = earliest(query)
        newest = self._lines.newest(visit, account_of(key))
        recent = takewhile(lambda call: since is None or call.created >= since, newest)
        wanted = (show(call, visit) for call in recent if is_wanted(call, query))
        return reply(list(islice(wanted, size)))

    async def get(self, visit: Visit) -> Response:
        """Show one call."""
        call = self._call(visit)
        return call if isinstance(call, Response) else reply(show(call, visit))

    async def delete(self, visit: Visit) -> Response:
        """Forget a call's data; one that has not been dialled yet is not dialled any more."""
        call = self._call(visit)
        if isinstance(call, Response):
            return call
        if call.station is Station.WAITING:
            await self._lines.hang_up(call, "call-deleted")
        call.is_forgotten = call.station is Station.ENDED
        return reply(show(call, visit))

    async def control(self, visit: Visit) -> Response:
        """Do something to a live call: {"type": "end-call"} hangs up."""
        call = self._lines.calls.get(visit.request.path_params["id"])
        asked = await json_of(visit.request) or {}
        if call is None or call.station is Station.ENDED:
            return complain(404, None)
        if asked.get("type") != "end-call":
            return complain(400, None, "type must be end-call")
        await self._lines.hang_up(call, "manually-canceled")
        return Response(status_code=200)

    def _call(self, visit: Visit) -> PhoneCall | Response:
        key = bearer(visit.request)
        if key is None:
            return complain(401, None)
        found = self._lines.get(account_of(key), visit.request.path_params["id"])
        return complain(404, None) if found is None else found

    async def _tell(self, call: PhoneCall) -> None:
        """Send a server message, and at the end of a call the report behind it."""
        listener = self._house.habits.listeners.get("vapi")
        if listener is None:
            return
        skew = self._house.callbacks.skew("vapi")
        now = self._house.clock.now() + skew
        told: dict[str, Any] = {"type": "status-update", "status": WORDS[call.station]}
        basis = common(call, round(now.timestamp() * 1000))
        messages = [told | basis]
        if call.station is Station.ENDED:
            told["endedReason"] = reason_of(call)
            messages = [told | basis, report(call) | basis]
            if self._house.faults.strikes(Fault.CONTRADICT_WEBHOOK, "vapi", "webhooks"):
                told = {"type": "status-update", "status": "in-progress"}
                messages.append(told | basis)
        for message in messages:
            body = json.dumps({"message": message}).encode()
            seconds = round((datetime.now(UTC) + skew).timestamp())
            headers = vapi_headers(listener.secret, body, seconds=seconds)
            await self._house.callbacks.send(
                Notice(
                    vendor="vapi",
                    subject=call.id,
                    word=message.get("status", message["type"]),
                    url=listener.url,
                    body=body,
                    sign=lambda headers=headers: headers,
                )
            )
