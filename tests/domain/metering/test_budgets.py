"""A month's money is held before a request and settled after it; nobody blocks for nothing."""

from datetime import timedelta
from decimal import Decimal

import pytest

from domain.errors import Rejected, Retryable
from domain.metering import service
from domain.metering.usage import Hold, Refused, Usage
from tests.support.purse import CENT, Purse, Said, a_usage

NONE = Decimal(0)


def fail(tenant: Purse, error: Exception) -> None:
    def act(_key: str) -> Said:
        raise error

    with pytest.raises(type(error)):
        service.ask(tenant.begin, tenant.account, a_usage(), act, lambda said: said.text)


def test_without_a_budget_nothing_is_held(tenant: Purse) -> None:
    assert tenant.reserve("a") is None
    assert isinstance(tenant.ask(a_usage()), Said)
    assert tenant.rows("SELECT 1 FROM budget_reservations") == []


def test_a_hold_becomes_what_the_request_cost(tenant: Purse) -> None:
    tenant.limit(hard="1")

    tenant.ask(a_usage(answer=300))

    assert tenant.state == (Decimal("0.003"), NONE)
    assert tenant.rows("SELECT state, amount FROM budget_reservations") == [
        ("spent", Decimal("0.003"))
    ]


def test_what_is_held_is_not_held_twice(tenant: Purse) -> None:
    tenant.limit(hard="0.02")

    assert tenant.reserve("a") == tenant.reserve("a") == Hold("a")
    assert tenant.state == (NONE, CENT)
    assert tenant.reserve("b") == Hold("b")
    assert tenant.reserve("b") == Hold("b")  # also where nothing more would fit
    assert tenant.state == (NONE, 2 * CENT)


def test_what_others_hold_may_come_free_and_what_is_spent_does_not(tenant: Purse) -> None:
    tenant.limit(hard="0.015")
    tenant.reserve("a")

    refused = tenant.reserve("b")
    tenant.spend("a")
    refused_again = tenant.reserve("b")

    assert isinstance(refused, Refused)
    assert refused.may_pass
    assert isinstance(refused_again, Refused)
    assert not refused_again.may_pass


@pytest.mark.parametrize("error", [Rejected("no"), Retryable("busy")])
def test_what_cost_nothing_is_let_go_of(tenant: Purse, error: Exception) -> None:
    tenant.limit(hard="1")

    fail(tenant, error)

    assert tenant.state == (NONE, NONE)


def test_what_was_never_heard_of_counts_as_held(tenant: Purse) -> None:
    tenant.limit(hard="1")

    fail(tenant, Retryable("no answer in time", may_cost=True))

    assert tenant.state == (CENT, NONE)


def test_a_hold_of_the_dead_is_let_go_of_by_the_next_who_reserves(tenant: Purse) -> None:
    tenant.limit(hard="0.01")
    tenant.reserve("dead", held_for=timedelta(seconds=-1))

    assert tenant.reserve("living") == Hold("living")
    assert tenant.state == (NONE, CENT)


def test_a_hold_of_the_dead_is_let_go_of_by_the_sweep(tenant: Purse) -> None:
    tenant.limit(hard="1")
    tenant.reserve("dead", held_for=timedelta(seconds=-1))
    tenant.reserve("living")

    service.release_lapsed(tenant.begin)

    assert tenant.state == (NONE, CENT)


def test_who_was_thought_dead_has_spent_all_the_same_and_once(tenant: Purse) -> None:
    tenant.limit(hard="1")
    tenant.reserve("slow", held_for=timedelta(seconds=-1))
    service.release_lapsed(tenant.begin)

    tenant.spend("slow", 2 * CENT)
    tenant.spend("slow", 2 * CENT)

    assert tenant.state == (2 * CENT, NONE)


def test_a_soft_limit_is_told_once_and_blocks_nobody(tenant: Purse) -> None:
    tenant.limit(soft="0.015")

    for _ in range(4):
        assert isinstance(tenant.ask(a_usage()), Said)

    assert tenant.state == (4 * CENT, NONE)
    assert tenant.alerts == [("ai_budget_soft", 1)]


def test_a_hard_limit_asks_nobody_and_is_told(tenant: Purse) -> None:
    tenant.limit(hard="0.02")

    answers = [tenant.ask(a_usage()) for _ in range(4)]

    assert [isinstance(one, Said) for one in answers] == [True, True, False, False]
    assert len(tenant.rows("SELECT 1 FROM ai_usage_logs")) == 2
    assert tenant.alerts == [("ai_budget_hard", 2)]


@pytest.mark.parametrize(("hard", "is_asked"), [("1", False), (None, True)])
def test_what_nobody_can_price_is_asked_only_where_no_limit_could_break(
    tenant: Purse, hard: str | None, *, is_asked: bool
) -> None:
    tenant.limit(soft="0.5", hard=hard)
    dear: Usage = a_usage(model="m-2")

    answer = tenant.ask(dear, dear)

    assert isinstance(answer, Said) is is_asked


def test_a_new_month_has_the_limits_of_the_old_one(tenant: Purse) -> None:
    tenant.limit(soft="1", hard="2")
    tenant.rows(
        "UPDATE ai_budgets SET spent = 2, period_start = period_start - interval '2 months'"
        " RETURNING id"
    )

    tenant.ask(a_usage())

    assert tenant.rows("SELECT hard_limit, spent FROM ai_budgets ORDER BY period_start") == [
        (2, 2),
        (2, CENT),
    ]


def test_a_request_over_midnight_counts_in_the_month_that_held_for_it(tenant: Purse) -> None:
    tenant.limit(hard="1")
    tenant.reserve("a")
    tenant.rows(
        "UPDATE ai_budgets SET period_start = period_start - interval '1 month' RETURNING id"
    )
    tenant.reserve("b")

    tenant.spend("a")

    assert tenant.rows("SELECT spent, reserved FROM ai_budgets ORDER BY period_start") == [
        (CENT, NONE),
        (NONE, CENT),
    ]


def test_what_was_spent_before_there_was_a_limit_counts(tenant: Purse) -> None:
    tenant.ask(a_usage())

    tenant.limit(hard="0.015")

    assert tenant.state == (CENT, NONE)
    assert isinstance(tenant.ask(a_usage()), Refused)


def test_a_budget_may_be_in_another_currency(tenant: Purse) -> None:
    tenant.rows(
        "INSERT INTO exchange_rates (base, quote, valid_on, rate, source)"
        " VALUES ('USD', 'SEK', '2025-06-01', 10, 'x') RETURNING id"
    )
    tenant.limit(hard="0.25", currency="SEK")

    answers = [tenant.ask(a_usage()) for _ in range(3)]

    assert [isinstance(one, Said) for one in answers] == [True, True, False]
    assert tenant.state == (Decimal("0.2"), NONE)
