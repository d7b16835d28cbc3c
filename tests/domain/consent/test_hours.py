"""When a person may be contacted: where they may be, clocks that move, and the next moment."""

from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from domain.consent.hours import AHEAD, Limits, Own, may_contact, spans
from domain.consent.jurisdictions import Contact, Table, shipped, table
from domain.consent.places import Evidence
from domain.consent.schedules import Schedule, window

TEXT, SELL, CALL = Contact.TRANSACTIONAL_TEXT, Contact.MARKETING_TEXT, Contact.AUTOMATED_CALL
FLORIDA, NEW_YORK, IDAHO = "+13055550123", "+12125550123", "+12085550123"
SWEDE, AUSTRALIAN, SPANIARD = "+46701234567", "+61412345678", "+34612345678"


def utc(words: str) -> datetime:
    return datetime.fromisoformat(words).replace(tzinfo=UTC)


def test_a_text_at_nine_in_the_evening_waits_for_eight_in_the_morning() -> None:
    person = Evidence(number=NEW_YORK)

    assert may_contact(TEXT, utc("2026-11-20 01:59"), person).allowed
    verdict = may_contact(TEXT, utc("2026-11-20 02:00"), person)

    assert not verdict.allowed
    assert verdict.next_moment == utc("2026-11-20 13:00")
    assert verdict.reason == "not at 21:00 on a Thursday in America/New_York"
    assert (verdict.rules, verdict.version) == (("US",), shipped().version)


def test_a_state_is_stricter_for_selling_than_its_country() -> None:
    eight_in_the_evening = utc("2026-11-20 01:00")

    assert may_contact(TEXT, eight_in_the_evening, Evidence(number=FLORIDA)).allowed
    assert may_contact(SELL, eight_in_the_evening, Evidence(number=NEW_YORK)).allowed
    assert not may_contact(SELL, eight_in_the_evening, Evidence(number=FLORIDA)).allowed


def test_what_is_known_adds_up_and_never_outweighs() -> None:
    morning_in_new_york = utc("2026-11-20 13:30")
    number = Evidence(number=NEW_YORK)
    moved = Evidence(number=NEW_YORK, zone="America/Los_Angeles")
    lives = Evidence(number=NEW_YORK, country="US", region="California")

    assert may_contact(TEXT, morning_in_new_york, number).allowed
    for person in (moved, lives):
        verdict = may_contact(TEXT, morning_in_new_york, person)
        assert verdict.next_moment == utc("2026-11-20 16:00")
    assert "US-CA" in may_contact(CALL, morning_in_new_york, lives).rules


def test_a_number_of_a_split_state_waits_for_its_latest_clock() -> None:
    verdict = may_contact(TEXT, utc("2026-11-20 15:30"), Evidence(number=IDAHO))

    assert verdict.next_moment == utc("2026-11-20 16:00")
    assert verdict.reason.endswith("in America/Los_Angeles")


def test_a_mobile_of_a_wide_country_is_everywhere_in_it() -> None:
    verdict = may_contact(TEXT, utc("2026-11-20 22:00"), Evidence(number=AUSTRALIAN))

    # Eight on the Cocos Islands, which are the last to wake.
    assert verdict.next_moment == utc("2026-11-21 01:30")


@pytest.mark.parametrize(
    ("person", "reason"),
    [
        (Evidence(number=NEW_YORK, zone="America/Gotham"), "unknown time zone: America/Gotham"),
        (Evidence(number=NEW_YORK, zone="../../etc/passwd"), "unknown time zone: ../../etc/passwd"),
        (Evidence(number=NEW_YORK, zone=""), "unknown time zone: "),
        (Evidence(zone="America/New_York"), "nothing says in which country they are"),
        (Evidence(), "nothing says in which country they are"),
        (Evidence(number="+1555"), "the number is none"),
        (Evidence(number="hello"), "the number is none"),
        (Evidence(number="+15005550006"), "a premium number"),
        (Evidence(number="+19005550123"), "a premium number"),
        (Evidence(number="+881612345678"), "a satellite or international number"),
        (Evidence(number="+870772001234"), "a satellite or international number"),
        (Evidence(number="+882161234567"), "a satellite or international number"),
        (Evidence(number="+18765550123"), "no rule is known for country JM"),
        (Evidence(number=NEW_YORK, country="KP"), "no rule is known for country KP"),
    ],
)
def test_what_is_unknown_or_costly_is_never_contacted(person: Evidence, reason: str) -> None:
    for kind in Contact:
        verdict = may_contact(
            kind, utc("2026-11-20 17:00"), person, answering=utc("2026-11-20 17:00")
        )

        assert (verdict.allowed, verdict.next_moment, verdict.reason) == (False, None, reason)


def test_a_country_that_is_not_on_the_list_is_not_contacted() -> None:
    limits = Limits(countries=frozenset({"US"}))

    verdict = may_contact(TEXT, utc("2026-11-20 12:00"), Evidence(number=SWEDE), limits=limits)

    assert (verdict.allowed, verdict.reason) == (False, "country SE is not on the list")


def test_an_answer_to_what_they_just_did_may_come_at_night() -> None:
    night, person = utc("2026-11-20 07:00"), Evidence(number=NEW_YORK)
    quarter = timedelta(minutes=15)

    assert may_contact(TEXT, night, person, answering=night - quarter).allowed
    for too_old in (quarter + timedelta(seconds=1), timedelta(seconds=-1)):
        assert not may_contact(TEXT, night, person, answering=night - too_old).allowed
    for kind in (SELL, CALL):
        assert not may_contact(kind, night, person, answering=night).allowed


def test_a_row_may_forbid_even_an_answer_at_night() -> None:
    night = utc("2026-11-20 03:00")
    lines = a_country(answers=False)

    verdict = may_contact(TEXT, night, Evidence(country="SE"), answering=night, table=lines)

    assert not verdict.allowed


def test_own_hours_narrow_the_law_and_never_widen_it() -> None:
    office = Own(name="office", schedule=window(time(9), time(17), range(5)), zone="Europe/Oslo")
    long_days = Own(name="campaign", schedule=window(time(6), time(23)))
    person, limits = Evidence(number=NEW_YORK), Limits(own=(office, long_days))

    verdict = may_contact(TEXT, utc("2026-11-20 16:30"), person, limits=limits)

    # Friday 17:30 in Oslo; on Monday Oslo and New York share 14:00 to 17:00 in Oslo.
    assert verdict.next_moment == utc("2026-11-23 13:00")
    bad = Limits(own=(Own(name="x", schedule=office.schedule, zone="Mars/Base"),))
    verdict = may_contact(TEXT, utc("2026-11-20 16:30"), person, limits=bad)
    assert (verdict.allowed, verdict.reason) == (False, "unknown time zone: Mars/Base")


def test_own_hours_may_pass_midnight() -> None:
    night = Own(name="night", schedule=window(time(20), time(9)))
    person, limits = Evidence(number=SWEDE), Limits(own=(night,))

    open_ = spans(
        TEXT, person, since=utc("2026-11-20 00:00"), until=utc("2026-11-21 00:00"), limits=limits
    )

    assert open_ == [
        (utc("2026-11-20 07:00"), utc("2026-11-20 08:00")),
        (utc("2026-11-20 19:00"), utc("2026-11-20 20:00")),
    ]


def test_nobody_has_hours_who_may_not_be_contacted() -> None:
    nobody = Evidence(number="+19005550123")

    assert spans(TEXT, nobody, since=utc("2026-11-20 00:00"), until=utc("2027-11-20 00:00")) == []


def test_hours_of_far_apart_zones_are_what_they_share() -> None:
    person = Evidence(number=NEW_YORK, zone="Pacific/Auckland")

    open_ = spans(TEXT, person, since=utc("2026-06-01 00:00"), until=utc("2026-06-03 00:00"))

    # Auckland is awake from 20:00 to 9:00 UTC, New York from 12:00 to 1:00.
    assert open_ == [
        (utc("2026-06-01 00:00"), utc("2026-06-01 01:00")),
        (utc("2026-06-01 20:00"), utc("2026-06-02 01:00")),
        (utc("2026-06-02 20:00"), utc("2026-06-03 00:00")),
    ]


def test_where_no_moment_is_right_there_is_no_next_one() -> None:
    closed = Limits(own=(Own(name="closed", schedule=window(time(22), time(23))),))

    verdict = may_contact(TEXT, utc("2026-11-20 12:00"), Evidence(number=SWEDE), limits=closed)

    assert (verdict.allowed, verdict.next_moment) == (False, None)
    assert f"next {AHEAD} days" in verdict.reason


def test_an_hour_that_is_skipped_is_no_hour_and_one_repeated_is_two() -> None:
    nights = Limits(own=(Own(name="small hours", schedule=window(time(1, 30), time(2, 30))),))
    lines, person = a_country(text="daily 00:00-24:00"), Evidence(country="SE")

    def open_on(day: str) -> list[tuple[datetime, datetime]]:
        since = utc(f"{day} 22:00") - timedelta(days=1)
        return spans(
            TEXT, person, since=since, until=since + timedelta(days=1), limits=nights, table=lines
        )

    # In March two o'clock becomes three; in October three becomes two again.
    assert open_on("2026-03-29") == [(utc("2026-03-29 00:30"), utc("2026-03-29 01:00"))]
    assert open_on("2026-10-25") == [
        (utc("2026-10-24 23:30"), utc("2026-10-25 00:30")),
        (utc("2026-10-25 01:00"), utc("2026-10-25 01:30")),
    ]
    verdict = may_contact(TEXT, utc("2026-10-25 00:45"), person, limits=nights, table=lines)
    assert verdict.next_moment == utc("2026-10-25 01:00")


def test_a_clock_put_back_over_midnight_brings_yesterday_again() -> None:
    late = Limits(own=(Own(name="late", schedule=window(time(23, 30), time(0))),))
    lines = a_country(text="daily 00:00-24:00", zone="America/Havana")
    beirut = a_country(text="daily 00:00-24:00", zone="Asia/Beirut")

    verdict = may_contact(
        TEXT, utc("2026-10-24 21:15"), Evidence(country="SE"), limits=late, table=beirut
    )

    # Midnight in Beirut became eleven in the evening: half past eleven comes a second time.
    assert verdict.next_moment == utc("2026-10-24 21:30")
    assert may_contact(TEXT, utc("2026-11-01 05:30"), Evidence(country="SE"), table=lines).allowed


def test_a_moment_without_a_zone_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="without a time zone"):
        may_contact(TEXT, datetime(2026, 1, 1), Evidence(number=SWEDE))  # noqa: DTZ001 - the mistake


def test_the_clocks_of_western_canada_are_those_of_this_year() -> None:
    vancouver = Evidence(country="CA", region="BC", number="+16045550123")

    verdict = may_contact(TEXT, utc("2026-12-01 08:00"), vancouver)

    # Their clocks were not put back in 2026: eight o'clock is 15:00 UTC, also in winter.
    assert verdict.next_moment == utc("2026-12-01 15:00")


NUMBERS = st.sampled_from(
    [FLORIDA, NEW_YORK, IDAHO, SWEDE, AUSTRALIAN, SPANIARD, "+33612345678", "+14165550123",
     "+447400123456", "+642102345678", "+18005550123", "+525512345678", "+4520123456"]
)  # fmt: skip
ZONES = st.none() | st.sampled_from(
    ["Europe/Stockholm", "America/Los_Angeles", "Pacific/Auckland", "Australia/Lord_Howe"]
)
MOMENTS = st.datetimes(
    min_value=datetime(2026, 1, 1),  # noqa: DTZ001 - made aware below
    max_value=datetime(2029, 1, 1),  # noqa: DTZ001 - made aware below
).map(lambda moment: moment.replace(tzinfo=UTC))
WINDOWS = st.none() | st.builds(
    window, st.times(), st.times(), st.sets(st.integers(0, 6), min_size=1)
)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(Contact), NUMBERS, ZONES, MOMENTS, WINDOWS)
def test_the_next_moment_is_right_and_nothing_before_it_is(
    kind: Contact, number: str, zone: str | None, when: datetime, own: Schedule | None
) -> None:
    limits = Limits(own=(Own(name="own", schedule=own),) if own else ())
    person = Evidence(number=number, zone=zone)

    verdict = may_contact(kind, when, person, limits=limits)

    then = verdict.next_moment
    assume(then is not None)
    assert then is not None
    assert verdict.allowed == (then == when)
    assert may_contact(kind, then, person, limits=limits).allowed
    for part in (0.0, 0.1, 0.35, 0.5, 0.8, 0.99):
        between = when + (then - when) * part
        if between < then:
            assert not may_contact(kind, between, person, limits=limits).allowed
    if not verdict.allowed:
        assert not may_contact(
            kind, then - timedelta(microseconds=1), person, limits=limits
        ).allowed


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(Contact), NUMBERS, ZONES, MOMENTS)
def test_more_evidence_never_allows_what_less_forbids(
    kind: Contact, number: str, zone: str | None, when: datetime
) -> None:
    fewer = may_contact(kind, when, Evidence(number=number))
    more = may_contact(kind, when, Evidence(number=number, zone=zone, country="SE"))

    assert fewer.allowed or not more.allowed


def a_country(
    *, answers: bool = True, text: str = "daily 08:00-21:00", zone: str = "Europe/Stockholm"
) -> Table:
    row = {
        "place": "SE",
        "name": "made up",
        "zones": [zone],
        "basis": "house",
        "source": "a test",
        "checked": "2026-11-20",
        "answers": answers,
        "transactional_text": text,
        "marketing_text": text,
        "automated_call": text,
    }
    return table({"version": "test", "row": [row]}, {})
