"""Graph's routes: calendars, events, windows and what changed in them, promises to tell.

A bearer is what the log-in gave out; one that begins with "person." is the owner at a screen, who
needs no log-in here. Graph answers no more than four requests of one mailbox at once.
"""

from collections.abc import Awaitable, Callable
from typing import Any, Final

from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.door import Door, House, Visit, json_of, reply
from sandbox.graph import batches
from sandbox.graph.events import Refused
from sandbox.graph.mailbox import Mailbox
from sandbox.graph.subscriptions import Subscriptions
from sandbox.graph.views import Views, tags_of, zone_of
from sandbox.login import Login

VERSION: Final = "/v1.0"
AT_ONCE: Final = 4
SLOW: Final = 1.0
BY_STATUS: Final = {
    400: "BadRequest",
    401: "InvalidAuthenticationToken",
    403: "ErrorAccessDenied",
    404: "ErrorItemNotFound",
    410: "syncStateNotFound",
    412: "ErrorIrresolvableConflict",
    429: "ApplicationThrottled",
    503: "serviceNotAvailable",
}

Act = Callable[[Visit, Mailbox], Awaitable[Response]]


def complain(status: int, code: str | None) -> JSONResponse:
    """Answer with Graph's own error."""
    name = code or BY_STATUS.get(status, "InternalServerError")
    words = f"The request was not carried out: {name}."
    return reply({"error": {"code": name, "message": words, "innerError": {}}}, status)


class Graph:
    """Keeps owners' calendars."""

    def __init__(self, house: House, login: Login) -> None:
        self._house = house
        self._login = login
        self._door = Door(house, "graph", complain)
        self._mailboxes: dict[str, Mailbox] = {}
        self._subscriptions = Subscriptions(house)
        self._views = Views()

    def reset(self) -> None:
        """Forget every mailbox and promise."""
        self._mailboxes.clear()
        self._subscriptions.reset()

    def routes(self) -> list[Route]:
        """Return Graph's routes."""
        calendars = "/me/calendars"
        one = calendars + "/{calendar}"
        views = self._views
        return [
            self._route("/$batch", "batch", self.batch, "POST"),
            self._route(calendars, "calendars.list", self.calendars),
            self._route(calendars, "calendars.create", self.add, "POST"),
            self._route(one, "calendars.get", self.calendar),
            self._route(one, "calendars.delete", self.drop, "DELETE"),
            self._route(f"{one}/events", "events.create", self.create, "POST"),
            self._route(f"{one}/calendarView", "view.list", views.window),
            self._route(f"{one}/calendarView/delta", "view.delta", views.delta),
            self._route("/me/events/{event}", "events.get", self.get),
            self._route("/me/events/{event}", "events.update", self.update, "PATCH"),
            self._route("/me/events/{event}", "events.delete", self.delete, "DELETE"),
            self._route("/subscriptions", "subscriptions.create", self.subscribe, "POST"),
            self._route("/subscriptions", "subscriptions.list", self.subscribed),
            self._route("/subscriptions/{id}", "subscriptions.update", self.prolong, "PATCH"),
            self._route("/subscriptions/{id}", "subscriptions.delete", self.end, "DELETE"),
        ]

    def _route(self, path: str, name: str, act: Act, method: str = "GET") -> Route:
        async def answer(visit: Visit) -> Response:
            return await self._enter(visit, act)

        return self._door.route(VERSION + path, name, answer, method=method)

    async def _enter(self, visit: Visit, act: Act) -> Response:
        mailbox = self._mailbox(visit)
        if mailbox is None:
            return complain(401, None)
        if mailbox.flying >= AT_ONCE:
            slow = complain(429, "ApplicationThrottled")
            slow.headers["retry-after"] = str(SLOW)
            return slow
        mailbox.flying += 1
        try:
            await visit.linger()
            return await act(visit, mailbox)
        except Refused as refused:
            return complain(refused.status, refused.code)
        finally:
            mailbox.flying -= 1

    def _mailbox(self, visit: Visit) -> Mailbox | None:
        kind, _, bearer = visit.request.headers.get("authorization", "").partition(" ")
        owner = self._login.mailbox(bearer) if kind == "Bearer" else None
        if owner is None:
            return None
        if owner not in self._mailboxes:
            self._mailboxes[owner] = Mailbox(owner, self._house.clock)
        return self._mailboxes[owner]

    async def calendars(self, visit: Visit, mailbox: Mailbox) -> Response:
        """List the calendars."""
        del visit
        return reply({"value": [one.show() for one in mailbox.calendars.values()]})

    async def calendar(self, visit: Visit, mailbox: Mailbox) -> Response:
        """Show one calendar."""
        return reply(mailbox.calendar(visit.request.path_params["calendar"]).show())

    async def add(self, visit: Visit, mailbox: Mailbox) -> Response:
        """Make a calendar, as a person does."""
        given = await json_of(visit.request) or {}
        return reply(mailbox.add(str(given["name"])).show(), 201)

    async def drop(self, visit: Visit, mailbox: Mailbox) -> Response:
        """Take a calendar away, with all that is in it."""
        name = mailbox.calendar(visit.request.path_params["calendar"]).id
        del mailbox.calendars[name]
        return Response(status_code=204)

    async def create(self, visit: Visit, mailbox: Mailbox) -> Response:
        """Make an event; one transaction makes one."""
        calendar = mailbox.calendar(visit.request.path_params["calendar"])
        event, is_new = mailbox.create(calendar, await json_of(visit.request))
        if is_new:
            self._write("created", event.id, mailbox, transaction=event.facts["transactionId"])
            await self._subscriptions.tell(mailbox.owner, calendar, event, "created")
        return reply(mailbox.show(event.id, zone_of(visit), None), 201)

    async def get(self, visit: Visit, mailbox: Mailbox) -> Response:
        """Show one event, or one day of a series."""
        name = visit.request.path_params["event"]
        return reply(mailbox.show(name, zone_of(visit), tags_of(visit)))

    async def update(self, visit: Visit, mailbox: Mailbox) -> Response:
        """Change an event, if it is what was seen."""
        name = visit.request.path_params["event"]
        calendar, _, _ = mailbox.find(name)
        etag = visit.request.headers.get("if-match")
        event = mailbox.change(name, await json_of(visit.request), etag)
        self._write("updated", name, mailbox)
        await self._subscriptions.tell(mailbox.owner, calendar, event, "updated")
        return reply(mailbox.show(name, zone_of(visit), None))

    async def delete(self, visit: Visit, mailbox: Mailbox) -> Response:
        """Delete an event, if it is what was seen."""
        name = visit.request.path_params["event"]
        calendar, _, _ = mailbox.find(name)
        event = mailbox.delete(name, visit.request.headers.get("if-match"))
        self._write("deleted", name, mailbox)
        await self._subscriptions.tell(mailbox.owner, calendar, event, "deleted")
        return Response(status_code=204)

    async def subscribe(self, visit: Visit, mailbox: Mailbox) -> Response:
        """Promise to tell of changes."""
        given = await json_of(visit.request) or {}
        parts = str(given.get("resource", "")).strip("/").split("/")
        if parts[:2] != ["me", "calendars"] or parts[3:] != ["events"]:
            raise Refused(400, "InvalidRequest")
        made = await self._subscriptions.make(mailbox.owner, mailbox.calendar(parts[2]), given)
        return reply(made.show(), 201)

    async def subscribed(self, visit: Visit, mailbox: Mailbox) -> Response:
        """List the promises."""
        del visit
        return reply({"value": [one.show() for one in self._subscriptions.of(mailbox.owner)]})

    async def prolong(self, visit: Visit, mailbox: Mailbox) -> Response:
        """Let a promise end later."""
        name = visit.request.path_params["id"]
        given = await json_of(visit.request)
        return reply(self._subscriptions.prolong(mailbox.owner, name, given).show())

    async def end(self, visit: Visit, mailbox: Mailbox) -> Response:
        """Let a promise end."""
        self._subscriptions.end(mailbox.owner, visit.request.path_params["id"])
        return Response(status_code=204)

    async def batch(self, visit: Visit, mailbox: Mailbox) -> Response:
        """Answer several questions in one request."""
        return await batches.answer(visit, mailbox)

    def _write(self, kind: str, name: str, mailbox: Mailbox, **facts: Any) -> None:  # noqa: ANN401  # facts of any kind
        now = self._house.clock.now()
        self._house.ledger.write("graph", kind, now, id=name, owner=mailbox.owner, **facts)
