"""What a request cost is written down exactly, or as unknown; never as a guess."""

from decimal import Decimal

import pytest

from domain.errors import OutcomeUnknown, ProviderError, Rejected, Retryable
from domain.metering import service
from tests.support.purse import Purse, Said, a_usage

LINE = "SELECT outcome, cost_usd, currency, exchange_rate, cost_local FROM ai_usage_logs"


def test_cached_tokens_are_part_of_the_prompt_and_thoughts_of_the_answer(tenant: Purse) -> None:
    tenant.ask(a_usage(prompt=1003, cached_tokens=200, answer=107, reasoning_tokens=64))

    cost = Decimal("0.000803") + Decimal("0.0001") + Decimal("0.00107")
    assert tenant.rows(LINE) == [("yes", cost, "USD", 1, cost)]


def test_the_snapshot_of_a_model_has_its_models_price(tenant: Purse) -> None:
    tenant.ask(a_usage(model="m-1-2026-03-05"))
    tenant.ask(a_usage(model="m-1-mini"))

    assert [row[1] for row in tenant.rows(LINE)] == [Decimal("0.01"), None]


def test_an_unknown_price_is_an_unknown_cost_and_told_once(tenant: Purse) -> None:
    for _ in range(3):
        tenant.ask(a_usage(model="m-2"))

    assert tenant.rows(LINE) == [("yes", None, "USD", 1, None)] * 3
    assert tenant.alerts == [("ai_price_missing", 3)]


def test_a_cost_is_also_told_in_the_tenants_currency_at_the_rate_of_the_day(tenant: Purse) -> None:
    tenant.rows('UPDATE users SET settings = \'{"currency": "sek"}\' RETURNING id')
    tenant.rows(
        "INSERT INTO exchange_rates (base, quote, valid_on, rate, source) VALUES"
        " ('USD', 'SEK', '2025-06-01', 9.5, 'x'), ('USD', 'SEK', '2999-01-01', 1, 'x')"
        " RETURNING id"
    )

    tenant.ask(a_usage())

    assert tenant.rows(LINE) == [
        ("yes", Decimal("0.01"), "SEK", Decimal("9.5"), Decimal("0.095")),
    ]


def test_a_currency_without_a_rate_is_told_and_not_guessed(tenant: Purse) -> None:
    tenant.rows('UPDATE users SET settings = \'{"currency": "XTS"}\' RETURNING id')

    tenant.ask(a_usage())

    assert tenant.rows(LINE) == [("yes", Decimal("0.01"), "XTS", None, None)]
    assert tenant.alerts == [("exchange_rate_missing", 1)]


@pytest.mark.parametrize(
    ("reported", "told"), [("0.01", []), ("0.0100005", []), ("0.011", [("ai_price_differs", 1)])]
)
def test_the_vendors_own_figure_is_taken_and_compared(
    tenant: Purse, reported: str, told: list[tuple[str, int]]
) -> None:
    tenant.ask(a_usage(reported_cost=Decimal(reported)))

    assert [row[1] for row in tenant.rows(LINE)] == [Decimal(reported)]
    assert tenant.alerts == told


def test_the_vendors_own_figure_stands_for_a_model_without_a_price(tenant: Purse) -> None:
    tenant.ask(a_usage(model="m-2", reported_cost=Decimal("0.003")))

    assert [row[1] for row in tenant.rows(LINE)] == [Decimal("0.003")]
    assert tenant.alerts == []


@pytest.mark.parametrize(
    ("error", "lines"),
    [
        (Retryable("no answer in time", may_cost=True), [("unheard", None)]),
        (OutcomeUnknown("who knows"), [("unheard", None)]),
        (Retryable("busy"), []),
        (Rejected("no"), []),
    ],
)
def test_what_may_have_been_billed_has_a_line_without_a_figure(
    tenant: Purse, error: ProviderError, lines: list[tuple[str, None]]
) -> None:
    asked: list[str] = []

    def fail(key: str) -> Said:
        asked.append(key)
        raise error

    with pytest.raises(type(error)):
        service.ask(tenant.begin, tenant.account, a_usage(), fail, lambda said: said.text)

    assert [row[:2] for row in tenant.rows(LINE)] == lines
    assert [row[0] for row in tenant.rows("SELECT request_id FROM ai_usage_logs")] == [
        key for key in asked if lines
    ]
    assert tenant.alerts == []


def test_an_answer_without_a_bill_has_a_line_without_a_figure(tenant: Purse) -> None:
    tenant.ask(None)

    assert tenant.rows(LINE) == [("yes", None, "USD", 1, None)]


def test_an_answer_that_breaks_its_reader_is_paid_for_all_the_same(tenant: Purse) -> None:
    def breaks(said: Said) -> str:
        raise RecursionError(said.text)

    with pytest.raises(RecursionError):
        service.ask(tenant.begin, tenant.account, a_usage(), lambda _key: Said(a_usage()), breaks)

    assert [row[:2] for row in tenant.rows(LINE)] == [("unread", Decimal("0.01"))]


def test_a_request_is_written_down_once(tenant: Purse) -> None:
    tenant.ask(a_usage(request_id="req_1"))
    tenant.ask(a_usage(request_id="req_1"))

    assert len(tenant.rows(LINE)) == 1
