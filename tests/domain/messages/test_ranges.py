"""Texts that are pumped into one range of numbers stop; who writes to customers never notices."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest

from domain.consent import ranges
from domain.messages import service as messages
from domain.work import batch
from domain.work.shop import Inline, Shop
from tests.support.figures import Measured
from tests.support.message_desk import MessageDesk
from tests.support.spoiled import LONG

MANY = 10_000 if LONG else 100
MINUTE, HOUR = timedelta(minutes=1, seconds=5), timedelta(hours=1, minutes=1)
FAST = "UPDATE users SET settings = %s::jsonb RETURNING id"
OWE = """
INSERT INTO messages (user_id, to_number, body, rule, identity, due_at, segments)
SELECT %s, '+1212555' || lpad(n::text, 4, '0'), 'Your code is ' || n, 'code', 'burst ' || n,
       clock_timestamp(), 1
FROM generate_series(%s::int, %s::int) n
"""
SENT = "SELECT count(*) FROM messages WHERE status = 'sent' AND rule = 'code'"


@pytest.fixture(autouse=True)
def no_pace(desk: MessageDesk) -> None:
    desk.one(FAST, settings())


def settings(**per_range: int) -> str:
    return json.dumps({"messages": {"per_minute": 60000, "per_range": per_range}})


def pump(desk: MessageDesk, first: int, last: int) -> None:
    desk.connection.execute(OWE, (desk.user, first, last))


def shop(desk: MessageDesk, size: int) -> Shop:
    return Shop(begin=desk.begin, hands=Inline(), size=size, budget=timedelta(minutes=10))


def work(desk: MessageDesk) -> int:
    """Send what may go now; return how many have gone in all."""
    batch.work(shop(desk, 500), messages.job(desk.post))
    return desk.one(SENT)


@pytest.mark.timeout(3600 if LONG else 120)
def test_a_burst_to_one_range_stops_at_the_limits_of_minute_hour_and_day(
    desk: MessageDesk, measured: Measured
) -> None:
    minute, hour, day = (30, 100, 300) if LONG else (3, 10, 30)
    desk.one(FAST, settings(minute=minute, hour=hour, day=day))
    pump(desk, 0, MANY - 1)

    minutes = [work(desk)]
    for _ in range(4):
        desk.pass_by(MINUTE)
        minutes.append(work(desk))
    hours = [minutes[-1]]
    for _ in range(8):
        desk.pass_by(HOUR)
        for _ in range(4):
            work(desk)
            desk.pass_by(MINUTE)
        hours.append(work(desk))

    measured(f"{MANY} texts to one range went by the minute: {minutes}, by the hour: {hours}")
    assert minutes == [minute, 2 * minute, 3 * minute, hour, hour]
    assert all(after - before <= hour for before, after in pairwise(hours))
    assert hours[-1] == day


def test_without_the_limit_all_of_a_burst_go(desk: MessageDesk) -> None:
    desk.one(FAST, settings(minute=9999, hour=9999, day=9999))
    pump(desk, 0, 14)

    assert work(desk) == 15


@pytest.mark.parametrize(("back", "at_once"), [(40, 3), (7200, 5)])
def test_a_clock_that_is_set_back_holds_a_range_no_longer_than_one_more_period(
    desk: MessageDesk, back: int, at_once: int
) -> None:
    desk.one(FAST, settings(minute=3, hour=100))
    pump(desk, 0, 2)
    assert work(desk) == 3

    desk.pass_by(-timedelta(seconds=back))
    pump(desk, 10, 11)
    assert work(desk) == at_once
    desk.pass_by(MINUTE + timedelta(seconds=back))

    assert work(desk) == 5


def test_other_rows_go_on_beside_a_range_that_is_full(desk: MessageDesk) -> None:
    desk.one(FAST, settings(minute=3, hour=3))
    pump(desk, 0, 9)
    desk.connection.execute(
        "INSERT INTO messages (user_id, to_number, body, rule, identity, due_at) VALUES"
        " (%s, '+12125560001', 'x', 'code', 'elsewhere', clock_timestamp() + interval '1 ms')",
        [desk.user],
    )
    desk.pass_by(timedelta(seconds=1))

    assert work(desk) == 4
    assert desk.one("SELECT status FROM messages WHERE identity = 'elsewhere'") == "sent"


KNOWN = {
    "they wrote": (
        "INSERT INTO messages (user_id, direction, from_number, body, status)"
        " SELECT %s, 'inbound', to_number, 'Hello', 'received' FROM messages"
    ),
    "they called": ("INSERT INTO calls (user_id, phone_number) SELECT %s, to_number FROM messages"),
    "they were written to before": (
        "INSERT INTO messages (user_id, to_number, body, status, sent_at) SELECT %s, to_number,"
        " 'x', 'delivered', clock_timestamp() - interval '25 hours' FROM messages"
    ),
    "they are a customer of old": (
        "WITH c AS (INSERT INTO customers (user_id, created_at)"
        " VALUES (%s, clock_timestamp() - interval '25 hours') RETURNING id)"
        " UPDATE messages SET customer_id = c.id FROM c"
    ),
}


@pytest.mark.parametrize("how", KNOWN)
def test_who_is_known_is_no_stranger_however_small_the_town(desk: MessageDesk, how: str) -> None:
    desk.one(FAST, settings(minute=3, hour=3))
    pump(desk, 0, 9)
    desk.connection.execute(KNOWN[how], [desk.user])

    assert work(desk) == 10
    assert desk.one("SELECT count(*) FROM number_ranges") == 0


STRANGE = {
    "they were called just now": (
        "INSERT INTO calls (user_id, phone_number, call_type)"
        " SELECT %s, to_number, 'outbound' FROM messages"
    ),
    "they were written to just now": (
        "INSERT INTO messages (user_id, to_number, body, status, sent_at) SELECT %s, to_number,"
        " 'x', 'delivered', clock_timestamp() - interval '23 hours' FROM messages"
    ),
    "another tenant knows them": (
        "INSERT INTO calls (user_id, phone_number)"
        " SELECT (SELECT id FROM users WHERE id <> %s), to_number FROM messages"
    ),
}


@pytest.mark.parametrize("how", STRANGE)
def test_what_a_pump_can_do_itself_makes_nobody_known(desk: MessageDesk, how: str) -> None:
    desk.tenant("Others")
    desk.one(FAST, settings(minute=3, hour=3))
    pump(desk, 0, 9)
    desk.connection.execute(STRANGE[how], [desk.user])

    assert work(desk) == 3


def test_a_second_try_is_not_counted_again(desk: MessageDesk) -> None:
    desk.one(FAST, settings(minute=3, hour=3))
    pump(desk, 0, 2)
    assert work(desk) == 3
    pump(desk, 3, 5)
    desk.connection.execute("UPDATE messages SET attempts = 1 WHERE status = 'pending'")

    assert work(desk) == 6


def test_however_many_workers_there_are_not_one_more_goes(desk: MessageDesk) -> None:
    desk.one(FAST, settings(hour=30))  # a minute may pass meanwhile
    pump(desk, 0, 99)

    def sweep(_: int) -> None:
        batch.work(shop(desk, 10), messages.job(desk.post))

    with ThreadPoolExecutor(4) as workers:
        list(workers.map(sweep, range(4)))

    assert work(desk) == 30  # a sweep that found its tenant busy leaves the rest to the next


def told(desk: MessageDesk) -> tuple[list[Any], int]:
    ranges.notice(desk.begin)
    alerts = desk.all(
        "SELECT subject, resolved_at IS NULL FROM ops_alerts WHERE alert_type = 'range_full'"
    )
    return alerts, desk.one("SELECT count(*) FROM owner_notices WHERE kind = 'strangers'")


def test_operators_and_the_owner_are_told_once_and_the_alert_ends_with_its_cause(
    desk: MessageDesk,
) -> None:
    desk.one(FAST, settings(minute=3, hour=10))
    pump(desk, 0, 5)
    work(desk)
    assert told(desk) == ([], 0)  # a minute's pace worries nobody

    pump(desk, 6, 20)
    work(desk)
    told(desk)
    assert told(desk) == ([(f"texts {desk.user}", True)], 1)

    desk.connection.execute("DELETE FROM messages")
    desk.pass_by(timedelta(days=1, seconds=1))
    assert told(desk) == ([(f"texts {desk.user}", False)], 1)
