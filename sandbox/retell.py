"""Retell's other end: calls, the account's concurrency, and its notices. Keyless, as in reality.

Any key is taken but one that begins with "wrong". An account has twenty lines until somebody says
otherwise; where they are all in use a call is refused with 429, or by a rule taken and ended.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final, cast

from starlette.responses import Response
from starlette.routing import Route

from sandbox.callbacks import Notice, retell_signature
from sandbox.door import Door, House, Visit, json_of, reply
from sandbox.exchange import Exchange
from sandbox.faults import Fault
from sandbox.keys import account_of, bearer
from sandbox.phone_calls import PhoneCall, Station
from sandbox.retell_calls import FULL, complain, meets, refusal, show

LARGEST_PAGE: Final = 1000
PAGE: Final = 50
REFERENCE: Final = "reference"
"""The key of a call's metadata by which the ledger knows it."""

STRANGER: Final = "+15005550006"
"""A caller's number that no account has."""

OVER: Final = "Concurrency limit reached."


class Retell:
    """Places calls that nobody hears, and tells what became of them."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._door = Door(house, "retell", complain)
        self._lines = Exchange(house, "retell", self._tell)

    def reset(self) -> None:
        """Forget every call."""
        self._lines.reset()

    def routes(self) -> list[Route]:
        """Return Retell's routes."""
        door = self._door
        return [
            door.route("/v2/create-phone-call", "calls.create", self.create, method="POST"),
            door.route("/v2/get-call/{id}", "calls.get", self.get),
            door.route("/v3/list-calls", "calls.list", self.list, method="POST"),
            door.route("/v2/stop-call/{id}", "calls.stop", self.stop, method="POST"),
            door.route("/get-concurrency", "concurrency", self.concurrency),
        ]

    async def create(self, visit: Visit) -> Response:
        """Take a call."""
        key = bearer(visit.request)
        if key is None:
            return complain(401, None)
        asked = await json_of(visit.request)
        if asked is None or refusal(asked):
            return complain(400, None, refusal(asked or {}) or "")
        if asked["from_number"] == STRANGER:
            return complain(422, None, "Cannot find the phone number to call from.")
        account = account_of(key)
        is_full = self._lines.is_full(account)
        rule = visit.strikes(Fault.OVER_LIMIT) if is_full else None
        if is_full:
            self._lines.refuse(account)
        if is_full and (rule is None or rule.word != "ended"):
            return complain(429, None, OVER)
        call = self._take(asked, account, key)
        if is_full:
            await self._lines.hang_up(call, FULL)
        else:
            self._lines.begin(call)
        answer = show(call)
        if visit.strikes(Fault.WEBHOOK_BEFORE_REPLY):
            await self._send(call, "call_started")
        return reply(answer, 201)

    def _take(self, asked: Mapping[str, Any], account: str, key: str) -> PhoneCall:
        metadata = cast("dict[str, Any]", asked.get("metadata") or {})
        return self._lines.take(
            account=account,
            key=key,
            to=asked["to_number"],
            sender=asked["from_number"],
            name=lambda digest: f"call_{digest % 16**27:027x}",
            own=asked,
            reference=metadata.get(REFERENCE),
        )

    async def list(self, visit: Visit) -> Response:
        """Show a page of calls that meet every criterion."""
        key = bearer(visit.request)
        if key is None:
            return complain(401, None)
        asked = await json_of(visit.request) or {}
        criteria = cast("dict[str, Any]", asked.get("filter_criteria") or {})
        found: list[PhoneCall] = [
            call
            for call in self._among(visit, account_of(key), criteria)
            if all(meets(call, name, wanted) for name, wanted in criteria.items())
        ]
        if asked.get("sort_order") == "ascending":
            found.reverse()
        first = _after(found, asked.get("pagination_key"))
        page = found[first : first + min(int(asked.get("limit", PAGE)), LARGEST_PAGE)]
        has_more = first + len(page) < len(found)
        said: dict[str, Any] = {"has_more": has_more, "items": [show(call) for call in page]}
        if has_more:
            said["pagination_key"] = page[-1].id
        return reply(said)

    def _among(
        self, visit: Visit, account: str, criteria: Mapping[str, Any]
    ) -> Iterator[PhoneCall]:
        """Return what may meet the criteria, without a look at every call there ever was."""
        for wanted in criteria.get("metadata", []):
            if wanted.get("key") == REFERENCE:
                return self._lines.newest(visit, account, reference=wanted.get("value"))
        if criteria.get("call_status", {}).get("value") == ["ongoing"]:
            return self._lines.newest(visit, account, is_open=True)
        return self._lines.newest(visit, account)

    async def get(self, visit: Visit) -> Response:
        """Show one call."""
        call = self._call(visit)
        return call if isinstance(call, Response) else reply(show(call))

    async def stop(self, visit: Visit) -> Response:
        """Hang up."""
        call = self._call(visit)
        if isinstance(call, Response):
            return call
        await self._lines.hang_up(call, "manual_stopped")
        return Response(status_code=204)

    async def concurrency(self, visit: Visit) -> Response:
        """Show how many lines the account has, and how many are in use."""
        key = bearer(visit.request)
        if key is None:
            return complain(401, None)
        account = account_of(key)
        limit = self._lines.limit(account) or 0
        return reply(
            {
                "current_concurrency": self._lines.live(account),
                "concurrency_limit": limit,
                "base_concurrency": limit,
                "purchased_concurrency": 0,
                "concurrency_purchase_limit": 100,
                "remaining_purchase_limit": 100,
                "concurrency_burst_enabled": False,
                "concurrency_burst_limit": 0,
            }
        )

    def _call(self, visit: Visit) -> PhoneCall | Response:
        key = bearer(visit.request)
        if key is None:
            return complain(401, None)
        found = self._lines.get(account_of(key), visit.request.path_params["id"])
        return complain(422, None) if found is None else found

    async def _tell(self, call: PhoneCall) -> None:
        """Tell of a call's start and end; of what never connected only the end."""
        if call.station is Station.TALKING:
            await self._send(call, "call_started")
        elif call.station is Station.ENDED:
            await self._send(call, "call_ended")
            await self._send(call, "call_analyzed")
            if self._house.faults.strikes(Fault.CONTRADICT_WEBHOOK, "retell", "webhooks"):
                await self._send(call, "call_started", call_status="ongoing")

    async def _send(self, call: PhoneCall, event: str, **other: Any) -> None:  # noqa: ANN401  # facts of any kind
        listener = self._house.habits.listeners.get("retell")
        if listener is None:
            return
        shown = {**show(call, is_analyzed=event == "call_analyzed"), **other}
        if event == "call_started":
            shown.pop("disconnection_reason", None)
        body = json.dumps({"event": event, "call": shown}).encode()
        at = datetime.now(UTC) + self._house.callbacks.skew("retell")
        signature = retell_signature(call.key, body, milliseconds=round(at.timestamp() * 1000))
        headers = {"Content-Type": "application/json", "X-Retell-Signature": signature}
        await self._house.callbacks.send(
            Notice(
                vendor="retell",
                subject=call.id,
                word=event,
                url=listener.url,
                body=body,
                sign=lambda: headers,
                again=(1.0, 5.0, 30.0),
            )
        )


def _after(found: Sequence[PhoneCall], key: object) -> int:
    """Return where the next page begins: behind the call that the key names."""
    return next((at + 1 for at, call in enumerate(found) if call.id == key), 0)
