"""Google Calendar, spoken to as its description of v3 has it.

No SDK: Google's takes 137 MB for eight requests, and sends a dropped POST again by itself. An
event is made under an id of ours, so that a repeat meets the first one (409); but Google says
that it may overlook this in rare cases, and the link finds the copy then as nobody's.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from urllib.parse import quote

from domain.calendars.ports import (
    Busy,
    Calendar,
    CalendarGone,
    CursorLost,
    Entry,
    Item,
    Listed,
    Page,
    Tokens,
    Watch,
    Window,
    Written,
)
from domain.errors import Retryable
from domain.ids import new_id
from providers import owners
from providers.api import Answer, Line, Unheard
from providers.google import errors, items
from providers.telling import NOTHING, Facts, part, text
from providers.unreadable import asked_again, several

HOME: Final = "https://www.googleapis.com"
ROOT: Final = "/calendar/v3"
READ: Final = 15.0
PAGE: Final = 2500
"""As many as Google gives at once."""

LASTS: Final = timedelta(days=7)
QUIET: Final[Mapping[str, str]] = {"sendUpdates": "none"}
"""Customers are told by us, not by Google."""


@dataclass(frozen=True, slots=True)
class GoogleAgenda:
    """Calendars of owners at Google."""

    tokens: Tokens
    base_url: str | None = None
    vendor: str = "google"
    can_watch: bool = True
    page: int = PAGE
    line: Line = field(default_factory=lambda: Line(read=READ))

    def close(self) -> None:
        """Let go of connections."""
        self.line.close()

    def insert(self, calendar: Calendar, entry: Entry, *, name: str) -> Written:
        """Make an event under a name of ours."""
        body = {"id": name, **items.event(entry, is_new=True)}
        path = _events(calendar)
        answer = self._ask(calendar, "POST", path, query=QUIET, body=body)
        if answer.status == errors.CONFLICT:
            there = self.find(calendar, name)
            gone = there or Item(remote_id=name, is_gone=True)
            return Written(remote_id=name, etag=gone.etag, item=gone)
        if answer.status == errors.NOT_FOUND:
            raise CalendarGone("Google knows no such calendar, or we may not write to it")
        facts = _facts(answer)
        return Written(remote_id=text(facts, "id") or name, etag=text(facts, "etag"))

    def change(
        self, calendar: Calendar, remote_id: str, entry: Entry, *, etag: str | None
    ) -> Written:
        """Write over an event, under its etag."""
        path, standing = _event(calendar, remote_id), NOTHING
        if entry.attendees:  # who else comes is the owner's; the etag guards what was read
            standing = _facts(self._ask(calendar, "GET", path))
        body = items.event(entry, is_new=False, standing=standing)
        answer = self._ask(calendar, "PATCH", path, query=QUIET, body=body, etag=etag)
        return Written(remote_id=remote_id, etag=text(_facts(answer), "etag"))

    def remove(self, calendar: Calendar, remote_id: str, *, etag: str | None) -> None:
        """Delete an event, under its etag."""
        path = _event(calendar, remote_id)
        answer = self._ask(calendar, "DELETE", path, query=QUIET, etag=etag)
        if answer.status not in {errors.NOT_FOUND, errors.GONE}:
            _check(answer)

    @asked_again("Google")
    def find(self, calendar: Calendar, remote_id: str) -> Item | None:
        """Read an event; one that was deleted is shown as such for a while."""
        answer = self._ask(calendar, "GET", _event(calendar, remote_id))
        if answer.status in {errors.NOT_FOUND, errors.GONE}:
            return None
        return items.item(_facts(answer), calendar)

    @asked_again("Google")
    def pull(
        self, calendar: Calendar, *, window: Window, cursor: str | None, page: str | None
    ) -> Page:
        """List instances: of the window, or what changed since; Google remembers the window."""
        query = {"singleEvents": "true", "maxResults": str(self.page)}
        if cursor is not None:
            query["syncToken"] = cursor
        else:
            query["timeMin"] = items.spelled(window.start)
            query["timeMax"] = items.spelled(window.end)
        if page is not None:
            query["pageToken"] = page
        answer = self._ask(calendar, "GET", _events(calendar), query=query)
        if answer.status == errors.BAD_REQUEST and (cursor or page):
            raise CursorLost("Google does not take our cursor")
        facts = _facts(answer, is_listing=True)
        next_page, following = text(facts, "nextPageToken"), text(facts, "nextSyncToken")
        if next_page is None and following is None:
            raise Retryable("Google's list has no end")
        found = [items.item(one, calendar) for one in several(facts, "items")]
        return Page(
            items=[items.within(one, window) for one in found],
            next_page=next_page,
            cursor=None if next_page else following,
            is_full=cursor is None,
        )

    @asked_again("Google")
    def busy(self, calendar: Calendar, *, start: datetime, end: datetime) -> Sequence[Busy]:
        """Ask Google's own reckoning of when the owner is busy."""
        body: dict[str, Any] = {"timeMin": items.spelled(start), "timeMax": items.spelled(end)}
        body["items"] = [{"id": calendar.calendar_id}]
        facts = _facts(self._ask(calendar, "POST", f"{ROOT}/freeBusy", body=body))
        found = part(facts, "calendars", calendar.calendar_id)
        if not found or found.get("errors"):
            raise CalendarGone("Google does not say when this calendar is busy")
        return [
            Busy(items.moment(one["start"]), items.moment(one["end"]))
            for one in several(found, "busy")
        ]

    def watch(self, calendar: Calendar, *, name: str, address: str, secret: str) -> Watch:
        """Open a channel; its end is Google's to say, and at most ours to wish."""
        seconds = str(int(LASTS.total_seconds()))
        body = {"id": name, "type": "web_hook", "address": address, "token": secret}
        path = f"{_events(calendar)}/watch"
        facts = _facts(self._ask(calendar, "POST", path, body={**body, "params": {"ttl": seconds}}))
        ends = int(text(facts, "expiration") or "0") / 1000
        return Watch(
            name=name,
            resource=text(facts, "resourceId"),
            ends_at=datetime.fromtimestamp(ends, UTC),
        )

    def renew(self, calendar: Calendar, watch: Watch, *, address: str, secret: str) -> Watch:
        """Open another channel, then close the old one: between them nothing is missed."""
        made = self.watch(calendar, name=str(new_id()), address=address, secret=secret)
        self.stop(calendar, watch)
        return made

    def stop(self, calendar: Calendar, watch: Watch) -> None:
        """Close a channel."""
        body = {"id": watch.name, "resourceId": watch.resource or ""}
        answer = self._ask(calendar, "POST", f"{ROOT}/channels/stop", body=body)
        if answer.status != errors.NOT_FOUND:
            _check(answer)

    @asked_again("Google")
    def calendars(self, calendar: Calendar) -> Sequence[Listed]:
        """List the owner's calendars."""
        found: list[Listed] = []
        page: str | None = None
        while True:
            query = {"maxResults": "250", **({"pageToken": page} if page else {})}
            path = f"{ROOT}/users/me/calendarList"
            facts = _facts(self._ask(calendar, "GET", path, query=query))
            found += [_listed(one) for one in several(facts, "items")]
            page = text(facts, "nextPageToken")
            if page is None:
                return found

    def _ask(
        self,
        calendar: Calendar,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: dict[str, Any] | None = None,
        etag: str | None = None,
    ) -> Answer:
        """Ask; what any vendor may answer is raised, the rest is read by who asked."""
        headers = {} if etag is None else {"If-Match": etag}
        url = f"{(self.base_url or HOME).rstrip('/')}{path}"
        wanted = owners.Ask(method=method, url=url, headers=headers, query=query, body=body)
        try:
            answer = owners.ask(self.line, self.tokens, calendar, wanted)
        except Unheard as error:
            raise errors.unheard(error, method) from error
        errors.trouble(answer, method)
        return answer


def _check(answer: Answer, *, is_listing: bool = False) -> None:
    if not answer.is_good:
        errors.translate(answer, is_listing=is_listing)


def _facts(answer: Answer, *, is_listing: bool = False) -> Facts:
    """Return what a fine answer says; half a body is none."""
    _check(answer, is_listing=is_listing)
    facts = answer.facts
    if not facts or "error" in facts:
        raise Retryable("Google's answer cannot be read")
    return facts


def _listed(facts: Facts) -> Listed:
    return Listed(
        calendar_id=text(facts, "id") or "",
        name=text(facts, "summaryOverride", "summary") or "",
        zone=text(facts, "timeZone"),
        is_main=bool(facts.get("primary")),
        may_write=text(facts, "accessRole") in {"owner", "writer"},
    )


def _events(calendar: Calendar) -> str:
    return f"{ROOT}/calendars/{quote(calendar.calendar_id, safe='')}/events"


def _event(calendar: Calendar, remote_id: str) -> str:
    return f"{_events(calendar)}/{quote(remote_id, safe='')}"
