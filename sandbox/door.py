"""The door that every request to a vendor passes: counted, hindered by the rules, answered."""

import asyncio
import socket
import struct
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Final, cast
from urllib.parse import parse_qsl

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from sandbox.callbacks import Callbacks
from sandbox.clock import Clock
from sandbox.faults import Fault, Faults, Rule
from sandbox.habits import Habits
from sandbox.ledger import Ledger

PAGE: Final = "<html><head><title>{0}</title></head><body><h1>{0} Bad Gateway</h1></body></html>"
WITHOUT_LINGER: Final = struct.pack("ii", 1, 0)
"""SO_LINGER so that closing sends a reset."""


@dataclass
class House:
    """What all vendors share."""

    clock: Clock = field(default_factory=Clock)
    faults: Faults = field(default_factory=Faults)
    ledger: Ledger = field(default_factory=Ledger)
    given_habits: Habits = field(default_factory=Habits)
    habits: Habits = field(init=False)
    callbacks: Callbacks = field(init=False)

    def __post_init__(self) -> None:
        self.habits = self.given_habits
        self.callbacks = Callbacks(self.clock, self.faults, self.ledger)


@dataclass
class Visit:
    """One request on its way."""

    house: House
    vendor: str
    route: str
    request: Request
    has_lingered: bool = False

    async def linger(self) -> None:
        """Take as long as a rule wants; a vendor calls it where its own work takes long."""
        if self.has_lingered:
            return
        self.has_lingered = True
        rule = self.strikes(Fault.DELAY)
        if rule is not None:
            await asyncio.sleep(rule.seconds)

    def strikes(self, kind: Fault) -> Rule | None:
        """Return the rule of this kind that strikes this visit."""
        return self.house.faults.strikes(kind, self.vendor, self.route)


Answer = Callable[[Visit], Awaitable[Response]]
Complaint = Callable[[int, str | None], Response]
"""A vendor's own error: from a status and a code of the vendor's."""


@dataclass(frozen=True, slots=True)
class Door:
    """One vendor's door."""

    house: House
    vendor: str
    complain: Complaint

    def route(self, path: str, name: str, answer: Answer, *, method: str = "GET") -> Route:
        """Open a route; rules and the ledger call it by `name`."""

        async def enter(request: Request) -> Response:
            visit = Visit(self.house, self.vendor, name, request)
            try:
                with self.house.ledger.flight(self.vendor, name):
                    return await self._let_in(visit, answer)
            except ClientDisconnect:  # gone in mid-request: nothing was asked for
                return Response(status_code=400)

        return Route(path, enter, methods=[method], name=f"{self.vendor} {name}")

    async def _let_in(self, visit: Visit, answer: Answer) -> Response:
        early = await self._hinder_before(visit)
        if early is not None:
            return early
        response = await answer(visit)
        await visit.linger()
        if response.status_code >= 400:  # noqa: PLR2004  # what went wrong by itself stays so
            return response
        return await self._hinder_after(visit, response)

    async def _hinder_before(self, visit: Visit) -> Response | None:
        """Return what is answered in place of any effect."""
        if visit.strikes(Fault.RESET):
            return await _hang_up(visit.request, roughly=True)
        for kind in (Fault.STATUS, Fault.HTML):
            rule = visit.strikes(kind)
            if rule is not None and not rule.after:
                return self._error(rule)
            if rule is not None:
                visit.request.state.struck = rule
        return None

    async def _hinder_after(self, visit: Visit, response: Response) -> Response:
        """Return what is answered after the effect took place."""
        rule: Rule | None = getattr(visit.request.state, "struck", None)
        if rule is not None:
            return self._error(rule)
        if visit.strikes(Fault.DROP_REPLY):
            return await _hang_up(visit.request, roughly=False)
        if visit.strikes(Fault.CUT_REPLY):
            return _Half(response)
        if visit.strikes(Fault.CUT_JSON):
            return Response(_half(response), media_type="application/json")
        if visit.strikes(Fault.ERROR_BODY):
            error = self.complain(500, None)
            return Response(error.body, status_code=200, media_type="application/json")
        return response

    def _error(self, rule: Rule) -> Response:
        if rule.kind is Fault.HTML:
            page = PAGE.format(rule.status)
            return Response(page, status_code=rule.status, media_type="text/html")
        response = self.complain(rule.status, rule.code)
        if rule.retry_after is not None:
            response.headers["retry-after"] = rule.retry_after
        return response


class _Half(Response):
    """Promises a whole answer, sends half of it, and hangs up."""

    def __init__(self, whole: Response) -> None:
        super().__init__(bytes(whole.body), whole.status_code, media_type=whole.media_type)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        start = {"type": "http.response.start", "status": self.status_code}
        await send({**start, "headers": self.raw_headers})
        await send({"type": "http.response.body", "body": _half(self), "more_body": True})
        await asyncio.sleep(0.05)  # what was sent has to have left
        await _hang_up(Request(scope, receive), roughly=False)


def _half(response: Response) -> bytes:
    whole = bytes(response.body)
    return whole[: len(whole) // 2]


async def _hang_up(request: Request, *, roughly: bool) -> Response:
    """Close the connection under the request; the answer that is returned goes nowhere."""
    transport = cast("asyncio.Transport", request.scope["state"]["transport"])
    if roughly:
        line: socket.socket = transport.get_extra_info("socket")
        line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, WITHOUT_LINGER)
    transport.abort()
    await asyncio.sleep(0)
    return Response(status_code=500)


async def form_of(request: Request) -> dict[str, str]:
    """Return a form's fields; of doubled ones the last."""
    text = (await request.body()).decode()
    return dict(parse_qsl(text, keep_blank_values=True))


async def json_of(request: Request) -> dict[str, Any] | None:
    """Return the body's object; None where it is none."""
    try:
        body: object = await request.json()
    except ValueError:
        return None
    return cast("dict[str, Any]", body) if isinstance(body, dict) else None


def reply(body: object, status: int = 200, **headers: str) -> JSONResponse:
    """Answer with JSON; `x_request_id="..."` becomes a header of that name with dashes."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return JSONResponse(body, status_code=status, headers=named)
