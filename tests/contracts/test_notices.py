"""What we believe vendors to send is what they describe, and their own examples are understood."""

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest

from domain.webhooks.news import MessageMoved, MessageReceived, SubscriptionChanged
from providers.retell.words import ENDINGS
from providers.vapi.words import ending
from tests.support.descriptions import description, fixtures
from tests.support.notices import SENDERS


def read(name: str, told: Any) -> Any:
    sender = replace(SENDERS[name], events={"it": told})
    return sender.notices.read(sender.post("it").arrival())


@pytest.mark.parametrize("event", ["ended", "analyzed"])
def test_our_calls_of_retell_are_as_retell_describes_them(event: str) -> None:
    call = SENDERS["retell"].events[event]["call"]

    found = description("retell").faults_of_part(
        "V2PhoneCallResponse", {**call, "agent_version": 1}
    )

    # An example of ours leaves out what no test needs, and never has what is not described.
    assert [fault for fault in found if "is a required property" not in fault] == []


FAILURES = (
    *("error", "dial_failed", "telephony", "no_valid", "sip_", "scam", "concurrency_limit"),
    *("invalid_destination", "marked_as_spam", "registered_call_timeout"),
)


def test_retells_reasons_are_all_known_or_failures() -> None:
    reasons = set(description("retell").part("DisconnectionReason")["enum"])

    strange = [one for one in reasons - set(ENDINGS) if not one.startswith(FAILURES)]

    assert strange == []
    print(set(ENDINGS) - reasons)  # said by the documentation of a later day


def test_vapis_reasons_are_sorted() -> None:
    reasons = description("vapi").part("Call")["properties"]["endedReason"]["enum"]

    sorted_out = Counter(ending(reason) for reason in reasons)
    odd = [
        reason
        for reason in reasons
        if ending(reason) != "failed" and ("error" in reason or "fail" in reason)
    ]

    assert sorted_out["failed"] > 500
    assert sorted_out["completed"] >= 14
    assert all("-sip-4" in reason for reason in odd), odd


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("queued", None),
        ("sending", None),
        ("sent", "sent"),
        ("delivery_unconfirmed", "sent"),
        ("delivered", "delivered"),
        ("delivery_failed", "undelivered"),
        ("sending_failed", "failed"),
        ("expired", "undelivered"),
    ],
)
def test_telnyxs_own_example_of_a_text_is_understood(word: str, status: str | None) -> None:
    part = description("telnyx").part("OutboundMessagePayload")
    example = {**part["example"], "to": [{**part["example"]["to"][0], "status": word}]}
    told = {"data": {"id": "e", "event_type": "message.finalized", "payload": example}}

    news = read("telnyx", told)

    assert word in part["properties"]["to"]["items"]["properties"]["status"]["enum"]
    if status is None:
        assert news == []
        return
    [one] = news
    assert isinstance(one, MessageMoved)
    assert (one.reference, one.status, one.segments) == (example["id"], status, 1)
    assert (str(one.cost), one.currency) == ("0.0051", "USD")


def test_telnyxs_own_example_of_somebody_writing_is_understood() -> None:
    example = description("telnyx").part("InboundMessagePayload")["example"]
    told = {"data": {"id": "e", "event_type": "message.received", "payload": example}}

    [one] = read("telnyx", told)

    assert isinstance(one, MessageReceived)
    assert (one.theirs, one.ours) == ("+18665550001", example["to"][0]["phone_number"])
    assert one.body == "Hello, World!"


def test_stripes_own_examples_are_understood() -> None:
    things = fixtures()
    kinds = {
        "customer.subscription.updated": "subscription",
        "invoice.paid": "invoice",
        "checkout.session.completed": "checkout.session",
        "charge.dispute.created": "dispute",
        "refund.created": "refund",
        "customer.updated": "customer",
        "payment_method.attached": "payment_method",
    }

    found = {
        kind: read("stripe", {**things["event"], "type": kind, "data": {"object": things[name]}})
        for kind, name in kinds.items()
    }

    [subscription] = found["customer.subscription.updated"]
    assert isinstance(subscription, SubscriptionChanged)
    assert subscription.status == things["subscription"]["status"]
    assert subscription.customer == things["subscription"]["customer"]
    assert subscription.period_end is not None
    [invoice] = found["invoice.paid"]
    assert invoice.subscription == "subscription"
    assert all(len(news) == 1 for news in found.values())
    assert found["customer.updated"][0].customer == things["customer"]["id"]


@pytest.mark.parametrize(
    ("kind", "thing"), [("charge.dispute.created", "dispute"), ("refund.created", "refund")]
)
def test_money_taken_back_names_its_payment(kind: str, thing: str) -> None:
    taken = {**fixtures()[thing], "payment_intent": "pi_bought"}

    [news] = read("stripe", {**fixtures()["event"], "type": kind, "data": {"object": taken}})

    assert isinstance(news, SubscriptionChanged)
    assert (news.customer, news.payment) == (None, "pi_bought")


def test_a_card_that_was_taken_off_names_whose_it_was() -> None:
    things = fixtures()
    gone = {**things["payment_method"], "customer": None}
    told = {"object": gone, "previous_attributes": {"customer": "cus_before"}}

    [news] = read("stripe", {**things["event"], "type": "payment_method.detached", "data": told})

    assert isinstance(news, SubscriptionChanged)
    assert news.customer == "cus_before"
