"""What the stripe SDK asks for us is as Stripe describes it, and the stand-in answers in the shapes
of Stripe's own examples.
"""

import json
import urllib.request
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode

import pytest

from domain.billing.ports import Reading
from providers.stripe.books import Account, StripeBooks
from tests.contracts.test_vendors import recorder
from tests.support.descriptions import description, fixtures
from tests.support.recorder import Exchange, Recorder
from tests.support.stand_ins import StandIns
from tests.support.till import KEY

__all__ = ["recorder"]

LATER = ("/v1/billing/", "/v1/disputes")
"""Not in the description that we have, which is of 2023; Stripe's examples are of 2026."""

YOUNGER = {("/v1/checkout/sessions", "created")}
"""A parameter that is younger than the description; the SDK's own types have it."""

ASKED_FOR = {("checkout.session", "line_items")}
"""Said only to who asks for it, so in no example."""


@pytest.fixture
def books(recorder: Recorder) -> Iterator[StripeBooks]:
    made = StripeBooks(Account(key=KEY, base_url=recorder.at("stripe")))
    yield made
    made.close()


def ask(vendors: StandIns, path: str, **form: Any) -> dict[str, Any]:
    """Do as a seller does at Stripe's own pages."""
    request = urllib.request.Request(
        f"{vendors.at('stripe')}{path}",
        urlencode(form).encode(),
        {"Authorization": f"Bearer {KEY}"},
    )
    with urllib.request.urlopen(request, timeout=20) as answer:
        return json.load(answer)


def sell(vendors: StandIns) -> str:
    """Have one customer with a subscription, a purchase that is disputed, and a meter."""
    monthly = {"currency": "usd", "unit_amount": 14900, "recurring[interval]": "month"}
    price = ask(vendors, "/v1/prices", **monthly)["id"]
    pack = ask(vendors, "/v1/prices", currency="usd", unit_amount=19500)["id"]
    card = {"invoice_settings[default_payment_method]": "pm_card_visa"}
    customer: str = ask(vendors, "/v1/customers", **card)["id"]
    ask(vendors, "/v1/subscriptions", customer=customer, **{"items[0][price]": price})
    session = ask(
        vendors,
        "/v1/checkout/sessions",
        mode="payment",
        customer=customer,
        **{"line_items[0][price]": pack, "line_items[0][quantity]": 1},
    )["id"]
    paid = ask(vendors, f"/_/checkout/{session}/pay")["payment_intent"]
    ask(vendors, "/_/disputes", payment_intent=paid)
    ask(vendors, "/v1/billing/meters", display_name="m", event_name="minutes")
    return customer


def wrong_requests(exchange: Exchange) -> list[str]:
    path = exchange.path.removeprefix("/stripe")
    if path.startswith(LATER):
        return []
    found = description("stripe").faults_of_query(
        path,
        exchange.method,
        urlencode([(name.split("[")[0], value) for name, value in parse_qsl(exchange.query)]),
    )
    return [f"{path}: {name}" for name in found if (path, name) not in YOUNGER]


def wrong_shapes(said: Mapping[str, Any], where: str = "") -> list[str]:
    """Return what a thing says that Stripe's own example of it does not, or says otherwise."""
    example = fixtures().get(said.get("object", ""), {})
    found: list[str] = []
    for name, value in said.items():
        if name not in example and (said["object"], name) not in ASKED_FOR:
            found.append(f"{where}{said['object']}.{name} is in no example")
        elif isinstance(value, dict) and value.get("object") == "list":
            for one in value["data"]:
                found += wrong_shapes(one, f"{where}{name}.")
        elif isinstance(value, dict) and "object" in value:
            found += wrong_shapes(value, f"{where}{name}.")
        elif not is_like(value, example.get(name)):
            found.append(f"{where}{said['object']}.{name} is {value!r}, not {example[name]!r}")
    return found


def is_like(value: object, example: object) -> bool:
    """Tell whether both are of one kind; an id may stand for what was expanded."""
    return value is None or example is None or isinstance(value, type(example))


def test_what_is_asked_is_described_and_answers_are_like_the_examples(
    vendors: StandIns, recorder: Recorder, books: StripeBooks
) -> None:
    customer = sell(vendors)
    now = datetime.now(UTC)

    [subscription] = books.subscriptions(customer=customer).rows
    books.subscriptions(after=subscription.id)
    [payment] = books.payments(since=now - timedelta(days=9), customer=customer).rows
    [bill] = books.invoices(since=now - timedelta(days=9), customer=customer).rows
    [known] = books.customers().rows
    reading = Reading(meter="minutes", customer=customer, units=3, happened_at=now)
    books.tell_meter(reading, key="line-0")
    told = books.metered(meter="minutes", customer=customer, start=now, end=now)

    assert (known.id, bill.subscription, payment.withdrawn) == (
        *(customer, subscription.id),
        payment.amount,
    )
    assert told == 3
    asked = {one.path.removeprefix("/stripe") for one in recorder.exchanges}
    assert asked >= {"/v1/subscriptions", "/v1/checkout/sessions", "/v1/invoices", "/v1/customers"}
    assert [line for one in recorder.exchanges for line in wrong_requests(one)] == []
    answers = [json.loads(one.answered) for one in recorder.exchanges]
    things = [thing for said in answers for thing in said.get("data", [said])]
    wrong = [line for thing in things for line in wrong_shapes(thing)]
    assert wrong == [], "\n".join(wrong)


def test_a_number_of_ours_is_in_every_request_that_changes_something(
    vendors: StandIns, recorder: Recorder, books: StripeBooks
) -> None:
    customer = sell(vendors)
    reading = Reading(meter="minutes", customer=customer, units=3, happened_at=datetime.now(UTC))

    books.tell_meter(reading, key="line-0")
    books.tell_meter(reading, key="line-0")

    keys = [one.headers.get("idempotency-key") for one in recorder.exchanges]
    names = [dict(parse_qsl(one.asked.decode()))["identifier"] for one in recorder.exchanges]
    assert (keys, names) == (["meter-line-0"] * 2, ["line-0"] * 2)
    events = [one for one in vendors.effects("stripe") if one["kind"] == "meter_event"]
    assert len(events) == 1
