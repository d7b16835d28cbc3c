"""What an owner's calendar holds is known here: merged, never replaced, and as it was meant."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text

from domain.calendars import compare, mirror, service, shelf
from domain.calendars.ports import Grant, Item, Page
from domain.database import SYSTEM
from tests.support.diary import HOUR, SOON, Diary

STOCKHOLM = ZoneInfo("Europe/Stockholm")


def mirrored(book: Diary, where: str = "status <> 'cancelled'") -> list[dict[str, object]]:
    with book.begin(book.user) as session:
        query = f"SELECT * FROM calendar_events WHERE {where} ORDER BY start_time"
        return [dict(row) for row in session.execute(text(query)).mappings()]


def test_what_stands_there_is_known_and_what_goes_is_gone(book: Diary) -> None:
    kept = book.person.write("Dentist", SOON)
    gone = book.person.write("Lunch", SOON + 3 * HOUR)
    book.sync()
    assert [row["title"] for row in mirrored(book)] == ["Dentist", "Lunch"]

    book.person.delete(gone)
    book.person.edit(kept, summary="Dentist again")
    book.sync()

    assert [row["title"] for row in mirrored(book)] == ["Dentist again"]


def test_a_lost_cursor_costs_a_listing_and_nothing_that_is_known(book: Diary) -> None:
    book.person.write("Dentist", SOON)
    gone = book.person.write("Lunch", SOON + 3 * HOUR)
    event = book.book()
    book.sync(times=2)
    book.person.delete(gone)
    book.person.move(book.link(event)["remote_id"], SOON + 7 * HOUR)
    lost = {"status": 410, "code": "fullSyncRequired", "times": 1}
    book.stand_ins.fault("status", "google", "events.list", **lost)

    book.sync(times=2)

    assert [row["title"] for row in mirrored(book)] == ["Dentist", "Visit"]
    assert book.event(event)["start_time"] == SOON + 7 * HOUR
    assert book.event(event)["status"] == "confirmed"


def test_what_was_deleted_while_the_cursor_was_lost_is_found_missing(book: Diary) -> None:
    event = book.book()
    book.sync()
    book.person.delete(book.link(event)["remote_id"])
    book.do("UPDATE calendar_integrations SET sync_token = NULL, window_end = NULL")

    book.sync(times=2)

    assert book.event(event)["status"] == "cancelled"


def test_what_was_deleted_before_we_knew_that_it_had_arrived_is_found_missing(book: Diary) -> None:
    event = book.book()
    book.sync(times=2)  # it is shown to us, too
    book.person.delete(book.link(event)["remote_id"])
    book.pull()  # its removal is told
    book.pull()  # and not told again
    book.do(  # and only now do we hear that it had been put there
        "UPDATE calendar_event_links SET state = 'done', seen_etag = NULL, is_there = true,"
        " wanted = carried, pushed_at = clock_timestamp()"
    )

    book.sync(times=2)

    assert book.event(event)["status"] == "cancelled"


def test_whole_days_free_times_and_what_was_declined_are_what_they_are(book: Diary) -> None:
    day = SOON.date()
    days = {"start": {"date": f"{day}"}, "end": {"date": f"{day + timedelta(days=1)}"}}
    book.person.ask("POST", body={"summary": "Fair", **days})
    book.person.write("Maybe", SOON + 3 * HOUR, transparency="transparent")
    guests = [{"email": "me@example.com", "self": True, "responseStatus": "declined"}]
    book.person.write("Declined", SOON + 5 * HOUR, attendees=guests)

    book.sync()

    fair, maybe, declined = mirrored(book)
    midnight = datetime.combine(day, datetime.min.time(), STOCKHOLM)
    assert (fair["is_all_day"], fair["is_busy"], fair["start_time"]) == (True, True, midnight)
    assert (maybe["is_busy"], declined["is_busy"]) == (False, False)


@pytest.mark.parametrize("zone", ["Europe/Stockholm", "America/New_York", "Australia/Lord_Howe"])
def test_a_weekly_event_keeps_its_hour_across_the_changing_nights(book: Diary, zone: str) -> None:
    place = ZoneInfo(zone)
    first = datetime.combine(SOON.astimezone(place).date(), datetime.min.time()) + 9 * HOUR
    times = {
        "start": {"dateTime": first.isoformat(), "timeZone": zone},
        "end": {"dateTime": (first + HOUR).isoformat(), "timeZone": zone},
    }
    series = book.person.ask(
        "POST", body={"summary": "Weekly", "recurrence": ["RRULE:FREQ=WEEKLY;COUNT=50"], **times}
    )
    book.sync()

    rows = mirrored(book)
    assert len(rows) == 50
    starts = [row["start_time"] for row in rows]
    assert {f"{at.astimezone(place):%a %H:%M}" for at in starts} == {f"{first:%a} 09:00"}
    assert len({at.astimezone(place).utcoffset() for at in starts}) == 2

    moved = next(one for one in book.person.ask("GET", "?singleEvents=true")["items"])
    book.person.move(moved["id"], SOON + 4 * HOUR)
    book.person.delete(rows[1]["external_id"])
    book.sync()
    assert len(mirrored(book)) == 49
    assert SOON + 4 * HOUR in {row["start_time"] for row in mirrored(book)}

    book.person.delete(series["id"])
    book.sync()
    assert len(mirrored(book)) <= 1  # an instance that was moved is an event of its own


@pytest.mark.parametrize(
    ("zone", "night"),
    [
        ("Europe/Stockholm", date(2027, 3, 28)),
        ("Europe/Stockholm", date(2027, 10, 31)),
        ("America/New_York", date(2027, 3, 14)),
        ("America/New_York", date(2027, 11, 7)),
        ("Australia/Lord_Howe", date(2027, 4, 4)),
        ("Australia/Lord_Howe", date(2027, 10, 3)),
    ],
)
def test_half_past_two_on_a_changing_night_is_the_same_moment_on_both_sides(
    book: Diary, zone: str, night: date
) -> None:
    start = datetime(night.year, night.month, night.day, 2, 30, tzinfo=ZoneInfo(zone))
    event = book.book("Night shift", start.astimezone(UTC), zone=zone)
    book.sync(times=2)

    there = book.there(event)
    assert datetime.fromisoformat(there["start"]["dateTime"]) == start.astimezone(UTC)
    assert book.event(event)["start_time"] == start.astimezone(UTC)
    assert book.writes() == 1
    book.person.move(book.link(event)["remote_id"], start.astimezone(UTC) + HOUR)
    book.sync(times=3)
    assert book.event(event)["start_time"] == start.astimezone(UTC) + HOUR


def test_of_a_series_that_is_told_whole_other_days_are_gone(book: Diary) -> None:
    def day(number: int, series: str = "weekly") -> Item:
        start = SOON + timedelta(weeks=number)
        name = f"{series}.{number}"
        return Item(
            remote_id=name, etag="1", title=name, start=start, end=start + HOUR, series=series
        )

    with book.begin(book.user) as session:
        at = shelf.read(session, book.calendar)
        assert at is not None
        mirror.put(session, at, Page(items=[day(0), day(1), day(2), day(1, "other")]))

        mirror.put(session, at, Page(items=[day(0), day(2)], whole_series=["weekly"]))

    assert [row["title"] for row in mirrored(book)] == ["weekly.0", "other.1", "weekly.2"]


def test_consent_that_was_withdrawn_stops_all_requests_and_is_told_once(book: Diary) -> None:
    with book.begin(book.user) as session:
        book.desk.purse.connect(session, book.calendar, Grant("wrong", "revoked", None))
    book.book()
    book.sync(times=2)

    row = book.row("SELECT status, last_error FROM calendar_integrations")
    assert row["status"] == "needs_reconnect"
    notices = "SELECT count(*) FROM owner_notices WHERE kind = 'calendar_needs_reconnect'"
    assert book.row(notices)["count"] == 1
    asked = len(book.stand_ins.ledger("google")["effects"])
    book.sync(times=2)
    assert len(book.stand_ins.ledger("google")["effects"]) == asked


def test_a_comparison_counts_what_was_lost_and_heals_it(book: Diary) -> None:
    event = book.book()
    book.person.write("Dentist", SOON + 4 * HOUR)
    book.sync(times=2)
    made = compare.compare(book.desk, book.calendar)
    assert made is not None
    assert made.drift == 0

    book.do("DELETE FROM calendar_events WHERE title = 'Dentist'")
    book.do("UPDATE events SET owes_nothing = true")
    book.change(event, title="Never carried")
    made = compare.compare(book.desk, book.calendar)
    assert made is not None
    assert made.counts == {"not_mirrored": 1, "differs": 1}
    book.sync(times=2)

    assert book.there(event)["summary"] == "Never carried"
    made = compare.compare(book.desk, book.calendar)
    assert made is not None
    assert made.drift == 0


def test_a_notice_makes_a_calendar_due_and_nothing_more(book: Diary) -> None:
    book.sync()
    assert book.row("SELECT due_at > now() AS waits FROM calendar_integrations")["waits"]

    service.pull(book.desk, book.calendar)

    with book.begin(SYSTEM) as session:
        due = "SELECT due_at <= clock_timestamp() FROM calendar_integrations WHERE id = :id"
        assert session.scalar(text(due), {"id": book.calendar})


def test_who_settles_a_link_waits_for_no_reader_of_its_calendar(book: Diary) -> None:
    event = book.book()
    book.push_owed()
    link = book.link(event)
    tried = text("UPDATE calendar_event_links SET attempts = attempts + 1 WHERE id = :id")

    with book.begin(SYSTEM) as reader, book.begin(SYSTEM) as settler:
        standing = shelf.read(reader, link["calendar_integration_id"])
        assert standing
        assert shelf.stands(reader, standing)
        settler.execute(text("SET LOCAL lock_timeout = '200ms'"))
        for _ in range(2):  # the second time its keys are asked about
            settler.execute(tried, {"id": link["id"]})

    assert book.link(link["event_id"])["attempts"] == link["attempts"] + 2
