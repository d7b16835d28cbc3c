"""A tenant's day in figures: counted from its rows, as often as one likes."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import psycopg

from domain.database import Begin
from domain.metering import figures
from tests.support.databases import Database

DAY = "date_trunc('day', now() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC' - interval '1 day'"


def a_day(connection: psycopg.Connection[Any]) -> UUID:
    """Write what happened to a tenant yesterday, from its first moment to its last."""
    user = uuid4()
    connection.execute("INSERT INTO users (id) VALUES (%s)", (user,))
    for status, after in (("completed", "0"), ("completed", "86399.9 s"), ("busy", "1 h")):
        connection.execute(
            "INSERT INTO calls (user_id, status, started_at, cost, currency)"
            f" VALUES (%s, %s, {DAY} + %s::interval, 0.5, 'USD')",
            (user, status, after),
        )
    connection.execute(
        "INSERT INTO events (user_id, title, status, owes_nothing, created_at)"
        f" VALUES (%s, 'x', 'scheduled', true, {DAY})",
        (user,),
    )
    connection.execute(
        "INSERT INTO messages (user_id, body, status, sent_at, created_at, cost, currency)"
        f" VALUES (%s, 'x', 'sent', {DAY}, {DAY}, 10, 'SEK')",
        (user,),
    )
    return user


def figures_of(connection: psycopg.Connection[Any], user: UUID) -> list[tuple[Any, ...]]:
    return connection.execute(
        "SELECT date = (now() AT TIME ZONE 'UTC')::date - 1, total_calls, successful_calls,"
        " failed_calls, total_bookings, conversion_rate, total_sms, round(total_cost, 2), currency"
        " FROM analytics WHERE user_id = %s",
        (user,),
    ).fetchall()


def test_a_day_is_counted_once_however_often_it_is_counted(
    database: Database, begin_for_real: Begin
) -> None:
    with database.connect() as connection:
        connection.execute("DELETE FROM exchange_rates")
        connection.execute(
            "INSERT INTO exchange_rates (base, quote, valid_on, rate, source) VALUES"
            " ('USD', 'SEK', '2020-01-01', 5, 'x'), ('USD', 'SEK', '2021-01-01', 10, 'x')"
        )
        mine, theirs = a_day(connection), a_day(connection)

        figures.count(begin_for_real)
        connection.execute(
            "INSERT INTO calls (user_id, status, started_at)"
            f" VALUES (%s, 'completed', {DAY} + interval '1 day')",
            (theirs,),
        )
        figures.count(begin_for_real)

        expected = (True, 3, 2, 1, 1, Decimal("33.33"), 1, Decimal("2.50"), "USD")
        assert figures_of(connection, mine) == [expected]
        assert sorted(row[1] for row in figures_of(connection, theirs)) == [1, 3]


def test_costs_without_a_rate_are_told_not_guessed(
    database: Database, begin_for_real: Begin
) -> None:
    with database.connect() as connection:
        connection.execute("DELETE FROM exchange_rates")
        user = a_day(connection)

        figures.count(begin_for_real)

        told = connection.execute("SELECT alert_type, subject FROM ops_alerts").fetchall()
        assert told == [("exchange_rate_missing", "SEK")]
        assert figures_of(connection, user)[0][7] == Decimal("1.50")


def test_a_day_is_the_tenants_own(database: Database, begin_for_real: Begin) -> None:
    with database.connect() as connection:
        users = {}
        for zone in ("UTC", "Pacific/Auckland", "America/Los_Angeles", "Nowhere/Atall"):
            user = users[zone] = uuid4()
            connection.execute("INSERT INTO users (id, timezone) VALUES (%s, %s)", (user, zone))
            connection.execute(
                f"INSERT INTO calls (user_id, started_at) VALUES (%s, {DAY} + interval '12 hours')",
                (user,),
            )

        figures.count(begin_for_real)

        found = {
            zone: connection.execute(
                "SELECT date - (now() AT TIME ZONE 'UTC')::date FROM analytics WHERE user_id = %s",
                (user,),
            ).fetchall()
            for zone, user in users.items()
        }
    assert found["UTC"] == found["America/Los_Angeles"] == found["Nowhere/Atall"] == [(-1,)]
    assert found["Pacific/Auckland"] == [(0,)]


def test_days_that_nobody_counted_are_made_up(database: Database, begin_for_real: Begin) -> None:
    with database.connect() as connection:
        user = uuid4()
        connection.execute("INSERT INTO users (id) VALUES (%s)", (user,))
        for days in (1, 9, 30):
            connection.execute(
                "INSERT INTO calls (user_id, started_at)"
                " VALUES (%s, now() - %s * interval '1 day')",
                (user, days),
            )
        for days, error in ((10, None), (0, "superseded")):
            connection.execute(
                "INSERT INTO periodic_runs (name, slot, rung_by, rung_at, finished_at, error)"
                " VALUES ('upkeep.rollup', now() - %s * interval '1 day', 'x', now(), now(), %s)",
                (days, error),
            )

        figures.count(begin_for_real)

        dates = connection.execute(
            "SELECT (now() AT TIME ZONE 'UTC')::date - date FROM analytics ORDER BY 1"
        ).fetchall()
    assert dates == [(1,), (9,)]


def test_as_many_days_are_counted_as_were_missed_and_no_more_than_a_quarter() -> None:
    now = datetime(2026, 3, 29, 12, tzinfo=UTC)

    assert figures.missed(now, now - timedelta(hours=1)) == 3
    assert figures.missed(now, now - timedelta(days=5, hours=1)) == 8
    assert figures.missed(now, now - timedelta(days=500)) == figures.missed(now, None) == 92
    found = figures.days(now, "Europe/Stockholm", 2)
    assert found.dates == [date(2026, 3, 28), date(2026, 3, 29)]
    assert [till - since for since, till in zip(found.sinces, found.tills, strict=True)] == [
        timedelta(hours=24),
        timedelta(hours=23),
    ]
