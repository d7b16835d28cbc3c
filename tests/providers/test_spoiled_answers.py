"""Whatever a vendor answers to what it did or was asked: something that fits, or one of our words.

What was asked for has been done: an answer that nobody can read must never make it be done again.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest

from domain.errors import OutcomeUnknown, ProviderError, Rejected, Retryable
from domain.messages.ports import Mail
from tests.support.figures import Measured
from tests.support.spoiled import LONG, new_dice
from tests.support.spoiler import Spoiler, a_spoiler, misfit
from tests.support.stand_ins import StandIns
from tests.support.vendors import (
    BODY,
    CALL,
    KEY,
    TO,
    close_all,
    dial,
    lines,
    mails,
    reader,
    telnyx,
    texts,
)

MANY = 10_000 if LONG else 60
DAY = timedelta(days=1)
LETTER = Mail(to="canary@example.com", subject="Tuesday at two", text=BODY)
NUMBERS = count(5_550_000)

Act = Callable[[StandIns, str], Any]


def since() -> datetime:
    return datetime.now(UTC) - timedelta(minutes=1)


def stranger() -> str:
    return f"+1212{next(NUMBERS) % 9_000_000 + 1_000_000}"


def placed(vendor: str) -> Act:
    return lambda at, key: lines(vendor, at).place(dial(vendor, stranger()), key=key)


DOES: Mapping[str, Act] = {
    "twilio": lambda at, key: texts(at).send(to=stranger(), body=BODY, key=key),
    "telnyx": lambda at, key: telnyx(at).send(to=stranger(), body=BODY, key=key),
    "resend": lambda at, key: mails(at).send(LETTER, key=key),
    "vapi": placed("vapi"),
    "retell": placed("retell"),
    "twilio calls": placed("twilio"),
}
"""What a vendor is to do, by its name."""

MADE: Mapping[str, Act] = {
    **DOES,
    "openai": lambda *_: None,
    "openrouter": lambda *_: None,
}


def of_calls(vendor: str) -> dict[str, Act]:
    return {
        "get": lambda at, name: lines(vendor, at).get(name),
        "find": lambda at, _: lines(vendor, at).find(dial(vendor), key=KEY, since=since()),
        "live": lambda at, _: lines(vendor, at).live(since=since()),
        "ended": lambda at, _: list(lines(vendor, at).ended(since() - DAY, since() + DAY)),
        "cancel": lambda at, name: lines(vendor, at).cancel(name),
    }


def of_texts(made: Callable[[StandIns], Any]) -> dict[str, Act]:
    return {
        "status": lambda at, name: made(at).status(name),
        "find": lambda at, _: made(at).find(to=TO, body=BODY, since=since()),
        "taken": lambda at, _: made(at).taken(since()),
        "charged": lambda at, _: list(made(at).charged(since() - DAY, since() + DAY)),
    }


ASKS: Mapping[str, Mapping[str, Act]] = {
    "twilio": of_texts(texts),
    "telnyx": of_texts(telnyx),
    "resend": {
        "status": lambda at, name: mails(at).status(name),
        "find": lambda at, _: mails(at).find(LETTER, since=since()),
        "taken": lambda at, _: mails(at).taken(since()),
    },
    "vapi": of_calls("vapi"),
    "retell": of_calls("retell"),
    "twilio calls": of_calls("twilio"),
    "openai": {"read": lambda at, _: reader(at).read(CALL)},
    "openrouter": {"read": lambda at, _: reader(at, vendor="openrouter").read(CALL)},
}
QUESTIONS = [(vendor, what) for vendor, asked in ASKS.items() for what in asked]


@pytest.fixture
def spoiler(vendors: StandIns) -> Iterator[Spoiler]:
    with a_spoiler(vendors) as made:
        yield made


def take_breath(number: int) -> None:
    """Let go of connections now and then: each question has an adapter of its own."""
    if number % 100 == 0:
        close_all()


def ledger_of(vendor: str) -> str:
    return vendor.partition(" ")[0]


def name_of(made: Any) -> str:
    return str(getattr(made, "call_id", None) or made.reference)


@pytest.mark.timeout(3600 if LONG else 120)
@pytest.mark.parametrize("vendor", DOES)
def test_what_was_done_is_never_taken_for_undone(
    vendors: StandIns, spoiler: Spoiler, vendor: str, measured: Measured
) -> None:
    vendors.behave(limits={"vapi": 10, "retell": None})  # most of Vapi's are to be taken back
    spoiler.dice = new_dice()
    unread = 0

    for number in range(MANY):
        take_breath(number)
        spoiler.asked.clear()
        try:
            made = DOES[vendor](spoiler, f"call:{number:032}")
        except OutcomeUnknown:
            unread += 1
        except (Retryable, Rejected):
            asked = dict(spoiler.asked)
            assert "DELETE" in asked or asked["POST"] >= 400, spoiler.said
        else:
            assert misfit(made) is None, (misfit(made), spoiler.said)
            assert getattr(made, "is_live", True), spoiler.said

    done = len(vendors.effects(ledger_of(vendor)))
    measured(f"{vendor}: {done} of {MANY} done, {unread} of the spoiled answers not read")
    assert done > MANY / 2


@pytest.mark.timeout(3600 if LONG else 120)
@pytest.mark.parametrize(("vendor", "what"), QUESTIONS)
def test_a_spoiled_answer_fits_or_is_one_of_our_words(
    spoiler: Spoiler, vendor: str, what: str, measured: Measured
) -> None:
    made = MADE[vendor](spoiler, KEY)
    name = name_of(made) if made else ""
    spoiler.dice = new_dice()
    unread = 0

    for number in range(MANY):
        take_breath(number)
        try:
            found = ASKS[vendor][what](spoiler, name)
        except ProviderError:
            unread += 1
        else:
            assert misfit(found) is None, (misfit(found), spoiler.said)

    measured(f"{vendor} {what}: {MANY} spoiled answers, {unread} of them not read")


@pytest.mark.parametrize("in_place", [{}, None, 0, "", "x", {"a": 1}, [7], [None]])
@pytest.mark.parametrize(
    ("vendor", "what"),
    [pair for pair in QUESTIONS if pair[1] in {"find", "taken", "charged", "live", "ended"}],
)
def test_what_is_no_list_is_no_empty_one(
    spoiler: Spoiler, vendor: str, what: str, in_place: Any
) -> None:
    spoiler.in_place = in_place

    with pytest.raises(ProviderError):
        ASKS[vendor][what](spoiler, "")
