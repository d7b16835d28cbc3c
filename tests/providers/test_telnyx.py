"""Telnyx, against its stand-in: keyless, without a list, and with records that come late."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from domain.errors import OutcomeUnknown, ProviderError, Rejected, Retryable
from domain.messages.ports import OptedOut
from tests.support.stand_ins import Ear, StandIns, free_port, page
from tests.support.vendors import BODY, PROFILE, SENDER, TO, telnyx


def now() -> datetime:
    return datetime.now(UTC)


def test_a_text_reaches_the_carrier_once_and_its_end_and_price_are_told(
    vendors: StandIns, listener: Ear
) -> None:
    messenger = telnyx(vendors, callback=f"{listener.url}/webhooks/telnyx")

    reference = str(messenger.send(to=TO, body="x" * 161, key="message:1/a b").reference)
    queued = messenger.status(reference)
    vendors.advance(5)

    ended = messenger.status(reference)
    assert [line["id"] for line in vendors.effects("telnyx")] == [reference]
    assert (queued.status, queued.cost) == ("sent", None)
    assert (ended.status, ended.cost, ended.segments) == ("delivered", Decimal("0.0102"), 2)
    keys = [parse_qs(urlsplit(path).query)["rid"] for path, _, _ in listener.heard]
    assert keys == [["message:1/a b"], ["message:1/a b"]]


@pytest.mark.parametrize("sender", [SENDER, PROFILE])
@pytest.mark.parametrize("kind", ["drop_reply", "cut_reply", "cut_json", "error_body"])
def test_a_text_whose_answer_was_lost_is_found_once_its_record_is_there(
    vendors: StandIns, kind: str, sender: str
) -> None:
    vendors.fault(kind, "telnyx", "messages.create")
    messenger = telnyx(vendors, sender=sender)

    with pytest.raises(OutcomeUnknown):
        messenger.send(to=TO, body=BODY, key="k")

    assert messenger.find(to=TO, body=BODY, since=now()) is None  # the record is late
    vendors.advance(61)
    found = messenger.find(to=TO, body=BODY, since=now())
    assert found is not None
    assert [line["id"] for line in vendors.effects("telnyx")] == [found.reference]


def test_other_words_another_person_and_another_sender_are_not_it(vendors: StandIns) -> None:
    telnyx(vendors).send(to=TO, body="other words", key="k")
    telnyx(vendors).send(to="+15550009999", body=BODY, key="k")
    telnyx(vendors, sender="+15550002222").send(to=TO, body=BODY, key="k")
    telnyx(vendors, key="another account").send(to=TO, body=BODY, key="k")
    vendors.advance(61)

    assert telnyx(vendors).find(to=TO, body=BODY, since=now()) is None


def test_a_text_is_found_behind_many_others(vendors: StandIns) -> None:
    messenger = telnyx(vendors)
    sent = messenger.send(to=TO, body=BODY, key="k")
    for number in range(60):
        messenger.send(to=TO, body=f"another {number}", key="k")
    vendors.advance(61)

    assert messenger.find(to=TO, body=BODY, since=now()) == sent


def test_an_absence_is_not_believed_while_records_may_be_late(vendors: StandIns) -> None:
    assert telnyx(vendors).lag >= timedelta(minutes=10)


@pytest.mark.parametrize(
    ("to", "body", "word"),
    [
        ("not a number", BODY, Rejected),
        ("+15005550004", BODY, OptedOut),
        (TO, "x" * 2000, Rejected),
    ],
)
def test_what_cannot_be_sent_is_refused(
    vendors: StandIns, to: str, body: str, word: type[Exception]
) -> None:
    with pytest.raises(word):
        telnyx(vendors).send(to=to, body=body, key="k")

    assert vendors.effects("telnyx") == []


@pytest.mark.parametrize(
    ("fault", "word", "wait"),
    [
        ({"kind": "status", "status": 429, "retry_after": "7"}, Retryable, 7),
        ({"kind": "status", "status": 500}, OutcomeUnknown, None),
        ({"kind": "status", "status": 503}, OutcomeUnknown, None),
        ({"kind": "status", "status": 401}, Retryable, 300),
        ({"kind": "html", "status": 403}, Retryable, 300),
        ({"kind": "html", "status": 502}, OutcomeUnknown, None),
        ({"kind": "reset"}, OutcomeUnknown, None),
    ],
)
def test_an_error_is_one_of_the_three_words(
    vendors: StandIns, fault: dict[str, Any], word: type[ProviderError], wait: int | None
) -> None:
    vendors.fault(vendor="telnyx", route="messages.create", **fault)

    with pytest.raises(ProviderError) as told:
        telnyx(vendors).send(to=TO, body=BODY, key="k")

    assert type(told.value) is word
    assert getattr(told.value, "is_crowded", False) is (fault.get("status") == 429)
    after = getattr(told.value, "after", None)
    assert after == (timedelta(seconds=wait) if wait is not None else None)
    assert TO not in str(told.value)


def test_nobody_there_means_that_nothing_left() -> None:
    with pytest.raises(Retryable):
        telnyx(f"http://127.0.0.1:{free_port()}").send(to=TO, body=BODY, key="k")


@pytest.mark.parametrize("body", [b"[]", b'{"data": []}', b'{"data": {"id": 7}}', b"null", b""])
def test_an_answer_that_nobody_can_read_is_unknown_and_a_question_is_asked_again(
    body: bytes,
) -> None:
    with page(200, body, "application/json") as url:
        with pytest.raises(OutcomeUnknown):
            telnyx(url).send(to=TO, body=BODY, key="k")
        with pytest.raises(Retryable):
            telnyx(url).status("x")
        if body != b'{"data": []}':  # which is an answer to a look-up
            with pytest.raises(Retryable):
                telnyx(url).find(to=TO, body=BODY, since=now())
