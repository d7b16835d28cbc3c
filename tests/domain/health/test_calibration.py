"""How often scores were right: figures that a plain count gives too, and what counts as left."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.database import SYSTEM, Begin
from domain.health import calibration, outcomes
from domain.health.calibration import Count
from tests.support.databases import Database

AT = datetime(2026, 11, 23, 13, 27, tzinfo=UTC)
DAY = timedelta(days=1)
TALLIES = st.dictionaries(
    st.integers(0, 100), st.tuples(st.integers(0, 5), st.integers(0, 5)), max_size=8
).map(lambda given: {at: Count(left + stayed, left) for at, (left, stayed) in given.items()})


@given(TALLIES)
def test_auc_is_the_share_of_pairs_in_the_right_order(tally: dict[int, Count]) -> None:
    left = [at for at, count in tally.items() for _ in range(count.left)]
    stayed = [at for at, count in tally.items() for _ in range(count.all - count.left)]
    wins = sum((a < b) + (a == b) / 2 for a in left for b in stayed)

    found = calibration.auc(tally)

    if not left or not stayed:
        assert found is None
    else:
        assert found == pytest.approx(wins / len(left) / len(stayed))
        assert calibration.auc(tally, more_is_worse=True) == pytest.approx(1 - found)


@given(TALLIES)
def test_each_score_lies_in_one_band_and_what_is_learnt_of_many_is_their_share(
    tally: dict[int, Count],
) -> None:
    bands = calibration.bands(tally)

    assert [calibration.band_of(bands, at) is not None for at in range(101)] == [True] * 101
    assert sum((band.count for band in bands), calibration.NONE) == calibration.total(tally)
    many = {at: Count(count.all * 10_000, count.left * 10_000) for at, count in tally.items()}
    error = calibration.error(calibration.bands(many), many)
    assert error is None or error < 0.01


@pytest.fixture
def connection(database: Database) -> Iterator[psycopg.Connection[Any]]:
    with database.connect() as made:
        yield made


def scored(connection: psycopg.Connection[Any], payment: str, *days_ago: int) -> UUID:
    row = connection.execute("INSERT INTO users DEFAULT VALUES RETURNING id").fetchone()
    assert row is not None
    for days in days_ago:
        connection.execute(
            "INSERT INTO customer_health_history (user_id, period_start, score, grade, factors)"
            " VALUES (%s, date_trunc('day', %s, 'UTC') - %s * interval '1 day', 50, 'F',"
            "  jsonb_build_object('points', jsonb_build_object('payment',"
            "   jsonb_build_object('value', %s::text), 'login', jsonb_build_object('value', 3))))",
            (row[0], AT, days, payment),
        )
    return row[0]


def test_what_then_happened_is_written_beside_old_scores_and_only_what_was_foretold_counts(
    connection: psycopg.Connection[Any], begin_for_real: Begin
) -> None:
    stays = scored(connection, "active", 70, 63, 14)
    leaves = scored(connection, "active", 105, 63, 14)
    owes = scored(connection, "active", 63, 14)
    owed = scored(connection, "past_due", 7)
    steps_down = scored(connection, "active", 63, 14)
    for user, status, canceled in (
        (stays, "active", None),
        (leaves, "canceled", AT - 21 * DAY),
        (owes, "past_due", None),
        (owed, "past_due", None),
    ):
        connection.execute(
            "INSERT INTO subscriptions (user_id, status, canceled_at) VALUES (%s, %s, %s)",
            (user, status, canceled),
        )
    for price, days in ((99, 200), (49, 35)):
        connection.execute(
            "INSERT INTO tier_snapshots (user_id, effective_from, price, currency)"
            " VALUES (%s, %s, %s, 'USD')",
            (steps_down, AT - days * DAY, price),
        )

    with begin_for_real(SYSTEM) as session:
        outcomes.settle(session, at=AT)
        outcomes.settle(session, at=AT)
        record = outcomes.learn(session, at=AT)

    found = {
        (user, days): outcome
        for user, days, outcome in connection.execute(
            "SELECT user_id, (%s::date - (period_start AT TIME ZONE 'UTC')::date), outcome"
            " FROM customer_health_history",
            (AT,),
        )
    }
    assert [found[stays, days] for days in (70, 63, 14)] == ["stayed", "stayed", None]
    assert [found[leaves, days] for days in (105, 63, 14)] == ["stayed", "canceled", "canceled"]
    assert [found[owes, days] for days in (63, 14)] == ["stayed", "past_due"]
    assert found[owed, 7] == "past_due"
    assert [found[steps_down, days] for days in (63, 14)] == ["downgraded", None]
    # Mondays that are sixty days old: 63, 70 and 105 days ago.
    assert (record.accounts, record.departed) == (6, 2)
