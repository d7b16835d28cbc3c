"""A month's money is gone: no model is asked, and the owner sees what rules have read."""

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

import pytest

from domain.database import SYSTEM, Begin
from domain.metering import budgets
from domain.transcripts import service as transcripts
from domain.work import batch
from tests.domain.test_slice import House
from tests.support.databases import Database
from tests.support.purse import PRICE
from tests.support.slice import FakeReader, a_booking, readers


class Spare(FakeReader):
    """A reader without a model."""

    def estimate(self, request: object) -> None:  # type: ignore[override]
        del request


@pytest.fixture
def house(begin_for_real: Begin, database: Database) -> Iterator[House]:
    with database.connect() as connection:
        made = House(begin_for_real, connection)
        connection.execute(PRICE)
        yield made


def limit(house: House, hard: str) -> None:
    with house.begin(SYSTEM) as session:
        budgets.limit(session, house.user, soft=None, hard=Decimal(hard))


def work(house: House, spare: Spare | None = None) -> None:
    tools = replace(readers(house.begin, house.reader), spare=spare)
    batch.work(house.shop, transcripts.job(tools))


def test_within_the_budget_the_model_reads(house: House) -> None:
    limit(house, "1")
    call = house.call()

    work(house, Spare(a_booking().model_dump_json(), vendor="local"))

    assert house.state(call) == ("completed", None)
    assert house.scalar("SELECT status FROM events") == "confirmed"
    assert house.scalar("SELECT spent FROM ai_budgets") == house.scalar(
        "SELECT sum(cost_usd) FROM ai_usage_logs"
    )


def test_over_budget_rules_read_and_the_owner_reviews(house: House) -> None:
    limit(house, "0")
    call = house.call()

    work(house, Spare(a_booking().model_dump_json(), vendor="local"))

    assert house.state(call) == ("completed", None)
    assert not house.reader.asked
    assert house.scalar("SELECT status FROM events") == "extracted"
    assert house.scalar("SELECT question FROM questions") == (
        "Was “A visit” agreed for this moment? No model has read the call."
    )
    assert house.connection.execute(
        "SELECT reader, confidence, decisions->0 FROM extraction_runs"
    ).fetchone() == ("local", Decimal("0.5"), {"rule": "budget"})
    assert house.scalar("SELECT count(*) FROM ai_usage_logs") == 0


def test_over_budget_nobody_is_written_to_before_the_owner_says_so(house: House) -> None:
    limit(house, "0")
    house.call()

    work(house, Spare(a_booking().model_dump_json(), vendor="local"))
    house.work()

    assert not house.texts.sent


def test_a_call_waits_for_money_that_others_only_hold(house: House) -> None:
    limit(house, "0.01")
    with house.begin(SYSTEM) as session:
        budgets.reserve(session, house.user, "another", Decimal("0.01"))
    call = house.call()

    work(house, Spare(a_booking().model_dump_json(), vendor="local"))

    assert house.state(call) == ("pending", "the month's budget for models is used up")
    assert house.scalar("SELECT count(*) FROM events") == 0


def test_the_cheaper_reader_is_asked_while_it_fits(house: House) -> None:
    limit(house, "0.005")
    house.connection.execute(
        "INSERT INTO model_prices"
        " (provider, model, valid_from, prompt_usd, cached_usd, completion_usd, source)"
        " VALUES ('fake', 'm-1', '2025-01-01', 100, 100, 100, 'dear')"
    )
    call = house.call()
    cheap = FakeReader(a_booking().model_dump_json(), vendor="cheap", model="m-0")
    house.connection.execute(PRICE.replace("m-1", "m-0"))

    tools = readers(house.begin, house.reader, cheap)
    batch.work(house.shop, transcripts.job(tools))

    assert house.state(call) == ("completed", None)
    assert not house.reader.asked
    assert len(cheap.asked) == 1
