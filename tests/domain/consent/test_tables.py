"""The table itself: whole, in force, and refused where it is not."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from domain.consent.jurisdictions import Contact, shipped, table
from domain.consent.places import Evidence, locate, number
from domain.consent.schedules import Observed, parse, window
from domain.errors import Refusal
from domain.holidays import HOLIDAYS
from domain.zones import find

TABLE = shipped()


def test_every_row_says_where_it_comes_from_and_when_it_was_read() -> None:
    for row in TABLE.rows.values():
        assert len(row.source) > 30, row.place
        assert row.checked <= date.fromisoformat(TABLE.version), row.place


def test_every_zone_of_every_region_is_known() -> None:
    for region in TABLE.regions.values():
        assert all(find(zone) for zone in region.zones), region.place


def test_an_area_code_belongs_to_one_region() -> None:
    codes = [code for region in TABLE.regions.values() for code in region.codes]

    assert len(codes) == len(set(codes))
    assert set(TABLE.overlays) | set(TABLE.overlays.values()) <= set(codes)


def test_no_row_closes_a_person_off_for_ever() -> None:
    monday = date(2027, 6, 7)
    for row in TABLE.rows.values():
        for kind, schedule in row.hours.items():
            week = [schedule.on(monday + timedelta(days=day)) for day in range(7)]
            assert any(week), (row.place, kind)


@pytest.mark.parametrize(
    ("number_", "place"),
    [
        ("+13055550123", "US-FL"),
        ("+12065550123", "US-WA"),
        ("+17185550123", "US-NY"),
        ("+14015550123", "US-RI"),
        ("+14165550123", "CA-ON"),
        ("+16045550123", "CA-BC"),
        ("+18005550123", None),
        ("+46701234567", None),
    ],
)
def test_an_area_code_names_its_state(number_: str, place: str | None) -> None:
    found = number(number_, TABLE)

    assert not isinstance(found, str)
    assert found.region == place


def test_an_overlay_has_the_clocks_of_what_it_is_laid_over() -> None:
    for code, clocks in {
        "448": {"America/New_York", "America/Chicago"},  # laid over 850, Florida's panhandle
        "850": {"America/New_York", "America/Chicago"},
        "458": {"America/Los_Angeles", "America/Denver"},
        "928": {"America/Phoenix", "America/Denver"},
    }.items():
        found = number(f"+1{code}5550123", TABLE)
        assert not isinstance(found, str)
        assert set(found.zones) == clocks, code


def test_an_address_is_found_by_code_or_by_name() -> None:
    for said in ("FL", "fl", "Florida", "US-FL", " florida "):
        found = locate(Evidence(country="us", region=said), TABLE)
        assert [row.place for row in found.rows] == ["US", "US-FL"]


def test_a_state_that_nobody_knows_means_any_that_fits() -> None:
    found = locate(Evidence(country="US", region="Floridia"), TABLE)

    assert {row.place for row in found.rows} == {
        place for place in TABLE.rows if place.split("-")[0] == "US"
    }


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_the_area_codes_are_those_of_the_installed_number_plan() -> None:
    geodata = pytest.importorskip("phonenumbers.geodata")
    names = {region.name: region for region in TABLE.regions.values()}
    names |= {
        "Washington State": names["Washington"],
        "British Colombia": names["British Columbia"],
    }
    initials = {region.place.split("-")[1]: region for region in TABLE.regions.values()}
    for region in TABLE.regions.values():
        for code in region.codes:
            said = geodata.GEOCODE_DATA.get(f"1{code}", {}).get("en")
            if said is not None and "/" not in said:
                _, _, short = said.partition(", ")
                assert (initials.get(short) or names[said]).place == region.place, code


def a_row(**changes: object) -> dict[str, Any]:
    hours = dict.fromkeys((kind.value for kind in Contact), "daily 08:00-21:00")
    row = {"place": "SE", "name": "x", "zones": ["Europe/Stockholm"], "basis": "law", "source": "s"}
    return {**row, "checked": date(2026, 1, 1), **hours, **changes}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"zones": ["Europe/Stokholm"]}, "unknown time zone"),
        ({"zones": []}, "must have a time zone"),
        ({"basis": "hearsay"}, "its basis and its source"),
        ({"source": ""}, "its basis and its source"),
        ({"holidays": ["crayfish"]}, "unknown holidays"),
        ({"place": "SE-AB"}, "no row of its country"),
        ({"marketing_text": "daily 8-21"}, "is not understood"),
        ({"marketing_text": "mon-fry 08:00-21:00"}, "names no days"),
        ({"marketing_text": "daily 21:00-08:00"}, "is not in order"),
        ({"marketing_text": "daily 08:00-25:00"}, "is not in order"),
        ({"marketing_text": "daily 08:00-12:00 11:00-13:00"}, "is not in order"),
    ],
)
def test_a_row_that_is_not_whole_is_refused(changes: dict[str, object], words: str) -> None:
    with pytest.raises(Refusal, match=words):
        table({"version": "test", "row": [a_row(**changes)]}, {})


def test_a_country_must_speak_of_every_kind_of_contact_once() -> None:
    silent = a_row()
    del silent["automated_call"]

    with pytest.raises(Refusal, match="every kind of contact"):
        table({"version": "test", "row": [silent]}, {})
    with pytest.raises(Refusal, match="stands there twice"):
        table({"version": "test", "row": [a_row(), a_row()]}, {})


def test_a_holiday_takes_the_day_beside_it_as_its_country_does() -> None:
    words, names = "daily 09:00-20:00, holiday none", ("christmas", "boxing")

    def shut(observed: Observed) -> list[int]:
        schedule = parse(words, holidays=names, observed=observed)
        days = [date(2027, 12, day) for day in range(20, 32)]
        return [day.day for day in days if not schedule.on(day)]

    # In 2027 Christmas is a Saturday.
    assert shut(Observed.NONE) == [25, 26]
    assert shut(Observed.NEAREST) == [24, 25, 26, 27]
    assert shut(Observed.NEXT) == [25, 26, 27, 28]


def test_a_new_years_day_on_a_saturday_takes_the_last_of_the_old_year() -> None:
    schedule = parse(
        "daily 09:00-20:00, holiday none", holidays=("new_year",), observed=Observed.NEAREST
    )

    assert schedule.on(date(2027, 12, 31)) == ()


def test_own_hours_that_meet_are_one() -> None:
    from_noon = window(datetime(2026, 1, 1, 12, tzinfo=UTC).time(), datetime.min.time(), [6])
    all_week = window(datetime(2026, 1, 1, 18, tzinfo=UTC).time(), datetime(2026, 1, 1, 18).time())  # noqa: DTZ001 - a time of day

    assert from_noon.week[6] == ((43_200, 86_400),)
    assert from_noon.week[0] == ()
    assert all_week.week[0] == ((0, 86_400),)


def test_every_holiday_is_a_day_of_its_year() -> None:
    for name, rule in HOLIDAYS.items():
        for year in range(2024, 2060):
            assert rule(year).year == year, name


@pytest.mark.parametrize(
    "name", ["", "Europe", "../zone.tab", "a/b/c/d", "zone.tab", "Mars/Base", "é"]
)
def test_what_is_no_zone_is_not_found(name: str) -> None:
    assert find(name) is None
    assert find("Europe/Stockholm") is not None
