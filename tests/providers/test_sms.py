"""Twilio, through its own SDK, against its stand-in."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from urllib.parse import parse_qs, urlsplit

import pytest

from domain.errors import OutcomeUnknown, Rejected, Retryable
from domain.messages.ports import OptedOut
from tests.support.stand_ins import Ear, StandIns
from tests.support.vendors import BODY, SENDER, SERVICE, TO, texts


def now() -> datetime:
    return datetime.now(UTC)


def test_a_text_reaches_the_carrier_once(vendors: StandIns) -> None:
    sent = texts(vendors).send(to=TO, body=BODY, key="k")

    assert [line["id"] for line in vendors.effects("twilio")] == [sent.reference]


def test_a_text_whose_answer_was_lost_is_found(vendors: StandIns) -> None:
    vendors.fault("drop_reply", "twilio", "messages.create")

    with pytest.raises(OutcomeUnknown):
        texts(vendors).send(to=TO, body=BODY, key="k")

    found = texts(vendors).find(to=TO, body=BODY, since=now())
    assert found is not None
    assert [line["id"] for line in vendors.effects("twilio")] == [found.reference]


def test_a_text_still_in_the_queue_is_found_though_it_has_no_date(vendors: StandIns) -> None:
    sent = texts(vendors).send(to=TO, body=BODY, key="k")

    assert texts(vendors).find(to=TO, body=BODY, since=now()) == sent


def test_a_text_is_found_behind_many_others(vendors: StandIns) -> None:
    messenger = texts(vendors)
    sent = messenger.send(to=TO, body=BODY, key="k")
    for number in range(230):
        messenger.send(to=TO, body=f"another {number}", key="k")

    assert messenger.find(to=TO, body=BODY, since=now()) == sent
    assert vendors.ledger("twilio")["requests"]["twilio messages.list"] == 3


def test_other_words_another_person_and_an_older_text_are_not_it(vendors: StandIns) -> None:
    messenger = texts(vendors)
    messenger.send(to=TO, body=BODY, key="k")
    vendors.advance(3600)
    messenger.send(to=TO, body="other words", key="k")
    messenger.send(to="+15550009999", body=BODY, key="k")

    assert messenger.find(to=TO, body=BODY, since=now() + timedelta(hours=1)) is None


def test_a_person_who_writes_our_own_words_back_is_not_us(vendors: StandIns) -> None:
    said = {"from": TO, "to": SENDER, "body": BODY, "url": "http://127.0.0.1:1/"}
    vendors.say(**said)
    vendors.say(**{**said, "from": SENDER, "to": TO})

    assert texts(vendors).find(to=TO, body=BODY, since=now()) is None


def test_what_a_list_does_not_show_yet_is_not_found(vendors: StandIns) -> None:
    messenger = texts(vendors)
    sent = messenger.send(to=TO, body=BODY, key="k")
    vendors.fault("list_lag", "twilio", "messages.list", seconds=20)

    assert messenger.find(to=TO, body=BODY, since=now()) is None
    vendors.advance(21)
    assert messenger.find(to=TO, body=BODY, since=now()) == sent


def test_a_price_comes_after_the_end(vendors: StandIns) -> None:
    messenger = texts(vendors)
    reference = str(messenger.send(to=TO, body="x" * 161, key="k").reference)

    queued = messenger.status(reference)
    vendors.advance(3)
    delivered = messenger.status(reference)
    vendors.advance(3)
    priced = messenger.status(reference)

    assert (queued.status, queued.cost) == ("sent", None)
    assert (delivered.status, delivered.cost, delivered.segments) == ("delivered", None, 2)
    assert (priced.cost, priced.currency) == (Decimal("0.0158"), "USD")


def test_a_text_that_did_not_arrive_says_why(vendors: StandIns) -> None:
    vendors.fault("outcome", "twilio", word="undelivered", code="30005")
    messenger = texts(vendors)
    reference = str(messenger.send(to=TO, body=BODY, key="k").reference)

    vendors.advance(10)

    ended = messenger.status(reference)
    assert (ended.status, ended.error) == ("undelivered", "30005")


def test_the_key_comes_back_with_every_notice(vendors: StandIns, listener: Ear) -> None:
    messenger = texts(vendors, callback=f"{listener.url}/webhooks/twilio")
    messenger.send(to=TO, body=BODY, key="text:1/a b")

    vendors.advance(5)

    asked = [parse_qs(urlsplit(path).query)["rid"] for path, _, _ in listener.heard]
    assert asked == [["text:1/a b"], ["text:1/a b"]]


def test_a_messaging_service_sends_from_its_own_numbers(vendors: StandIns) -> None:
    messenger = texts(vendors, sender="MG" + "0" * 32)

    sent = messenger.send(to=TO, body=BODY, key="k")

    assert messenger.find(to=TO, body=BODY, since=now()) == sent


@pytest.mark.parametrize(
    ("to", "word"),
    [
        ("+15005550001", Rejected),
        ("+15005550009", Rejected),
        ("not a number", Rejected),
        ("+15005550004", OptedOut),
    ],
)
def test_a_recipient_that_cannot_be_written_to_is_refused(
    vendors: StandIns, to: str, word: type[Exception]
) -> None:
    with pytest.raises(word):
        texts(vendors).send(to=to, body=BODY, key="k")

    assert vendors.effects("twilio") == []


def test_a_wrong_token_is_to_be_mended_and_loses_no_text(vendors: StandIns) -> None:
    with pytest.raises(Retryable, match="credentials") as refused:
        texts(vendors, token="wrong").send(to=TO, body=BODY, key="k")

    assert refused.value.after == timedelta(minutes=5)


def test_the_environment_leads_nowhere_else(
    vendors: StandIns, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    monkeypatch.setenv("TWILIO_REGION", "ie1")
    monkeypatch.setenv("TWILIO_EDGE", "dublin")

    texts(vendors).send(to=TO, body=BODY, key="k")

    assert vendors.effects("twilio")[0]["to"] == TO


def in_(minutes: float) -> datetime:
    """Return a moment from now, in whole seconds as Twilio takes them."""
    return now().replace(microsecond=0) + timedelta(minutes=minutes)


def test_a_text_waits_at_a_messaging_service_and_leaves_at_its_moment(vendors: StandIns) -> None:
    later = texts(vendors, sender=SERVICE).later
    assert later is not None

    kept = later.send_at(to=TO, body=BODY, key="k", at=in_(8))
    vendors.advance(7 * 60)
    assert vendors.effects("twilio") == []
    vendors.advance(2 * 60)

    assert [line["id"] for line in vendors.effects("twilio")] == [kept.reference]
    assert not later.call_off(str(kept.reference))


def test_a_text_that_waits_is_called_off_and_no_text_any_more(vendors: StandIns) -> None:
    messenger = texts(vendors, sender=SERVICE)
    assert messenger.later is not None
    kept = messenger.later.send_at(to=TO, body=BODY, key="k", at=in_(8))
    assert messenger.find(to=TO, body=BODY, since=now()) == kept

    assert [messenger.later.call_off(str(kept.reference)) for _ in range(2)] == [True, True]
    vendors.advance(3600)

    assert vendors.effects("twilio") == []
    assert messenger.find(to=TO, body=BODY, since=now()) is None
    assert messenger.taken(now() - timedelta(hours=1)) == []
    assert not messenger.later.call_off("SM" + "0" * 32)


def test_who_comes_too_late_is_refused_and_nothing_leaves(vendors: StandIns) -> None:
    later = texts(vendors, sender=SERVICE).later
    assert later is not None
    moment = in_(8)
    vendors.advance(4 * 60)

    with pytest.raises(Retryable):
        later.send_at(to=TO, body=BODY, key="k", at=moment)

    vendors.advance(3600)
    assert vendors.effects("twilio") == []


def test_only_a_messaging_service_keeps_texts(vendors: StandIns) -> None:
    assert texts(vendors, sender=SENDER).later is None
