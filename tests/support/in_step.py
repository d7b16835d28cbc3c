"""What must hold once two sides have settled: equal, nothing lost outside the rule, no echo."""

from collections import Counter
from typing import Any
from uuid import UUID

from domain.calendars.ports import Item
from tests.support.two_sides import FIELDS, Owner, Told, World


def judge(world: World) -> None:
    """Compare both sides of each owner with each other and with what was said."""
    for owner in world.owners:
        items = world.items(owner)
        ours = _of_ours(world, owner, items)
        for event, told in list(owner.events.items()):
            _one(world, owner, event, told, ours.get(event))
        _foreign(world, owner, items)
        written = world.written(owner)
        world.totals.writes += written
        world.totals.at[f"{owner.kind} writes"] += written
        assert written <= owner.said_by_us, f"{written} writes for {owner.said_by_us} words of ours"
        world.rough[owner.kind].written[owner.calendar.integration_id] = 0
        owner.said_by_us = 0
        world.totals.checks += 1


def _of_ours(world: World, owner: Owner, items: list[Item]) -> dict[UUID, Item]:
    links = {
        row["id"]: row
        for row in world.rows(owner, "SELECT id, event_id, state FROM calendar_event_links")
    }
    assert {row["state"] for row in links.values()} <= {"done"}, [*links.values()]
    tagged = [item for item in items if item.tag is not None]
    copies = Counter(item.tag.link_id for item in tagged if item.tag)
    assert all(number == 1 for number in copies.values()), f"copies: {copies}"
    found = {links[item.tag.link_id]["event_id"]: item for item in tagged if item.tag}
    assert len(found) == len(tagged)
    return found


def _one(world: World, owner: Owner, event: UUID, told: Told, item: Item | None) -> None:
    [row] = world.rows(owner, "SELECT * FROM events WHERE id = :id", id=event)
    where = f"{owner.kind} event {event}"
    links = world.rows(owner, "SELECT * FROM calendar_event_links WHERE event_id = :id", id=event)
    _status(told, row["status"], where)
    here = {
        "title": row["title"],
        "time": row["start_time"],
        "location": row["location"] or None,
        "notes": row["notes"] or None,
    }
    if row["status"] == "cancelled":
        assert item is None, f"{where} is off here, and stands there: {links}"
    else:
        assert item is not None, f"{where} stands here, and not there: {links}"
        there = {
            "title": item.title,
            "time": item.start,
            "location": item.location or None,
            "notes": (item.notes or "").strip() or None,
        }
        assert there == here, f"{where} differs: {links}"
        for name in FIELDS:
            _field(told, name, here[name], where)
        for name in sorted(told.clashes) if not told.was_off and not told.is_new else ():
            query = "SELECT id FROM questions WHERE event_id = :id AND field = :field"
            asked = world.rows(owner, query, id=event, field=f"calendar.{name}")
            assert asked, f"{where}: nobody was asked about {name}"
    if row["status"] == "cancelled" and world.dice.random() < 0.5:
        del owner.events[event]  # room for others
    else:
        owner.events[event] = Told(here, status=row["status"], is_new=False)


def _status(told: Told, status: str, where: str) -> None:
    if told.is_deleted and not (told.ours or told.our_status or told.is_new):
        assert status == "cancelled", f"{where} was deleted there, and stands here"
    elif not told.is_deleted:
        said = told.our_status or told.status
        assert status == said, f"{where} is {status}, and was {said}"


def _field(told: Told, name: str, value: Any, where: str) -> None:
    """Say whether a field is what was said last: by the one who changed it, or by either."""
    said = [side[name] for side in (told.ours, told.theirs) if name in side]
    if not said or told.was_off:
        said.append(told.base[name])
    if told.was_off and name in told.ours:
        said = [told.ours[name], told.theirs.get(name, told.ours[name])]
    said += told.lost.get(name, [])
    assert value in said, f"{where}: {name} is {value}, and {said} were said"


def _foreign(world: World, owner: Owner, items: list[Item]) -> None:
    """Compare what others wrote there with what we know of it."""
    there = {(item.remote_id, item.title, item.start) for item in items if item.tag is None}
    query = (
        "SELECT external_id, title, start_time FROM calendar_events"
        " WHERE status <> 'cancelled' AND link_id IS NULL"
    )
    here = {tuple(row.values()) for row in world.rows(owner, query)}
    assert here == there, f"{owner.kind}: mirrored {here ^ there} wrongly"
    names = {item.remote_id for item in items} | {item.series for item in items}
    assert {name.partition("#")[0] for name in owner.foreign} <= {
        (name or "").partition("#")[0] for name in names
    }, "what a person wrote there is gone"
