"""Google Calendar's other end, with its log-in: events, lists by token, channels, consent.

Any bearer is taken but one that begins with "wrong"; those that were given out here run out
after an hour, and a refresh token that begins with "revoked" is not taken. Whoever comes with a
token of their own is a person at the calendar: there is one set of calendars for all, and every
calendar is there but one whose name begins with "gone".
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import urlencode

from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from sandbox.callbacks import Notice
from sandbox.door import Door, House, Visit, form_of, json_of, reply
from sandbox.google_events import Book, complain, spelled

EVENTS: Final = "/calendar/v3/calendars/{calendar}/events"
LASTS: Final = timedelta(hours=1)
LARGEST_PAGE: Final = 2500
USUAL_PAGE: Final = 250


class Google:
    """Keeps calendars, and tells of changes."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._door = Door(house, "google", lambda status, code: complain(status, code or ""))
        self._books: dict[str, Book] = {}
        self._channels: dict[str, dict[str, Any]] = {}
        self._tokens: dict[str, datetime] = {}
        self._made = 0

    def reset(self) -> None:
        """Forget every calendar, channel and token."""
        self._books.clear()
        self._channels.clear()
        self._tokens.clear()

    def routes(self) -> list[Route]:
        """Return Google's routes."""
        door, one = self._door, EVENTS + "/{event}"
        return [
            door.route("/calendar/v3/users/me/calendarList", "calendars.list", self.calendars),
            door.route("/calendar/v3/freeBusy", "freebusy", self.busy, method="POST"),
            door.route("/calendar/v3/channels/stop", "channels.stop", self.stop, method="POST"),
            door.route(EVENTS, "events.list", self.list),
            door.route(EVENTS, "events.insert", self.insert, method="POST"),
            door.route(f"{EVENTS}/watch", "events.watch", self.watch, method="POST"),
            door.route(one, "events.get", self.get),
            door.route(one, "events.patch", self.patch, method="PATCH"),
            door.route(one, "events.delete", self.delete, method="DELETE"),
            door.route("/o/oauth2/v2/auth", "consent", self.consent),
            door.route("/token", "token", self.token, method="POST"),
        ]

    def _book(self, visit: Visit) -> Book:
        name = str(visit.request.path_params["calendar"])
        return self._books.setdefault(name, Book(name))

    def _refusal(self, visit: Visit) -> Response | None:
        given = visit.request.headers.get("authorization", "").removeprefix("Bearer ")
        ends = self._tokens.get(given)
        is_over = ends is not None and ends <= self._house.clock.now()
        if not given or given.startswith("wrong") or is_over:
            return complain(401, "authError")
        is_gone = str(visit.request.path_params.get("calendar", "")).startswith("gone")
        return complain(404, "notFound") if is_gone else None

    async def calendars(self, visit: Visit) -> Response:
        """List the calendars of the owner: one always, and those that were used."""
        refused = self._refusal(visit)
        names = sorted({"primary", *self._books})
        shown = [
            {
                "kind": "calendar#calendarListEntry",
                "etag": '"1"',
                "id": name,
                "summary": name,
                "timeZone": self._books[name].zone if name in self._books else "UTC",
                "accessRole": "owner",
                **({"primary": True} if name == "primary" else {}),
            }
            for name in names
        ]
        body = {"kind": "calendar#calendarList", "etag": '"1"', "items": shown}
        return refused or reply(body)

    async def list(self, visit: Visit) -> Response:
        """List what there is, or what changed since a token."""
        refused = self._refusal(visit)
        if refused is not None:
            return refused
        query = dict(visit.request.query_params)
        size = min(int(query.get("maxResults", USUAL_PAGE)), LARGEST_PAGE)
        try:
            return reply(self._book(visit).page(query, size))
        except LookupError:
            return complain(410, "fullSyncRequired")

    async def get(self, visit: Visit) -> Response:
        """Show an event."""
        found = self._book(visit).find(visit.request.path_params["event"])
        return self._refusal(visit) or (reply(found) if found else complain(404, "notFound"))

    async def insert(self, visit: Visit) -> Response:
        """Make an event, under the caller's id if it has one."""
        refused, body = self._refusal(visit), await json_of(visit.request)
        if refused is not None or body is None:
            return refused or complain(400, "parseError")
        book = self._book(visit)
        if "id" in body and book.is_taken(body["id"]):
            return complain(409, "duplicate")
        if "start" not in body or "end" not in body:
            return complain(400, "required")
        made = book.insert(body, self._house.clock.now())
        await self._happened(book, "created", made)
        return reply(made)

    async def patch(self, visit: Visit) -> Response:
        """Change an event, or one instance of a recurring one."""
        refused, body = self._refusal(visit), await json_of(visit.request)
        if refused is not None or body is None:
            return refused or complain(400, "parseError")
        book, name = self._book(visit), visit.request.path_params["event"]
        wrong = self._mismatch(visit, book, name)
        if wrong is not None:
            return wrong
        made = book.patch(name, body, self._house.clock.now())
        await self._happened(book, "changed", made)
        return reply(made)

    async def delete(self, visit: Visit) -> Response:
        """Delete an event, or one instance of a recurring one."""
        refused = self._refusal(visit)
        if refused is not None:
            return refused
        book, name = self._book(visit), visit.request.path_params["event"]
        found = book.find(name)
        if found is not None and found["status"] == "cancelled":
            return complain(410, "deleted")
        wrong = self._mismatch(visit, book, name)
        if wrong is not None:
            return wrong
        made = book.patch(name, {"status": "cancelled"}, self._house.clock.now())
        await self._happened(book, "deleted", made)
        return Response(status_code=204)

    def _mismatch(self, visit: Visit, book: Book, name: str) -> Response | None:
        found, wanted = book.find(name), visit.request.headers.get("if-match")
        if found is None:
            return complain(404, "notFound")
        if wanted is not None and wanted not in {"*", found["etag"]}:
            return complain(412, "conditionNotMet")
        return None

    async def busy(self, visit: Visit) -> Response:
        """Say when calendars are busy."""
        refused, body = self._refusal(visit), await json_of(visit.request)
        if refused is not None or body is None:
            return refused or complain(400, "parseError")
        start, end = (datetime.fromisoformat(body[name]) for name in ("timeMin", "timeMax"))
        shown = {
            one["id"]: {"busy": self._books.setdefault(one["id"], Book(one["id"])).busy(start, end)}
            for one in body.get("items", [])
        }
        times = {"timeMin": body["timeMin"], "timeMax": body["timeMax"]}
        return reply({"kind": "calendar#freeBusy", **times, "calendars": shown})

    async def watch(self, visit: Visit) -> Response:
        """Open a channel; its first word is that it stands."""
        refused, body = self._refusal(visit), await json_of(visit.request)
        if refused is not None or body is None:
            return refused or complain(400, "parseError")
        if body.get("id") in self._channels:
            return complain(400, "channelIdNotUnique")
        seconds = int(body.get("params", {}).get("ttl", 604_800))
        ends = self._house.clock.now() + timedelta(seconds=seconds)
        book = self._book(visit)
        channel = {
            "kind": "api#channel",
            "id": body["id"],
            "resourceId": f"resource-{book.name}",
            "resourceUri": f"https://www.googleapis.com/calendar/v3/calendars/{book.name}/events",
            "expiration": str(int(ends.timestamp() * 1000)),
        }
        self._channels[body["id"]] = {**channel, **body, "ends": ends, "number": 0}
        await self._tell(self._channels[body["id"]], "sync")
        return reply(channel)

    async def stop(self, visit: Visit) -> Response:
        """Close a channel."""
        body = await json_of(visit.request) or {}
        known = self._channels.pop(str(body.get("id")), None)
        return self._refusal(visit) or (
            Response(status_code=204) if known else complain(404, "channelUnknown")
        )

    async def consent(self, visit: Visit) -> Response:
        """Be an owner who agrees at once."""
        query = visit.request.query_params
        back = {"code": f"code-{query.get('client_id', '')}", "state": query.get("state", "")}
        return RedirectResponse(f"{query['redirect_uri']}?{urlencode(back)}", status_code=302)

    async def token(self, visit: Visit) -> Response:
        """Give tokens for a code or a refresh token."""
        form = await form_of(visit.request)
        given = form.get("code") or form.get("refresh_token") or "revoked"
        if given.startswith("revoked"):
            said = {"error": "invalid_grant", "error_description": "Token has been revoked."}
            return reply(said, 400)
        self._made += 1
        access = f"ya29.sandbox-{self._made}"
        self._tokens[access] = self._house.clock.now() + LASTS
        self._house.ledger.write("google", "token", self._house.clock.now(), id=str(self._made))
        body: dict[str, Any] = {"access_token": access, "token_type": "Bearer"}
        if "code" in form:
            body["refresh_token"] = f"1//sandbox-{self._made}"
        return reply({**body, "expires_in": int(LASTS.total_seconds())})

    async def _happened(self, book: Book, what: str, event: Mapping[str, Any]) -> None:
        now = self._house.clock.now()
        self._house.ledger.write(
            "google", what, now, id=event["id"], calendar=book.name, etag=event["etag"]
        )
        for channel in list(self._channels.values()):
            if channel["resourceId"] == f"resource-{book.name}" and channel["ends"] > now:
                self._house.clock.after(0, lambda one=channel: self._tell(one, "exists"))

    async def _tell(self, channel: dict[str, Any], state: str) -> None:
        channel["number"] += 1
        headers = {
            "x-goog-channel-id": channel["id"],
            "x-goog-channel-token": channel.get("token", ""),
            "x-goog-channel-expiration": spelled(channel["ends"]),
            "x-goog-message-number": str(channel["number"]),
            "x-goog-resource-id": channel["resourceId"],
            "x-goog-resource-state": state,
            "x-goog-resource-uri": channel["resourceUri"],
        }
        notice = Notice(
            vendor="google",
            subject=channel["id"],
            word=state,
            url=channel["address"],
            body=b"",
            sign=lambda: headers,
        )
        self._house.clock.after(0, lambda: self._house.callbacks.send(notice))
