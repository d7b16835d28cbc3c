"""Whatever a vendor, a gate in between or the network does, exactly one of the three words comes.

None of them, nor any line of a log, repeats a number, an address, a text or a key.
"""

import json
import logging
import socket
import traceback
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http import HTTPStatus
from typing import Any

import pytest
from requests.exceptions import ConnectionError as NoConnection
from requests.exceptions import ConnectTimeout, ReadTimeout
from urllib3.connection import HTTPConnection
from urllib3.connectionpool import HTTPConnectionPool
from urllib3.exceptions import MaxRetryError, NameResolutionError, NewConnectionError, ProtocolError

from config.logging import QUIET
from domain.errors import OutcomeUnknown, ProviderError, Rejected, Retryable
from domain.messages.ports import OptedOut
from providers.requesting import asked_to_wait, never_left
from providers.twilio.http import TooFast
from tests.support.stand_ins import StandIns, free_port, page
from tests.support.vendors import BODY, CALL, LETTER, TO, TOKEN, mails, reader, texts

SINCE = datetime.now(UTC)
MADE = {"text": "SM" + "0" * 32, "letter": "a-letter"}
"""What the vendors have already, to be asked about."""

CALLS: dict[str, tuple[str, Callable[..., Any]]] = {
    "twilio send": ("twilio", lambda at, **more: texts(at, **more).send(to=TO, body=BODY, key="k")),
    "twilio find": (
        "twilio",
        lambda at, **more: texts(at, **more).find(to=TO, body=BODY, since=SINCE),
    ),
    "twilio status": ("twilio", lambda at, **more: texts(at, **more).status(MADE["text"])),
    "resend send": ("resend", lambda at, **more: mails(at, **more).send(LETTER, key="k")),
    "resend find": ("resend", lambda at, **more: mails(at, **more).find(LETTER, since=SINCE)),
    "resend status": ("resend", lambda at, **more: mails(at, **more).status(MADE["letter"])),
    "openai read": ("openai", lambda at, **more: reader(at, **more).read(CALL)),
}
SENDS = {"twilio send", "resend send"}
CANARIES = (
    TO,
    TO[1:],
    "%2B" + TO[1:],
    LETTER.to,
    "canary",
    "Canary",
    BODY,
    TOKEN,
    "re_test",
    "sk-",
)


def word_of(call: str, at: StandIns | str, **more: float) -> ProviderError:
    """Make the call; return its word, having looked whether it tells on anybody."""
    with pytest.raises(ProviderError) as told:
        CALLS[call][1](at, **more)
    error = told.value
    assert error.__cause__ is None
    said = "".join(traceback.format_exception(error)) + repr(error)
    assert not [canary for canary in CANARIES if canary in said]
    return error


def doubtful(call: str) -> type[ProviderError]:
    """What may have happened: to a letter or a text it matters, to a question it does not."""
    return OutcomeUnknown if call in SENDS else Retryable


@pytest.fixture
def furnished(vendors: StandIns) -> StandIns:
    """Vendors who have a text and a letter of ours."""
    MADE["text"] = str(texts(vendors).send(to=TO, body=BODY, key="made").reference)
    MADE["letter"] = str(mails(vendors).send(LETTER, key="made").reference)
    return vendors


@pytest.fixture(autouse=True)
def log(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Listen to every logger as loudly as our own settings ever let it speak."""
    floors = {name: logging.getLogger(name).level for name in QUIET}
    caplog.set_level(logging.DEBUG)
    for name, floor in QUIET.items():
        logging.getLogger(name).setLevel(floor)
    yield
    for name, floor in floors.items():
        logging.getLogger(name).setLevel(floor)
    assert not [canary for canary in CANARIES if canary in caplog.text]


NOTHING_TOOK_PLACE: list[tuple[dict[str, Any], type[ProviderError]]] = [
    ({"status": 429}, Retryable),
    ({"status": 401}, Retryable),
]
ONLY_IT_KNOWS = [
    {"kind": "status", "status": 500},
    {"kind": "status", "status": 503},
    {"kind": "status", "status": 500, "after": True},
    {"kind": "status", "status": 408},
    {"kind": "html", "status": 502},
    {"kind": "html", "status": 200},
    {"kind": "html", "status": 302},
    {"kind": "reset"},
    {"kind": "drop_reply"},
    {"kind": "cut_reply"},
    {"kind": "cut_json"},
    {"kind": "error_body"},
    {"kind": "delay", "seconds": 1.5},
]


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize(("rule", "word"), NOTHING_TOOK_PLACE)
def test_what_did_not_take_place_may_be_tried_again(
    vendors: StandIns, call: str, rule: dict[str, Any], word: type[ProviderError]
) -> None:
    vendors.fault("status", CALLS[call][0], **rule)
    is_too_fast = rule["status"] == HTTPStatus.TOO_MANY_REQUESTS and CALLS[call][0] == "twilio"

    assert type(word_of(call, vendors)) is (TooFast if is_too_fast else word)


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("rule", ONLY_IT_KNOWS, ids=str)
def test_what_may_have_taken_place_is_unknown_and_a_question_is_asked_again(
    furnished: StandIns, call: str, rule: dict[str, Any]
) -> None:
    furnished.fault(vendor=CALLS[call][0], **rule)

    more = {"read": 0.4} if rule["kind"] == "delay" else {}
    assert type(word_of(call, furnished, **more)) is doubtful(call)


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b"7",
        b'"yes"',
        b"{}",
        b'{"sid": null, "id": null}',
        b"\xff\xfe",
        b"{" * 9,
    ],
    ids=repr,
)
def test_an_answer_of_another_shape_is_none(call: str, body: bytes) -> None:
    for status in (200, 201):
        with page(status, body, "application/json") as url:
            assert type(word_of(call, url)) is doubtful(call)


@pytest.mark.parametrize("call", CALLS)
def test_nobody_at_the_door_means_that_nothing_left(call: str) -> None:
    assert type(word_of(call, f"http://127.0.0.1:{free_port()}")) is Retryable


@pytest.mark.parametrize("call", CALLS)
def test_a_door_that_does_not_open_means_that_nothing_left(call: str) -> None:
    with socket.socket() as full:
        full.bind(("127.0.0.1", free_port()))
        full.listen(0)
        waiting = [socket.socket() for _ in range(3)]
        for one in waiting:
            one.setblocking(False)  # noqa: FBT003  # the socket's own signature
            one.connect_ex(full.getsockname())
        url = f"http://127.0.0.1:{full.getsockname()[1]}"

        try:
            assert type(word_of(call, url, connect=0.3)) is Retryable
        finally:
            for one in waiting:
                one.close()


@pytest.mark.parametrize("call", CALLS)
def test_a_gate_that_refuses_is_not_the_vendor_refusing(call: str) -> None:
    with page(403, b"<html>no entry for canary@example.com</html>") as url:
        error = word_of(call, url)

    assert type(error) is Retryable


TELLTALE = {
    "code": 21211,
    "message": f"{TO} {BODY}",
    "status": 400,
    "statusCode": 422,
    "name": LETTER.to,
    "error": {"message": f"{BODY} sk-test", "type": TO, "code": LETTER.to, "param": BODY},
}


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("status", [200, 400, 401, 422, 429, 500])
def test_a_vendor_that_repeats_everything_is_not_repeated(call: str, status: int) -> None:
    with page(status, json.dumps(TELLTALE).encode(), "application/json") as url:
        word_of(call, url)


@pytest.mark.parametrize(
    ("vendor", "route", "code", "word"),
    [
        ("twilio", "messages.create", "21211", Rejected),
        ("twilio", "messages.create", "21610", OptedOut),
        ("twilio", "messages.create", "21617", Rejected),
        ("twilio", "messages.create", "20003", Retryable),
        ("twilio", "messages.create", "20429", TooFast),
        ("twilio", "messages.create", "20500", OutcomeUnknown),
        ("resend", "emails.send", "validation_error", Rejected),
        ("resend", "emails.send", "domain", Rejected),
        ("resend", "emails.send", "missing_required_field", Rejected),
        ("resend", "emails.send", "invalid_idempotency_key", Rejected),
        ("resend", "emails.send", "invalid_idempotent_request", Rejected),
        ("resend", "emails.send", "concurrent_idempotent_requests", OutcomeUnknown),
        ("resend", "emails.send", "invalid_api_key", Retryable),
        ("resend", "emails.send", "restricted_api_key", Retryable),
        ("resend", "emails.send", "rate_limit_exceeded", Retryable),
        ("resend", "emails.send", "daily_quota_exceeded", Retryable),
        ("resend", "emails.send", "application_error", OutcomeUnknown),
        ("openai", "chat.completions", "rate_limit_exceeded", Retryable),
        ("openai", "chat.completions", "insufficient_quota", Retryable),
        ("openai", "chat.completions", "invalid_api_key", Retryable),
        ("openai", "chat.completions", "context_length_exceeded", Rejected),
        ("openai", "chat.completions", "model_not_found", Rejected),
    ],
)
def test_the_vendors_own_codes(
    vendors: StandIns, vendor: str, route: str, code: str, word: type[ProviderError]
) -> None:
    vendors.fault("status", vendor, route, code=code)
    call = {"twilio": "twilio send", "resend": "resend send", "openai": "openai read"}[vendor]

    assert type(word_of(call, vendors)) is word


@pytest.mark.parametrize("call", CALLS)
def test_we_wait_as_long_as_we_are_asked_to(vendors: StandIns, call: str) -> None:
    vendors.fault("status", CALLS[call][0], status=429, retry_after="7")
    in_seconds = word_of(call, vendors)
    then = format_datetime(datetime.now(UTC) + timedelta(seconds=90), usegmt=False)
    vendors.fault("status", CALLS[call][0], status=429, retry_after=then)
    as_a_date = word_of(call, vendors)

    assert isinstance(in_seconds, Retryable)
    assert in_seconds.after == timedelta(seconds=7)
    assert isinstance(as_a_date, Retryable)
    assert timedelta(seconds=80) < (as_a_date.after or timedelta()) <= timedelta(seconds=90)


@pytest.mark.parametrize(
    ("given", "wait"),
    [
        ("0", timedelta()),
        ("-5", timedelta()),
        ("1e99", None),
        ("nan", None),
        ("99999999", timedelta(hours=6)),
        ("soon", None),
        ("", None),
        (None, None),
        ("Wed, 21 Oct 2015 07:28:00 GMT", timedelta()),
    ],
)
def test_a_strange_wish_to_wait_harms_nobody(given: str | None, wait: timedelta | None) -> None:
    assert asked_to_wait(given) == wait


POOL = HTTPConnectionPool("127.0.0.1")
LINE = HTTPConnection("127.0.0.1")


@pytest.mark.parametrize(
    ("error", "left"),
    [
        (NoConnection(MaxRetryError(POOL, "/", NewConnectionError(LINE, "refused"))), False),
        (
            NoConnection(
                MaxRetryError(POOL, "/", NameResolutionError("h", LINE, socket.gaierror()))
            ),
            False,
        ),
        (ConnectTimeout(), False),
        (ReadTimeout(), True),
        (NoConnection(ProtocolError("aborted", ConnectionResetError())), True),
        (NoConnection(MaxRetryError(POOL, "/", None)), True),
        (NoConnection(), True),
        (ValueError(), True),
    ],
)
def test_only_what_died_at_the_door_has_not_left(error: Exception, *, left: bool) -> None:
    assert never_left(error) is not left
