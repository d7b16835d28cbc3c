"""Resend, through its own SDK, against its stand-in."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from domain.errors import OutcomeUnknown, Rejected
from domain.messages.ports import Mail
from tests.support.stand_ins import StandIns
from tests.support.vendors import LETTER, mails


def now() -> datetime:
    return datetime.now(UTC)


def test_the_same_key_is_the_same_letter(vendors: StandIns) -> None:
    first = mails(vendors).send(LETTER, key="confirmation/1")
    again = mails(vendors).send(LETTER, key="confirmation/1")

    assert first == again
    assert len(vendors.effects("resend")) == 1


def test_a_letter_whose_answer_was_lost_is_got_back_by_its_key(vendors: StandIns) -> None:
    vendors.fault("drop_reply", "resend", "emails.send", times=1)

    with pytest.raises(OutcomeUnknown):
        mails(vendors).send(LETTER, key="k")

    settled = mails(vendors).send(LETTER, key="k")
    assert [line["id"] for line in vendors.effects("resend")] == [settled.reference]


def test_other_words_under_the_same_key_are_refused(vendors: StandIns) -> None:
    mails(vendors).send(LETTER, key="k")

    with pytest.raises(Rejected, match="invalid_idempotent_request"):
        mails(vendors).send(replace(LETTER, subject="Another"), key="k")


@pytest.mark.parametrize("key", ["x" * 300, "påminnelse/1", "with a\nline"])
def test_any_key_will_do(vendors: StandIns, key: str) -> None:
    first, again = (mails(vendors).send(LETTER, key=key) for _ in range(2))

    assert first == again
    assert len(vendors.effects("resend")) == 1


def test_two_at_once_under_one_key_are_one_letter(vendors: StandIns) -> None:
    vendors.fault("delay", "resend", "emails.send", seconds=0.3, times=1)

    def send(_: int) -> str:
        try:
            return str(mails(vendors).send(LETTER, key="k").reference)
        except OutcomeUnknown:
            return "unknown"

    with ThreadPoolExecutor(2) as hands:
        answers = set(hands.map(send, range(2)))

    assert len(vendors.effects("resend")) == 1
    assert answers <= {"unknown", vendors.effects("resend")[0]["id"]}


def test_a_key_is_forgotten_after_a_day(vendors: StandIns) -> None:
    mails(vendors).send(LETTER, key="k")
    vendors.advance(24 * 3600 + 1)
    mails(vendors).send(LETTER, key="k")

    assert len(vendors.effects("resend")) == 2


def test_many_tenants_speak_at_once_each_with_its_own_key(vendors: StandIns) -> None:
    tenants = [mails(vendors, key=f"re_{number}") for number in range(8)]

    def send(number: int) -> None:
        letter = replace(LETTER, subject=f"of tenant {number % 8}")
        tenants[number % 8].send(letter, key=f"letter {number}")

    with ThreadPoolExecutor(8) as hands:
        list(hands.map(send, range(160)))

    effects = vendors.effects("resend")
    pairs = {(line["account"], line["subject"]) for line in effects}
    assert len(effects) == 160
    assert len(pairs) == 8


def test_a_letter_is_found_behind_many_others(vendors: StandIns) -> None:
    post = mails(vendors)
    sent = post.send(LETTER, key="k")
    for number in range(130):
        post.send(replace(LETTER, subject=f"another {number}"), key=f"k {number}")

    assert post.find(LETTER, since=now()) == sent
    assert post.find(replace(LETTER, subject="never sent"), since=now()) is None


@pytest.mark.parametrize(
    ("to", "status"),
    [
        ("delivered@resend.dev", "delivered"),
        ("bounced@resend.dev", "bounced"),
        ("complained@resend.dev", "complained"),
        ("suppressed@resend.dev", "failed"),
    ],
)
def test_what_became_of_a_letter_is_said_in_our_words(
    vendors: StandIns, to: str, status: str
) -> None:
    letter = Mail(to=to, subject="s", text="t")
    sent = mails(vendors).send(letter, key="k")

    assert mails(vendors).status(str(sent.reference)).status == "sent"
    vendors.advance(10)
    assert mails(vendors).status(str(sent.reference)).status == status
