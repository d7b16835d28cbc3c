"""Names, numbers and addresses, however they are given."""

import pytest

from domain.transcripts.reading import read
from tests.support.calls import only, value


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("My name is Siobhan, that's S-I-O-B-H-A-N.", "Siobhan"),
        ("It's B as in boy, R as in river, U as in under, N as in north, O as in open.", "Bruno"),
        ("Sure, Ana María de la Cruz.", "Ana María de la Cruz"),
        ("mark", "mark"),
    ],
)
def test_a_name_is_heard_however_it_is_given(words: str, name: str) -> None:
    event = only(
        read(
            "Caller: I want to book a visit for Friday at 2 pm.\n"
            f"Agent: May I have your name?\nCaller: {words}\n"
            "Agent: Thank you, you are booked for Friday at 2 pm."
        )
    )

    assert value(event.customer_name) == name


@pytest.mark.parametrize(
    ("words", "address"),
    [
        ("sam dot okafor at gmail dot com.", "sam.okafor@gmail.com"),
        ("It is j underscore park at north dash wind dot co dot uk", "j_park@north-wind.co.uk"),
        ("Use kim.lee@example.org please", "kim.lee@example.org"),
    ],
)
def test_an_address_for_mail_may_be_spoken(words: str, address: str) -> None:
    event = only(
        read(
            "Caller: I want to book a demo for Friday at 2 pm.\n"
            f"Agent: And your e-mail?\nCaller: {words}\n"
            "Agent: Thank you, you are booked for Friday at 2 pm."
        )
    )

    assert value(event.customer_email) == address


@pytest.mark.parametrize(
    ("words", "number"),
    [
        ("two oh six, five five five, oh one double eight", "2065550188"),
        ("+46 70 123 45 67", "+46701234567"),
        ("eight hundred five five five twelve thirty four", "8005551234"),
    ],
)
def test_a_number_may_be_spoken(words: str, number: str) -> None:
    event = only(
        read(
            "Caller: I want to book a visit for Friday at 2 pm.\n"
            f"Agent: What number can we reach you at?\nCaller: {words}.\n"
            "Agent: Thank you, you are booked for Friday at 2 pm."
        )
    )

    assert value(event.customer_phone) == number
