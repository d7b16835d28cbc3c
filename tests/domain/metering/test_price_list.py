"""Prices come from a list that others keep, are dated, and an operator's own stand."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from domain.database import SYSTEM, Begin
from domain.errors import Refusal
from domain.metering import price_list, prices
from domain.metering.price_list import Price
from domain.metering.usage import Usage

USAGE = Usage(
    provider="openai",
    model="gpt-5-mini-2026-03-05",
    request_id=None,
    prompt_tokens=1_000_000,
    cached_tokens=0,
    completion_tokens=0,
)


def a_list(folder: Path, **changed: Any) -> Path:
    facts = {
        "litellm_provider": "openai",
        "input_cost_per_token": 2.5e-07,
        "cache_read_input_token_cost": 2.5e-08,
        "output_cost_per_token": 2e-06,
    }
    file = folder / "list.json"
    others = {"sample_spec": {"input_cost_per_token": 0}, "claude": {"litellm_provider": "other"}}
    file.write_text(json.dumps({"gpt-5-mini": {**facts, **changed}, **others}))
    return file


def test_the_shipped_list_prices_what_no_migration_did(begin: Begin) -> None:
    price_list.keep(begin)

    with begin(SYSTEM) as session:
        assert prices.estimate(session, USAGE) == Decimal("0.25")


def test_the_same_list_taken_twice_changes_nothing(begin: Begin, tmp_path: Path) -> None:
    told = price_list.read(a_list(tmp_path))

    with begin(SYSTEM) as session:
        first = price_list.take(session, told, source="a")
        second = price_list.take(session, told, source="b")

    assert [one.model for one in first] == ["gpt-5-mini"]
    assert second == []


def test_another_price_is_dated_and_the_older_one_stays(begin: Begin, tmp_path: Path) -> None:
    with begin(SYSTEM) as session:
        price_list.take(session, price_list.read(a_list(tmp_path)), source="a")
    dearer = price_list.read(a_list(tmp_path, input_cost_per_token=3e-07))
    with begin(SYSTEM) as session:
        price_list.take(session, dearer, source="b")
        assert prices.estimate(session, USAGE) == Decimal("0.3")
        rows = [row for row in price_list.listed(session) if row["model"] == "gpt-5-mini"]
    assert [row["source"] for row in rows] == ["b"]


def test_what_an_operator_set_is_not_overridden(begin: Begin, tmp_path: Path) -> None:
    own = Price("openai", "gpt-5-mini", Decimal("0.1"), Decimal("0.1"), Decimal(1))

    with begin(SYSTEM) as session:
        price_list.put(session, own, since=None)
    with begin(SYSTEM) as session:
        price_list.take(session, price_list.read(a_list(tmp_path)), source="a")
        assert prices.estimate(session, USAGE) == Decimal("0.1")


@pytest.mark.parametrize("words", ["[]", "no json", ""])
def test_a_list_that_is_none_is_refused(tmp_path: Path, words: str) -> None:
    file = tmp_path / "x.json"
    file.write_text(words)

    with pytest.raises(Refusal):
        price_list.read(file)
