"""Through a synthetic half year: no alert twice, hardly any again, and scores that order well."""

import os

import pytest

from benchmarks.year import BEGINS, DAY, FLAPS, OPEN_TWICE, SEEDS, live
from domain.database import Begin
from domain.health.rules import FACTORS
from tests.support import year
from tests.support.databases import Database
from tests.support.figures import Measured

LONG = "LONG" in os.environ
TENANTS, DAYS = (400, 365) if LONG else (60, 110)


@pytest.mark.slow
def test_alerts_stand_once_and_do_not_flap(
    database: Database, begin_for_real: Begin, measured: Measured
) -> None:
    people = year.lives(TENANTS, DAYS, SEEDS["test"])

    with database.connect() as connection:
        live(connection, begin_for_real, people, DAYS)

        twice = connection.execute(OPEN_TWICE).fetchone()
        flaps = sum(count for _, count in connection.execute(FLAPS))
        alerts = connection.execute("SELECT count(*) FROM churn_alerts").fetchone()
        wrong = connection.execute(
            "SELECT count(*) FROM customer_health_history h WHERE score IS NOT NULL AND score <>"
            " (SELECT sum((p.value ->> 'points')::int) FROM jsonb_each(factors -> 'points') p)"
        ).fetchone()
        days = connection.execute(
            "SELECT count(DISTINCT period_start), max(period_start) < %s"
            " FROM customer_health_history",
            (BEGINS + DAYS * DAY,),
        ).fetchone()

    assert twice == (0,)
    assert wrong == (0,)
    assert days == (DAYS, True)
    assert alerts is not None
    assert alerts[0] > 10
    months = TENANTS * DAYS / 30
    measured(
        f"{TENANTS} accounts, {DAYS} days, {len(FACTORS)} factors: {alerts[0]} alerts,"
        f" {flaps / months:.2%} raised again within 30 days, of account-months"
    )
    assert flaps / months <= 0.02
