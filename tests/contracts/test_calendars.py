"""What we send to calendars, and what their stand-ins answer, is as the vendors describe it."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from tests.support.descriptions import graph_faults
from tests.support.desks import graph_desk
from tests.support.hands import START, WINDOW, Booking, Desk, entry, wall
from tests.support.outlook import listening_for_graph
from tests.support.recorder import Exchange, Recorder, recording
from tests.support.stand_ins import StandIns


@pytest.fixture
def recorder(vendors: StandIns) -> Iterator[Recorder]:
    with recording(vendors) as made:
        yield made


def kind_of(path: str) -> str:
    """Return what Microsoft's metadata call the thing that a path is about."""
    parts = path.removeprefix("/graph/v1.0").strip("/").split("/")
    if parts[0] == "subscriptions":
        return "subscription"
    is_event = {"events", "calendarView"} & set(parts)
    return "event" if is_event else "calendar"


def things(said: Any) -> list[dict[str, Any]]:
    """Return the things in an answer: one, or a list of them; of batches those inside."""
    if "responses" in said:
        return [one["body"] for one in said["responses"]]
    return said.get("value", [said])


def faults(exchange: Exchange) -> list[str]:
    kind = "event" if exchange.path.endswith("$batch") else kind_of(exchange.path)
    found: list[str] = []
    if exchange.asked and not exchange.path.endswith("$batch"):
        # A change names only what changes; all else is as the description has it.
        found += graph_faults(kind, {"id": "x", **json.loads(exchange.asked), **lacking(exchange)})
    if exchange.answered:
        for thing in things(json.loads(exchange.answered)):
            found += graph_faults(kind, thing)
    return found


def lacking(exchange: Exchange) -> dict[str, Any]:
    """Return what every subscription has and a renewal need not say."""
    if exchange.method != "PATCH" or kind_of(exchange.path) != "subscription":
        return {}
    return {"changeType": "updated", "notificationUrl": "https://x.example", "resource": "x"}


def everything(desk: Desk, address: str) -> None:
    agenda, calendar = desk.agenda, desk.calendar
    guests = ["customer@example.com"]  # of whom Graph is not told: it would write to them
    half = [timedelta(minutes=30)]
    ours = entry(location="Here", notes="Notes", reminders=half, attendees=guests)
    written = agenda.insert(calendar, ours, name=uuid4().hex)
    off = entry(version=2, is_cancelled=True, reminders=[])
    changed = agenda.change(calendar, written.remote_id, off, etag=written.etag)
    desk.hand.book(Booking(start=wall(2027, 3, 22, 9), end=wall(2027, 3, 22, 10), weeks=3))
    _, last = desk.all()
    desk.hand.drop_week(
        desk.hand.book(Booking(start=wall(2027, 3, 22, 9), end=wall(2027, 3, 22, 10), weeks=3)),
        Booking(start=wall(2027, 3, 22, 9), end=wall(2027, 3, 22, 10)),
        1,
    )
    desk.all(last.cursor)
    agenda.busy(calendar, start=START, end=WINDOW.end)
    agenda.find(calendar, written.remote_id)
    agenda.remove(calendar, written.remote_id, etag=changed.etag)
    agenda.calendars(calendar)
    watch = agenda.watch(calendar, name=uuid4().hex, address=address, secret="s")
    agenda.renew(calendar, watch, address=address, secret="s")
    agenda.stop(calendar, watch)


def test_graph(vendors: StandIns, recorder: Recorder) -> None:
    desk = graph_desk(vendors, recorder.at("graph"))

    with listening_for_graph([]) as address:
        everything(desk, address)

    assert {one.method for one in recorder.exchanges} == {"GET", "POST", "PATCH", "DELETE"}
    assert len(recorder.exchanges) > 12
    assert [found for one in recorder.exchanges for found in faults(one)] == []
    assert not [one for one in recorder.exchanges if b"customer@example.com" in one.asked]
    for one in recorder.exchanges:
        assert 'outlook.timezone="UTC"' in one.headers["prefer"]
        assert 'IdType="ImmutableId"' in one.headers["prefer"]
