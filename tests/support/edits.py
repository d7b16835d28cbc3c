"""What happens to calendars: either side edits, calls agree on hours, tokens and cursors are lost.

Everything that is chosen falls by the dice of the world: seeded ones in long histories, those of
Hypothesis where a failing history is to be shrunk.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import text

from domain.calendars import bookings, service
from domain.calendars.bookings import Taken, Wish
from domain.calendars.drafts import Drafts
from domain.calendars.ports import Grant
from tests.support.diary import HOUR
from tests.support.told import Agreed, Owner, Told
from tests.support.two_sides import World

FIELDS = ("title", "location", "notes", "time")
COLUMNS = {"title": "title", "location": "location", "notes": "notes", "time": "start_time"}
EVENTS = 8
WRITTEN = (
    "INSERT INTO events (id, user_id, title, status, start_time, end_time, timezone)"
    " VALUES (:id, :user, :title, :status, :start, :end, 'Europe/Stockholm')"
)
STANDING = (
    "SELECT id FROM events WHERE status = 'confirmed' AND start_time < :end AND end_time > :start"
)


def _said(world: World, owner: Owner, who: str, words: str) -> None:
    world.totals.edits += 1
    world.totals.at[f"{owner.kind} edits"] += 1
    owner.said_by_us += who == "us"
    world.tell(owner, words)


def _edited(world: World, owner: Owner, who: str, event: UUID, what: str, words: str) -> None:
    other = "them" if who == "us" else "us"
    owner.edited[who].add((event, what))
    if (event, what) in owner.edited[other]:
        owner.events[event].clashes.add(what)
    _said(world, owner, who, words)


def _pick(world: World, owner: Owner) -> UUID | None:
    return world.dice.choice(list(owner.events)) if owner.events else None


def _pick_there(world: World, owner: Owner) -> tuple[UUID, str] | None:
    """Pick an event of ours that the person may see: it is known to be there."""
    event = _pick(world, owner)
    name = world.remote(owner, event) if event else None
    return (event, name) if event and name else None


def _hour(world: World) -> datetime:
    """Return one of a few hours, for which several compete."""
    return world.start + timedelta(minutes=30 * world.dice.randrange(12))


def _is_full(owner: Owner) -> bool:
    return len(owner.events) + len(owner.agreed) >= EVENTS


def _facts(owner: Owner, title: str, start: datetime, status: str = "confirmed") -> dict[str, Any]:
    facts = {"id": uuid4(), "user": owner.user, "title": title, "status": status}
    return {**facts, "start": start, "end": start + HOUR}


def we_write(world: World, owner: Owner) -> None:
    if _is_full(owner):
        return
    facts = _facts(owner, world.fresh("title"), world.fresh("time"))
    world.do(owner, WRITTEN, **facts)
    _have(world, owner, facts["id"], facts["title"], facts["start"])


def _have(world: World, owner: Owner, key: UUID, title: str, start: datetime) -> None:
    owner.events[key] = Told.new(title, start)
    _said(world, owner, "us", f"we write {key} {title} {start:%d %H:%M}")


def we_book(world: World, owner: Owner) -> None:
    """Take one of a few hours, which a person there may have taken."""
    if _is_full(owner):
        return
    start = _hour(world)
    wish = Wish(title=world.fresh("title"), start=start, end=start + HOUR)
    standing = world.rows(owner, STANDING, start=wish.start, end=wish.end)
    near = owner.near(start)
    try:
        key = bookings.book(world.calm, owner.user, wish)
    except Taken:
        world.totals.refused += 1
        world.tell(owner, f"{start:%H:%M} is taken")
        return
    assert not standing, f"booked twice: {standing}"
    assert not near, f"booked over what stands there: {near}"
    world.totals.booked += 1
    owner.hours.append(start)
    _have(world, owner, key, wish.title, start)


def a_call_agrees(world: World, owner: Owner) -> None:
    """Agree on one of a few hours: it is held, the calendar is asked, and then it stands."""
    if _is_full(owner):
        return
    facts = _facts(owner, world.fresh("title"), _hour(world), "extracted")
    key, start = facts["id"], facts["start"]
    standing = world.rows(owner, STANDING, start=start, end=facts["end"])
    with world.begin(owner.user) as session:
        session.execute(text(WRITTEN), facts)
        Drafts().hold(session, key)
    owner.agreed[key] = Agreed(facts["title"], start, bool(standing), owner.near(start))
    owner.hours.append(start)
    _said(world, owner, "them", f"a call agrees on {key} {start:%H:%M}")


def we_change(world: World, owner: Owner) -> None:
    event, what = _pick(world, owner), world.dice.choice(FIELDS)
    if event is None:
        return
    value = world.fresh(what)
    end = ", end_time = :end" if what == "time" else ""
    bound = {"end": value + HOUR} if what == "time" else {}
    query = f"UPDATE events SET {COLUMNS[what]} = :value{end} WHERE id = :id"
    world.do(owner, query, id=event, value=value, **bound)
    owner.events[event].ours[what] = value
    _edited(world, owner, "us", event, what, f"we change {event} {what} to {value}")


def we_cancel_or_confirm(world: World, owner: Owner) -> None:
    event, status = _pick(world, owner), world.dice.choice(["cancelled", "confirmed"])
    if event is None:
        return
    world.do(owner, "UPDATE events SET status = :to WHERE id = :id", id=event, to=status)
    told = owner.events[event]
    told.our_status = status
    if status == "cancelled":
        told.was_off = True
        told.lost = told.all_told_there()
    told.was_set = True
    _said(world, owner, "us", f"we set {event} {status}")


def they_change(world: World, owner: Owner) -> None:
    picked, what = _pick_there(world, owner), world.dice.choice(FIELDS)
    if picked is None:
        return
    event, name = picked
    value = world.fresh(what)
    if not owner.person.change(name, what, value):
        return  # it is gone there
    told = owner.events[event]
    told.theirs[what] = value
    told.told_there.setdefault(what, []).append(value)
    if told.our_status == "cancelled":
        told.lost = told.all_told_there()
    else:
        told.lost.pop(what, None)
    _edited(world, owner, "them", event, what, f"they change {event} {what} to {value}")


def they_delete(world: World, owner: Owner) -> None:
    picked = _pick_there(world, owner)
    if picked is None or not owner.person.delete(picked[1]):
        return
    told = owner.events[picked[0]]
    told.is_deleted = told.was_off = True
    told.lost = told.all_told_there()
    _said(world, owner, "them", f"they delete {picked[0]}")


def they_write(world: World, owner: Owner) -> None:
    if world.dice.random() < 0.2:
        late = world.start + timedelta(hours=14, minutes=15)
        name = owner.person.write(world.fresh("series"), late, weeks=4)
        owner.foreign[name] = None
    else:
        start = _hour(world)
        name = owner.person.write(world.fresh("private"), start)
        owner.foreign[name] = start
        owner.hours.append(start)
    _said(world, owner, "them", f"they write {name} {owner.foreign[name] or ''}")


def they_drop(world: World, owner: Owner) -> None:
    if owner.foreign:
        name = world.dice.choice(list(owner.foreign))
        del owner.foreign[name]
        assert owner.person.delete(name)
        _said(world, owner, "them", f"they drop {name}")


def token_runs_out(world: World, owner: Owner) -> None:
    """Let the vendor refuse a token that we take for a good one."""
    if owner.kind == "other":
        return
    held = world.purse._held(owner.calendar)  # noqa: SLF001  # the last refresh token, rotated
    with world.begin(owner.user) as session:
        grant = Grant("wrong", held.refresh, timedelta(hours=1))
        world.purse.connect(session, owner.calendar.integration_id, grant)
    world.tell(owner, "the token runs out")


def notice(world: World, owner: Owner) -> None:
    """A notice comes, perhaps twice; those that are lost need no line."""
    for _ in range(world.dice.choice([1, 2])):
        service.pull(world.calm, owner.calendar.integration_id)


def cursor_is_lost(world: World, owner: Owner) -> None:
    query = (
        "UPDATE calendar_integrations SET sync_token = CASE integration_type WHEN 'outlook'"
        " THEN regexp_replace(sync_token, 'token=.*', 'token=wrong') ELSE 'wrong' END"
        " WHERE id = :id AND sync_token IS NOT NULL AND page IS NULL"
    )
    world.do(owner, query, id=owner.calendar.integration_id)
    world.tell(owner, "the cursor is lost")


def answer(world: World, owner: Owner) -> None:
    """Answer what is open between both sides."""
    world.answer(owner)


Act = Callable[[World, Owner], None]

ACTIONS: dict[str, tuple[Act, int]] = {
    "we_change": (we_change, 22),
    "they_change": (they_change, 22),
    "we_write": (we_write, 8),
    "we_book": (we_book, 4),
    "a_call_agrees": (a_call_agrees, 4),
    "we_cancel_or_confirm": (we_cancel_or_confirm, 5),
    "they_delete": (they_delete, 4),
    "they_write": (they_write, 4),
    "they_drop": (they_drop, 2),
    "notice": (notice, 2),
    "token_runs_out": (token_runs_out, 1),
    "cursor_is_lost": (cursor_is_lost, 1),
    "answer": (answer, 2),
}
"""What may happen, each with its weight."""
