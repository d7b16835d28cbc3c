"""Calls that fail to begin, that end, and that nobody heard the end of."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import permutations
from uuid import uuid4

import pytest

from domain.database import SYSTEM
from domain.errors import OutcomeUnknown, Retryable
from domain.outbound import heard, service
from domain.outbound.heard import Told
from domain.outbound.ports import NEVER_DIALLED, AccountStopped, Dial, Refused
from domain.tables.outbound import AttemptState
from tests.support.phones import Phones

OLD = timedelta(minutes=5)


def age(phones: Phones, by: timedelta = OLD) -> None:
    """Let time pass for attempts and for what is written of actions."""
    phones.connection.execute(
        "UPDATE call_attempts SET created_at = created_at - %s, gone_at = gone_at - %s,"
        " asked_at = asked_at - %s, due_at = due_at - %s, lease_expires_at = lease_expires_at - %s",
        (by, by, by, by, by),
    )
    phones.connection.execute(
        "UPDATE effects SET intended_at = intended_at - %s,"
        " first_negative_at = first_negative_at - %s",
        (by, by),
    )


def told(phones: Phones, status: str, outcome: str | None = None, *, by_key: bool = True) -> Told:
    """Return what the vendor tells of its only call."""
    call = next(iter(phones.lines.calls.values()))
    return Told(
        vendor="vapi",
        call_id=call.call_id,
        key=call.key if by_key else None,
        status=status,
        outcome=outcome,
        reason=outcome and f"{outcome}, it says",
        told_at=datetime.now(UTC),
        duration=timedelta(seconds=61) if outcome else None,
    )


def hear(phones: Phones, *news: Told) -> None:
    for one in news:
        with phones.begin(SYSTEM) as session:
            heard.hear(session, one)


def test_a_full_vendor_puts_the_row_back_uncounted_and_is_given_less(phones: Phones) -> None:
    account = phones.account(limit=8)
    phones.lines.limit = 4
    rows = phones.queue(phones.tenant(), 8)

    phones.drain()

    assert len(phones.lines.live_ids) == 4
    learned = "SELECT learned_limit FROM call_service_providers WHERE id = %s"
    assert 1 <= phones.one(learned, account) < 8
    waiting = [row for row in rows if phones.status(row) == "queued"]
    assert len(waiting) == 4
    assert phones.one("SELECT max(retry_count) FROM call_queue") == 0
    assert phones.one("SELECT count(*) FROM call_attempts WHERE state = 'live'") == 4


@pytest.mark.parametrize("error", [AccountStopped("no balance"), Retryable("no route")])
def test_an_account_that_cannot_rests_and_another_takes_over(
    phones: Phones, error: Exception
) -> None:
    first = phones.account(limit=1, priority=1, failures=3)
    second = phones.account(limit=1, priority=2)
    row = phones.queue(phones.tenant())[0]
    phones.lines.faults = [error]

    phones.drain()
    phones.connection.execute("UPDATE call_queue SET due_at = clock_timestamp()")
    phones.drain()

    assert phones.one("SELECT health FROM call_service_providers WHERE id = %s", first) == "down"
    used = "SELECT provider_id FROM call_attempts WHERE call_queue_id = %s AND state = 'live'"
    assert phones.one(used, row) == second
    assert phones.one("SELECT count(*) FROM ops_alerts") == 1


@pytest.mark.parametrize(
    ("outcome", "status"),
    [(AttemptState.INVALID_NUMBER, "failed"), (AttemptState.REJECTED, "failed")],
)
def test_what_a_vendor_refuses_is_never_dialled_again(
    phones: Phones, outcome: AttemptState, status: str
) -> None:
    phones.account()
    row = phones.queue(phones.tenant())[0]
    phones.lines.faults = [Refused("no such number", outcome=outcome)]

    phones.drain()

    assert phones.states() == {outcome.value: 1}
    assert phones.status(row) == status
    assert phones.one("SELECT outcome FROM call_queue") == outcome.value
    assert phones.why(row) == "no such number"


def test_a_call_whose_answer_was_lost_is_looked_for_and_not_dialled_again(phones: Phones) -> None:
    phones.account()
    phones.queue(phones.tenant())
    phones.lines.lose = 1
    phones.drain()
    assert phones.states() == {"unknown": 1}

    age(phones)
    phones.drain()

    assert phones.states() == {"live": 1}
    assert max(phones.lines.times.values()) == 1


def test_a_call_that_never_left_is_decided_on_anew_after_it_was_looked_for_twice(
    phones: Phones,
) -> None:
    phones.account()
    phones.queue(phones.tenant())
    phones.lines.faults = [OutcomeUnknown("no answer")]
    phones.drain()

    for _ in range(4):
        age(phones)
        phones.drain()

    assert phones.states() == {"canceled": 1, "live": 1}
    assert list(phones.lines.times.values()) == [1]


def test_a_notice_names_a_call_whose_answer_was_lost(phones: Phones) -> None:
    phones.account()
    row = phones.queue(phones.tenant())[0]
    phones.lines.lose = 1
    phones.drain()

    hear(phones, told(phones, "completed", "completed"))

    assert phones.states() == {"completed": 1}
    assert phones.status(row) == "completed"
    assert phones.one("SELECT count(*) FROM calls WHERE call_queue_id = %s", row) == 1


@pytest.mark.parametrize(("outcome", "state"), [("completed", "done"), (NEVER_DIALLED, "rejected")])
def test_what_a_notice_ends_is_no_open_action_any_more(
    phones: Phones, outcome: str, state: str
) -> None:
    phones.account()
    phones.queue(phones.tenant())
    phones.lines.lose = 1
    phones.drain()

    hear(phones, told(phones, "completed", outcome))

    assert phones.all("SELECT state, owner FROM effects") == [(state, None)]


@pytest.mark.parametrize("name", ["ours", "the vendor's"])
def test_all_orders_of_notices_and_polls_end_the_same(
    phones: Phones, name: str, subtests: pytest.Subtests
) -> None:
    phones.account()
    by_key, user = name == "ours", phones.tenant()
    ends: set[tuple[object, ...]] = set()
    for order in permutations(range(4)):
        phones.lines.calls.clear()
        row = phones.queue(user)[0]
        phones.drain()
        call_id = next(iter(phones.lines.calls))
        attempt = phones.one("SELECT id FROM call_attempts WHERE call_queue_id = %s", row)
        news = [
            lambda: hear(phones, told(phones, "in_progress", by_key=by_key)),
            lambda: hear(phones, told(phones, "completed", by_key=by_key)),
            lambda: hear(phones, told(phones, "completed", "voicemail", by_key=by_key)),
            lambda attempt=attempt: service.ask(phones.board, attempt),
        ]
        phones.lines.end(call_id, AttemptState.VOICEMAIL)
        with subtests.test(order=order):
            for n in order:
                news[n]()
            ends.add(
                phones.all(
                    "SELECT a.state, a.end_reason, a.duration, q.status, q.retry_count, q.outcome,"
                    " (SELECT count(*) FROM calls c WHERE c.call_queue_id = q.id)"
                    " FROM call_attempts a JOIN call_queue q ON q.id = a.call_queue_id"
                    " WHERE q.id = %s",
                    row,
                )[0]
            )
        phones.connection.execute("UPDATE call_queue SET status = 'canceled' WHERE id = %s", (row,))

    assert ends == {("voicemail", "voicemail, it says", 61, "queued", 1, None, 1)}


def test_a_lost_notice_costs_a_slot_only_until_the_next_look(phones: Phones) -> None:
    phones.account()
    row = phones.queue(phones.tenant())[0]
    phones.drain()
    phones.lines.end_all(AttemptState.BUSY)

    phones.reconcile()

    assert phones.states() == {"busy": 1}
    assert (phones.status(row), phones.one("SELECT retry_count FROM call_queue")) == ("queued", 1)


def test_one_that_speaks_keeps_its_slot_however_long(phones: Phones) -> None:
    phones.account(limit=1)
    phones.queue(phones.tenant(), 2)
    phones.drain()

    for _ in range(3):
        age(phones, timedelta(hours=3))
        phones.lines.hidden.update(phones.lines.live_ids)
        phones.reconcile()
        phones.drain()

    assert phones.states() == {"live": 1}


def test_a_list_is_no_longer_for_one_that_is_old(phones: Phones) -> None:
    """It was so once: one that nobody knew of had the list grow until it could not be read."""
    account = phones.account(limit=3)
    phones.queue(phones.tenant(), 2)
    phones.drain()
    age(phones, timedelta(hours=3))
    spoken, ended = phones.lines.live_ids
    phones.lines.hidden.update((spoken, ended))
    phones.reconcile()
    still = phones.states()

    phones.lines.end(ended, AttemptState.COMPLETED)
    phones.reconcile()
    within_the_minute = phones.states()
    age(phones, timedelta(minutes=2))
    phones.reconcile()

    assert datetime.now(UTC) - phones.lines.listed_since[0] < timedelta(minutes=16)
    assert still == within_the_minute == {"live": 2}
    assert phones.states() == {"completed": 1, "live": 1}
    observed = "SELECT observed_live, observed_others FROM call_service_providers WHERE id = %s"
    assert phones.all(observed, account) == [(2, 0)]


def test_absence_is_believed_only_twice_and_apart(phones: Phones) -> None:
    phones.account()
    phones.queue(phones.tenant())
    phones.drain()
    phones.lines.forgotten.update(phones.lines.calls)

    phones.reconcile()
    young = phones.states()
    age(phones, timedelta(seconds=70))
    phones.reconcile()
    phones.reconcile()
    once = phones.states()
    age(phones, timedelta(seconds=31))
    phones.reconcile()

    assert young == once == {"live": 1}
    assert phones.states() == {"failed": 1}


def test_an_account_that_is_removed_under_way_ends_its_calls_with_a_reason(phones: Phones) -> None:
    account = phones.account()
    row = phones.queue(phones.tenant())[0]
    phones.drain()

    phones.connection.execute("DELETE FROM call_service_providers WHERE id = %s", (account,))
    phones.reconcile()

    assert phones.states() == {"failed": 1}
    assert phones.status(row) == "failed"
    assert "its account was removed" in phones.why(row)


@pytest.mark.parametrize("by_notice", [True, False])
def test_what_a_vendor_took_and_never_dialled_waits_on_uncounted(
    phones: Phones, *, by_notice: bool
) -> None:
    account = phones.account(limit=8)
    row = phones.queue(phones.tenant())[0]
    phones.drain()
    [call_id] = phones.lines.calls
    phones.lines.end(call_id, AttemptState.FAILED)
    phones.lines.calls[call_id] = replace(phones.lines.calls[call_id], never_dialled=True)

    if by_notice:
        hear(phones, told(phones, "failed", NEVER_DIALLED))
        hear(phones, told(phones, "failed", "failed"))  # and once more in other words
    else:
        phones.reconcile()

    assert phones.states() == {"canceled": 1}
    assert (phones.status(row), phones.one("SELECT retry_count FROM call_queue")) == ("queued", 0)
    learned = "SELECT learned_limit FROM call_service_providers WHERE id = %s"
    assert phones.one(learned, account) == 1
    assert (
        phones.one("SELECT count(*) FROM calls") + phones.one("SELECT count(*) FROM usage_calls")
        == 0
    )
    phones.connection.execute(
        "UPDATE call_queue SET due_at = clock_timestamp();"
        " UPDATE call_service_providers SET closed_until = NULL"
    )
    phones.drain()
    assert phones.status(row) == "in-progress"


@pytest.mark.parametrize("heard_first", [True, False])
def test_an_ended_call_is_counted_as_used_once_whoever_tells_its_end(
    phones: Phones, *, heard_first: bool
) -> None:
    phones.account()
    user = phones.tenant()
    phones.queue(user)
    phones.connection.execute(
        "INSERT INTO usage_limits (user_id, call_cap_seconds) VALUES (%s, 600)", (user,)
    )
    phones.drain()
    phones.lines.end_all()
    notice = told(phones, "completed", "completed")

    steps = [lambda: hear(phones, notice), phones.reconcile]
    for step in steps if heard_first else reversed(steps):
        step()
    hear(phones, notice)

    used = "SELECT provider, direction, seconds FROM usage_calls WHERE user_id = %s"
    assert phones.all(used, user) == [("vapi", "outbound", 61)]
    assert phones.one("SELECT call_used_seconds FROM usage_limits") == 61


def test_what_is_used_up_stops_the_next_call(phones: Phones) -> None:
    phones.account(limit=1)
    user = phones.tenant()
    rows = phones.queue(user, 2)
    phones.connection.execute(
        "INSERT INTO usage_limits (user_id, call_cap_seconds, grace_seconds) VALUES (%s, 60, 0)",
        (user,),
    )

    phones.drain()
    phones.end_all()
    phones.drain()

    assert [phones.status(row) for row in rows] == ["completed", "queued"]
    assert "used up" in phones.why(rows[1])


def test_calls_that_begin_while_the_vendor_is_asked_are_not_taken_for_others(
    phones: Phones,
) -> None:
    account = phones.account(limit=3)
    phones.queue(phones.tenant(), 2)
    phones.lines.meanwhile = [phones.drain]

    phones.reconcile()

    observed = "SELECT observed_live, observed_others FROM call_service_providers WHERE id = %s"
    assert phones.all(observed, account) == [(2, 0)]


def test_others_calls_on_the_account_take_slots(phones: Phones) -> None:
    account = phones.account(limit=3)
    phones.lines.place(Dial(to=phones.number(), user_id=uuid4()), key="somebody else's")

    phones.reconcile()
    phones.queue(phones.tenant(), 5)
    phones.drain()

    assert phones.states() == {"live": 2}
    observed = "SELECT observed_live, observed_others FROM call_service_providers WHERE id = %s"
    assert phones.all(observed, account) == [(1, 1)]
