"""What words mean, said on a Wednesday morning in November."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from domain.transcripts.when import Grain, Moments, resolve

STOCKHOLM = ZoneInfo("Europe/Stockholm")
NEW_YORK = ZoneInfo("America/New_York")
WEDNESDAY = datetime(2026, 11, 18, 10, 0, tzinfo=STOCKHOLM)


def said(phrase: str, language: str | None = None) -> list[str]:
    moments = resolve(phrase, said_at=WEDNESDAY, zone=STOCKHOLM, language=language)
    return [
        f"{each.starts_at:%Y-%m-%d %H:%M}" if each.has_time else f"{each.on}"
        for each in moments.candidates
    ]


@pytest.mark.parametrize(
    ("phrase", "meant"),
    [
        ("tomorrow at 3 pm", "2026-11-19 15:00"),
        ("a week from Tuesday", "2026-12-01"),
        ("a week on Friday at noon", "2026-11-27 12:00"),
        ("Tuesday week", "2026-12-01"),
        ("Friday after next", "2026-11-27"),
        ("the day before Thanksgiving", "2026-11-25"),
        ("two days after Christmas", "2026-12-27"),
        ("half past five in the evening", "2026-11-18 17:30"),
        ("half five", "2026-11-18 17:30"),
        ("noon-ish on Friday", "2026-11-20 12:00"),
        ("quarter to one tomorrow afternoon", "2026-11-19 12:45"),
        ("the 3rd at two thirty", "2026-12-03 14:30"),
        ("Monday the 23rd at 9 am", "2026-11-23 09:00"),
        ("last Friday of January", "2027-01-29"),
        ("March 5th", "2027-03-05"),
        ("in three days", "2026-11-21"),
        ("in two hours", "2026-11-18 12:00"),
        ("in five business days", "2026-11-25"),
        ("twenty twenty seven, January the ninth", "2027-01-09"),
        ("230 pm on thusday", "2026-11-19 14:30"),
        ("2026-12-24 16:00", "2026-12-24 16:00"),
    ],
)
def test_english_words_name_one_moment(phrase: str, meant: str) -> None:
    assert said(phrase, "en") == [meant]


@pytest.mark.parametrize(
    ("phrase", "meant"),
    [
        ("pasado mañana a las cinco", "2026-11-20 17:00"),
        ("el martes a las cuatro menos cuarto", "2026-11-24 15:45"),
        ("mañana por la mañana a las nueve y media", "2026-11-19 09:30"),
        ("el lunes que viene a la una", "2026-11-23 13:00"),
        ("dentro de dos semanas", "2026-12-02"),
        ("el 3 de diciembre a mediodía", "2026-12-03 12:00"),
        ("de hoy en adelante, el 24 de enero", "2027-01-24"),
        ("nochebuena", "2026-12-24"),
        ("el treinta y uno de diciembre", "2026-12-31"),
    ],
)
def test_spanish_words_name_a_moment(phrase: str, meant: str) -> None:
    assert meant in said(phrase, "es")


@pytest.mark.parametrize(
    ("phrase", "meant"),
    [
        ("på fredag klockan tre", "2026-11-20 15:00"),
        ("nästa fredag klockan tre", "2026-11-27 15:00"),
        ("i övermorgon halv fyra", "2026-11-20 15:30"),
        ("kvart i tre på torsdag", "2026-11-19 14:45"),
        ("fem i halv fyra på måndag", "2026-11-23 15:25"),
        ("tio över två i morgon", "2026-11-19 14:10"),
        ("om två veckor", "2026-12-02"),
        ("fredag nästa vecka", "2026-11-27"),
        ("den tjugofjärde december", "2026-12-24"),
        ("midsommarafton", "2027-06-25"),
        ("dagen efter julafton", "2026-12-25"),
        ("ikväll klockan sju", "2026-11-18 19:00"),
        ("halv tolv är bättre", "2026-11-18 11:30"),
        ("om ett år", "2027-11-18"),
    ],
)
def test_swedish_words_name_a_moment(phrase: str, meant: str) -> None:
    assert meant in said(phrase, "sv")


@pytest.mark.parametrize(
    ("phrase", "meant"),
    [
        ("next Friday", ["2026-11-27", "2026-11-20"]),
        ("Wednesday", ["2026-11-25", "2026-11-18"]),
        ("tomorrow at eight", ["2026-11-19 08:00", "2026-11-19 20:00"]),
        ("Monday or Tuesday", ["2026-11-23", "2026-11-24"]),
        ("3/4/2027", ["2027-03-04", "2027-04-03"]),
        ("Friday the 24th", ["2026-11-24", "2027-09-24"]),
    ],
)
def test_two_readings_are_two_candidates(phrase: str, meant: list[str]) -> None:
    assert said(phrase, "en") == meant


@pytest.mark.parametrize(
    ("phrase", "meant"),
    [
        ("Passover", ["2027-04-21", "2027-04-22"]),
        ("Rosh Hashanah", ["2027-10-01", "2027-10-02"]),
        ("Onam", ["2027-09-12", "2027-09-13"]),
        ("Guru Gobind Singh Jayanti", ["2027-01-15", "2027-01-16"]),
        ("lunar new year", ["2027-02-06"]),
        ("Eid al-Fitr", ["2027-03-09", "2027-03-10"]),
        ("Diwali 2025", ["2025-10-20", "2025-10-21"]),
        ("Ash Wednesday", ["2027-02-10"]),
        ("Cyber Monday", ["2026-11-30"]),
    ],
)
def test_a_feast_that_the_moon_tells_is_asked_and_one_by_rule_is_not(
    phrase: str, meant: list[str]
) -> None:
    assert said(phrase, "en") == meant


@pytest.mark.parametrize("phrase", ["", "as soon as my wife agrees", "may I ask you", "???"])
def test_words_that_say_nothing_about_time_mean_no_moment(phrase: str) -> None:
    assert said(phrase, "en") == []


def test_the_language_is_heard_where_nobody_names_it() -> None:
    assert said("på fredag klockan tre") == said("this Friday at three") == ["2026-11-20 15:00"]


def test_a_correction_inside_a_phrase_replaces_what_was_said() -> None:
    assert said("Monday, no wait, Tuesday at 3 pm", "en") == ["2026-11-24 15:00"]


def test_a_date_without_a_time_says_so() -> None:
    moment = _only(resolve("on Friday", said_at=WEDNESDAY, zone=STOCKHOLM, language="en"))

    assert not moment.has_time
    assert moment.grain is Grain.DAY


def test_a_range_has_an_end_and_a_length_of_time_is_kept() -> None:
    ranged = resolve("Friday from 2 to 4 pm", said_at=WEDNESDAY, zone=STOCKHOLM)
    long = resolve("Friday at 2 pm for an hour and a half", said_at=WEDNESDAY, zone=STOCKHOLM)

    assert _only(ranged).ends_at == datetime(2026, 11, 20, 16, tzinfo=STOCKHOLM)
    assert long.duration == timedelta(minutes=90)


def test_an_hour_that_the_clocks_leave_out_is_a_question() -> None:
    eve = datetime(2027, 3, 13, 12, tzinfo=NEW_YORK)

    moments = resolve("tomorrow at 2:30 am", said_at=eve, zone=NEW_YORK, language="en")

    assert [f"{each.starts_at:%H:%M %z}" for each in moments.candidates] == [
        "03:30 -0400",
        "01:30 -0500",
    ]


def test_an_hour_that_the_clocks_repeat_is_two_moments() -> None:
    eve = datetime(2026, 10, 31, 12, tzinfo=NEW_YORK)

    moments = resolve("tomorrow at 1:30 am", said_at=eve, zone=NEW_YORK, language="en")

    assert [f"{each.starts_at:%H:%M %z}" for each in moments.candidates] == [
        "01:30 -0400",
        "01:30 -0500",
    ]


def test_the_day_is_the_callers_own_not_the_servers() -> None:
    late = datetime.fromisoformat("2026-11-18T03:30:00+00:00")

    assert _only(resolve("tomorrow", said_at=late, zone=NEW_YORK)).on.day == 18


def _only(moments: Moments):  # noqa: ANN202 - the moment, whose attributes the tests read
    moment = moments.only
    assert moment is not None
    return moment
