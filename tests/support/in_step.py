"""What must hold once two sides have settled: equal, nothing lost outside the rule, no echo."""

from collections import Counter
from typing import Any
from uuid import UUID

from domain.calendars.ports import Item
from tests.support.edits import FIELDS
from tests.support.told import Owner, Told
from tests.support.two_sides import World

Row = dict[str, Any]


def judge(world: World) -> None:
    """Compare both sides of each owner with each other and with what was said."""
    for owner in world.owners:
        rows = {row["id"]: row for row in world.rows(owner, "SELECT * FROM events")}
        _drafts(world, owner, rows)
        items = world.items(owner)
        ours = _of_ours(world, owner, items)
        asked = {
            (row["event_id"], row["field"])
            for row in world.rows(owner, "SELECT event_id, field FROM questions")
        }
        for event, told in list(owner.events.items()):
            _one(owner, rows[event], told, ours.get(event), asked)
            if rows[event]["status"] == "cancelled" and world.dice.random() < 0.5:
                del owner.events[event]  # room for others
        _foreign(world, owner, items)
        written = world.written(owner)
        world.totals.writes += written
        world.totals.at[f"{owner.kind} writes"] += written
        assert written <= owner.said_by_us, f"{written} writes for {owner.said_by_us} words of ours"
        world.rough[owner.kind].written[owner.calendar.integration_id] = 0
        owner.said_by_us = 0
        world.totals.checks += 1


def _drafts(world: World, owner: Owner, rows: dict[UUID, Row]) -> None:
    """Say of what calls agreed on whether it stands, or its owner wanted it not to."""
    if not owner.agreed:
        return
    query = "SELECT event_id, during FROM booking_holds WHERE released_at IS NULL"
    held = {row["event_id"]: row["during"].lower for row in world.rows(owner, query)}
    for event, agreed in owner.agreed.items():
        row, where = rows[event], f"{owner.kind} {event}, {agreed}"
        stands = row["status"] == "confirmed"
        assert stands or agreed.is_dropped, f"{where} is {row['status']}, and nobody was asked"
        assert not (stands and agreed.is_dropped), f"{where} stands, though its owner said no"
        was_taken = agreed.was_taken or agreed.near & owner.foreign.keys()
        assert not (stands and was_taken and not agreed.is_chosen), f"{where} was taken"
        assert (held.get(event) == agreed.start) == stands, f"{where}: held {held.get(event)}"
        world.totals.agreed += stands
        world.totals.given_up += not stands
        if stands:
            assert row["start_time"] == agreed.start, f"{where} stands at {row['start_time']}"
            _stands_alone(owner, row, rows)
            owner.events[event] = Told.new(agreed.title, agreed.start)
            owner.said_by_us += 1
    owner.agreed.clear()


def _stands_alone(owner: Owner, row: Row, rows: dict[UUID, Row]) -> None:
    """Say whether another booking has the hour: what somebody set by hand may."""
    for event in owner.events:
        other = rows[event]
        meets = row["start_time"] < other["end_time"] and other["start_time"] < row["end_time"]
        is_by_hand = owner.events[event].was_set or "time" in owner.events[event].ours
        assert not meets or other["status"] == "cancelled" or is_by_hand, (
            f"booked twice: {row['id']} and {event}"
        )


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


def _one(
    owner: Owner, row: Row, told: Told, item: Item | None, asked: set[tuple[UUID, str]]
) -> None:
    event: UUID = row["id"]
    where = f"{owner.kind} event {event}"
    _status(told, row["status"], where)
    here = {
        "title": row["title"],
        "time": row["start_time"],
        "location": row["location"] or None,
        "notes": row["notes"] or None,
    }
    if row["status"] == "cancelled":
        assert item is None, f"{where} is off here, and stands there"
    else:
        assert item is not None, f"{where} stands here, and not there"
        there = {
            "title": item.title,
            "time": item.start,
            "location": item.location or None,
            "notes": (item.notes or "").strip() or None,
        }
        assert there == here, f"{where} differs: {there} there, {here} here"
        for name in FIELDS:
            _field(told, name, here[name], where)
        for name in sorted(told.clashes) if not told.was_off and not told.is_new else ():
            assert (event, f"calendar.{name}") in asked, f"{where}: nobody was asked about {name}"
    owner.events[event] = Told(here, status=row["status"], is_new=False, was_set=told.was_set)


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
