"""What a carrier says it took from us: all of it, once, and nobody else's."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from domain.errors import OutcomeUnknown
from domain.messages.ports import Mail
from providers.smtp.mail import Account, SmtpMails
from tests.support import vendors as ours
from tests.support.stand_ins import StandIns
from tests.support.vendors import BODY, SENDER, TO

LATE = 61
"""Seconds after which Telnyx's records are there."""


def text(carrier: Any, number: int) -> str:
    return carrier.send(to=TO, body=f"{BODY} {number}", key="k").reference


def letter(carrier: Any, number: int) -> str:
    mail = Mail(to="canary@example.com", subject="Tuesday", text=f"{number}")
    return carrier.send(mail, key=f"k{number}").reference


@pytest.mark.parametrize(
    ("make", "send", "many"),
    [(ours.texts, text, 5), (ours.telnyx, text, 60), (ours.mails, letter, 130)],
)
def test_a_carrier_lists_what_it_took(
    vendors: StandIns, make: Callable[..., Any], send: Callable[[Any, int], str], many: int
) -> None:
    began = datetime.now(UTC)
    carrier = make(vendors)
    send(make(vendors, sender="Others <others@example.org>" if send is letter else "+15550009"), -1)
    vendors.advance(3600)
    sent = [send(carrier, number) for number in range(many)]
    vendors.advance(LATE)

    found = carrier.taken(began + timedelta(minutes=50))

    assert sorted(one.reference for one in found) == sorted(sent)
    assert all(one.at >= began + timedelta(minutes=50) for one in found)


def test_a_texts_sender_lists_its_own_numbers_alone(vendors: StandIns) -> None:
    began = datetime.now(UTC) - timedelta(minutes=1)
    mine = text(ours.texts(vendors), 1)
    text(ours.texts(vendors, sender="+15550002222"), 2)
    vendors.say(**{"from": TO, "to": SENDER, "body": BODY, "url": "http://127.0.0.1:1/"})

    assert [one.reference for one in ours.texts(vendors).taken(began)] == [mine]


def test_a_server_without_a_list_says_so() -> None:
    post = SmtpMails(Account(url="smtp://127.0.0.1:1", sender="desk@example.com"))

    with pytest.raises(OutcomeUnknown):
        post.taken(datetime.now(UTC))
