"""What the real SDKs send for us, and what the stand-ins answer, is as the vendors describe it."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl

import pytest
import resend
from jsonschema import Draft202012Validator

from domain.errors import ProviderError
from domain.messages.ports import Mail
from domain.transcripts.schema import Reading
from providers.openai.form import strict
from providers.openai.reader import FORM
from tests.support.descriptions import description
from tests.support.recorder import Exchange, Recorder, recording
from tests.support.stand_ins import Ear, StandIns
from tests.support.vendors import (
    BODY,
    CALL,
    LETTER,
    PROFILE,
    SENDER,
    SERVICE,
    SID,
    TO,
    mails,
    reader,
    telnyx,
    texts,
)

PATHS = {
    "twilio": [
        (r"/twilio(/2010-04-01/Accounts/)AC\w+/Messages.json", r"\1{AccountSid}/Messages.json"),
        (r"/twilio(/2010-04-01/Accounts/)AC\w+/Messages/\w+", r"\1{AccountSid}/Messages/{Sid}"),
        (r"/twilio(/2010-04-01/Accounts/)AC\w+/Calls.json", r"\1{AccountSid}/Calls.json"),
        (r"/twilio(/2010-04-01/Accounts/)AC\w+/Calls/\w+", r"\1{AccountSid}/Calls/{Sid}"),
    ],
    "resend": [(r"/resend/emails/[\w-]+", "/emails/{email_id}"), (r"/resend", "")],
    "telnyx": [(r"/telnyx/v2/messages/[\w-]+", "/messages/{id}"), (r"/telnyx/v2", "")],
    "openai": [(r"/openai/v1", "")],
    "vapi": [(r"/vapi/call/[\w-]+", "/call/{id}"), (r"/vapi", "")],
    "retell": [
        (r"/retell/v2/get-call/\w+", "/v2/get-call/{call_id}"),
        (r"/retell", ""),
    ],
}


@pytest.fixture
def recorder(vendors: StandIns) -> Iterator[Recorder]:
    with recording(vendors) as made:
        yield made


def described(vendor: str, path: str) -> str:
    """Return the path as the description writes it."""
    for pattern, name in PATHS[vendor]:
        path = re.sub(f"^{pattern}", name, path)
    return path


def faults(vendor: str, exchange: Exchange) -> list[str]:
    """Return everything that the vendor's description holds against an exchange."""
    page, path, method = description(vendor), described(vendor, exchange.path), exchange.method
    found = page.faults_of_answer(path, method, exchange.status, exchange.answered)
    found += page.faults_of_query(path, method, exchange.query)
    if exchange.asked:
        found += page.faults_of_request(path, method, exchange.asked, exchange.kind)
    return found


@pytest.mark.parametrize("sender", ["+15550001111", "MG" + "0" * 32])
def test_twilio(vendors: StandIns, recorder: Recorder, sender: str) -> None:
    url = recorder.at("twilio")
    messenger = texts(url, sender=sender, callback="http://127.0.0.1:9/told")

    sent = messenger.send(to=TO, body=BODY, key="k")
    vendors.advance(10)
    messenger.status(str(sent.reference))
    for _ in range(101):
        messenger.send(to=TO, body="another", key="k")
    messenger.find(to=TO, body=BODY, since=datetime.now(UTC))

    assert len(recorder.exchanges) == 105
    assert [found for one in recorder.exchanges for found in faults("twilio", one)] == []


def test_twilio_keeps_a_text_and_gives_it_up(recorder: Recorder) -> None:
    messenger = texts(recorder.at("twilio"), sender=SERVICE, callback="http://127.0.0.1:9/told")
    assert messenger.later is not None

    at = datetime.now(UTC) + timedelta(minutes=8)
    kept = str(messenger.later.send_at(to=TO, body=BODY, key="k", at=at).reference)
    assert messenger.status(kept).status == "sent"
    assert messenger.later.call_off(kept)

    assert len(recorder.exchanges) == 3
    assert [found for one in recorder.exchanges for found in faults("twilio", one)] == []


@pytest.mark.parametrize("sender", [SENDER, PROFILE])
def test_telnyx(vendors: StandIns, recorder: Recorder, listener: Ear, sender: str) -> None:
    messenger = telnyx(recorder.at("telnyx/v2"), sender=sender, callback=f"{listener.url}/told")

    sent = messenger.send(to=TO, body=BODY, key="k")
    vendors.advance(100)
    messenger.status(str(sent.reference))
    found = messenger.find(to=TO, body=BODY, since=datetime.now(UTC))

    assert found == sent
    page, records = description("telnyx"), recorder.exchanges.pop(2)
    assert records.path == "/telnyx/v2/detail_records"
    assert page.faults_of_query("/detail_records", "get", records.query) == []
    [record] = json.loads(records.answered)["data"]  # described as one of several, none closed
    assert page.faults_of_part("MessageDetailRecord", record) == []
    assert [found for one in recorder.exchanges for found in faults("telnyx", one)] == []
    told = [json.loads(body)["data"]["payload"] for _, _, body in listener.heard]
    assert len(told) == 2
    assert [page.faults_of_part("OutboundMessagePayload", one) for one in told] == [[], []]


def test_resend(vendors: StandIns, recorder: Recorder) -> None:
    post = mails(recorder.at("resend"))

    sent = post.send(LETTER, key="confirmation/1")
    vendors.advance(10)
    post.status(str(sent.reference))
    post.find(LETTER, since=datetime.now(UTC))

    assert recorder.exchanges[0].headers["idempotency-key"] == "confirmation/1"
    assert len(recorder.exchanges) == 3
    assert [found for one in recorder.exchanges for found in faults("resend", one)] == []


@pytest.mark.parametrize("word", ["", "length", "content_filter", "refusal"])
def test_openai(vendors: StandIns, recorder: Recorder, word: str) -> None:
    if word:
        vendors.fault("finish", "openai", word=word)

    reader(recorder.at("openai/v1")).read(CALL)

    [one] = recorder.exchanges
    assert faults("openai", one) == []


def test_an_account_speaks_for_itself_and_not_for_the_environment(
    recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("OPENAI_ORG_ID", "OPENAI_PROJECT_ID", "OPENAI_API_KEY", "RESEND_API_KEY"):
        monkeypatch.setenv(name, "of-somebody-else")
    for name in ("TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN"):
        monkeypatch.setenv(name, "of-somebody-else")
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")

    reader(recorder.at("openai/v1")).read(CALL)
    mails(recorder.at("resend")).send(LETTER, key="k")
    texts(recorder.at("twilio")).send(to=TO, body=BODY, key="k")

    assert len(recorder.exchanges) == 3
    for one in recorder.exchanges:
        assert "of-somebody-else" not in repr(one.headers)
        assert "openai-organization" not in one.headers


@pytest.mark.parametrize(
    "code", ["invalid_api_key", "rate_limit_exceeded", "insufficient_quota", None]
)
def test_openais_errors(vendors: StandIns, recorder: Recorder, code: str | None) -> None:
    vendors.fault("status", "openai", code=code)

    with pytest.raises(ProviderError):
        reader(recorder.at("openai/v1")).read(CALL)

    said = json.loads(recorder.exchanges[0].answered)
    assert description("openai").faults_of_part("ErrorResponse", said) == []


EVENTS = {
    "canary@example.com": ["EmailSentEvent", "EmailDeliveredEvent"],
    "bounced@resend.dev": ["EmailSentEvent", "EmailBouncedEvent"],
    "suppressed@resend.dev": ["EmailSentEvent", "EmailSuppressedEvent"],
    "complained@resend.dev": ["EmailSentEvent", "EmailDeliveredEvent", "EmailComplainedEvent"],
}


@pytest.mark.parametrize("to", EVENTS)
def test_resends_notices(vendors: StandIns, listener: Ear, to: str) -> None:
    page = description("resend")
    _listen(vendors, listener)

    mails(vendors).send(Mail(to=to, subject="s", text="t"), key="k")
    vendors.advance(10)

    told = [json.loads(body) for _, _, body in listener.heard]
    found = [page.faults_of_part(n, said) for n, said in zip(EVENTS[to], told, strict=True)]
    assert [fault for faults in found for fault in faults] == []


def _listen(vendors: StandIns, listener: Ear) -> None:
    """Ask Resend for its notices, with its own SDK, as somebody who sets it up would."""
    before = resend.api_url, resend.api_key, resend.default_http_client
    resend.api_url, resend.api_key = vendors.at("resend"), "re_test"
    resend.default_http_client = resend.RequestsClient()
    try:
        resend.Webhooks.create({"endpoint": listener.url, "events": []})
    finally:
        resend.api_url, resend.api_key, resend.default_http_client = before


def test_twilios_notices_have_the_fields_that_twilio_names(
    vendors: StandIns, listener: Ear
) -> None:
    texts(vendors, callback=listener.url).send(to=TO, body=BODY, key="k")
    vendors.advance(10)

    told: list[dict[str, str]] = [dict(parse_qsl(body.decode())) for _, _, body in listener.heard]
    assert told
    for form in told:
        assert form["AccountSid"] == SID
        assert {"MessageSid", "SmsSid", "SmsStatus", "MessageStatus", "To", "From"} <= set(form)


def objects(part: Any) -> Iterator[dict[str, Any]]:
    """Yield every object that a form describes."""
    if isinstance(part, dict):
        if part.get("type") == "object":
            yield part
        for value in part.values():
            yield from objects(value)
    elif isinstance(part, list):
        for one in part:
            yield from objects(one)


def test_our_form_is_one_that_strict_output_takes() -> None:
    form = strict(Reading)

    Draft202012Validator.check_schema(form)
    assert FORM["json_schema"].get("strict") is True
    for one in objects(form):
        assert one["additionalProperties"] is False
        assert one["required"] == list(one["properties"])
    said = json.dumps(form)
    assert not [word for word in ("maxLength", "minLength", "default", "allOf") if word in said]


def test_our_form_takes_what_a_reading_is_and_nothing_else() -> None:
    form = Draft202012Validator(strict(Reading))
    whole = {
        "kind": "business",
        "topic": "t",
        "summary": "s",
        "sentiment": "neutral",
        "urgency": "low",
        "events": [],
    }

    assert form.is_valid(whole)
    assert not form.is_valid({**whole, "price": 1})
    assert not form.is_valid({**whole, "kind": "party"})
