"""What two calendars make of an event that both may have changed. Pure.

Compared are digests of fields: what both sides last agreed on, what ours is now, what theirs is.
So a change is told from an echo without keeping what people wrote, and a field that only one
side has touched is carried over whatever the clocks say.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from domain.calendars.ports import Calendar, Entry, Item, Tag, Window
from domain.tables.events import EventStatus

STANDS: Final = frozenset({EventStatus.SCHEDULED.value, EventStatus.CONFIRMED.value})
"""An event that stands is carried to its owner's calendar."""

USUAL: Final = timedelta(hours=1)
"""How long an event takes of which nobody said."""

BEHIND: Final = timedelta(days=30)
AHEAD: Final = timedelta(days=365)
ROLLS: Final = timedelta(days=7)
"""A cursor's window reaches so much further than it must, and is made anew when that is used up."""

EVERY: Final = timedelta(minutes=1)
WATCHED: Final = timedelta(minutes=5)
"""A calendar is pulled so often; one that tells of its changes is not trusted to, either."""

RETURNS: Final = 3
LOOP: Final = timedelta(days=1)
"""The same words from outside so often within so long are nobody's wish."""

Digests = Mapping[str, str]


OFFERS: Final = 50
"""So many writes of a field that nobody answered are remembered."""

CLASH: Final = "clash."
MARKED: Final = "marked"
"""Beside the digests of fields: what is open, and that it stands there as cancelled."""


GUEST: Final = "guest"
REMINDERS: Final = "reminders"
DECLINED: Final = "declined"
"""Also beside them: the guest and the reminders that were written there, once, and a guest's no."""


class Field(StrEnum):
    """What of an event is carried."""

    TIME = "time"
    TITLE = "title"
    LOCATION = "location"
    NOTES = "notes"


OURS: Final = "ours"
THEIRS: Final = "theirs"
GONE: Final = "gone"
"""A question about an event that was deleted there and changed here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """An event's fields, on either side."""

    title: str
    start: datetime
    end: datetime
    location: str | None = None
    notes: str | None = None

    def digests(self) -> dict[str, str]:
        """Return what tells whether a field changed; spelling of white space tells nothing."""
        return {
            Field.TIME: _digest(f"{_second(self.start)}|{_second(self.end)}"),
            Field.TITLE: _digest(_plain(self.title)),
            Field.LOCATION: _digest(_plain(self.location)),
            Field.NOTES: _digest(_plain(self.notes)),
        }


@dataclass(frozen=True, slots=True)
class Merge:
    """What is to be done, field by field."""

    takes: frozenset[str]
    """Only they changed it: it is written here."""

    gives: frozenset[str]
    """Only we changed it: it is written there."""

    clashes: frozenset[str]
    """Both did, and not alike: the owner is asked, and neither is written."""


def name_of(link_id: UUID, incarnation: int) -> str:
    """Name an item that we make: the same link and incarnation, the same name."""
    return hashlib.sha256(link_id.bytes + incarnation.to_bytes(4, "big")).hexdigest()[:32]


def content_of(item: Item, *, lasts: timedelta = USUAL) -> Content | None:
    """Return what an item says; without a length it lasts as long as ours did."""
    if item.start is None:
        return None
    is_long = item.end is not None and item.end > item.start
    end = item.end if is_long and item.end is not None else item.start + lasts
    return Content(
        title=item.title,
        start=item.start,
        end=end,
        location=item.location,
        notes=item.notes,
    )


def entry_of(
    content: Content, *, zone: str, link_id: UUID, version: int, is_cancelled: bool = False
) -> Entry:
    """Return what is to be written for an event."""
    return Entry(
        tag=Tag(link_id, version),
        title=content.title,
        start=content.start,
        end=content.end,
        zone=zone,
        location=content.location or "",
        notes=content.notes or "",
        is_cancelled=is_cancelled,
    )


def merge(
    *,
    agreed: Digests,
    offered: Digests,
    ours: Digests,
    theirs: Digests,
    chosen: Mapping[str, str] | None = None,
) -> Merge:
    """Say who wins, field by field.

    `offered` is what we were about to write there since both were last equal: if any of that is
    what stands there, it is ours, whether or not we heard that it was taken.
    """
    takes, gives, clashes = set[str](), set[str](), set[str]()
    for field in Field:
        mine, yours = ours[field], theirs[field]
        choice = (chosen or {}).get(field)
        if mine == yours:
            continue
        if yours in {agreed.get(field), *offered.get(field, "").split()} or choice == OURS:
            gives.add(field)
        elif mine == agreed.get(field) or choice == THEIRS or not (agreed or offered):
            takes.add(field)
        else:
            clashes.add(field)
    return Merge(frozenset(takes), frozenset(gives), frozenset(clashes))


def offering(before: Digests, now: Digests) -> dict[str, str]:
    """Add what is about to be written there to what may have been, field by field."""
    found = dict(before)
    for field, digest in now.items():
        known = [one for one in before.get(field, "").split() if one != digest]
        found[field] = " ".join([*known, digest][-OFFERS:])
    return found


def chosen(
    answers: Sequence[Mapping[str, Any]], *, ours: Digests, theirs: Digests
) -> dict[str, str]:
    """Return what the owner chose, for fields that still are what was asked about."""
    found: dict[str, str] = {}
    for answer in answers:
        field = answer["field"]
        asked = {one.get("value"): one.get("digest") for one in answer["candidates"]}
        if (asked.get(OURS), asked.get(THEIRS)) == (ours.get(field), theirs.get(field)):
            found[field] = answer["answer"]
    return found


def hold_back(merged: Merge, fields: frozenset[str]) -> Merge:
    """Ask about these fields before taking them."""
    asked = merged.takes & fields
    return replace(merged, takes=merged.takes - asked, clashes=merged.clashes | asked)


def mixed(ours: Content, theirs: Content, fields: frozenset[str]) -> Content:
    """Return ours with these fields as they have them."""
    found = ours
    if Field.TIME in fields:
        found = replace(found, start=theirs.start, end=theirs.end)
    for field in fields - {Field.TIME}:
        found = replace(found, **{field: getattr(theirs, field)})
    return found


def agreement(*, agreed: Digests, ours: Digests, theirs: Digests, merged: Merge) -> dict[str, str]:
    """Return what both agree on once the merge is carried out; clashes stay as they were."""
    taken = {field: theirs[field] for field in merged.takes}
    kept = {field: agreed[field] for field in merged.clashes if field in agreed}
    open_ones = {f"{CLASH}{field}": theirs[field] for field in merged.clashes}
    rest = {field: ours[field] for field in Field if field not in merged.clashes}
    return {**extras(agreed), **rest, **taken, **kept, **open_ones}


def extras(agreed: Digests) -> dict[str, str]:
    """Return what of an agreement is about no field: it stays whatever is carried."""
    return {name: agreed[name] for name in (GUEST, REMINDERS, DECLINED) if name in agreed}


def asides(guest: str | None, reminders: Sequence[int] | None) -> dict[str, str]:
    """Return what tells whether a guest and reminders were written there already.

    Written once and then left to the people there: an owner who takes out a guest, or wants to
    be reminded otherwise, is not contradicted by our next change.
    """
    named = {} if guest is None else {GUEST: _digest(guest.casefold())}
    wanted = {} if reminders is None else {REMINDERS: _digest(repr(sorted(reminders)))}
    return {**named, **wanted}


def has_clash(agreed: Digests) -> bool:
    """Tell whether the owner was asked about a field: then nothing is written there unseen."""
    return any(name.startswith(CLASH) for name in agreed)


def changed(agreed: Digests, now: Digests) -> list[str]:
    """Name the fields that are not as they were agreed on."""
    return [field for field in Field if now.get(field) != agreed.get(field)]


def whole(digests: Digests) -> bytes:
    """Return one digest of all fields."""
    return hashlib.sha256("|".join(digests.get(field, "") for field in Field).encode()).digest()


def trail_after(
    trail: Sequence[Mapping[str, str]], digests: Digests, *, now: datetime
) -> tuple[list[dict[str, str]], bool]:
    """Note what came from outside; tell whether it came so often that something goes in circles."""
    young = [dict(step) for step in trail if datetime.fromisoformat(step["at"]) > now - LOOP]
    said = whole(digests).hex()[:32]
    young.append({"said": said, "at": now.astimezone(UTC).isoformat()})
    times = sum(step["said"] == said for step in young)
    return young[-50:], times >= RETURNS


def window(now: datetime) -> Window:
    """Return what a listing of everything that begins now is to hold."""
    return Window(now - BEHIND, now + AHEAD + ROLLS)


def is_used_up(window_end: datetime | None, *, now: datetime) -> bool:
    """Tell whether a cursor's window no longer reaches as far as it must."""
    return window_end is None or window_end < now + AHEAD


def place(calendar: Calendar) -> str:
    """Name a calendar for logs and errors: by its row, never by what its owner calls it."""
    return f"calendar {calendar.integration_id}"


def _digest(words: str) -> str:
    return hashlib.sha256(words.encode("utf-8", "surrogatepass")).hexdigest()[:24]


def _second(moment: datetime) -> str:
    """Calendars know no fractions of seconds."""
    return moment.astimezone(UTC).replace(microsecond=0).isoformat()


def _plain(words: str | None) -> str:
    return " ".join((words or "").split())
