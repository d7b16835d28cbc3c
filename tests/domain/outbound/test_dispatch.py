"""Who is dialled, and how many at once: nested limits, turns, and what waits for what."""

import threading
from collections import Counter
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from domain.database import SYSTEM
from domain.outbound import turns
from domain.outbound.dispatch import decide_in
from tests.support.phones import Phones


def dialled(phones: Phones) -> Counter[UUID]:
    """Count the calls under way of each tenant."""
    found = phones.all("SELECT user_id FROM call_attempts WHERE state = 'dialing'")
    return Counter(row[0] for row in found)


def test_as_many_are_dialled_as_the_account_has_slots(phones: Phones) -> None:
    phones.account(limit=3)
    phones.queue(phones.tenant(), 10)

    phones.drain()

    assert len(phones.lines.live_ids) == 3
    assert phones.states() == {"live": 3}


def test_a_call_that_ends_makes_room_for_the_next(phones: Phones) -> None:
    phones.account(limit=2)
    phones.queue(phones.tenant(), 5)

    for _ in range(3):
        phones.drain()
        phones.end_all()

    assert phones.lines.peak == 2
    assert phones.states() == {"completed": 5}
    assert phones.all("SELECT status, count(*) FROM call_queue GROUP BY 1") == [("completed", 5)]
    assert phones.one("SELECT count(*) FROM calls WHERE status = 'completed'") == 5


READ = """
SELECT sum(coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0))
FROM pg_stat_xact_user_tables WHERE relname IN ('call_queue', 'call_attempts', 'tenant_turns')
"""


def test_a_decision_reads_no_more_rows_than_it_has_slots_for(phones: Phones) -> None:
    phones.account(limit=2)
    crowd, planned = phones.tenant(), phones.tenant()
    fill = (
        "INSERT INTO call_queue (user_id, recipient_number, scheduled_time) SELECT %s,"
        " '+1212' || 2000000 + n * 10007 %% 8000000, clock_timestamp() + %s"
        " FROM generate_series(1, 3000) n"
    )
    phones.connection.execute(fill, (crowd, timedelta()))
    phones.connection.execute(fill, (planned, timedelta(days=1)))

    with phones.begin(SYSTEM) as session:
        decided = decide_in(session, phones.desk)
        promoted = turns.promote(session)
        read = session.execute(text(READ)).scalar_one()

    assert (decided.dialled, promoted) == (2, 0)
    assert read < 100


@pytest.mark.parametrize(
    ("columns", "free"),
    [
        ({"limit": 0}, 0),
        ({"limit": 8, "learned_limit": 3}, 3),
        ({"limit": 8, "reserved_inbound": 5}, 3),
        ({"limit": 8, "observed_others": 6, "observed_at": "now"}, 2),
        ({"limit": 8, "observed_others": 6, "observed_at": "2020-01-01"}, 8),
        ({"limit": 8, "reserved_inbound": 5, "observed_others": 4, "observed_at": "now"}, 3),
        ({"limit": 8, "health": "down"}, 1),
        ({"limit": 8, "health": "down", "closed_until": "2099-01-01"}, 0),
        ({"limit": 8, "is_active": False}, 0),
    ],
)
def test_slots_are_what_the_account_allows(
    phones: Phones, columns: dict[str, Any], free: int
) -> None:
    phones.account(**columns)
    phones.queue(phones.tenant(), 10)

    assert phones.decide().dialled == free


def test_a_tenant_a_campaign_and_a_number_have_limits_of_their_own(phones: Phones) -> None:
    phones.account(limit=20)
    bounded, other = phones.tenant(), phones.tenant()
    phones.connection.execute(
        "UPDATE tenant_turns SET concurrency_limit = 4 WHERE user_id = %s", (bounded,)
    )
    phones.queue(bounded, 9)
    campaign = phones.campaign(other, concurrency_limit=3)
    number = phones.insert(
        "user_phone_numbers",
        {"user_id": other, "full_number": "+12125550199", "concurrency_limit": 5},
    )
    phones.queue(other, 9, campaign_id=campaign)
    phones.queue(other, 9)

    phones.decide()

    assert dialled(phones) == {bounded: 4, other: 5}
    of_campaign = "SELECT count(*) FROM call_attempts WHERE campaign_id = %s"
    assert phones.one(of_campaign, campaign) <= 3
    assert phones.one("SELECT count(*) FROM call_attempts WHERE caller_number_id = %s", number) == 5


def test_nobody_is_called_twice_at_once(phones: Phones) -> None:
    phones.account(limit=5)
    both = phones.number()
    first = phones.queue(phones.tenant(), recipient_number=both)[0]
    second = phones.queue(phones.tenant(), recipient_number=both)[0]

    phones.decide()
    phones.decide()

    assert {phones.status(first), phones.status(second)} == {"in-progress", "queued"}
    waits = first if phones.status(first) == "queued" else second
    assert phones.why(waits) == "another call to this number is on its way"


def test_turns_go_by_weight_and_not_by_who_has_queued_most(phones: Phones) -> None:
    phones.account(limit=40)
    whale, light, heavy = phones.tenant(), phones.tenant(), phones.tenant(weight=2)
    phones.queue(whale, 60)
    phones.queue(light, 40)
    phones.queue(heavy, 40)

    phones.decide()

    assert dialled(phones) == {whale: 10, light: 10, heavy: 20}


def test_who_slept_saved_up_no_turns(phones: Phones) -> None:
    phones.account(limit=10)
    busy, late = phones.tenant(), phones.tenant()
    phones.queue(busy, 200)
    for _ in range(10):
        phones.drain()
        phones.end_all()

    phones.queue(late, 50)
    phones.decide()

    assert dialled(phones) == {busy: 5, late: 5}


def test_nobody_idles_while_anybody_waits(phones: Phones) -> None:
    phones.account(limit=10)
    few, many = phones.tenant(), phones.tenant()
    phones.queue(few, 2)
    phones.queue(many, 50)

    phones.decide()

    assert dialled(phones) == {few: 2, many: 8}


def test_what_several_leave_of_their_shares_goes_to_who_has_more(phones: Phones) -> None:
    phones.account(limit=40)
    for _ in range(7):
        phones.queue(phones.tenant())
    many = phones.tenant()
    phones.queue(many, 60)

    while phones.decide().goes_on:
        pass

    assert dialled(phones)[many] == 33


def test_many_rows_of_a_full_campaign_keep_no_other_row_waiting(phones: Phones) -> None:
    phones.account(limit=5)
    user = phones.tenant()
    full = phones.campaign(user, concurrency_limit=0)
    phones.queue(user, 50, campaign_id=full, priority=1)
    last = phones.queue(user, priority=10)[0]

    phones.decide()

    assert phones.status(last) == "in-progress"
    assert dialled(phones) == {user: 1}


def test_the_first_priority_goes_first_and_then_who_has_waited_longest(phones: Phones) -> None:
    phones.account(limit=2)
    user = phones.tenant()
    old, new = phones.queue(user)[0], phones.queue(user)[0]
    urgent = phones.queue(user, priority=1)[0]

    phones.decide()

    assert [phones.status(row) for row in (urgent, old, new)] == [
        *("in-progress", "in-progress", "queued")
    ]


def test_own_accounts_win_and_have_their_own_slots(phones: Phones) -> None:
    platform = phones.account(limit=3)
    owner, guest = phones.tenant(), phones.tenant()
    own = phones.account(limit=2, user_id=owner)
    phones.queue(owner, 9)
    phones.queue(guest, 9)

    phones.drain()

    count = "SELECT count(*) FROM call_attempts WHERE provider_id = %s AND user_id = %s"
    assert phones.one(count, own, owner) == 2
    assert phones.one(count, platform, guest) == 3
    assert phones.one("SELECT count(*) FROM call_attempts") == 5


def test_the_pace_of_an_account_is_kept(phones: Phones) -> None:
    phones.account(limit=50, per_second=1)
    phones.queue(phones.tenant(), 10)

    first, second = phones.decide(), phones.decide()

    assert (first.dialled, second.dialled) == (1, 0)
    assert second.wait is not None


def test_a_better_account_is_used_first_and_the_next_when_it_is_full(phones: Phones) -> None:
    second, first = phones.account(limit=5, priority=2), phones.account(limit=2, priority=1)
    phones.queue(phones.tenant(), 4)

    phones.decide()

    used = phones.all("SELECT provider_id FROM call_attempts")
    assert Counter(row[0] for row in used) == {first: 2, second: 2}


def test_what_is_for_later_waits_and_is_put_into_the_line_in_time(phones: Phones) -> None:
    phones.account(limit=5)
    user = phones.tenant()
    later = phones.queue(user, scheduled_time="2099-01-01")[0]
    phones.drain()
    assert phones.status(later) == "queued"

    phones.connection.execute("UPDATE call_queue SET scheduled_time = clock_timestamp()")
    phones.drain()

    assert phones.status(later) == "in-progress"


def test_a_row_that_comes_while_its_tenant_is_sent_to_sleep_is_not_slept_over(
    phones: Phones,
) -> None:
    phones.account(limit=5)
    user = phones.tenant()
    with phones.begin(user) as session:
        session.connection().exec_driver_sql(
            "INSERT INTO call_queue (recipient_number) VALUES ('+12125550100')"
        )
        phones.decide()

    assert phones.decide().dialled == 1


def test_many_who_decide_at_once_give_out_no_slot_twice(phones: Phones) -> None:
    phones.account(limit=7)
    for _ in range(5):
        phones.queue(phones.tenant(), 10)
    threads = [threading.Thread(target=phones.decide) for _ in range(8)]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sum(dialled(phones).values()) == 7
    assert phones.one("SELECT count(*) FROM call_queue WHERE status = 'in-progress'") == 7
