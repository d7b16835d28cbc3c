"""All vendors under one address, and what tests and the demo say to them."""

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from typing import Any, Final, Protocol, cast

import uvicorn
from pydantic import TypeAdapter, ValidationError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route
from uvicorn.protocols.http.h11_impl import H11Protocol

from sandbox import google, login, openai, resend, retell, telnyx, twilio, twilio_calls, vapi
from sandbox.door import House, json_of, reply
from sandbox.faults import Rule
from sandbox.graph import vendor as graph
from sandbox.habits import Habits, Listener
from sandbox.stripe.api import Stripe

RULES: Final = TypeAdapter(Rule | list[Rule])


class Vendor(Protocol):
    """One vendor's other end."""

    def routes(self) -> list[Route]:
        """Return its routes."""
        ...

    def reset(self) -> None:
        """Forget everything."""
        ...


class Control:
    """The sandbox's own routes, below /_/."""

    def __init__(self, house: House, vendors: Sequence[Vendor], texts: twilio.Twilio) -> None:
        self._house = house
        self._texts = texts
        self._vendors = vendors

    def routes(self) -> list[Route]:
        """Return them."""
        return [
            Route("/_/ledger", self.ledger),
            Route("/_/faults", self.faults, methods=["GET", "POST"]),
            Route("/_/calls", self.calls, methods=["GET", "POST"]),
            Route("/_/reset", self.reset, methods=["POST"]),
            Route("/_/advance", self.advance, methods=["POST"]),
            Route("/_/say", self.say, methods=["POST"]),
        ]

    async def ledger(self, request: Request) -> Response:
        """Show every effect that reached a vendor, in order, and the peaks in flight."""
        query = request.query_params
        after = query.get("after", "0")
        if not after.isdecimal():
            return reply({"error": "after must be the number of a line"}, 400)
        return reply(self._house.ledger.show(query.get("vendor", ""), after=int(after)))

    async def faults(self, request: Request) -> Response:
        """Show the rules, or set one or several."""
        if request.method == "POST":
            try:
                given = RULES.validate_json(await request.body())
            except ValidationError as error:
                return reply({"error": error.errors(include_url=False, include_context=False)}, 400)
            for rule in given if isinstance(given, list) else [given]:
                self._house.faults.set(rule)
        return reply({"rules": self._house.faults.show()})

    async def calls(self, request: Request) -> Response:
        """Show how people behave and how many lines are in use, or set some of it."""
        if request.method == "POST":
            standing = self._house.habits.model_dump()
            try:
                given = Habits.model_validate_json(await request.body())
            except ValidationError as error:
                return reply({"error": error.errors(include_url=False, include_context=False)}, 400)
            named = given.model_dump(include=given.model_fields_set)
            self._house.habits = Habits.model_validate({**standing, **named})
        shown = self._house.habits.model_dump(mode="json", exclude={"listeners"})
        return reply({"habits": shown, **self._house.ledger.calls()})

    async def reset(self, request: Request) -> Response:
        """Begin anew: {"seed": 1, "still": false, "at": null}; a still clock moves by advance only.

        `at` is the time there, with its offset from UTC.
        """
        wanted = await json_of(request) or {}
        try:
            at = datetime.fromisoformat(wanted["at"]) if wanted.get("at") else None
        except (TypeError, ValueError):
            at = None
        if wanted.get("at") and (at is None or at.tzinfo is None):
            return reply({"error": "at must be a moment with its offset from UTC"}, 400)
        self._house.clock.reset(still=bool(wanted.get("still")), at=at)
        self._house.faults.reset(seed=int(wanted.get("seed", 1)))
        self._house.ledger.reset()
        self._house.habits = self._house.given_habits
        self._house.callbacks.reset()
        for vendor in self._vendors:
            vendor.reset()
        return reply({"ok": True})

    async def say(self, request: Request) -> Response:
        """Let a person write back: {"from", "to", "body", "url"}, and `account`, `token`."""
        said = await json_of(request) or {}
        if not {"from", "to", "body", "url"} <= set(said):
            return reply({"error": 'say {"from", "to", "body", "url"}'}, 400)
        return reply({"id": await self._texts.hear({name: str(v) for name, v in said.items()})})

    async def advance(self, request: Request) -> Response:
        """Move the vendors' clock; what lies between has happened when this answers."""
        wanted = await json_of(request) or {}
        seconds = wanted.get("seconds")
        if not isinstance(seconds, int | float) or seconds < 0:
            return reply({"error": 'say {"seconds": N}'}, 400)
        await self._house.clock.advance(seconds)
        return reply({"now": self._house.clock.now().isoformat()})


def build(
    *,
    resend_webhook: tuple[str, str] | None = None,
    listeners: Mapping[str, tuple[str, str]] | None = None,
) -> Starlette:
    """Put all vendors under one address; notices go to an address, signed by a secret."""
    told = {
        name: Listener(url=url, secret=secret) for name, (url, secret) in (listeners or {}).items()
    }
    house = House(given_habits=Habits(listeners=told))
    ai = openai.OpenAI(house, "openai")
    router = openai.OpenAI(house, "openrouter")
    texts = twilio.Twilio(house)
    url, secret = resend_webhook or ("", "")
    mail = resend.Resend(house, webhook=resend.Webhook(url=url, secret=secret) if url else None)
    spoken, voices, agents = twilio_calls.TwilioCalls(house), vapi.Vapi(house), retell.Retell(house)
    calendars, door = google.Google(house), login.Login(house)
    outlook, money, others = graph.Graph(house, door), Stripe(house), telnyx.Telnyx(house)
    people = [ai, router, texts, others, mail, calendars, door, outlook, spoken, voices, agents]
    people += [money]
    control = Control(house, people, texts)

    @asynccontextmanager
    async def life(_: Starlette) -> AsyncGenerator[None]:
        running = asyncio.create_task(house.clock.run())
        yield
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running
        await house.callbacks.close()

    return Starlette(
        lifespan=life,
        routes=[
            *control.routes(),
            Mount("/openai/v1", routes=ai.routes()),
            Mount("/openrouter/api/v1", routes=router.routes()),
            Mount("/twilio", routes=[*texts.routes(), *spoken.routes()]),
            Mount("/telnyx", routes=others.routes()),
            Mount("/resend", routes=mail.routes()),
            Mount("/google", routes=calendars.routes()),
            Mount("/login", routes=door.routes()),
            Mount("/graph", routes=outlook.routes()),
            Mount("/stripe", routes=money.routes()),
            Mount("/vapi", routes=voices.routes()),
            Mount("/retell", routes=agents.routes()),
        ],
    )


class CuttableProtocol(H11Protocol):
    """Lets a request find its connection, so that a rule can cut it."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]  # uvicorn narrows it so
        """Remember the connection where requests find it."""
        self.app_state = cast("dict[str, Any]", {**self.app_state, "transport": transport})
        super().connection_made(transport)


def serve(
    port: int,
    *,
    resend_webhook: tuple[str, str] | None = None,
    listeners: Mapping[str, tuple[str, str]] | None = None,
) -> None:
    """Serve until SIGTERM or Ctrl-C, on this machine only."""
    uvicorn.run(
        build(resend_webhook=resend_webhook, listeners=listeners),
        host="127.0.0.1",
        port=port,
        http=CuttableProtocol,
        log_level="warning",
        access_log=False,
        timeout_keep_alive=60,
        timeout_graceful_shutdown=1,
    )
