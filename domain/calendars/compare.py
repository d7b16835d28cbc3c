"""Comparing an outside calendar with ours from end to end: how far apart they are, and why.

What changed since the last pull is no drift, so that is read first. What then differs has been
lost by somebody. Healed is what healing cannot harm: the outside calendar is listed anew, what
we have not carried is owed again, and what differs on an event of ours is looked at by the
same step as ever. An item with our mark and no event, or beside the event's own, is only named:
a person may want it.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

import structlog
from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.calendars import owing, pulls, rules, service, shelf
from domain.calendars.desk import Desk
from domain.calendars.ports import Item
from domain.calendars.shelf import PullRow, Shelf
from domain.calendars.store import GONE, content_of
from domain.ids import new_id
from domain.tables.calendars import LinkState

log = structlog.get_logger("calendars")

HEALED: Final = frozenset(
    {"not_mirrored", "mirrored_wrong", "mirrored_gone", "gone_there", "differs", "not_carried"}
)

LISTED: Final = frozenset({"not_mirrored", "mirrored_wrong", "mirrored_gone"})

_MIRROR: Final = text(
    "SELECT external_id, etag FROM calendar_events WHERE calendar_integration_id = :id"
    " AND status <> 'cancelled' AND external_id IS NOT NULL"
    " AND start_time < :end AND end_time > :start"
)
_LINKS: Final = text(
    "SELECT l.id, l.event_id, l.remote_id, l.etag, l.state, l.is_there, l.fields, e.status,"
    " e.title, e.start_time, e.end_time, e.duration_minutes, e.location, e.notes"
    " FROM calendar_event_links l JOIN events e ON e.id = l.event_id"
    " WHERE l.calendar_integration_id = :id AND e.start_time < :end AND e.start_time > :start"
)
_UNCARRIED: Final = text(
    "SELECT e.id FROM events e WHERE e.status IN ('scheduled', 'confirmed') AND NOT e.owes_nothing"
    " AND e.start_time > clock_timestamp() AND e.start_time < :end"
    " AND NOT EXISTS (SELECT FROM calendar_event_links l JOIN calendar_integrations j"
    "  ON j.id = l.calendar_integration_id WHERE l.event_id = e.id"
    "  AND (j.id = :id OR j.is_active AND NOT j.writes))"
    " AND EXISTS (SELECT FROM calendar_integrations i WHERE i.id = :id AND i.writes)"
)
_DRIFT: Final = text(
    "UPDATE calendar_integrations SET drift = :drift, compared_at = clock_timestamp()"
    " WHERE id = :id"
)
# Seen under an etag that is none: the step looks for itself.
_LOOK: Final = text(
    "UPDATE calendar_event_links SET seen_etag = :etag, wanted = wanted + 1,"
    " due_at = clock_timestamp(),"
    " state = CASE WHEN state IN ('done', 'failed') THEN 'pending' ELSE state END WHERE id = :id"
)


@dataclass(frozen=True, slots=True)
class Finding:
    """One difference."""

    kind: str
    subject: str
    """Our link or event, or the vendor's name for an item."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """What a comparison found."""

    integration_id: UUID
    items: int
    events: int
    findings: list[Finding] = field(default_factory=list[Finding])

    @property
    def drift(self) -> int:
        """How many differences there are."""
        return len(self.findings)

    @property
    def healed(self) -> int:
        """How many of them are being healed."""
        return sum(finding.kind in HEALED for finding in self.findings)

    @property
    def counts(self) -> dict[str, int]:
        """How many of each kind."""
        return dict(Counter(finding.kind for finding in self.findings))


def compare_owed(desk: Desk, integration_id: UUID) -> None:
    """Compare, as an errand does; a calendar that went meanwhile is nobody's concern."""
    compare(desk, integration_id)


def compare(desk: Desk, integration_id: UUID, *, heals: bool = True) -> Comparison | None:
    """Compare one calendar with ours; None where it is gone, or being listed anew already."""
    user_id = service.owner_of(desk, integration_id)
    pulls.pull(desk, PullRow(integration_id, user_id))
    with desk.begin(user_id) as session:
        found = shelf.read(session, integration_id)
    if found is None or found.listing_since is not None:
        return None
    there = {item.remote_id: item for item in _everything(desk, found)}
    with desk.begin(user_id) as session:
        made = _differences(session, found, there)
        if heals:
            _heal(session, found, made, there)
        session.execute(_DRIFT, {"id": integration_id, "drift": made.drift})
    log.info("calendar.compared", calendar=str(integration_id), drift=made.drift, **made.counts)
    return made


def _everything(desk: Desk, found: Shelf) -> Iterator[Item]:
    """List all that there is; of items of others only the name and the etag are kept."""
    agenda, page, window = desk.agenda(found.kind), None, rules.window(found.now)
    while True:
        got = agenda.pull(found.calendar, window=window, cursor=None, page=page)
        for item in got.items:
            if not item.is_gone:
                is_bare = item.tag is None
                yield Item(remote_id=item.remote_id, etag=item.etag) if is_bare else item
        if got.next_page is None:
            return
        page = got.next_page


def _differences(session: Session, found: Shelf, there: dict[str, Item]) -> Comparison:
    window = rules.window(found.now)
    bound = {"id": found.calendar.integration_id, "start": window.start, "end": window.end}
    mirror = {row.external_id: row.etag for row in session.execute(_MIRROR, bound)}
    links = [dict(row) for row in session.execute(_LINKS, bound).mappings()]
    uncarried = [
        Finding("not_carried", f"event {event_id}")
        for event_id in session.scalars(_UNCARRIED, bound)
    ]
    return Comparison(
        found.calendar.integration_id,
        items=len(there),
        events=len(links),
        findings=[*_of_mirror(mirror, there), *_of_links(links, there), *uncarried],
    )


def _of_mirror(mirror: Mapping[str, str | None], there: Mapping[str, Item]) -> Iterator[Finding]:
    for name, item in there.items():
        if name not in mirror:
            yield Finding("not_mirrored", name)
        elif mirror[name] != item.etag:
            yield Finding("mirrored_wrong", name)
    for name in mirror.keys() - there.keys():
        yield Finding("mirrored_gone", name)


def _of_links(links: Sequence[Mapping[str, Any]], there: Mapping[str, Item]) -> Iterator[Finding]:
    known = {row["id"]: row["remote_id"] for row in links if row["is_there"]}
    ours = {row["id"] for row in links}
    for name, item in there.items():
        if item.tag is None:
            continue
        if item.tag.link_id not in ours:
            yield Finding("nobodys", name)
        elif item.series is None and known.get(item.tag.link_id, name) != name:
            yield Finding("copy", name)
    for row in links:
        kind = _difference(row, there.get(row["remote_id"]))
        if kind is not None:
            yield Finding(kind, f"link {row['id']}")


def _difference(row: Mapping[str, Any], item: Item | None) -> str | None:
    """Say how an event of ours and its item differ; what is open with the owner does not count."""
    agreed: dict[str, str] = row["fields"].get("agreed", {})
    if row["state"] not in {LinkState.DONE, LinkState.FAILED} or rules.has_clash(agreed):
        return None
    ours = content_of(row)
    if not row["is_there"]:
        return None if item is None else "differs"
    if item is None:
        return "gone_there"
    theirs = rules.content_of(item)
    if row["status"] not in rules.STANDS or ours is None or theirs is None:
        return None
    return "differs" if rules.changed(ours.digests(), theirs.digests()) else None


def _heal(session: Session, found: Shelf, made: Comparison, there: dict[str, Item]) -> None:
    """Have the calendar listed anew, and what differs owed again."""
    integration_id = found.calendar.integration_id
    if LISTED & set(made.counts) and shelf.stands(session, found):
        shelf.begin_listing(session, found)
        shelf.now(session, integration_id)
    links = {finding.subject: finding.kind for finding in made.findings}
    bound = {
        "id": integration_id,
        "start": found.now - rules.BEHIND,
        "end": found.now + rules.AHEAD,
    }
    for row in session.execute(_LINKS, bound).mappings().all():
        if links.get(f"link {row['id']}") in {"gone_there", "differs"}:
            item = there.get(row["remote_id"])
            etag = GONE if item is None else f"?{item.etag}"
            session.execute(_LOOK, {"id": row["id"], "etag": etag})
    for finding in made.findings:
        if finding.kind == "not_carried":
            event_id = UUID(finding.subject.removeprefix("event "))
            owing.owe(session, event_id, stands=True, new_id=new_id)
