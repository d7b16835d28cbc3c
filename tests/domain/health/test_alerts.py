"""An alert stands once for an account and a cause, while it lasts, and is then quiet."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest

from domain.database import Begin
from domain.health import service
from tests.support.databases import Database

AT = datetime(2026, 11, 20, 13, 27, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def connection(database: Database) -> Iterator[psycopg.Connection[Any]]:
    with database.connect() as made:
        yield made


def an_account(connection: psycopg.Connection[Any], *, price: int | None = 100) -> UUID:
    row = connection.execute(
        "INSERT INTO users (created_at, last_login_at) VALUES (%s, %s) RETURNING id",
        (AT - 200 * DAY, AT),
    ).fetchone()
    assert row is not None
    if price is not None:
        connection.execute(
            "WITH plan AS (INSERT INTO subscription_plans (name, price, interval)"
            " VALUES ('x', %s, 'monthly') RETURNING id)"
            " INSERT INTO subscriptions (user_id, plan_id, status, created_at)"
            " SELECT %s, id, 'active', %s FROM plan",
            (price, row[0], AT - 200 * DAY),
        )
    return row[0]


def calls(connection: psycopg.Connection[Any], user: UUID, *moments: datetime) -> None:
    for moment in moments:
        connection.execute(
            "INSERT INTO calls (user_id, started_at) VALUES (%s, %s)", (user, moment)
        )


def pays(connection: psycopg.Connection[Any], user: UUID, status: str) -> None:
    connection.execute("UPDATE subscriptions SET status = %s WHERE user_id = %s", (status, user))


def alerts_of(connection: psycopg.Connection[Any], user: UUID) -> list[tuple[Any, ...]]:
    return connection.execute(
        "SELECT reason, severity, resolved_at IS NULL FROM churn_alerts WHERE user_id = %s"
        " ORDER BY created_at, reason",
        (user,),
    ).fetchall()


def told(connection: psycopg.Connection[Any]) -> list[tuple[Any, ...]]:
    return connection.execute(
        "SELECT subject, severity FROM ops_alerts"
        " WHERE alert_type = 'churn_risk' AND resolved_at IS NULL ORDER BY subject"
    ).fetchall()


def test_a_payment_problem_is_told_once_resolved_when_paid_and_quiet_for_a_day(
    connection: psycopg.Connection[Any], begin_for_real: Begin
) -> None:
    user = an_account(connection)
    pays(connection, user, "past_due")
    for hours in (0, 6, 12):
        service.score(begin_for_real, at=AT + timedelta(hours=hours))

    assert alerts_of(connection, user) == [("payment_problem", "high", True)]
    assert told(connection) == [(str(user), "warning")]

    pays(connection, user, "active")
    service.score(begin_for_real, at=AT + timedelta(hours=18))
    assert alerts_of(connection, user) == [("payment_problem", "high", False)]
    assert told(connection) == []

    pays(connection, user, "past_due")
    service.score(begin_for_real, at=AT + timedelta(hours=24))
    assert len(alerts_of(connection, user)) == 1
    pays(connection, user, "unpaid")
    service.score(begin_for_real, at=AT + timedelta(hours=30))
    assert alerts_of(connection, user)[1:] == [("payment_problem", "critical", True)]


def test_silence_on_the_edge_does_not_flap(
    connection: psycopg.Connection[Any], begin_for_real: Begin
) -> None:
    user = an_account(connection)
    connection.execute("UPDATE users SET last_login_at = %s", (AT - 15 * DAY,))
    service.score(begin_for_real, at=AT)
    assert alerts_of(connection, user) == [("inactivity", "medium", True)]

    calls(connection, user, AT + 0.5 * DAY)
    for days in range(1, 9):
        service.score(begin_for_real, at=AT + days * DAY)

    inactive = [row for row in alerts_of(connection, user) if row[0] == "inactivity"]
    assert inactive == [("inactivity", "medium", False)]


def test_a_fall_in_a_week_and_a_slow_one_are_two_causes(
    connection: psycopg.Connection[Any], begin_for_real: Begin
) -> None:
    fast, slow, neither, restless = (an_account(connection) for _ in range(4))
    service.score(begin_for_real, at=AT)
    scores = dict(
        connection.execute("SELECT user_id, score FROM customer_health_scores").fetchall()
    )
    fell_since = {fast: (22, 22, 22), slow: (2, 5, 14), neither: (10, 10, 5), restless: (3, 5, 14)}
    for user, falls in fell_since.items():
        for days, fell in zip((2, 7, 30), falls, strict=True):
            connection.execute(
                "INSERT INTO customer_health_history (user_id, period_start, score, grade)"
                " VALUES (%s, date_trunc('day', %s - %s * interval '1 day', 'UTC'), %s, 'A')",
                (user, AT, days, scores[user] + fell),
            )

    service.score(begin_for_real, at=AT + timedelta(hours=6))

    assert alerts_of(connection, fast) == [("score_drop", "high", True)]
    assert alerts_of(connection, slow) == [("slow_decline", "medium", True)]
    assert alerts_of(connection, neither) == []
    # low today, and yet within twelve of what it was two days ago: it jumps about
    assert alerts_of(connection, restless) == []


def test_fewer_calls_than_its_own_level_are_told_and_chance_is_not(
    connection: psycopg.Connection[Any], begin_for_real: Begin
) -> None:
    fell, small = an_account(connection), an_account(connection)
    calls(connection, fell, *[AT - (29 + n / 2) * DAY for n in range(50)], AT - DAY, AT - 2 * DAY)
    calls(connection, small, *[AT - (30 + 5 * n) * DAY for n in range(5)], AT - DAY)

    service.score(begin_for_real, at=AT)

    assert alerts_of(connection, fell) == [("usage_decline", "high", True)]
    assert alerts_of(connection, small) == []


def test_what_an_account_is_worth_makes_an_alert_graver(
    connection: psycopg.Connection[Any], begin_for_real: Begin
) -> None:
    usual, other, big = (an_account(connection, price=price) for price in (100, 100, 900))
    free = an_account(connection, price=None)
    connection.execute("UPDATE users SET last_login_at = %s", (AT - 15 * DAY,))

    service.score(begin_for_real, at=AT)

    severities = {user: alerts_of(connection, user)[0][1] for user in (usual, other, big, free)}
    assert severities == {usual: "medium", other: "medium", big: "high", free: "low"}


def test_what_nobody_takes_up_for_a_week_is_graver_once(
    connection: psycopg.Connection[Any], begin_for_real: Begin
) -> None:
    left, taken = an_account(connection), an_account(connection)
    connection.execute("UPDATE users SET last_login_at = %s", (AT - 15 * DAY,))
    service.score(begin_for_real, at=AT)
    connection.execute(
        "UPDATE churn_alerts SET acknowledged_at = %s WHERE user_id = %s", (AT, taken)
    )

    for days in (6, 7, 8, 16):
        service.score(begin_for_real, at=AT + days * DAY)

    assert ("inactivity", "high", True) in alerts_of(connection, left)
    assert ("inactivity", "medium", True) in alerts_of(connection, taken)


def test_near_its_limit_an_account_is_an_opportunity_and_no_risk(
    connection: psycopg.Connection[Any], begin_for_real: Begin
) -> None:
    user = an_account(connection)
    connection.execute(
        "INSERT INTO usage_limits (user_id, call_cap_seconds, call_used_seconds)"
        " VALUES (%s, 1000, 850)",
        (user,),
    )
    service.score(begin_for_real, at=AT)
    assert alerts_of(connection, user) == [("near_limit", "low", True)]

    connection.execute("UPDATE usage_limits SET call_used_seconds = 750")
    service.score(begin_for_real, at=AT + 3 * DAY)
    assert alerts_of(connection, user) == [("near_limit", "low", True)]

    connection.execute("UPDATE usage_limits SET call_used_seconds = 0")
    service.score(begin_for_real, at=AT + 6 * DAY)
    assert alerts_of(connection, user) == [("near_limit", "low", False)]
    assert told(connection) == []


def test_runs_at_once_raise_an_alert_once(
    connection: psycopg.Connection[Any], begin_for_real: Begin
) -> None:
    users = [an_account(connection) for _ in range(20)]
    connection.execute("UPDATE users SET last_login_at = %s", (AT - 30 * DAY,))

    with ThreadPoolExecutor(4) as hands:
        for run in [hands.submit(service.score, begin_for_real, at=AT) for _ in range(4)]:
            run.result()

    for user in users:
        assert [row[0] for row in alerts_of(connection, user)] == ["inactivity"]
