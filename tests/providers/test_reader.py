"""OpenAI and OpenRouter, through OpenAI's own SDK, against their stand-ins."""

from dataclasses import replace
from decimal import Decimal

import pytest

from domain.errors import Rejected, Retryable
from domain.transcripts import reading
from domain.transcripts.schema import Reading
from providers.local.reader import LocalReader
from tests.support.stand_ins import StandIns, page
from tests.support.vendors import CALL, reader


def test_an_answer_is_a_reading_and_its_bill_is_the_vendors(vendors: StandIns) -> None:
    answer = reader(vendors).read(CALL)

    [billed] = vendors.effects("openai")
    assert Reading.model_validate_json(answer.text) == reading.read(CALL.transcript)
    assert answer.usage is not None
    assert answer.usage.request_id == billed["request"]
    assert answer.usage.prompt_tokens == billed["prompt_tokens"]
    assert answer.usage.completion_tokens == billed["completion_tokens"]
    assert answer.usage.reasoning_tokens > 0
    assert answer.usage.model == "gpt-5-mini-2026-03-05"
    assert answer.usage.reported_cost is None


def test_the_rules_come_from_the_cache_the_second_time(vendors: StandIns) -> None:
    call = replace(CALL, instructions="Read the call. " * 400)

    first = reader(vendors).read(call).usage
    second = reader(vendors).read(replace(call, transcript="Caller: another.")).usage

    assert first is not None
    assert second is not None
    assert first.cached_tokens == 0
    assert 1024 <= second.cached_tokens <= second.prompt_tokens


@pytest.mark.parametrize("word", ["length", "content_filter", "refusal"])
def test_an_answer_cut_short_still_says_what_it_cost(vendors: StandIns, word: str) -> None:
    vendors.fault("finish", "openai", word=word)

    answer = reader(vendors).read(CALL)

    assert answer.finish == word
    assert answer.usage is not None
    assert answer.usage.prompt_tokens == vendors.effects("openai")[0]["prompt_tokens"]


def test_an_answer_that_is_no_reading_is_still_an_answer(vendors: StandIns) -> None:
    vendors.fault("finish", "openai", word="nonsense")

    answer = reader(vendors).read(CALL)

    assert answer.text.startswith('{"kind"')
    assert answer.usage is not None


def test_openrouter_says_what_it_cost(vendors: StandIns) -> None:
    usage = reader(vendors, vendor="openrouter", model="openai/gpt-4o-mini").read(CALL).usage

    assert usage is not None
    assert usage.provider == "openrouter"
    assert isinstance(usage.reported_cost, Decimal)
    assert usage.reported_cost > 0


def test_one_call_is_one_request_whatever_comes_back(vendors: StandIns) -> None:
    for status in (500, 429, 409, 408):
        vendors.fault("status", "openai", status=status)
        with pytest.raises(Retryable):
            reader(vendors).read(CALL)

    assert vendors.ledger("openai")["requests"]["openai"] == 4


def test_a_request_that_was_answered_to_nobody_is_on_the_vendors_bill(vendors: StandIns) -> None:
    vendors.fault("drop_reply", "openai")

    with pytest.raises(Retryable):
        reader(vendors).read(CALL)

    assert [line["billed"] for line in vendors.effects("openai")] == [True]


def test_a_model_that_is_not_there_is_refused(vendors: StandIns) -> None:
    with pytest.raises(Rejected, match="model_not_found"):
        reader(vendors, model="no-such-model").read(CALL)

    assert [line["billed"] for line in vendors.effects("openai")] == [False]


def test_an_error_in_an_answer_that_says_200_is_none(vendors: StandIns) -> None:
    vendors.fault("error_body", "openrouter")

    with pytest.raises(Retryable):
        reader(vendors, vendor="openrouter").read(CALL)


def test_a_bill_without_an_answer_is_kept() -> None:
    usage = b'{"prompt_tokens": 7, "completion_tokens": 0, "total_tokens": 7}'
    body = b'{"id": "x", "model": "m", "choices": [], "usage": ' + usage + b"}"

    with page(200, body, "application/json") as url:
        answer = reader(url).read(CALL)

    assert answer.text == ""
    assert answer.usage is not None
    assert answer.usage.prompt_tokens == 7


def test_without_a_vendor_nothing_is_billed() -> None:
    answer = LocalReader().read(CALL)

    assert answer.usage is None
    assert Reading.model_validate_json(answer.text) == reading.read(CALL.transcript)
