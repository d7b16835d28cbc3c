"""Calendars at Microsoft: Outlook, by Graph.

A new event carries our name as its transaction, so that a repeat makes no second one. Changes are
told by delta within the window that the first round was given. In such a round Graph says little of
the days of a series and nothing of our mark: both are asked for in batches of twenty.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any, Final
from urllib.parse import quote

from domain import zones
from domain.calendars.ports import (
    Busy,
    Calendar,
    Entry,
    Item,
    ItemGone,
    Listed,
    Page,
    Tokens,
    Watch,
    Window,
    Written,
)
from domain.errors import Retryable
from providers.graph import events
from providers.graph.line import PREFER, READ, Ask, BadZone, Facts, Line, rest_of, translate
from providers.telling import part, text
from providers.unreadable import asked_again, several

CHUNK: Final = 20
PAGE: Final = 100
VIEW_PAGE: Final = 250
WATCHED: Final = timedelta(minutes=4200)
"""Graph promises three days for events; a little less is never refused."""

OUR_NAME: Final = re.compile(r"[0-9a-f]{32}")
SELECTED: Final = "id,start,end,isAllDay,showAs,isCancelled,responseStatus,type,seriesMasterId"
MASTER: Final = "seriesMaster"


class GraphAgenda:
    """Reads and writes calendars by Graph; serves many threads."""

    vendor = "graph"
    can_watch = True

    def __init__(
        self,
        tokens: Tokens,
        *,
        base_url: str | None = None,
        read: float = READ,
        page: int = PAGE,
    ) -> None:
        """Ask `tokens` before each request."""
        self._page = page
        self._line = Line(tokens, base_url=base_url, read=read)

    def close(self) -> None:
        """Let go of connections."""
        self._line.close()

    def insert(self, calendar: Calendar, entry: Entry, *, name: str) -> Written:
        """Make an event; where our name is taken, the event that has it comes back untouched."""
        path = f"{_calendar(calendar)}/events"

        def make(said: dict[str, Any]) -> Facts:
            body = {**said, "transactionId": name, "responseRequested": False}
            return self._line.ask(calendar, Ask("POST", path, body))

        made = _in_zone(entry, make)
        standing = events.item(made, home=_home(calendar))
        written = Written(remote_id=standing.remote_id, etag=standing.etag)
        if _says(standing, entry):
            return written
        found = self.find(calendar, standing.remote_id)
        gone = Item(remote_id=standing.remote_id, is_gone=True)
        return Written(remote_id=written.remote_id, etag=written.etag, item=found or gone)

    def change(
        self, calendar: Calendar, remote_id: str, entry: Entry, *, etag: str | None
    ) -> Written:
        """Change what we have words for, if nobody else has meanwhile."""

        def patch(said: dict[str, Any]) -> Facts:
            return self._line.ask(calendar, Ask("PATCH", _event(remote_id), said, etag=etag))

        changed = _in_zone(entry, patch)
        return Written(remote_id=remote_id, etag=text(changed, "@odata.etag"))

    def remove(self, calendar: Calendar, remote_id: str, *, etag: str | None) -> None:
        """Delete an event, or one day of a series."""
        try:
            self._line.ask(calendar, Ask("DELETE", _event(remote_id), etag=etag))
        except ItemGone:
            return

    @asked_again("Graph")
    def find(self, calendar: Calendar, remote_id: str) -> Item | None:
        """Read one event with our mark."""
        ask = Ask("GET", _event(remote_id), query={"$expand": events.EXPAND})
        try:
            return events.item(self._line.ask(calendar, ask), home=_home(calendar))
        except ItemGone:
            return None

    @asked_again("Graph")
    def pull(
        self, calendar: Calendar, *, window: Window, cursor: str | None, page: str | None
    ) -> Page:
        """Read a page of a round."""
        prefer = f"{PREFER}, odata.maxpagesize={self._page}"
        ask = Ask("GET", page or cursor or _round(calendar, window), prefer=prefer)
        said = self._line.ask(calendar, ask)
        lines = several(said, "value")
        more, done = text(said, "@odata.nextLink"), text(said, "@odata.deltaLink")
        if more is None and done is None:
            raise Retryable("Graph neither goes on nor ends")
        return Page(
            items=self._items(calendar, lines),
            next_page=rest_of(more) if more else None,
            cursor=rest_of(done) if done else None,
            is_full=cursor is None,
            whole_series=[str(one["id"]) for one in lines if "@removed" in one],
        )

    def _items(self, calendar: Calendar, lines: Sequence[Facts]) -> list[Item]:
        home = _home(calendar)
        masters = {str(one["id"]): one for one in lines if one.get("type") == MASTER}
        days = [one for one in lines if "@removed" not in one and one.get("type") != MASTER]
        series = {str(one["seriesMasterId"]) for one in days if one.get("seriesMasterId")}
        ours = {str(one["id"]) for one in days if _is_ours(one)}
        asked = self._several(calendar, (series - set(masters)) | ours)
        masters.update({name: asked[name] for name in series if name in asked})
        items: list[Item] = []
        for one in days:
            full = {**one, **asked.get(str(one["id"]), {})}
            master = masters.get(str(one.get("seriesMasterId")))
            items.append(events.item(full, home=home, master=master))
        gone = {str(one["id"]) for one in lines if "@removed" in one}
        return items + [Item(remote_id=name, is_gone=True) for name in sorted(gone)]

    def _several(self, calendar: Calendar, names: Iterable[str]) -> dict[str, Facts]:
        """Read events with our mark, twenty in a request; what is not there is left out."""
        wanted, found = sorted(names), dict[str, Facts]()
        for start in range(0, len(wanted), CHUNK):
            asked = [
                {
                    "id": str(number),
                    "method": "GET",
                    "url": f"{_event(name)}?$expand={quote(events.EXPAND)}",
                    "headers": {"Prefer": PREFER},
                }
                for number, name in enumerate(wanted[start : start + CHUNK])
            ]
            ask = Ask("POST", "/$batch", {"requests": asked})
            answers = several(self._line.ask(calendar, ask), "responses")
            for answer in answers:
                body = part(answer, "body")
                if answer["status"] == 200:  # noqa: PLR2004  # the one status that has an event
                    found[str(body["id"])] = body
                elif answer["status"] != 404:  # noqa: PLR2004  # gone between the two questions
                    code = text(part(body, "error"), "code") or ""
                    raise translate(ask, int(answer["status"]), code, None)
        return found

    @asked_again("Graph")
    def busy(self, calendar: Calendar, *, start: datetime, end: datetime) -> Sequence[Busy]:
        """Read what stands in that time, now."""
        query = {
            "startDateTime": start.astimezone(UTC).isoformat(),
            "endDateTime": end.astimezone(UTC).isoformat(),
            "$select": SELECTED,
            "$top": str(VIEW_PAGE),
        }
        view = Ask("GET", f"{_calendar(calendar)}/calendarView", query=query)
        found = [events.item(one, home=_home(calendar)) for one in self._all(calendar, view)]
        return [
            Busy(one.start, one.end, one.remote_id)
            for one in found
            if one.is_busy and one.start is not None and one.end is not None
        ]

    def watch(self, calendar: Calendar, *, name: str, address: str, secret: str) -> Watch:
        """Have changes told; the address is asked at once whether it is ours.

        Graph gives the name. One that we asked for without hearing the answer is found by its
        address, and taken.
        """
        del name
        resource = f"{_calendar(calendar)}/events"
        for one in self._all(calendar, Ask("GET", "/subscriptions")):
            if one.get("notificationUrl") == address and one.get("resource") == resource:
                known = _watch(one)
                return self.renew(calendar, known, address=address, secret=secret)
        body = {
            "changeType": "created,updated,deleted",
            "notificationUrl": address,
            "lifecycleNotificationUrl": address,
            "resource": resource,
            "clientState": secret,
            "expirationDateTime": _until(),
        }
        return _watch(self._line.ask(calendar, Ask("POST", "/subscriptions", body)))

    def renew(self, calendar: Calendar, watch: Watch, *, address: str, secret: str) -> Watch:
        """Prolong a subscription; one that has ended is made again."""
        path, body = f"/subscriptions/{quote(watch.name)}", {"expirationDateTime": _until()}
        try:
            return _watch(self._line.ask(calendar, Ask("PATCH", path, body)))
        except ItemGone:
            return self.watch(calendar, name=watch.name, address=address, secret=secret)

    def stop(self, calendar: Calendar, watch: Watch) -> None:
        """Have a subscription end."""
        try:
            self._line.ask(calendar, Ask("DELETE", f"/subscriptions/{quote(watch.name)}"))
        except ItemGone:
            return

    @asked_again("Graph")
    def calendars(self, calendar: Calendar) -> Sequence[Listed]:
        """List the owner's calendars."""
        return [
            Listed(
                calendar_id=str(one["id"]),
                name=text(one, "name") or "",
                zone=None,
                is_main=one.get("isDefaultCalendar") is True,
                may_write=one.get("canEdit") is True,
            )
            for one in self._all(calendar, Ask("GET", "/me/calendars"))
        ]

    def _all(self, calendar: Calendar, ask: Ask) -> Iterator[Facts]:
        """Yield everything of a list, page by page."""
        while True:
            said = self._line.ask(calendar, ask)
            yield from several(said, "value")
            more = text(said, "@odata.nextLink")
            if more is None:
                return
            ask = Ask("GET", rest_of(more))


def _in_zone(entry: Entry, write: Any) -> Facts:  # noqa: ANN401  # one of the two closures above
    """Write in the entry's own zone, or in UTC where Graph does not know it."""
    try:
        return write(events.facts(entry))
    except BadZone:
        return write(events.facts(entry, is_utc=True))


def _says(item: Item, entry: Entry) -> bool:
    """Tell whether an event is what we asked for: then it does not matter who made it."""
    return (
        (item.title, item.start, item.end) == (events.entries.title(entry), entry.start, entry.end)
        and item.is_busy is not entry.is_cancelled
        and entry.location in {None, item.location or ""}
        and (entry.notes is None or entry.notes.split() == (item.notes or "").split())
    )


def _is_ours(line: Facts) -> bool:
    return OUR_NAME.fullmatch(text(line, "transactionId") or "") is not None


def _home(calendar: Calendar) -> tzinfo:
    return zones.find(calendar.zone) or UTC


def _calendar(calendar: Calendar) -> str:
    return f"/me/calendars/{quote(calendar.calendar_id, safe='')}"


def _event(remote_id: str) -> str:
    return f"/me/events/{quote(remote_id, safe='')}"


def _round(calendar: Calendar, window: Window) -> str:
    start, end = (
        at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") for at in (window.start, window.end)
    )
    view = f"{_calendar(calendar)}/calendarView/delta"
    return f"{view}?startDateTime={start}&endDateTime={end}"


def _until() -> str:
    return (datetime.now(UTC) + WATCHED).strftime("%Y-%m-%dT%H:%M:%SZ")


def _watch(said: Facts) -> Watch:
    until = datetime.fromisoformat(str(said["expirationDateTime"])[:19]).replace(tzinfo=UTC)
    return Watch(name=str(said["id"]), resource=text(said, "resource"), ends_at=until)
