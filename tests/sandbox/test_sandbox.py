"""The stand-ins themselves: what they remember, what goes wrong when, and how they tell us."""

import json
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import parse_qsl

import pytest
import resend
from twilio.request_validator import RequestValidator

from domain.errors import ProviderError
from domain.messages.ports import OptedOut
from tests.support.commands import run
from tests.support.stand_ins import Ear, StandIns
from tests.support.vendors import BODY, LETTER, SENDER, TO, TOKEN, mails, texts


def outcomes(vendors: StandIns, times: int) -> list[bool]:
    """Send texts, and say which arrived."""
    arrived: list[bool] = []
    for number in range(times):
        try:
            texts(vendors).send(to=TO, body=f"text {number}", key="k")
        except ProviderError:
            arrived.append(False)
        else:
            arrived.append(True)
    return arrived


def test_the_same_seed_brings_the_same_luck(vendors: StandIns) -> None:
    seen: list[list[bool]] = []
    for seed in (7, 7, 8):
        vendors.reset(seed=seed)
        vendors.fault("status", "twilio", rate=0.5)
        seen.append(outcomes(vendors, 40))

    assert seen[0] == seen[1] != seen[2]
    assert 8 < sum(seen[0]) < 32


def test_a_rule_ends_after_so_many_times_or_at_rate_zero(vendors: StandIns) -> None:
    vendors.fault("status", "twilio", times=2)
    assert outcomes(vendors, 4) == [False, False, True, True]

    vendors.fault("status", "twilio")
    vendors.fault("status", "twilio", rate=0)
    assert outcomes(vendors, 1) == [True]


def test_a_rule_strikes_only_its_vendor_and_route(vendors: StandIns) -> None:
    vendors.fault("status", "resend")
    vendors.fault("status", "twilio", "messages.list")

    assert outcomes(vendors, 1) == [True]


def test_a_rule_that_makes_no_sense_is_refused(vendors: StandIns) -> None:
    with pytest.raises(HTTPError, match="400") as refused:
        vendors.fault("earthquake")

    refused.value.close()


def test_the_ledger_tells_how_many_were_in_flight_at_once(vendors: StandIns) -> None:
    vendors.fault("delay", "twilio", seconds=0.2)

    with ThreadPoolExecutor(6) as hands:
        messenger = texts(vendors)
        list(hands.map(lambda n: messenger.send(to=TO, body=f"{n}", key="k"), range(6)))

    assert vendors.ledger("twilio")["peaks"] == {"twilio": 6, "twilio messages.create": 6}


def test_a_text_turns_from_queued_to_delivered_and_says_so_signed(
    vendors: StandIns, listener: Ear
) -> None:
    texts(vendors, callback=f"{listener.url}/told").send(to=TO, body=BODY, key="a b")

    vendors.advance(10)

    forms = [dict(parse_qsl(body.decode())) for _, _, body in listener.heard]
    assert [form["MessageStatus"] for form in forms] == ["sent", "delivered"]
    for (path, headers, _), form in zip(listener.heard, forms, strict=True):
        signature = headers["x-twilio-signature"]
        assert RequestValidator(TOKEN).validate(listener.url + path, form, signature)


def test_who_says_stop_is_not_written_to_until_start(vendors: StandIns, listener: Ear) -> None:
    def send() -> None:
        texts(vendors).send(to=TO, body=BODY, key="k")

    send()
    vendors.say(**{"from": TO, "to": SENDER, "body": " stop ", "url": f"{listener.url}/in"})
    with pytest.raises(OptedOut):
        send()
    vendors.say(**{"from": TO, "to": SENDER, "body": "START", "url": f"{listener.url}/in"})
    send()

    forms = [dict(parse_qsl(body.decode())) for _, _, body in listener.heard]
    assert [form["OptOutType"] for form in forms] == ["STOP", "START"]
    for (path, headers, _), form in zip(listener.heard, forms, strict=True):
        signature = headers["x-twilio-signature"]
        assert RequestValidator(TOKEN).validate(listener.url + path, form, signature)


def heard(vendors: StandIns, listener: Ear) -> list[Any]:
    """Have one letter told about; return its notices as the SDK verifies them."""
    resend_url = vendors.at("resend")
    secret = listen(resend_url, listener)
    mails(vendors).send(LETTER, key="k")
    vendors.advance(10)
    return [
        resend.Webhooks.verify(
            {
                "payload": body.decode(),
                "headers": {
                    "id": headers["svix-id"],
                    "timestamp": headers["svix-timestamp"],
                    "signature": headers["svix-signature"],
                },
                "webhook_secret": secret,
            }
        )
        for _, headers, body in listener.heard
    ]


def listen(url: str, listener: Ear) -> str:
    """Ask Resend for notices; return the secret that signs them."""
    body = json.dumps({"endpoint": listener.url, "events": ["email.sent", "email.delivered"]})
    request = urllib.request.Request(f"{url}/webhooks", body.encode())
    request.add_header("Authorization", "Bearer re_test")
    with urllib.request.urlopen(request, timeout=5) as answer:
        return json.load(answer)["signing_secret"]


def test_resends_notices_are_signed_as_svix_does(vendors: StandIns, listener: Ear) -> None:
    notices = heard(vendors, listener)

    assert [notice["type"] for notice in notices] == ["email.sent", "email.delivered"]


def test_a_forged_notice_is_known_as_one(vendors: StandIns, listener: Ear) -> None:
    vendors.fault("forge_webhook", "resend")

    with pytest.raises(ValueError, match="signature"):
        heard(vendors, listener)


@pytest.mark.parametrize(
    ("fault", "order"),
    [
        ("lose_webhook", []),
        ("duplicate_webhook", ["sent", "sent", "delivered", "delivered"]),
        ("reorder_webhooks", ["delivered", "sent"]),
    ],
)
def test_notices_are_lost_doubled_and_turned_around(
    vendors: StandIns, listener: Ear, fault: str, order: list[str]
) -> None:
    vendors.fault(fault, "twilio")

    texts(vendors, callback=listener.url).send(to=TO, body=BODY, key="k")
    vendors.advance(10)

    assert words(listener) == order


def words(listener: Ear) -> list[str]:
    return [dict(parse_qsl(body.decode()))["MessageStatus"] for _, _, body in listener.heard]


def test_a_notice_that_was_held_back_comes_after_all(vendors: StandIns, listener: Ear) -> None:
    vendors.fault("reorder_webhooks", "twilio", times=1)
    vendors.fault("outcome", "twilio", word="delivered")
    texts(vendors, callback=listener.url).send(to=TO, body=BODY, key="k")

    vendors.advance(1.5)
    assert words(listener) == []

    vendors.advance(60)
    assert words(listener) == ["delivered", "sent"]


def test_a_notice_may_come_before_the_answer(vendors: StandIns, listener: Ear) -> None:
    vendors.fault("webhook_before_reply", "twilio")
    vendors.fault("drop_reply", "twilio")

    with pytest.raises(ProviderError):
        texts(vendors, callback=listener.url).send(to=TO, body=BODY, key="k")

    assert words(listener) == ["sent"]


def test_svix_tries_again_while_nobody_takes_it(vendors: StandIns, listener: Ear) -> None:
    listener.status = 500
    heard_first = len(heard(vendors, listener))
    listener.status = 200
    vendors.advance(400)

    assert heard_first == 4  # each of the two once more after five seconds
    ended = [line["ended"] for line in vendors.ledger("resend")["notices"]]
    assert ended.count("200") == 2


def test_time_passes_by_itself_where_nobody_moves_it(vendors: StandIns, listener: Ear) -> None:
    vendors.reset(still=False)
    texts(vendors, callback=listener.url).send(to=TO, body=BODY, key="k")

    end = time.monotonic() + 8
    while len(listener.heard) < 2 and time.monotonic() < end:
        time.sleep(0.05)

    assert words(listener) == ["sent", "delivered"]


def test_production_has_no_stand_ins(tmp_path: Path) -> None:
    ended = run(
        tmp_path,
        "sandbox",
        FRONTDESK_ENV="production",
        DATABASE_URL="postgresql://frontdesk_worker:x@127.0.0.1:1/x",
        REDIS_URL="redis://127.0.0.1:1",
        ENCRYPTION_KEYS="k1:" + "A" * 43 + "=",
        FLOWER_BASIC_AUTH="somebody:long-enough",
    )

    assert ended.returncode == 2
    assert "production does not go with the sandbox" in ended.stderr


def test_a_port_that_is_taken_is_told(vendors: StandIns, tmp_path: Path) -> None:
    port = vendors.url.rsplit(":", 1)[1]

    ended = run(tmp_path, "sandbox", "--port", port)

    assert ended.returncode == 2
    assert f"Port {port} is taken" in ended.stderr
