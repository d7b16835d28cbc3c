"""How long something is kept: what a tenant chooses, else what its industry asks for."""

from datetime import timedelta

import pytest

from domain.tables.catalogue import METADATA
from domain.work.lifetimes import LINES
from domain.work.permanent import PERMANENT

DAY = timedelta(days=1)
TRANSCRIPTS = next(line for line in LINES if line.name == "transcripts")


@pytest.mark.parametrize(
    ("industry", "days"),
    [
        (None, 90),
        ("", 90),
        ("plumbing", 90),
        ("medical", 30),
        ("Dental clinic", 30),
        ("legal", 7 * 365),
        ("Law firm", 7 * 365),
        ("lawn care", 90),
    ],
)
def test_the_industry_says_how_long_words_are_kept(industry: str | None, days: int) -> None:
    assert TRANSCRIPTS.keep_for(industry, {}) == days * DAY


@pytest.mark.parametrize("industry", [None, "medical", "legal"])
@pytest.mark.parametrize("days", [1, 14, 3650])
def test_a_tenants_own_choice_wins(industry: str | None, days: int) -> None:
    assert TRANSCRIPTS.keep_for(industry, {"transcripts": days}) == days * DAY


@pytest.mark.parametrize("chosen", [0, -5, 3651, 10**30, 1.5, "30", None, True, [], {"days": 3}])
def test_a_choice_that_is_none_is_as_if_nothing_was_said(chosen: object) -> None:
    assert TRANSCRIPTS.keep_for("medical", {"transcripts": chosen}) == 30 * DAY


def test_what_may_not_be_chosen_is_not() -> None:
    for line in LINES:
        if line.chosen_as is None:
            chosen: dict[str, object] = {line.name: 1, line.table: 1}
            assert line.keep_for("medical", chosen) == line.keep


def test_every_table_goes_by_a_line_or_stays_for_a_reason() -> None:
    going = {line.table for line in LINES}

    assert going | set(PERMANENT) == set(METADATA.tables)
    assert all(len(why) > 10 for why in (*PERMANENT.values(), *(line.why for line in LINES)))
    assert len({line.name for line in LINES}) == len(LINES)


def test_lines_that_a_tenant_may_choose_are_worked_in_its_own_scope() -> None:
    for line in LINES:
        assert line.of_tenants or not (line.chosen_as or line.by_industry)
