"""Each vendor's notices: who is believed, what tells them apart, what they say."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import resend
import stripe
from twilio.request_validator import RequestValidator

from domain.webhooks.news import (
    BookingChanged,
    CalendarChanged,
    CallNews,
    MessageMoved,
    MessageReceived,
    SubscriptionChanged,
)
from providers.signing import UNSIGNED
from providers.vapi.words import ending
from tests.support.notices import (
    AT,
    INTEGRATION,
    NEW,
    OURS,
    PUBLIC,
    SAID,
    SENDERS,
    TENANT,
    THEIRS,
    Sender,
    text,
)

ALL = sorted(SENDERS)
TIMED = [name for name in ALL if SENDERS[name].has_time]
SIGNED = [name for name in ALL if SENDERS[name].signs_body]
OF_TENANTS = [name for name in ALL if not SENDERS[name].notices.is_of_integrations]
PROOFS = {
    "x-twilio-signature",
    "stripe-signature",
    "svix-id",
    "svix-timestamp",
    "svix-signature",
    "x-vapi-signature",
    "x-retell-signature",
    "telnyx-timestamp",
    "telnyx-signature-ed25519",
    "x-webhook-signature",
    "x-cal-signature-256",
    "x-goog-channel-token",
}


def first(sender: Sender) -> str:
    return next(iter(sender.events))


@pytest.mark.parametrize("name", ALL)
def test_what_the_vendor_signed_is_believed(name: str) -> None:
    sender = SENDERS[name]

    for event in sender.events:
        assert sender.notices.refusal(sender.post(event).arrival()) is None


@pytest.mark.parametrize("name", ALL)
def test_the_older_of_two_secrets_is_believed_while_it_stands(name: str) -> None:
    sender = SENDERS[name]
    post = sender.post(first(sender), secret=sender.secrets[1])

    assert sender.notices.refusal(post.arrival()) is None


@pytest.mark.parametrize("name", ALL)
def test_what_is_signed_with_another_secret_is_refused(name: str) -> None:
    sender = SENDERS[name]
    post = sender.post(first(sender))
    forged = replace(
        post,
        headers={
            key: _turned(value) if key in PROOFS else value for key, value in post.headers.items()
        },
        body=post.body.replace(sender.secrets[0].encode(), b"guessed"),
    )

    assert sender.notices.refusal(forged.arrival()) is not None


def _turned(value: str) -> str:
    """Return a signature of the same form that is another."""
    head, tail = value[:-3], value[-3:]
    return head + "".join("1" if c == "0" else "0" for c in tail)


@pytest.mark.parametrize("name", ALL)
def test_a_header_that_is_missing_is_refused(name: str) -> None:
    sender = SENDERS[name]
    post = sender.post(first(sender))
    proofs = [key for key in post.headers if key in PROOFS]
    assert proofs or name == "graph"

    for key in proofs:
        left = {other: value for other, value in post.headers.items() if other != key}
        if key == "x-vapi-timestamp":
            continue
        assert sender.notices.refusal(replace(post, headers=left).arrival()) == UNSIGNED, key


@pytest.mark.parametrize("name", SIGNED)
def test_a_body_changed_in_any_one_byte_is_refused(name: str) -> None:
    sender = SENDERS[name]
    post = sender.post(first(sender))

    for at in range(len(post.body)):
        changed = bytearray(post.body)
        changed[at] ^= 1
        arrival = replace(post, body=bytes(changed)).arrival()
        assert sender.notices.refusal(arrival) is not None, (at, post.body[at : at + 9])


@pytest.mark.parametrize("name", TIMED)
@pytest.mark.parametrize("days", [-1, 1])
def test_what_was_signed_a_day_ago_is_refused(name: str, days: int) -> None:
    sender = SENDERS[name]
    post = sender.post(first(sender))

    assert sender.notices.refusal(post.arrival(AT + timedelta(days=days))) is not None
    assert sender.notices.refusal(post.arrival(AT + timedelta(seconds=299))) is None
    assert sender.notices.refusal(post.arrival(AT + timedelta(seconds=301))) is not None


@pytest.mark.parametrize("name", ALL)
def test_a_redelivery_has_the_same_name_and_another_event_another(name: str) -> None:
    sender = SENDERS[name]
    later = AT + timedelta(seconds=200)

    names = {
        event: sender.notices.label(sender.post(event).arrival()).key for event in sender.events
    }
    again = {
        event: sender.notices.label(sender.post(event, at=later).arrival(later)).key
        for event in sender.events
    }

    assert names == again
    assert len(set(names.values())) == len(names)


@pytest.mark.parametrize("name", OF_TENANTS)
def test_without_a_secret_nothing_is_believed(name: str) -> None:
    sender = SENDERS[name]
    field = {"twilio": "tokens", "telnyx": "public_keys"}.get(name, "secrets")

    for empty in ((), ("",)):
        notices: Any = replace(sender.notices, **{field: empty})  # type: ignore[type-var]
        refusal = notices.refusal(sender.post(first(sender)).arrival())
        assert refusal is not None
        assert refusal.endswith("is not set")


@pytest.mark.parametrize("name", ["calcom", "google", "graph"])
def test_one_integrations_secret_proves_nothing_of_another(name: str) -> None:
    sender = SENDERS[name]
    arrival = sender.post(first(sender)).arrival()

    assert sender.notices.refusal(replace(arrival, subject=TENANT)) is not None
    assert sender.notices.refusal(replace(arrival, subject=None)) is not None


def test_what_the_vendors_own_sdks_sign_is_believed() -> None:
    body = '{"id": "evt_9", "type": "invoice.paid"}'
    signed = stripe.WebhookSignature.generate_signature_header(
        body, NEW, timestamp=int(AT.timestamp())
    )
    of_stripe = replace(
        SENDERS["stripe"].post("paid"), headers={"stripe-signature": signed}, body=body.encode()
    )

    assert SENDERS["stripe"].notices.refusal(of_stripe.arrival()) is None
    now = datetime.now(UTC)
    of_resend = SENDERS["resend"].post("sent", at=now)
    resend.Webhooks.verify(
        {
            "payload": of_resend.body.decode(),
            "headers": {
                name: of_resend.headers[f"svix-{name}"] for name in ("id", "timestamp", "signature")
            },
            "webhook_secret": NEW,
        }
    )
    assert SENDERS["resend"].notices.refusal(of_resend.arrival(now)) is None


def test_twilio_is_believed_at_the_public_address_only() -> None:
    sender = SENDERS["twilio"]
    post = sender.post("ringing")

    for url in ("http://desk.example.com", "https://other.example.com"):
        notices: Any = replace(sender.notices, public_url=url)  # type: ignore[type-var]
        assert notices.refusal(post.arrival()) is not None
    with_port: Any = replace(sender.notices, public_url=f"{PUBLIC}:443")  # type: ignore[type-var]
    assert with_port.refusal(post.arrival()) is None


def test_twilio_signs_every_value_of_a_name() -> None:
    body = b"MediaUrl=b&MediaUrl=a&MessageSid=SM1&SmsStatus=received"
    url = PUBLIC + "/webhooks/twilio"
    told = "MediaUrlaMediaUrlbMessageSidSM1SmsStatusreceived"
    signature = RequestValidator(NEW).compute_signature(url + told, {})
    post = replace(
        SENDERS["twilio"].post("ringing"),
        target="/webhooks/twilio",
        headers={"x-twilio-signature": signature},
        body=body,
    )

    assert SENDERS["twilio"].notices.refusal(post.arrival()) is None


def test_vapis_plain_secret_is_believed_in_either_header() -> None:
    sender = SENDERS["vapi"]
    post = sender.post("report")

    for headers in ({"x-vapi-secret": NEW}, {"authorization": f"Bearer {NEW}"}):
        assert sender.notices.refusal(replace(post, headers=headers).arrival()) is None
    for headers in ({"x-vapi-secret": "x"}, {"authorization": "Bearer "}, {}):
        assert sender.notices.refusal(replace(post, headers=headers).arrival()) is not None


def test_graph_is_answered_before_it_sends_anything() -> None:
    sender = SENDERS["graph"]
    post = sender.post("created")
    asked = replace(post, target=post.target + "?validationToken=Validation%3A+Testing%20%3C1%3E")

    assert sender.notices.handshake(asked.arrival()) == "Validation: Testing <1>"
    assert sender.notices.handshake(post.arrival()) is None


def news(name: str, event: str) -> Any:
    [one] = SENDERS[name].notices.read(SENDERS[name].post(event).arrival())
    return one


def test_calls_are_told_in_our_words() -> None:
    minute = timedelta(seconds=61)
    told: dict[tuple[str, str], CallNews] = {
        (name, event): news(name, event)
        for name in ("twilio", "vapi", "retell", "telnyx", "bland")
        for event in SENDERS[name].events
    }

    assert {key: one.status for key, one in told.items()} == {
        ("twilio", "ringing"): "ringing",
        ("twilio", "in-progress"): "in_progress",
        ("twilio", "completed"): "completed",
        ("twilio", "recording"): None,
        ("twilio", "transcription"): None,
        ("vapi", "ringing"): "ringing",
        ("vapi", "in-progress"): "in_progress",
        ("vapi", "ended"): "completed",
        ("vapi", "report"): "completed",
        ("retell", "started"): "in_progress",
        ("retell", "ended"): "completed",
        ("retell", "analyzed"): "completed",
        ("telnyx", "initiated"): "ringing",
        ("telnyx", "answered"): "in_progress",
        ("telnyx", "hangup"): "completed",
        ("telnyx", "recorded"): None,
        ("bland", "started"): "in_progress",
        ("bland", "completed"): "completed",
    }
    for key, one in told.items():
        if key not in {("twilio", "recording"), ("twilio", "transcription")}:
            assert (one.ours, one.theirs) == (OURS, THEIRS), key
    spoken = [key for key, one in told.items() if one.transcript == SAID]
    assert {name for name, _ in spoken} == {"twilio", "vapi", "retell", "bland"}
    assert told["twilio", "completed"].duration == minute
    assert told["telnyx", "hangup"].duration == minute
    assert told["retell", "analyzed"].cost == Decimal("0.125")
    assert told["vapi", "report"].cost == Decimal("0.05")


def test_a_call_of_ours_has_the_numbers_the_other_way_round() -> None:
    sender = SENDERS["twilio"]
    form = {**sender.events["ringing"], "Direction": "outbound-api"}
    outbound = replace(sender, events={"ringing": form})

    [one] = sender.notices.read(outbound.post("ringing").arrival())

    assert isinstance(one, CallNews)
    assert (one.is_outbound, one.ours, one.theirs) == (True, THEIRS, OURS)


def twilio(form: dict[str, str]) -> Any:
    sender = replace(SENDERS["twilio"], events={"it": form})
    return sender.notices.read(sender.post("it").arrival())


def test_texts_are_told_in_our_words() -> None:
    assert twilio(text("queued")) == []
    assert twilio(text("delivered")) == [
        MessageMoved(provider="twilio", reference="SM1", status="delivered")
    ]
    [failed] = twilio(text("undelivered", ErrorCode="30003"))
    assert (failed.status, failed.error) == ("undelivered", "30003")
    heard = {
        "SmsStatus": "received",
        "MessageSid": "SM2",
        "From": THEIRS,
        "To": OURS,
        "Body": "yes",
    }
    assert twilio({**heard, "Body": "yes", "NumSegments": "1"}) == [
        MessageReceived(
            provider="twilio", reference="SM2", ours=OURS, theirs=THEIRS, body="yes", segments=1
        )
    ]
    assert [news("resend", event).status for event in SENDERS["resend"].events] == [
        "sent",
        "delivered",
        "complained",
    ]


def test_bookings_calendars_and_subscriptions_are_told_in_our_words() -> None:
    moved = news("calcom", "BOOKING_RESCHEDULED")
    assert isinstance(moved, BookingChanged)
    assert (moved.booking, moved.change, moved.integration_id) == ("b1", "moved", INTEGRATION)
    assert moved.starts_at is not None
    assert news("google", "2") == CalendarChanged(provider="google", integration_id=INTEGRATION)
    missed = CalendarChanged(provider="graph", integration_id=INTEGRATION)
    assert news("graph", "missed") == missed
    assert news("graph", "removed") == replace(missed, is_last=True)
    made, paid = news("stripe", "created"), news("stripe", "paid")
    assert isinstance(made, SubscriptionChanged)
    assert (made.subscription, made.status, made.user_id) == ("sub_1", "active", TENANT)
    assert made.period_end is not None
    assert (paid.subscription, paid.customer) == ("sub_1", "cus_1")


def test_stripes_older_shape_is_read_too() -> None:
    sender = SENDERS["stripe"]
    old = {
        "id": "evt_1",
        "type": "customer.subscription.updated",
        "data": {
            "object": {
                "id": "sub_1",
                "customer": {"id": "cus_1"},
                "status": "a word of tomorrow",
                "current_period_start": 1795176000,
                "current_period_end": 1797768000,
            }
        },
    }
    one: Any = sender.notices.read(replace(sender, events={"it": old}).post("it").arrival())[0]

    assert (one.customer, one.status) == ("cus_1", "a word of tomorrow")
    assert one.period_end.timestamp() == 1797768000


@pytest.mark.parametrize(
    ("reason", "status"),
    [
        ("customer-busy", "busy"),
        ("customer-did-not-answer", "no_answer"),
        (
            "call.in-progress.error-providerfault-outbound-sip-480-unavailable",
            "no_answer",
        ),
        ("call.in-progress.error-providerfault-outbound-sip-486-busy-here", "busy"),
        ("manually-canceled", "cancelled"),
        ("assistant-said-end-call-phrase", "completed"),
        ("silence-timed-out", "completed"),
        ("pipeline-error-openai-llm-failed", "failed"),
        ("a-word-of-tomorrow", "failed"),
        ("", "failed"),
    ],
)
def test_vapis_words_for_an_end_are_known_by_pattern(reason: str, status: str) -> None:
    assert ending(reason) == status
