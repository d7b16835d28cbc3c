"""Calendars on CalDAV servers.

A new event goes to an address of ours, only if nothing stands there; a change goes only over what
was read. Servers expand no series for us alike, so their texts are expanded here. Changes are
asked for by sync-collection, or, where a server does not know it, by its ctag: then nothing
changed, or everything is to be listed again. Free-busy reports do not say which event takes the
time, and our own must not stand in its own way: so busy times are read from the events.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from http import HTTPStatus
from typing import Final, cast

from domain import zones
from domain.calendars.ports import (
    Busy,
    Calendar,
    CalendarGone,
    CursorLost,
    Entry,
    EtagChanged,
    Item,
    ItemGone,
    Listed,
    Page,
    Tokens,
    Watch,
    Window,
    Written,
)
from domain.errors import Rejected
from providers.caldav import discovery, texts, writing
from providers.caldav.forms import CAL
from providers.caldav.line import Line
from providers.caldav.server import GONE, STAMP, Server, Unsupported, refusal
from providers.caldav.texts import Resource
from providers.unreadable import asked_again

SLICE: Final = timedelta(days=31)
"""So much of the window is read with one request: a year in twelve."""

NO_UID_CONFLICT: Final = f"{CAL}no-uid-conflict"
UNREADABLE: Final = "the event's text cannot be read"
TAKEN: Final = frozenset({HTTPStatus.PRECONDITION_FAILED, HTTPStatus.CONFLICT})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Mark:
    """Since when changes are wanted, and for which window."""

    window: Window
    token: str | None = None
    ctag: str | None = None
    slice: int = 0

    def __str__(self) -> str:
        ends = [self.window.start.isoformat(), self.window.end.isoformat()]
        return json.dumps([*ends, self.token, self.ctag, self.slice])


def _mark(text: str) -> _Mark:
    try:
        start, end, token, ctag, number = json.loads(text)
        window = Window(datetime.fromisoformat(start), datetime.fromisoformat(end))
        return _Mark(window=window, token=token, ctag=ctag, slice=int(number))
    except (ValueError, TypeError):
        raise CursorLost("this is no cursor of a CalDAV calendar") from None


def _begin(window: Window, token: str | None, ctag: str | None) -> _Mark:
    """Return where a listing begins: what changes while it goes on is told after it."""
    return _Mark(window=window, token=token, ctag=ctag)


class CaldavAgenda:
    """Reads and writes calendars on any CalDAV server; serves many threads."""

    vendor = "caldav"
    can_watch = False

    def __init__(self, tokens: Tokens, *, line: Line | None = None) -> None:
        """Ask `tokens` for "user:password" before each request."""
        self._tokens = tokens
        self._line = line or Line()

    def close(self) -> None:
        """Let go of connections."""
        self._line.close()

    def insert(self, calendar: Calendar, entry: Entry, *, name: str) -> Written:
        """Put a new text where none stands; what stands there comes back untouched."""
        server, resource = self._server(calendar), f"{name}.ics"
        uid = f"{name}@frontdesk"
        body = writing.compose(entry, uid=uid, now=datetime.now(UTC))
        heard = server.ask("PUT", server.of(resource), body, {"If-None-Match": "*"})
        if heard.status in TAKEN:
            return self._standing(calendar, resource, uid)
        if heard.status in GONE:
            raise CalendarGone("there is no such calendar on its server")
        if heard.status >= HTTPStatus.BAD_REQUEST:
            raise refusal(heard)
        return Written(remote_id=resource, etag=heard.etag or self._etag(server, resource))

    def _standing(self, calendar: Calendar, resource: str, uid: str) -> Written:
        item = self.find(calendar, resource)
        if item is None:  # it may have been put elsewhere: by us under another name, or moved
            server = self._server(calendar)
            for name in server.search(uid=uid):
                item = self.find(calendar, name)
        if item is None:
            raise Rejected("the calendar's server refuses an address at which nothing stands")
        return Written(remote_id=item.remote_id, etag=item.etag, item=item)

    def change(
        self, calendar: Calendar, remote_id: str, entry: Entry, *, etag: str | None
    ) -> Written:
        """Read the text, write ours into it, and put it back if nobody else has meanwhile."""
        server, name = self._server(calendar), remote_id.partition("#")[0]
        standing = self._read(server, name)
        if standing is None:
            raise ItemGone("the event is no longer there")
        if etag is not None and standing.etag != etag:
            raise EtagChanged("the event has been changed since")
        body = writing.changed(standing, remote_id, entry, now=datetime.now(UTC))
        new = self._put(server, standing, body)
        return Written(remote_id=remote_id, etag=new)

    def remove(self, calendar: Calendar, remote_id: str, *, etag: str | None) -> None:
        """Delete a text, or take one day out of a series."""
        server = self._server(calendar)
        name, _, day = remote_id.partition("#")
        if day:
            standing = self._read(server, name)
            if standing is None:
                return
            if etag is not None and standing.etag != etag:
                raise EtagChanged("the series has been changed since")
            self._put(server, standing, writing.without(standing, remote_id))
            return
        headers = {"If-Match": etag} if etag else {}
        heard = server.ask("DELETE", server.of(name), headers=headers)
        if heard.status == HTTPStatus.PRECONDITION_FAILED:
            if self._read(server, name) is not None:  # some servers say so of what is not there
                raise EtagChanged("the event has been changed since")
        elif heard.status >= HTTPStatus.BAD_REQUEST and heard.status not in GONE:
            raise refusal(heard)

    @asked_again("The calendar's server")
    def find(self, calendar: Calendar, remote_id: str) -> Item | None:
        """Read one event, or one day of a series."""
        server = self._server(calendar)
        standing = self._read(server, remote_id.partition("#")[0])
        if standing is None:
            return None
        try:
            found = _items(calendar, server.user, standing, None)
        except texts.Unreadable:
            raise Rejected(UNREADABLE) from None
        return next((one for one in found if one.remote_id == remote_id), None)

    @asked_again("The calendar's server")
    def pull(
        self, calendar: Calendar, *, window: Window, cursor: str | None, page: str | None
    ) -> Page:
        """Read what changed, or a month of what is there."""
        server = self._server(calendar)
        if cursor is None:
            begun = _mark(page) if page else _begin(window, *server.state())
            return self._month(calendar, server, begun)
        mark = _mark(cursor)
        if mark.token is None:
            return self._by_ctag(server, mark)
        try:
            return self._changed(calendar, server, _mark(page) if page else mark)
        except Unsupported:
            return self._by_ctag(server, mark)

    def _by_ctag(self, server: Server, mark: _Mark) -> Page:
        """Tell by the ctag whether anything changed; what it was, only a listing says."""
        _, ctag = server.state()
        if ctag is None or ctag != mark.ctag:
            raise CursorLost("something changed, and this server does not say what")
        return Page(items=[], cursor=str(mark))

    def _month(self, calendar: Calendar, server: Server, mark: _Mark) -> Page:
        start = mark.window.start + SLICE * mark.slice
        end = min(start + SLICE, mark.window.end)
        held = server.search(**_between(start, end))
        items = [
            item
            for _, found in _read_all(calendar, server.user, held, Window(start, end))
            for item in found
            if mark.slice == 0 or (item.start is not None and item.start >= start)
        ]
        if end < mark.window.end:
            rest = _Mark(window=mark.window, token=mark.token, ctag=mark.ctag, slice=mark.slice + 1)
            return Page(items=items, next_page=str(rest), is_full=True)
        done = _Mark(window=mark.window, token=mark.token, ctag=mark.ctag)
        return Page(items=items, cursor=str(done), is_full=True)

    def _changed(self, calendar: Calendar, server: Server, mark: _Mark) -> Page:
        changes = server.changes(mark.token or "")
        held = server.texts(changes.changed)
        readable = dict(_read_all(calendar, server.user, held, mark.window))
        items = [item for found in readable.values() for item in found]
        there = {one.remote_id for one in items}
        names = [one for one in changes.changed if one in readable or one not in held]
        names += changes.gone
        items += [Item(remote_id=name, is_gone=True) for name in names if name not in there]
        after = str(_Mark(window=mark.window, token=changes.token, ctag=mark.ctag))
        if changes.has_more and changes.token != mark.token:
            return Page(items=items, next_page=after, whole_series=names)
        return Page(items=items, cursor=after, whole_series=names)

    @asked_again("The calendar's server")
    def busy(self, calendar: Calendar, *, start: datetime, end: datetime) -> Sequence[Busy]:
        """Read the events of that time, now, and say which take it."""
        server = self._server(calendar)
        held = server.search(**_between(start, end))
        return [
            Busy(one.start, one.end, one.remote_id)
            for _, found in _read_all(calendar, server.user, held, Window(start, end))
            for one in found
            if one.is_busy and one.start is not None and one.end is not None
        ]

    def watch(self, calendar: Calendar, *, name: str, address: str, secret: str) -> Watch:
        """CalDAV tells nobody of changes."""
        del calendar, name, address, secret
        raise Rejected("a CalDAV server tells nobody of changes")

    def renew(self, calendar: Calendar, watch: Watch, *, address: str, secret: str) -> Watch:
        """CalDAV tells nobody of changes."""
        return self.watch(calendar, name=watch.name, address=address, secret=secret)

    def stop(self, calendar: Calendar, watch: Watch) -> None:
        """There is none: done."""

    @asked_again("The calendar's server")
    def calendars(self, calendar: Calendar) -> Sequence[Listed]:
        """List the owner's calendars, from whatever address of the server is known."""
        return discovery.calendars(self._server(calendar))

    def _server(self, calendar: Calendar) -> Server:
        return Server(self._line, self._tokens, calendar)

    def _read(self, server: Server, name: str) -> Resource | None:
        heard = server.ask("GET", server.of(name))
        if heard.status in GONE:
            return None
        if heard.status >= HTTPStatus.BAD_REQUEST:
            raise refusal(heard)
        found = texts.read(name, heard.etag, heard.body.decode("utf-8", "replace"))
        if found is None:
            raise Rejected(UNREADABLE)
        return found

    def _put(self, server: Server, standing: Resource, body: bytes) -> str | None:
        headers = {"If-Match": standing.etag} if standing.etag else {}
        heard = server.ask("PUT", server.of(standing.name), body, headers)
        if heard.status == HTTPStatus.PRECONDITION_FAILED:
            raise EtagChanged("the event has been changed since")
        if heard.status >= HTTPStatus.BAD_REQUEST:
            raise refusal(heard)
        return heard.etag or self._etag(server, standing.name)

    def _etag(self, server: Server, name: str) -> str | None:
        """Ask for an etag where a server gave none: it may have written something else."""
        standing = self._read(server, name)
        return standing.etag if standing else None


def _between(start: datetime, end: datetime) -> dict[str, str]:
    return {
        "start": start.astimezone(UTC).strftime(STAMP),
        "end": end.astimezone(UTC).strftime(STAMP),
    }


def _items(calendar: Calendar, user: str, resource: Resource, window: Window | None) -> list[Item]:
    home = cast("tzinfo", zones.find(calendar.zone) or UTC)
    return texts.items(resource, window=window, home=home, user=user)


def _read_all(
    calendar: Calendar, user: str, held: dict[str, tuple[str | None, str]], window: Window
) -> Iterator[tuple[str, list[Item]]]:
    """Read texts; one that nobody could read, as anybody may send, hides none of the others."""
    for name, (etag, data) in held.items():
        found = texts.read(name, etag, data)
        if found is None:
            continue
        try:
            items = _items(calendar, user, found, window)
        except texts.Unreadable:
            continue
        yield name, items
