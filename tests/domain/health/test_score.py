"""A score is the sum of what it shows, the same for the same rows, and one a day."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.database import Begin
from domain.health import rules, service
from domain.health.rules import FACTORS
from tests.support import accounts
from tests.support.databases import Database

AT = datetime(2026, 11, 20, 13, 27, tzinfo=UTC)
CONTENT = (
    "SELECT user_id, score, lower_bound, upper_bound, grade, risk_level, factors, trend_7_days,"
    " trend_30_days, last_calculated FROM customer_health_scores ORDER BY user_id"
)


@pytest.fixture
def connection(database: Database) -> Iterator[psycopg.Connection[Any]]:
    with database.connect() as made:
        yield made


def an_account(connection: psycopg.Connection[Any], *, age: int, login: int = 0) -> UUID:
    row = connection.execute(
        "INSERT INTO users (created_at, last_login_at) VALUES (%s, %s) RETURNING id",
        (AT - timedelta(days=age), AT - timedelta(days=login)),
    ).fetchone()
    assert row is not None
    return row[0]


def calls(connection: psycopg.Connection[Any], user: UUID, *days_ago: float) -> None:
    for days in days_ago:
        connection.execute(
            "INSERT INTO calls (user_id, started_at) VALUES (%s, %s)",
            (user, AT - timedelta(days=days)),
        )


def score_of(connection: psycopg.Connection[Any], user: UUID) -> Any:
    cursor = connection.execute("SELECT * FROM customer_health_scores WHERE user_id = %s", (user,))
    names = [one.name for one in cursor.description or ()]
    return dict(zip(names, cursor.fetchone() or (), strict=False))


def as_value(value: object) -> rules.Value:
    return value if value is None or isinstance(value, str) else Decimal(str(value))


def test_the_best_of_all_factors_is_a_hundred() -> None:
    assert sum(factor.of for factor in FACTORS) == 100
    for factor in FACTORS:
        best = max([gained for _, gained in factor.rungs] + list(factor.words.values()))
        assert best == factor.of, factor.name
        assert factor.without <= factor.of


def test_contributions_add_up_to_the_score_for_accounts_at_random(
    connection: psycopg.Connection[Any], begin_for_real: Begin
) -> None:
    accounts.add(connection, AT, 150, seed=4)

    service.score(begin_for_real, at=AT)

    rows = connection.execute(CONTENT).fetchall()
    assert len(rows) > 100
    scores = {row[1] for row in rows}
    assert None in scores
    assert len(scores) > 30
    for _, score, low, high, grade, risk, factors, *_ in rows:
        parts = factors["points"]
        assert set(parts) == {factor.name for factor in FACTORS}
        for factor in FACTORS:
            part = parts[factor.name]
            assert part["points"] == rules.points(factor, as_value(part["value"])), factor.name
            assert (part["of"], part["window"]) == (factor.of, factor.window)
        if score is not None:
            assert score == sum(part["points"] for part in parts.values())
            assert (grade, risk) == (rules.grade(score), rules.risk(score))
            wanted = rules.wilson(score / 100, factors["evidence"])
            assert [float(low), float(high)] == pytest.approx([100 * x for x in wanted], abs=0.06)


def test_the_same_rows_give_the_same_score(
    connection: psycopg.Connection[Any], begin_for_real: Begin
) -> None:
    users = accounts.add(connection, AT, 40, seed=5)
    service.score(begin_for_real, at=AT)
    before = connection.execute(CONTENT).fetchall()

    service.score(begin_for_real, at=AT)
    service.score(begin_for_real, at=AT, at_once=7)
    for user in users:
        service.score_one(begin_for_real, user, at=AT)

    assert connection.execute(CONTENT).fetchall() == before
    count = connection.execute("SELECT count(*) FROM customer_health_history").fetchone()
    assert count == (len(before),)


def test_two_runs_at_once_write_one_row_a_day(
    connection: psycopg.Connection[Any], begin_for_real: Begin
) -> None:
    accounts.add(connection, AT, 60, seed=6)

    with ThreadPoolExecutor(4) as hands:
        runs = [
            hands.submit(service.score, begin_for_real, at=AT + timedelta(minutes=n), at_once=13)
            for n in range(4)
        ]
        counts = {run.result() for run in runs}

    assert len(counts) == 1
    rows = connection.execute(
        "SELECT count(*), count(DISTINCT user_id) FROM customer_health_history"
    ).fetchone()
    assert rows == (*counts, *counts)
    newest = connection.execute("SELECT DISTINCT last_calculated FROM customer_health_scores")
    assert newest.fetchall() == [(AT + timedelta(minutes=3),)]


def test_a_new_account_is_new_and_an_old_one_without_life_is_not(
    connection: psycopg.Connection[Any], begin_for_real: Begin
) -> None:
    youngest, young, lively, dead = (
        an_account(connection, age=0),
        an_account(connection, age=5),
        an_account(connection, age=7),
        an_account(connection, age=90, login=60),
    )
    calls(connection, lively, *[0.1 + n / 4 for n in range(10)])

    service.score(begin_for_real, at=AT)

    assert score_of(connection, youngest)["grade"] == "new"
    assert score_of(connection, young)["grade"] == "new"
    assert score_of(connection, young)["score"] is None
    assert score_of(connection, lively)["score"] > score_of(connection, dead)["score"]
    assert score_of(connection, dead)["grade"] == "F"


def test_more_evidence_makes_the_score_surer(
    connection: psycopg.Connection[Any], begin_for_real: Begin
) -> None:
    few, many = an_account(connection, age=90), an_account(connection, age=90)
    calls(connection, few, *range(1, 50, 8))
    calls(connection, many, *[n / 4 for n in range(1, 200)])

    service.score(begin_for_real, at=AT)

    widths = [
        score_of(connection, user)["upper_bound"] - score_of(connection, user)["lower_bound"]
        for user in (few, many)
    ]
    assert widths[0] > widths[1] * Decimal("1.8")


def test_a_trend_is_measured_against_a_week_and_a_month_ago(
    connection: psycopg.Connection[Any], begin_for_real: Begin
) -> None:
    user = an_account(connection, age=200)
    for days, score in ((31, 90), (30, 88), (8, 80), (7, 75), (1, 60)):
        connection.execute(
            "INSERT INTO customer_health_history (user_id, period_start, score, grade)"
            " VALUES (%s, date_trunc('day', %s - %s * interval '1 day', 'UTC'), %s, 'A')",
            (user, AT, days, score),
        )

    service.score(begin_for_real, at=AT)

    now = score_of(connection, user)
    assert (now["trend_7_days"], now["trend_30_days"]) == (now["score"] - 75, now["score"] - 88)


def test_who_left_keeps_the_last_score(
    connection: psycopg.Connection[Any], begin_for_real: Begin
) -> None:
    user = an_account(connection, age=90)
    service.score(begin_for_real, at=AT)
    before = score_of(connection, user)
    connection.execute(
        "INSERT INTO subscriptions (user_id, status, canceled_at, created_at)"
        " VALUES (%s, 'canceled', %s, %s)",
        (user, AT, AT - timedelta(days=80)),
    )

    service.score(begin_for_real, at=AT + timedelta(days=1))

    assert score_of(connection, user) == before
    assert not service.score_one(begin_for_real, user, at=AT + timedelta(days=1))


@given(st.integers(0, 100), st.integers(1, 10_000))
def test_a_share_lies_within_its_interval(share: int, count: int) -> None:
    low, high = rules.wilson(share / 100, count)

    assert 0 <= low <= share / 100 + 1e-9 <= high + 2e-9
    assert high <= 1
