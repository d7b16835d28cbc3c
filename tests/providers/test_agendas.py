"""What every calendar of every vendor has to hold: one set of sentences for all of them."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest

from domain import zones
from domain.calendars.ports import CalendarGone, CursorLost, EtagChanged, ItemGone, Tag
from tests.support.hands import LINK, START, WINDOW, Booking, Desk, Mirror, entry, wall

STOCKHOLM = ZoneInfo("Europe/Stockholm")
CUSTOMER = "customer@example.com"
NINE = Booking(start=wall(2027, 2, 2, 9), end=wall(2027, 2, 2, 10))
WEEKLY = Booking(start=wall(2027, 3, 22, 9), end=wall(2027, 3, 22, 10), weeks=3)


def name() -> str:
    return uuid4().hex


def at(*parts: int) -> datetime:
    return wall(*parts).replace(tzinfo=STOCKHOLM)


def is_google(desk: Desk) -> bool:
    return desk.vendor == "google"


def test_what_was_written_reads_the_same(desk: Desk) -> None:
    ours = entry("Ms Canary, åäö; (2)", location="Storgatan 1, Täby", notes="Two lines\nof notes")

    written = desk.agenda.insert(desk.calendar, ours, name=name())
    item = desk.agenda.find(desk.calendar, written.remote_id)

    assert item is not None
    assert (item.title, item.location) == (ours.title, ours.location)
    assert (item.notes or "").split() == ["Two", "lines", "of", "notes"]
    assert (item.start, item.end, item.tag) == (ours.start, ours.end, Tag(LINK, 1))
    assert item.zone in {"Europe/Stockholm", "Europe/Berlin"}
    assert item.is_busy
    assert not item.is_all_day
    assert written.item is None
    assert item.etag == written.etag


def test_a_name_makes_one_event_however_often_it_is_said(desk: Desk) -> None:
    ours, chosen = entry(), name()

    first = desk.agenda.insert(desk.calendar, ours, name=chosen)
    again = desk.agenda.insert(desk.calendar, ours, name=chosen)

    assert again.remote_id == first.remote_id
    assert len(desk.all()[0]) == 1
    if again.item is not None:
        assert again.item.tag == ours.tag


def test_a_name_that_is_taken_says_by_what(desk: Desk) -> None:
    chosen = name()
    first = desk.agenda.insert(desk.calendar, entry(), name=chosen)
    desk.hand.move(first.remote_id, NINE)

    again = desk.agenda.insert(desk.calendar, entry(), name=chosen)

    assert again.item is not None
    assert again.item.title == "by hand"
    assert again.item.start == at(2027, 2, 2, 9)
    assert len(desk.all()[0]) == 1


def test_a_change_writes_what_it_says_and_leaves_the_rest(desk: Desk) -> None:
    written = desk.agenda.insert(desk.calendar, entry(notes="kept", location="kept"), name=name())
    colour = desk.hand.untouched(written.remote_id)
    assert colour
    standing = desk.agenda.find(desk.calendar, written.remote_id)
    assert standing is not None

    moved = entry("later", version=2, start=at(2027, 2, 3, 14))
    changed = desk.agenda.change(desk.calendar, written.remote_id, moved, etag=standing.etag)
    item = desk.agenda.find(desk.calendar, changed.remote_id)

    assert item is not None
    assert (item.title, item.start, item.tag) == ("later", moved.start, Tag(LINK, 2))
    assert (item.notes, item.location) == ("kept", "kept")
    assert item.etag == changed.etag != standing.etag
    assert desk.hand.reads(written.remote_id) == colour

    bare = entry("later", version=3, notes="", location="")
    desk.agenda.change(desk.calendar, written.remote_id, bare, etag=changed.etag)
    item = desk.agenda.find(desk.calendar, changed.remote_id)
    assert item is not None
    assert not item.notes
    assert not item.location


def test_guests_stay_and_who_said_yes_is_one_where_nobody_is_written_to(desk: Desk) -> None:
    written = desk.agenda.insert(desk.calendar, entry(attendees=[CUSTOMER]), name=name())
    ours = {} if desk.vendor == "graph" else {CUSTOMER: "accepted"}
    assert desk.hand.guests(written.remote_id) == ours
    desk.hand.invite(written.remote_id, "friend@example.com", "tentative")
    standing = desk.agenda.find(desk.calendar, written.remote_id)
    assert standing is not None

    again = entry(version=2, attendees=[CUSTOMER.upper(), "second@example.com"])
    changed = desk.agenda.change(desk.calendar, written.remote_id, again, etag=standing.etag)
    second = {} if desk.vendor == "graph" else {"second@example.com": "accepted"}
    everybody = {**ours, "friend@example.com": "tentative", **second}
    assert desk.hand.guests(written.remote_id) == everybody

    desk.agenda.change(desk.calendar, written.remote_id, entry(version=3), etag=changed.etag)
    assert desk.hand.guests(written.remote_id) == everybody


def test_a_guest_who_declines_is_known_and_the_owner_is_busy_all_the_same(desk: Desk) -> None:
    written = desk.agenda.insert(desk.calendar, entry(attendees=[CUSTOMER]), name=name())
    standing = desk.agenda.find(desk.calendar, written.remote_id)
    assert standing is not None
    assert not standing.declined

    desk.hand.invite(written.remote_id, CUSTOMER, "declined")
    item = desk.agenda.find(desk.calendar, written.remote_id)

    assert item is not None
    assert list(item.declined) == [CUSTOMER]
    assert item.is_busy
    assert item.etag != standing.etag


def test_what_somebody_else_changed_is_neither_overwritten_nor_removed(desk: Desk) -> None:
    written = desk.agenda.insert(desk.calendar, entry(), name=name())
    desk.hand.move(written.remote_id, NINE)

    with pytest.raises(EtagChanged):
        desk.agenda.change(
            desk.calendar, written.remote_id, entry("ours", version=2), etag=written.etag
        )
    with pytest.raises(EtagChanged):
        desk.agenda.remove(desk.calendar, written.remote_id, etag=written.etag)

    item = desk.agenda.find(desk.calendar, written.remote_id)
    assert item is not None
    assert item.title == "by hand"


def test_what_is_gone_cannot_be_changed_and_may_be_removed_again(desk: Desk) -> None:
    written = desk.agenda.insert(desk.calendar, entry(), name=name())
    desk.agenda.remove(desk.calendar, written.remote_id, etag=written.etag)

    with pytest.raises((ItemGone, EtagChanged)):  # some keep it, as one that is gone
        desk.agenda.change(desk.calendar, written.remote_id, entry(version=2), etag=written.etag)
    desk.agenda.remove(desk.calendar, written.remote_id, etag=written.etag)
    desk.agenda.remove(desk.calendar, written.remote_id, etag=None)
    found = desk.agenda.find(desk.calendar, written.remote_id)
    assert found is None or found.is_gone


def test_a_cancelled_entry_stays_to_be_seen_and_takes_no_time(desk: Desk) -> None:
    written = desk.agenda.insert(desk.calendar, entry(), name=name())

    off = entry(version=2, is_cancelled=True)
    desk.agenda.change(desk.calendar, written.remote_id, off, etag=written.etag)

    item = desk.agenda.find(desk.calendar, written.remote_id)
    assert item is not None
    assert desk.hand.title(written.remote_id) == "Cancelled: Ms Canary"
    assert item.title == "Ms Canary"
    assert not item.is_busy
    assert desk.agenda.busy(desk.calendar, start=START, end=WINDOW.end) == []


def test_a_pull_tells_what_changed_and_nothing_else(desk: Desk) -> None:
    mirror = Mirror(desk)
    kept, moved, dropped = (desk.hand.book(NINE) for _ in range(3))
    mirror.pull()
    assert set(mirror.held) == {kept, moved, dropped}
    assert mirror.pull() == []

    desk.hand.move(
        moved, Booking(title="moved", start=wall(2027, 2, 3, 9), end=wall(2027, 2, 3, 10))
    )
    desk.hand.drop(dropped)
    seen = {one.remote_id: one for one in mirror.pull()}

    assert set(seen) == {moved, dropped}
    assert seen[dropped].is_gone
    assert mirror.days() == [("by hand", at(2027, 2, 2, 9)), ("moved", at(2027, 2, 3, 9))]
    assert mirror.pull() == []


def test_our_own_change_comes_back_once_with_our_mark(desk: Desk) -> None:
    mirror = Mirror(desk)
    mirror.pull()
    written = desk.agenda.insert(desk.calendar, entry(), name=name())

    [echo] = mirror.pull()

    assert (echo.remote_id, echo.etag, echo.tag) == (written.remote_id, written.etag, Tag(LINK, 1))
    assert mirror.pull() == []


def test_what_leaves_the_window_is_gone_and_what_enters_it_is_there(desk: Desk) -> None:
    mirror = Mirror(desk)
    early = Booking(start=wall(2026, 1, 5, 9), end=wall(2026, 1, 5, 10))
    event = desk.hand.book(early)
    mirror.pull()
    assert mirror.held == {}

    desk.hand.move(event, NINE)
    mirror.pull()
    assert set(mirror.held) == {event}

    desk.hand.move(event, early)
    mirror.pull()
    assert mirror.held == {}


def test_a_cursor_that_nobody_knows_is_lost(desk: Desk) -> None:
    desk.hand.book(NINE)
    _, last = desk.all()
    assert last.cursor is not None
    broken = last.cursor.replace(last.cursor[-12:-2], "9" * 10)

    with pytest.raises(CursorLost):
        desk.agenda.pull(desk.calendar, window=WINDOW, cursor=_forgotten(desk, broken), page=None)


def _forgotten(desk: Desk, broken: str) -> str:
    """Return a cursor that the vendor has forgotten; a CalDAV token stands within ours."""
    if desk.vendor == "graph":
        return broken
    if is_google(desk):
        return f"9{broken}"
    _, last = desk.all()
    text = str(last.cursor)
    token = text.split('", "')[2].split('"', maxsplit=1)[0]
    return text.replace(token, "http://example.com/forgotten")


def test_a_calendar_that_is_not_there_is_gone(desk: Desk) -> None:
    other = desk.calendar.calendar_id.rstrip("/") + "x"
    nowhere = replace(desk.calendar, calendar_id=f"gone.{other}" if is_google(desk) else other)

    with pytest.raises(CalendarGone):
        desk.agenda.pull(nowhere, window=WINDOW, cursor=None, page=None)
    with pytest.raises(CalendarGone):
        desk.agenda.insert(nowhere, entry(), name=name())


def test_an_event_of_whole_days_lasts_from_midnight_to_midnight_at_home(desk: Desk) -> None:
    desk.hand.book(Booking(start=date(2027, 3, 28), end=date(2027, 3, 30)))

    [item], _ = desk.all()

    assert item.is_all_day
    assert (item.start, item.end) == (at(2027, 3, 28), at(2027, 3, 30))
    assert item.end - item.start == timedelta(hours=47)  # the clocks went forward  # pyright: ignore[reportOptionalOperand]


def test_a_time_without_a_zone_is_meant_at_home(desk: Desk) -> None:
    if not desk.hand.floats:
        pytest.skip("this vendor knows no times without a zone")
    desk.hand.book(Booking(start=wall(2027, 7, 1, 9), end=wall(2027, 7, 1, 10), zone=None))

    [item], _ = desk.all()

    assert item.is_floating
    assert (item.start, item.zone) == (at(2027, 7, 1, 9), None)


@pytest.mark.parametrize("said", [{"is_declined": True}, {"is_free": True}])
def test_what_was_declined_or_is_shown_as_free_takes_no_time(
    desk: Desk, said: dict[str, bool]
) -> None:
    desk.hand.book(Booking(start=NINE.start, end=NINE.end, **said))

    [item], _ = desk.all()

    assert not item.is_busy
    assert desk.agenda.busy(desk.calendar, start=START, end=WINDOW.end) == []


def test_busy_is_what_stands_there_now(desk: Desk) -> None:
    event = desk.hand.book(NINE)
    ours = desk.agenda.insert(desk.calendar, entry(start=at(2027, 2, 2, 11)), name=name())

    found = desk.agenda.busy(desk.calendar, start=at(2027, 2, 2, 9, 30), end=at(2027, 2, 2, 12))
    names = (None, None) if is_google(desk) else (event, ours.remote_id)  # it does not say
    assert sorted((one.start, one.remote_id) for one in found) == [
        (at(2027, 2, 2, 9), names[0]),
        (at(2027, 2, 2, 11), names[1]),
    ]

    desk.hand.drop(event)
    found = desk.agenda.busy(desk.calendar, start=at(2027, 2, 2, 9), end=at(2027, 2, 2, 10))
    assert found == []


def test_a_series_with_exceptions(desk: Desk) -> None:
    mirror = Mirror(desk)
    mirror.pull()
    event = desk.hand.book(WEEKLY)
    mirror.pull()
    assert [start for _, start in mirror.days()] == [
        at(2027, 3, 22, 9),
        at(2027, 3, 29, 9),
        at(2027, 4, 5, 9),
    ]

    desk.hand.drop_week(event, WEEKLY, 1)
    mirror.pull()
    assert [start for _, start in mirror.days()] == [at(2027, 3, 22, 9), at(2027, 4, 5, 9)]

    later = Booking(title="moved", start=wall(2027, 4, 6, 14), end=wall(2027, 4, 6, 15))
    desk.hand.move_week(event, WEEKLY, 2, later)
    mirror.pull()
    assert mirror.days() == [("by hand", at(2027, 3, 22, 9)), ("moved", at(2027, 4, 6, 14))]

    fresh = Mirror(desk)
    fresh.pull()
    assert fresh.held == mirror.held

    desk.hand.drop(event)
    mirror.pull()
    assert mirror.held == {}


def test_a_series_that_moves_leaves_no_day_behind(desk: Desk) -> None:
    mirror = Mirror(desk)
    event = desk.hand.book(WEEKLY)
    mirror.pull()

    thursday = Booking(
        title="thursdays", start=wall(2027, 3, 25, 9), end=wall(2027, 3, 25, 10), weeks=2
    )
    desk.hand.move(event, thursday)
    mirror.pull()

    assert mirror.days() == [("thursdays", at(2027, 3, 25, 9)), ("thursdays", at(2027, 4, 1, 9))]


def test_one_day_of_a_series_can_be_changed_and_removed(desk: Desk) -> None:
    desk.hand.book(WEEKLY)
    items, _ = desk.all()
    _, second, third = sorted(items, key=lambda one: one.start or START)

    moved = entry("ours", start=at(2027, 3, 30, 16))
    desk.agenda.change(desk.calendar, second.remote_id, moved, etag=second.etag)
    again = desk.agenda.find(desk.calendar, third.remote_id)
    assert again is not None
    desk.agenda.remove(desk.calendar, third.remote_id, etag=again.etag)

    items, _ = desk.all()
    found = sorted((one.start, one.title) for one in items)
    assert found == [(at(2027, 3, 22, 9), "by hand"), (at(2027, 3, 30, 16), "ours")]


def test_many_events_come_in_pages_each_once(desk: Desk) -> None:
    days = [START + timedelta(days=step) for step in range(0, 360, 40)]
    for day in days:
        desk.agenda.insert(desk.calendar, entry(start=day), name=name())

    items, last = desk.all()

    assert sorted(one.start for one in items if one.start) == days
    assert last.is_full
    assert last.cursor


ZONES = ("Europe/Stockholm", "America/New_York", "Australia/Lord_Howe")
NIGHTS = [
    ("Europe/Stockholm", wall(2027, 3, 28, 2, 30), wall(2027, 3, 28, 1, 30)),
    ("Europe/Stockholm", wall(2027, 10, 31, 2, 30), wall(2027, 10, 31, 0, 30)),
    ("America/New_York", wall(2027, 3, 14, 2, 30), wall(2027, 3, 14, 7, 30)),
    ("America/New_York", wall(2027, 11, 7, 1, 30), wall(2027, 11, 7, 5, 30)),
    ("Australia/Lord_Howe", wall(2027, 10, 3, 2, 15), wall(2027, 10, 2, 15, 45)),
    ("Australia/Lord_Howe", wall(2027, 4, 4, 1, 45), wall(2027, 4, 3, 14, 45)),
]


@pytest.mark.parametrize(("zone", "clock", "moment"), NIGHTS)
def test_half_past_two_in_the_nights_of_the_change(
    desk: Desk, zone: str, clock: datetime, moment: datetime
) -> None:
    booking = Booking(start=clock, end=clock + timedelta(hours=3), zone=zone)
    desk.hand.book(booking)

    [item], _ = desk.all()
    assert item.start == moment.replace(tzinfo=UTC)

    ours = entry(start=moment.replace(tzinfo=UTC), zone=zone)
    written = desk.agenda.insert(desk.calendar, ours, name=name())
    read = desk.agenda.find(desk.calendar, written.remote_id)
    assert read is not None
    assert (read.start, read.end) == (ours.start, ours.end)


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize(("month", "day", "weeks"), [(3, 5, 6), (9, 28, 8)])
def test_a_weekly_event_keeps_its_time_on_the_wall_across_the_change(
    desk: Desk, zone: str, month: int, day: int, weeks: int
) -> None:
    first = wall(2027, month, day, 9)
    desk.hand.book(Booking(start=first, end=first + timedelta(hours=1), zone=zone, weeks=weeks))

    items, _ = desk.all()

    there = zones.find(zone)
    walls = sorted(one.start.astimezone(there).replace(tzinfo=None) for one in items if one.start)
    assert walls == [first + timedelta(weeks=week) for week in range(weeks)]
    offsets = {one.start.astimezone(there).utcoffset() for one in items if one.start}
    assert len(offsets) == 2


def test_calendars_can_be_listed(desk: Desk) -> None:
    found = desk.agenda.calendars(desk.calendar)

    assert any(desk.calendar.calendar_id in one.calendar_id for one in found)
    assert all(one.may_write for one in found)
