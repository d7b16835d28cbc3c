"""Calls that are pumped into one range of numbers stop; other calls go on."""

from uuid import UUID

import pytest

from tests.support.phones import Phones

A_MINUTE = 30
"""How many strangers of one range are called within a minute, where nobody says more."""


@pytest.fixture
def user(phones: Phones) -> UUID:
    phones.account(limit=100)
    return phones.tenant()


def pump(phones: Phones, user: UUID, many: int) -> None:
    phones.connection.execute(
        "INSERT INTO call_queue (user_id, recipient_number)"
        " SELECT %s, '+1212555' || lpad(n::text, 4, '0') FROM generate_series(1, %s) n",
        (user, many),
    )


def dialled(phones: Phones) -> int:
    while phones.decide().goes_on:
        pass
    return phones.one("SELECT count(*) FROM call_attempts")


def test_strangers_of_one_range_wait_their_turn_and_others_do_not(
    phones: Phones, user: UUID
) -> None:
    pump(phones, user, 60)
    [other] = phones.queue(user)

    assert dialled(phones) == A_MINUTE + 1

    assert phones.status(other) == "in-progress"
    whys = "SELECT DISTINCT verdict ->> 'why', is_ready FROM call_queue WHERE status = 'queued'"
    assert phones.all(whys) == [("range_cap", False)]
    began = "UPDATE number_ranges SET minute_began = minute_began - interval '1 minute'"
    phones.connection.execute(began)
    phones.connection.execute("UPDATE call_queue SET is_ready = true WHERE status = 'queued'")
    phones.connection.execute("UPDATE tenant_turns SET is_waiting = true")
    assert dialled(phones) == 2 * A_MINUTE + 1


KNOWN = {
    "they called": "INSERT INTO calls (user_id, phone_number) SELECT user_id, recipient_number"
    " FROM call_queue",
    "they wrote": "INSERT INTO messages (user_id, direction, from_number, body, status) SELECT"
    " user_id, 'inbound', recipient_number, 'Call me', 'received' FROM call_queue",
    "they are called again": "UPDATE call_queue SET retry_count = 1",
    "the tenant may call more": "UPDATE users SET settings ="
    """ '{"calls": {"per_range": {"minute": 500, "hour": 500, "day": 500}}}'""",
}


@pytest.mark.parametrize("how", KNOWN)
def test_who_is_known_is_called_however_small_the_town(
    phones: Phones, user: UUID, how: str
) -> None:
    pump(phones, user, A_MINUTE + 5)
    phones.connection.execute(KNOWN[how].encode())

    assert dialled(phones) == A_MINUTE + 5
