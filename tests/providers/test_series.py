"""Recurring events by the letter of RFC 5545: texts in, days out."""

import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from domain.calendars.ports import Item, Window
from providers import zones
from providers.caldav import texts
from tests.support.dav import event, ics

HOME = ZoneInfo("Europe/Stockholm")
WINDOW = Window(datetime(2027, 1, 1, tzinfo=UTC), datetime(2028, 1, 1, tzinfo=UTC))


def read(*events: str, window: Window = WINDOW) -> Sequence[Item]:
    resource = texts.read("x.ics", '"1"', ics(*events))
    assert resource is not None
    found = texts.items(resource, window=window, home=HOME, user="owner@example.com")
    return sorted(found, key=lambda one: one.start or WINDOW.start)


def days(*events: str) -> list[str]:
    """Return the local starts of a text's instances."""
    return [f"{one.start.astimezone(HOME):%m-%d %H:%M}" for one in read(*events) if one.start]


def timed(uid: str = "u", start: str = "20270104T090000", hours: int = 1, **lines: str) -> str:
    end = datetime.strptime(start, "%Y%m%dT%H%M%S") + timedelta(hours=hours)  # noqa: DTZ007  # a wall's
    raw = f"DTSTART;TZID=Europe/Stockholm:{start}\nDTEND;TZID=Europe/Stockholm:{end:%Y%m%dT%H%M%S}"
    raw += "".join(f"\n{line}" for line in lines.pop("raw", "").split("\n") if line)
    return event(uid, raw=raw, **lines)


@pytest.mark.parametrize(
    ("rule", "found"),
    [
        ("FREQ=MONTHLY;BYDAY=-1FR;COUNT=3", ["01-29 09:00", "02-26 09:00", "03-26 09:00"]),
        ("FREQ=WEEKLY;BYDAY=MO,WE;COUNT=3", ["01-04 09:00", "01-06 09:00", "01-11 09:00"]),
        ("FREQ=DAILY;UNTIL=20270106T080000Z", ["01-04 09:00", "01-05 09:00", "01-06 09:00"]),
        ("FREQ=DAILY;UNTIL=20270106T075959Z", ["01-04 09:00", "01-05 09:00"]),
        ("FREQ=DAILY;UNTIL=20270105", ["01-04 09:00", "01-05 09:00"]),
        ("FREQ=YEARLY", ["01-04 09:00"]),
    ],
)
def test_rules(rule: str, found: list[str]) -> None:
    start = "20270104T090000" if "MONTHLY" not in rule else "20270129T090000"
    assert days(timed(start=start, RRULE=rule)) == found


def test_days_left_out_and_days_added_in_whatever_zone() -> None:
    raw = "EXDATE:20270105T080000Z\nEXDATE;TZID=America/New_York:20270106T030000"
    raw += "\nRDATE:20270203T120000Z"
    assert days(timed(RRULE="FREQ=DAILY;COUNT=4", raw=raw)) == [
        "01-04 09:00",
        "01-07 09:00",
        "02-03 13:00",
    ]


def test_a_day_in_another_place_and_all_that_follow_it() -> None:
    master = timed(RRULE="FREQ=DAILY;COUNT=4", SUMMARY="a")
    onward = "RECURRENCE-ID;RANGE=THISANDFUTURE;TZID=Europe/Stockholm:20270106T090000"
    other = timed(start="20270106T100000", SUMMARY="b", raw=onward)

    assert days(master, other) == ["01-04 09:00", "01-05 09:00", "01-06 10:00", "01-07 10:00"]
    assert [one.title for one in read(master, other)] == ["a", "a", "b", "b"]


def test_a_day_that_moved_into_the_window_is_in_it_and_one_that_moved_out_is_not() -> None:
    master = timed(start="20251229T090000", RRULE="FREQ=DAILY;COUNT=2")
    into = timed(start="20270301T090000", raw="RECURRENCE-ID;TZID=Europe/Stockholm:20251230T090000")
    assert days(master, into) == ["03-01 09:00"]

    master = timed(RRULE="FREQ=DAILY;COUNT=2")
    out = timed(start="20300101T090000", raw="RECURRENCE-ID;TZID=Europe/Stockholm:20270105T090000")
    assert days(master, out) == ["01-04 09:00"]


def test_a_cancelled_day_is_none_and_a_cancelled_event_takes_no_time() -> None:
    master = timed(RRULE="FREQ=DAILY;COUNT=2")
    raw = "RECURRENCE-ID;TZID=Europe/Stockholm:20270105T090000\nSTATUS:CANCELLED"
    assert days(master, timed(raw=raw)) == ["01-04 09:00"]

    [item] = read(timed(STATUS="CANCELLED"))
    assert not item.is_busy


def test_a_single_day_of_somebody_elses_series_stands_for_itself() -> None:
    raw = "RECURRENCE-ID;TZID=Europe/Stockholm:20270105T090000"
    [item] = read(timed(start="20270105T100000", raw=raw))

    assert (item.remote_id, item.series) == ("x.ics#20270105T090000", "x.ics")


def test_the_first_day_keeps_the_name_that_the_event_had_alone() -> None:
    mark = "X-FRONTDESK-TAG:0190a0b0-0000-7000-8000-00000000000a/3"
    [alone] = read(timed(raw=mark))
    first, second = read(timed(RRULE="FREQ=DAILY;COUNT=2", raw=mark))

    assert alone.remote_id == first.remote_id != second.remote_id
    assert (alone.tag, second.tag) == (first.tag, None)
    assert alone.tag is not None


def test_lengths() -> None:
    def length(*lines: str) -> timedelta | None:
        [item] = read(event("u", raw="\n".join(lines)))
        return item.end - item.start if item.end and item.start else None

    assert length("DTSTART:20270101T120000Z", "DURATION:PT90M") == timedelta(minutes=90)
    assert length("DTSTART:20270101T120000Z") == timedelta()
    assert length("DTSTART;VALUE=DATE:20270328") == timedelta(hours=23)
    night = "DTSTART;TZID=Europe/Stockholm:20270327T120000"
    assert length(night, "DURATION:P1D") == timedelta(hours=23)
    assert length(night, "DURATION:PT25H") == timedelta(hours=25)
    assert length("DTSTART:20270101T120000Z", "DTEND:20270101T110000Z") == timedelta()


def test_whole_days_recur_by_the_calendar_at_home() -> None:
    raw = "DTSTART;VALUE=DATE:20270327\nDTEND;VALUE=DATE:20270328\nRRULE:FREQ=DAILY;COUNT=3"
    found = read(event("u", raw=raw + "\nEXDATE;VALUE=DATE:20270328"))

    assert [one.start.astimezone(HOME).isoformat() for one in found if one.start] == [
        "2027-03-27T00:00:00+01:00",
        "2027-03-29T00:00:00+02:00",
    ]
    assert all(one.is_all_day for one in found)


def test_a_series_of_every_second_holds_nobody_up() -> None:
    began = time.monotonic()
    found = read(timed(start="20000101T000000", RRULE="FREQ=SECONDLY"))

    assert found == []
    assert time.monotonic() - began < 20


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("Europe/Paris", "Europe/Paris"),
        ("W. Europe Standard Time", "Europe/Berlin"),
        ("/mozilla.org/20070129_1/America/New_York", "America/New_York"),
        ("/freeassociation.sourceforge.net/Europe/London", "Europe/London"),
        ("/x.example/America/Argentina/Buenos_Aires", "America/Argentina/Buenos_Aires"),
        ("UTC", "UTC"),
        ("Customized Time Zone", None),
        ("../../etc/passwd", None),
        ("", None),
    ],
)
def test_zones_by_the_names_that_people_give_them(said: str, meant: str | None) -> None:
    found = zones.find(said)
    assert (None if found is None else str(found)) == meant


def test_a_zone_that_only_the_text_itself_explains_is_taken_from_it() -> None:
    rules = """BEGIN:VTIMEZONE
TZID:Customized Time Zone
BEGIN:STANDARD
DTSTART:19700101T000000
TZOFFSETFROM:+0300
TZOFFSETTO:+0300
END:STANDARD
END:VTIMEZONE"""
    raw = "DTSTART;TZID=Customized Time Zone:20270104T090000\nDURATION:PT1H"
    [item] = read(rules, event("u", raw=raw))

    assert (item.start, item.zone) == (datetime(2027, 1, 4, 6, tzinfo=UTC), None)
    assert not item.is_floating


@pytest.mark.parametrize("text", ["", "BEGIN:VCALENDAR", "<html>", ics(event("u")), ics()])
def test_a_text_that_nobody_can_read_is_none(text: str) -> None:
    assert texts.read("x", None, text) is None
