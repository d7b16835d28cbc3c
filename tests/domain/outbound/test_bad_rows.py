"""Rows that make no sense: a reason on the row or a refusal at the door, and nothing is dialled."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from domain.outbound import judge
from tests.support.phones import Phones


@pytest.mark.parametrize("column", ["template_id", "voice_id", "provider_id", "caller_number_id"])
def test_what_names_something_that_is_not_there_is_refused_at_the_door(
    phones: Phones, column: str
) -> None:
    user = phones.tenant()

    with pytest.raises(psycopg.errors.ForeignKeyViolation):
        phones.queue(user, **{column: uuid4()})


@pytest.mark.parametrize(
    ("table", "columns"),
    [
        ("call_service_providers", {"concurrency_limit": None}),
        ("call_service_providers", {"concurrency_limit": -1}),
        ("call_service_providers", {"calls_per_second": 0}),
        ("call_queue", {"recipient_number": "not a number"}),
        ("call_queue", {"priority": 99}),
    ],
)
def test_a_limit_that_is_none_and_a_number_that_is_no_number_are_refused_at_the_door(
    phones: Phones, table: str, columns: dict[str, Any]
) -> None:
    base = {"user_id": phones.tenant(), "recipient_number": phones.number()}
    if table == "call_service_providers":
        base = {"name": "Vapi", "type": "voice", "provider": "vapi"}

    with pytest.raises((psycopg.errors.CheckViolation, psycopg.errors.NotNullViolation)):
        phones.insert(table, {**base, **columns})


def test_a_limit_that_is_not_there_bounds_nobody_and_one_of_nothing_dials_nothing(
    phones: Phones,
) -> None:
    phones.account(limit=9)
    free, none = phones.tenant(), phones.tenant()
    phones.connection.execute(
        "UPDATE tenant_turns SET concurrency_limit = 0 WHERE user_id = %s", (none,)
    )
    open_rows = phones.queue(free, 2, campaign_id=phones.campaign(free, concurrency_limit=None))
    shut = phones.queue(none)[0]

    phones.drain()

    assert [phones.status(row) for row in open_rows] == ["in-progress"] * 2
    assert phones.status(shut) == "queued"


def test_a_call_for_2099_waits_for_2099_and_keeps_nobody_waiting(phones: Phones) -> None:
    phones.account(limit=5)
    user = phones.tenant()
    far = phones.queue(user, 3, scheduled_time="2099-01-01", priority=1)
    now = phones.queue(user)[0]

    phones.drain()

    assert phones.status(now) == "in-progress"
    assert {phones.status(row) for row in far} == {"queued"}
    assert phones.one("SELECT count(*) FROM call_queue WHERE NOT is_ready") == 3


def test_a_row_that_was_due_a_day_before_it_came_is_a_mistake(phones: Phones) -> None:
    phones.account()
    row = phones.queue(phones.tenant(), scheduled_time="2020-01-01")[0]

    phones.drain()

    assert timedelta(days=1) == judge.STALE
    assert (phones.status(row), phones.lines.calls) == ("failed", {})


def test_a_call_is_not_dialled_without_the_template_or_campaign_it_was_queued_for(
    phones: Phones,
) -> None:
    phones.account(limit=9)
    user = phones.tenant()
    template = phones.insert("call_templates", {"user_id": user, "name": "Hello"})
    campaign, worded = phones.campaign(user), phones.campaign(user, template_id=template)
    told = phones.queue(user, template_id=template)[0]
    run = phones.queue(user, campaign_id=campaign)[0]
    waits = phones.queue(user, campaign_id=worded)[0]

    phones.connection.execute("DELETE FROM call_templates WHERE id = %s", (template,))
    phones.connection.execute("DELETE FROM call_campaigns WHERE id = %s", (campaign,))
    phones.drain()

    assert [phones.status(row) for row in (told, run, waits)] == ["failed", "canceled", "queued"]
    assert "its template was deleted" in phones.why(told)
    assert phones.one("SELECT status FROM call_campaigns WHERE id = %s", worded) == "paused"
    assert phones.lines.live_ids == []


def test_a_template_that_a_person_takes_off_a_call_leaves_it_in_line(phones: Phones) -> None:
    user = phones.tenant()
    template = phones.insert("call_templates", {"user_id": user, "name": "Hello"})
    row = phones.queue(user, template_id=template)[0]

    phones.connection.execute("UPDATE call_queue SET template_id = NULL WHERE id = %s", (row,))

    assert phones.status(row) == "queued"
