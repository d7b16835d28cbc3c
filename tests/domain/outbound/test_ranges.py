"""Calls that are pumped into one range of numbers stop; other calls go on."""

from uuid import UUID

import pytest
from sqlalchemy import text

from domain.database import SYSTEM
from domain.outbound.dispatch import decide_in
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


GROWN = """
WITH ranges AS (INSERT INTO number_ranges (user_id, channel, prefix)
  SELECT %(user)s, 'call', '+1' || n FROM generate_series(300000, 303000) n),
heard AS (INSERT INTO messages (user_id, direction, from_number, body, status)
  SELECT %(user)s, 'inbound', '+1313' || n, 'Call me', 'received'
  FROM generate_series(2000000, 2003000) n)
INSERT INTO calls (user_id, phone_number, call_type)
  SELECT %(user)s, '+1313' || n, 'inbound' FROM generate_series(2000000, 2003000) n
"""
READ = """
SELECT sum(coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0))
FROM pg_stat_xact_user_tables WHERE relname IN ('number_ranges', 'messages', 'calls')
"""


def test_a_look_that_was_planned_while_its_tables_were_small_reads_no_more_when_they_grow(
    phones: Phones, user: UUID
) -> None:
    phones.queue(user, 60)
    phones.connection.execute("ANALYZE number_ranges, messages, calls")
    account = "UPDATE call_service_providers SET concurrency_limit = %s"
    for slots in range(2, 32, 2):  # a statement is prepared, and its plan kept
        phones.connection.execute(account, (slots,))
        phones.decide()
    phones.connection.execute(GROWN, {"user": user})
    phones.connection.execute(account, (32,))

    with phones.begin(SYSTEM) as session:
        decided = decide_in(session, phones.desk)
        read = session.execute(text(READ)).scalar_one()

    assert decided.dialled == 2
    assert read < 50
