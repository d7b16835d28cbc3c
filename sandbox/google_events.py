"""One of Google's calendars: its events, what changed when, and instances of what recurs."""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final, cast
from zoneinfo import ZoneInfo

from starlette.responses import Response

from domain import zones
from sandbox.door import reply

Event = dict[str, Any]

FOREVER: Final = timedelta(days=730)
"""How far Google looks ahead for what recurs without an end."""

EVERYTHING: Final = -1
"""For the number of a change since when a list is wanted."""

WORDS: Final = {
    400: "Bad Request",
    401: "Invalid Credentials",
    403: "Rate Limit Exceeded",
    404: "Not Found",
    409: "The requested identifier already exists.",
    410: "Sync token is no longer valid, a full sync is required.",
    412: "Precondition Failed",
}


def complain(status: int, reason: str) -> Response:
    """Answer with an error as Google words it."""
    message = WORDS.get(status, "Backend Error")
    domain = "usageLimits" if status == 403 else "calendar"  # noqa: PLR2004  # Google's limits
    one = {"domain": domain, "reason": reason or "backendError", "message": message}
    return reply({"error": {"code": status, "message": message, "errors": [one]}}, status)


def spelled(moment: datetime) -> str:
    """Write a moment as Google does."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Book:
    """One calendar."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.zone = "UTC"
        self._events: dict[str, Event] = {}
        self._sequence: dict[str, int] = {}
        self._number = 0

    def is_taken(self, name: str) -> bool:
        """Tell whether an id was ever used."""
        return name in self._events

    def insert(self, body: Mapping[str, Any], now: datetime) -> Event:
        """Make an event."""
        name = body.get("id") or f"google{self._number + 1:08d}"
        made = {
            "kind": "calendar#event",
            "status": "confirmed",
            "htmlLink": f"https://www.google.com/calendar/event?eid={name}",
            "created": spelled(now),
            "iCalUID": f"{name}@google.com",
            "eventType": "default",
            **_merged({}, body),
            "id": name,
        }
        return self._put(made, now)

    def find(self, name: str) -> Event | None:
        """Return an event, or an instance that nobody has touched yet."""
        known = self._events.get(name)
        return known if known is not None else self._instance(name)

    def patch(self, name: str, body: Mapping[str, Any], now: datetime) -> Event:
        """Change an event; an instance becomes an exception."""
        found = self.find(name)
        if found is None:
            raise KeyError(name)
        before: set[str] = set() if "recurringEventId" in found else self._names(found)
        made = self._put(_merged(found, body), now)
        for gone in before - self._names(made):
            shown = {"kind": "calendar#event", "id": gone, "recurringEventId": name}
            self._put({**shown, "status": "cancelled"}, now)
        return made

    def page(self, query: Mapping[str, str], size: int) -> dict[str, Any]:
        """Return a page; raises LookupError where the token says nothing to us.

        The last page's token is as of the first: what changed meanwhile is told the next time.
        """
        if "syncToken" in query:
            number, start, end = self._token(query["syncToken"])
        else:
            number = EVERYTHING
            start, end = query.get("timeMin", ""), query.get("timeMax", "")
        began, _, after = query.get("pageToken", f"{self._number}.").partition(".")
        if not began.isdigit():
            raise LookupError(began)
        shown = sorted(self._shown(number, start, end), key=lambda one: str(one["id"]))
        rest = [one for one in shown if str(one["id"]) > after]
        body: dict[str, Any] = {
            "kind": "calendar#events",
            "etag": f'"p{self._number}"',
            "summary": self.name,
            "updated": spelled(datetime.now(UTC)),
            "timeZone": self.zone,
            "accessRole": "owner",
            "defaultReminders": [],
            "items": rest[:size],
        }
        if size < len(rest):
            return {**body, "nextPageToken": f"{began}.{rest[size - 1]['id']}"}
        return {**body, "nextSyncToken": f"{began}|{start}|{end}"}

    def busy(self, start: datetime, end: datetime) -> list[dict[str, str]]:
        """Return the times at which the owner is busy, joined."""
        spans: list[list[datetime]] = []
        times = sorted(self._times(one) for one in self._between(start, end) if _is_busy(one))
        for begins, ends in times:
            if spans and begins <= spans[-1][1]:
                spans[-1][1] = max(spans[-1][1], ends)
            else:
                spans.append([begins, ends])
        return [{"start": spelled(a), "end": spelled(b)} for a, b in spans]

    def _token(self, words: str) -> tuple[int, str, str]:
        number, _, rest = words.partition("|")
        start, _, end = rest.partition("|")
        if not number.isdigit() or int(number) > self._number:
            raise LookupError(words)
        return int(number), start, end

    def _put(self, event: Event, now: datetime) -> Event:
        self._number += 1
        made = {**event, "etag": f'"{self._number}"', "updated": spelled(now)}
        made["sequence"] = int(event.get("sequence", -1)) + 1
        self._events[made["id"]] = made
        self._sequence[made["id"]] = self._number
        return made

    def _shown(self, number: int, start: str, end: str) -> Iterator[Event]:
        """Yield single events: all of a window, or whatever changed after a number."""
        since = datetime.fromisoformat(start) if start else datetime.min.replace(tzinfo=UTC)
        until = datetime.fromisoformat(end) if end else datetime.now(UTC) + FOREVER
        for event in list(self._events.values()):
            is_new = self._sequence[event["id"]] > number
            if event["status"] == "cancelled":
                if number != EVERYTHING and is_new:
                    yield from self._goodbyes(event)
            elif is_new and "recurrence" in event:
                yield from (one for one in self._instances(event) if self._meets(one, since, until))
            elif is_new and (number != EVERYTHING or self._meets(event, since, until)):
                yield event

    def _goodbyes(self, event: Event) -> Iterator[Event]:
        if "recurrence" not in event:
            yield event
            return
        for name in self._names({**event, "status": "confirmed"}):
            shown = {"kind": "calendar#event", "id": name, "status": "cancelled"}
            yield {**shown, "etag": event["etag"], "recurringEventId": event["id"]}

    def _between(self, start: datetime, end: datetime) -> Iterator[Event]:
        yield from self._shown(EVERYTHING, start.isoformat(), end.isoformat())

    def _meets(self, event: Event, start: datetime, end: datetime) -> bool:
        begins, ends = self._times(event)
        return begins < end and ends > start

    def _times(self, event: Event) -> tuple[datetime, datetime]:
        return _moment(event["start"], self.zone), _moment(event["end"], self.zone)

    def _names(self, event: Event) -> set[str]:
        if "recurrence" not in event or event["status"] == "cancelled":
            return set()
        return {one["id"] for one in self._instances(event, exceptions=True)}

    def _instance(self, name: str) -> Event | None:
        series = self._events.get(name.rpartition("_")[0])
        if series is None or "recurrence" not in series:
            return None
        return next((one for one in self._instances(series) if one["id"] == name), None)

    def _instances(self, event: Event, *, exceptions: bool = False) -> Iterator[Event]:
        """Yield what a rule makes: at the same hour on every clock of its zone."""
        start, end = event["start"], event["end"]
        first = _moment(start, self.zone)
        lasts = _moment(end, self.zone) - first
        zone = zones.find(start.get("timeZone") or self.zone) or ZoneInfo("UTC")
        for local in _recurs(event["recurrence"][0], first.astimezone(zone).replace(tzinfo=None)):
            moment = local.replace(tzinfo=zone).astimezone(UTC)
            name = f"{event['id']}_{moment:%Y%m%dT%H%M%SZ}"
            if name in self._events and not exceptions:
                continue
            if "date" in start:
                times = [{"date": f"{at:%Y-%m-%d}"} for at in (local, local + lasts)]
            else:
                times = [
                    {"dateTime": at.astimezone(zone).isoformat(), "timeZone": zone.key}
                    for at in (moment, moment + lasts)
                ]
            bare = {key: value for key, value in event.items() if key != "recurrence"}
            about = {"id": name, "recurringEventId": event["id"], "originalStartTime": times[0]}
            yield {**bare, **about, "start": times[0], "end": times[1]}


def _merged(event: Mapping[str, Any], body: Mapping[str, Any]) -> Event:
    """Lay a body over an event: null takes away, objects are merged."""
    made = dict(event)
    for name, value in body.items():
        if value is None:
            made.pop(name, None)
        elif isinstance(value, dict):
            inner = made.get(name)
            laid = cast("Event", inner) if isinstance(inner, dict) else {}
            made[name] = _merged(laid, cast("Event", value))
            if {"date", "dateTime"} <= set(made[name]):
                made[name].pop("dateTime" if "date" in value else "date")
        else:
            made[name] = value
    return made


def _moment(facts: Mapping[str, str], own: str) -> datetime:
    zone = zones.find(facts.get("timeZone") or own) or ZoneInfo("UTC")
    if "date" in facts:
        return datetime.combine(date.fromisoformat(facts["date"]), time(), zone)
    found = datetime.fromisoformat(facts["dateTime"])
    return found if found.tzinfo else found.replace(tzinfo=zone)


def _recurs(rule: str, first: datetime) -> Iterator[datetime]:
    """Yield what a simple rule means: FREQ daily or weekly, INTERVAL, COUNT, UNTIL."""
    words = dict(word.split("=", 1) for word in rule.removeprefix("RRULE:").split(";"))
    step = timedelta(days=7 if words["FREQ"] == "WEEKLY" else 1) * int(words.get("INTERVAL", "1"))
    until = words.get("UNTIL")
    last = datetime.strptime(until[:8], "%Y%m%d") if until else None  # noqa: DTZ007  # a local day
    count = int(words.get("COUNT", "0")) or None
    number, local = 0, first
    horizon = datetime.now(UTC).replace(tzinfo=None) + FOREVER
    while local < horizon and (count is None or number < count):
        if last is not None and local.date() > last.date():
            return
        yield local
        number, local = number + 1, local + step


def _is_busy(event: Event) -> bool:
    own = [one for one in event.get("attendees", []) if one.get("self")]
    is_declined = any(one.get("responseStatus") == "declined" for one in own)
    return event.get("transparency") != "transparent" and not is_declined
