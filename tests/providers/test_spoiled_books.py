"""Whatever Stripe's own API answers: a fact of the right kind, or one of the three words."""

import json
import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import astuple, is_dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from domain.errors import ProviderError
from providers.stripe.books import Account, StripeBooks
from tests.support.figures import Measured
from tests.support.spoiled import LONG, new_dice, spoil
from tests.support.spoiler import misfit
from tests.support.teller import Teller, a_teller

MANY = 5_000 if LONG else 150
NOW = datetime(2026, 11, 20, tzinfo=UTC)
SECONDS = int(NOW.timestamp())
MINE = {"user_id": "01934f00-0000-7000-8000-000000000001"}
CARD = {"card": {"brand": "visa", "last4": "4242", "exp_month": 4, "exp_year": 2030}}
BOOKS: Mapping[str, Mapping[str, Any]] = {
    "subscriptions": {
        "id": "sub_1",
        "object": "subscription",
        "customer": {"id": "cus_1", "object": "customer", "metadata": MINE},
        "status": "active",
        "start_date": SECONDS,
        "created": SECONDS,
        "trial_end": None,
        "cancel_at_period_end": False,
        "canceled_at": None,
        "metadata": MINE,
        "default_payment_method": {"id": "pm_1", "object": "payment_method", **CARD},
        "items": {
            "object": "list",
            "has_more": False,
            "data": [
                {
                    "id": "si_1",
                    "object": "subscription_item",
                    "price": {"id": "price_1", "object": "price"},
                    "current_period_start": SECONDS,
                    "current_period_end": SECONDS + 2_592_000,
                }
            ],
        },
    },
    "payments": {
        "id": "cs_1",
        "object": "checkout.session",
        "mode": "payment",
        "payment_status": "paid",
        "currency": "usd",
        "amount_total": 2000,
        "customer": "cus_1",
        "client_reference_id": MINE["user_id"],
        "metadata": MINE,
        "line_items": {
            "object": "list",
            "has_more": False,
            "data": [{"object": "item", "price": {"id": "price_2"}, "quantity": 1}],
        },
        "payment_intent": {
            "id": "pi_1",
            "object": "payment_intent",
            "created": SECONDS,
            "latest_charge": {
                "id": "ch_1",
                "object": "charge",
                "created": SECONDS,
                "amount_refunded": 500,
                "disputed": False,
            },
        },
    },
    "customers": {"id": "cus_1", "object": "customer", "metadata": MINE},
    "invoices": {
        "id": "in_1",
        "object": "invoice",
        "customer": "cus_1",
        "status": "open",
        "amount_remaining": 900,
        "currency": "usd",
        "created": SECONDS,
        "parent": {"subscription_details": {"subscription": "sub_1"}},
    },
}
ASK: Mapping[str, Callable[[StripeBooks], Any]] = {
    "subscriptions": lambda books: books.subscriptions(),
    "payments": lambda books: books.payments(since=None),
    "customers": lambda books: books.customers(),
    "invoices": lambda books: books.invoices(since=NOW),
}


@pytest.fixture(scope="module")
def teller() -> Iterator[Teller]:
    with a_teller() as made:
        yield made


@pytest.fixture(scope="module")
def books(teller: Teller) -> Iterator[StripeBooks]:
    made = StripeBooks(Account(key="sk_test_1", base_url=teller.url))
    yield made
    made.close()


def listed(what: str, dice: random.Random | None = None) -> bytes:
    """Return a listing of one, spoiled where there are dice; never to an honest empty one."""
    whole = {"object": "list", "url": "/v1", "has_more": False, "data": [BOOKS[what]]}
    while dice is not None:
        made = spoil(whole, dice)
        if not (isinstance(made, dict) and made.get("data") == []):
            return json.dumps(made).encode()
    return json.dumps(whole).encode()


@pytest.mark.parametrize("what", ASK)
def test_a_whole_answer_is_read(books: StripeBooks, teller: Teller, what: str) -> None:
    teller.says = listed(what)

    assert len(ASK[what](books).rows) == 1


@pytest.mark.parametrize("what", ASK)
@pytest.mark.timeout(3600 if LONG else 120)
def test_a_spoiled_answer_is_read_or_is_one_of_the_three_words(
    books: StripeBooks, teller: Teller, what: str, measured: Measured
) -> None:
    dice = new_dice()
    unread = 0

    for _ in range(MANY):
        teller.says = listed(what, dice)
        try:
            page = ASK[what](books)
        except ProviderError:
            unread += 1
            continue
        assert isinstance(page.after, str | None), teller.says
        for row in page.rows:
            for value in parts(row):
                assert is_sound(value), (value, teller.says)

    measured(f"{what}: {MANY} spoiled answers, {unread} of them not read")
    assert unread > MANY / 20


def parts(row: Any) -> Iterator[Any]:
    """Yield every value of a fact, those of its lists too."""
    waiting: list[Any] = [*astuple(row)] if is_dataclass(row) else [row]
    while waiting:
        value = waiting.pop()
        if isinstance(value, tuple | list):
            waiting += value
        else:
            yield value


def is_sound(value: Any) -> bool:
    """Tell whether a value is of a kind that facts hold, and of a size that the world has."""
    if isinstance(value, str):
        return bool(value.strip()) and misfit(value) is None
    if isinstance(value, datetime):
        return abs(value - NOW) < timedelta(days=365 * 4000)
    if isinstance(value, int | Decimal):
        return abs(value) <= 10**11
    return value is None or isinstance(value, UUID)


@pytest.mark.parametrize(
    ("what", "name", "value"),
    [
        ("payments", "quantity", 10**40),
        ("payments", "amount_refunded", True),
        ("subscriptions", "cancel_at_period_end", "no"),
        ("subscriptions", "status", []),
        ("invoices", "amount_remaining", 1e300),
    ],
)
def test_what_would_move_a_limit_is_of_its_kind_or_not_read(
    books: StripeBooks, teller: Teller, what: str, name: str, value: Any
) -> None:
    teller.says = listed(what).replace(
        json.dumps({name: _first(BOOKS[what], name)})[1:-1].encode(),
        json.dumps({name: value})[1:-1].encode(),
    )

    assert json.dumps(value).encode() in teller.says
    with pytest.raises(ProviderError):
        ASK[what](books)


@pytest.mark.parametrize("data", [{}, "", None, 0])
def test_a_listing_without_its_list_ends_nobodys_plan(
    books: StripeBooks, teller: Teller, data: Any
) -> None:
    teller.says = json.dumps({"object": "list", "has_more": False, "data": data}).encode()

    with pytest.raises(ProviderError):
        books.subscriptions()


def _first(thing: Any, name: str) -> Any:
    """Return the first value of this name, wherever it stands."""
    waiting = [thing]
    while waiting:
        each = waiting.pop()
        if isinstance(each, dict):
            if name in each:
                return each[name]
            waiting += each.values()
        elif isinstance(each, list):
            waiting += each
    raise KeyError(name)
