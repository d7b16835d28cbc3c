"""Lines of files as people and spreadsheets write them: read, or refused in words."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.outbound.entries import Known, Template, Wrong, columns, read

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
ID = UUID("01934f00-0000-7000-8000-000000000001")
KNOWN = Known(
    templates={"reminder": Template(ID, ("name", "day"), {"day": "Monday"})},
    voices={"ann": ID},
    providers={"vapi": ID},
    callers={"+15550100111": ID},
    zone=ZoneInfo("America/New_York"),
    now=NOW,
)


def line(known: Known = KNOWN, **cells: str) -> Any:
    return read(list(cells.values()), columns(list(cells)), known)


def test_a_line_with_a_number_alone_is_enough() -> None:
    entry = line(phone="+1 (555) 010-0222")

    assert entry.number == "+15550100222"
    assert (entry.priority, entry.time, entry.zone) == (5, None, None)


def test_everything_else_is_for_the_template() -> None:
    entry = line(number="+15550100222", template="Reminder", name="Ann", Shoe_Size="44")

    assert entry.template == ID
    assert entry.values == {"name": "Ann", "Shoe_Size": "44"}


@pytest.mark.parametrize(
    ("cells", "why"),
    [
        ({"number": ""}, "names no number"),
        ({"number": "call me"}, "its number is none"),
        ({"number": "5550100222"}, "country's code"),
        ({"number": "1.5550100222E+10"}, "spreadsheet has rounded"),
        ({"number": "+1555"}, "none that can be called"),
        ({"number": "+15550100222 ext 5"}, "none that can be called"),
        ({"number": "+15550100222", "time": "tomorrow"}, "is not written as"),
        ({"number": "+15550100222", "time": "2026-11-01 10:00"}, "long over"),
        ({"number": "+15550100222", "time": "2099-01-01"}, "more than a year away"),
        ({"number": "+15550100222", "expires": "2026-11-27 01:00"}, "of no use before"),
        ({"number": "+15550100222", "zone": "Mars/Olympus"}, "no such time zone"),
        ({"number": "+15550100222", "priority": "11"}, "1 to 10"),
        ({"number": "+15550100222", "priority": "high"}, "1 to 10"),
        ({"number": "+15550100222", "template": "poem"}, "no such template"),
        ({"number": "+15550100222", "voice": "Bob"}, "no such voice"),
        ({"number": "+15550100222", "provider": "acme"}, "no such provider"),
        ({"number": "+15550100222", "caller": "+15550100999"}, "no such caller's number"),
        ({"number": "+15550100222", "template": "reminder"}, "asks for name"),
        ({"number": "+15550100222", "note": "a\x00b"}, "no text"),
        ({"number": "+15550100222", "note": "caf\ufffd"}, "UTF-8"),
        ({"number": "+15550100222", "key": "k" * 201}, "longer than 200"),
    ],
)
def test_a_line_that_is_wrong_says_what_is_wrong(cells: dict[str, str], why: str) -> None:
    with pytest.raises(Wrong, match=why) as told:
        line(**cells)

    assert "5550100222" not in str(told.value)


def test_more_cells_than_the_header_has_are_told() -> None:
    with pytest.raises(Wrong, match="3 cells, and the header 2"):
        read(["+15550100222", "a", "b"], columns(["number", "name"]), KNOWN)


def test_what_a_template_asks_for_may_come_from_the_campaign() -> None:
    known = replace(KNOWN, template=KNOWN.templates["reminder"], values={"name": "all of you"})

    assert line(known, number="+15550100222").template is None
    with pytest.raises(Wrong, match="asks for name"):
        line(replace(known, values={}), number="+15550100222")


def test_a_time_without_a_zone_is_the_lines_own_else_the_tenants() -> None:
    there = line(number="+15550100222", time="2026-11-28 10:00", zone="Europe/Stockholm")
    here = line(number="+15550100222", time="2026-11-28 10:00")

    assert there.time == datetime(2026, 11, 28, 9, tzinfo=UTC)
    assert here.time == datetime(2026, 11, 28, 15, tzinfo=UTC)


def test_a_number_of_a_country_needs_no_code() -> None:
    known = replace(KNOWN, country="SE")

    assert line(known, number="070-174 06 05").number == "+46701740605"


def test_the_same_line_has_the_same_name_and_another_round_another() -> None:
    one = line(number="+15550100222", name="Ann")
    same = line(name="Ann", number="+1 555 010 0222")
    other = line(number="+15550100222", name="Bob")
    again = line(replace(KNOWN, batch="december"), number="+15550100222", name="Ann")

    assert one.key == same.key
    assert len({one.key, other.key, again.key}) == 3
    assert line(number="+15550100222", key="mine").key == "mine"


@pytest.mark.parametrize(
    ("header", "why"),
    [(["name", "age"], "no column is called"), (["phone", "number"], "two columns")],
)
def test_a_header_that_cannot_be_understood_is_told(header: list[str], why: str) -> None:
    with pytest.raises(Wrong, match=why):
        columns(header)


@given(st.lists(st.text(max_size=30), min_size=1, max_size=8))
def test_whatever_stands_in_a_line_is_a_call_or_a_sentence(cells: list[str]) -> None:
    named = ["number", "time", "zone", "priority", "template", "expires", "key", "caller"]
    try:
        number = read(cells, named, KNOWN).number
    except Wrong as wrong:
        number = f"+{wrong}"

    assert len(number) > 5
    assert number.startswith("+")
