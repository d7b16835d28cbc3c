"""Scoring all tenants in one statement, against a loop over tenants through the ORM.

python -m benchmarks.health

Every tenant has ten calls, spread over eight weeks; servers are durable. A statement writes the
score of each tenant and its line of history, as the product does. The loop does what such a job
does where it is written by hand: it loads a tenant's rows, adds up, and saves.
"""

import os
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from statistics import median
from typing import Annotated, Any, Final
from uuid import UUID

import psycopg
import typer
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from benchmarks import page
from benchmarks.ground import empty_ground
from domain.database import SYSTEM, Begin, connect, sessions
from domain.health import rules, service, store
from domain.tables import crm, health, messages, telephony
from domain.tables.accounts import ActiveSession, User
from domain.tables.billing import Subscription, UsageLimit
from domain.tables.calendars import CalendarIntegration
from domain.tables.deliveries import WebhookConfig
from domain.tables.events import Event
from domain.tables.ops import ErrorLog
from domain.tables.vendors import Agent, UserPhoneNumber

ROUNDS: Final = 3
LOOPED: Final = 300
"""Tenants that the loop goes through: its rate does not depend on how many there are."""

DAY: Final = timedelta(days=1)
TICKS: Final = os.sysconf("SC_CLK_TCK")


def main(
    sizes: Annotated[str, typer.Option(help="How many tenants, one size after another.")] = (
        "10000,100000"
    ),
    *,
    write: Annotated[bool, typer.Option(help="Write docs/benchmarks.md.")] = True,
) -> None:
    """Measure each size; the medians of a few rounds count."""
    lines = [
        "| tenants | first run, s | again, s | its processor, s | a second | ORM loop | ratio |",
        "|---|---|---|---|---|---|---|",
    ]
    for size in map(int, sizes.split(",")):
        lines += _measure(size)
    lines += ["", _where()]
    text_of_it = "\n".join(["## Scoring all tenants", "", *WORDS, "", *lines])
    print(text_of_it)
    if write:
        page.write("health", text_of_it)


WORDS: Final = (
    "Ten calls a tenant; score, history and fifteen contributions written for each. `Again` is",
    "what happens six hours later: the score is replaced, history stands; `its processor` is what",
    "the database spent on that. The ratio is of a first run, which writes as much as the loop.",
)


def _where() -> str:
    return page.where("psycopg", "sqlalchemy")


def _measure(size: int) -> Iterator[str]:
    with empty_ground() as database, database.connect() as postgres:
        _fill(postgres, size)
        engine = connect(database.url(), name="bench")
        begin = sessions(engine)
        loop = _looped(begin)
        postgres.execute("TRUNCATE customer_health_scores, customer_health_history")
        first, _ = _scored(begin)
        again = [_scored(begin) for _ in range(ROUNDS)]
        with begin(SYSTEM) as session:
            count = session.execute(
                text("SELECT count(*) FROM customer_health_scores")
            ).scalar_one()
        assert count == size
        engine.dispose()
    wall, processor = median(one for one, _ in again), median(one for _, one in again)
    yield (
        f"| {size:,} | {first:.1f} | {wall:.1f} | {processor:.1f} | {size / first:,.0f}"
        f" | {loop:,.0f} | {size / first / loop:,.0f} |"
    )


def _fill(postgres: psycopg.Connection[Any], size: int) -> None:
    postgres.execute("ALTER TABLE calls DISABLE TRIGGER USER")
    postgres.execute(
        "INSERT INTO users (id, created_at, last_login_at) SELECT app_uuid7(),"
        " now() - interval '100 days', now() - random() * interval '20 days'"
        " FROM generate_series(1, %s)",
        (size,),
    )
    postgres.execute(
        "INSERT INTO calls (user_id, started_at, status, duration)"
        " SELECT id, now() - random() * interval '56 days', 'completed', 100"
        " FROM users, generate_series(1, 10)"
    )
    postgres.execute("VACUUM ANALYZE")
    postgres.execute("CHECKPOINT")


def _scored(begin: Begin) -> tuple[float, float]:
    """Return what one run takes by the clock, and of the database's processor."""
    with begin(SYSTEM) as session:
        at = store.now(session)
        before = _processor(session)
    began = time.perf_counter()
    service.score_all(begin, at=at)
    wall = time.perf_counter() - began
    with begin(SYSTEM) as session:
        after = _processor(session)
    return wall, sum(after.values()) - sum(before.get(pid, 0) for pid in after)


def _processor(session: Session) -> dict[int, float]:
    """Return what each connection to this database has used of a processor."""
    query = text("SELECT pid FROM pg_stat_activity WHERE datname = current_database()")
    used: dict[int, float] = {}
    for pid in session.scalars(query):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        used[pid] = (int(fields[11]) + int(fields[12])) / TICKS
    return used


def _looped(begin: Begin) -> float:
    """Return how many tenants a second a loop through the ORM scores."""
    with begin(SYSTEM) as session:
        users = list(session.scalars(select(User.id).limit(LOOPED)))
        at = store.now(session)
    began = time.perf_counter()
    for user in users:
        with begin(SYSTEM) as session:
            _by_hand(session, user, at)
    return LOOPED / (time.perf_counter() - began)


def _by_hand(session: Session, user: UUID, at: datetime) -> None:
    owner = session.get_one(User, user)
    since = at - 56 * DAY
    calls = list(
        session.scalars(
            select(telephony.Call).where(
                telephony.Call.user_id == user, telephony.Call.started_at > since
            )
        )
    )
    now = [one for one in calls if one.started_at > at - 28 * DAY]
    found = {
        table: list(session.scalars(select(table).where(table.user_id == user)))
        for table in (
            *(Event, messages.Message, crm.Lead, crm.Review, ActiveSession, Agent),
            *(CalendarIntegration, WebhookConfig, UserPhoneNumber, ErrorLog),
            *(Subscription, UsageLimit),
        )
    }
    values: dict[str, rules.Value] = {factor.name: None for factor in rules.FACTORS}
    values["login"] = Decimal((at - (owner.last_login_at or at)) / DAY)
    values["volume"] = Decimal(len(now) + 2) / (len(calls) - len(now) + 2)
    values["payment"] = "active" if found[Subscription] else "none"
    values["bookings"] = Decimal(len(found[Event]))
    values["leads"] = Decimal(len(found[crm.Lead]))
    values["agent"] = Decimal(len(found[Agent]))
    score = rules.score(values)
    shown = {
        factor.name: {"points": rules.points(factor, values[factor.name]), "of": factor.of}
        for factor in rules.FACTORS
    }
    given = {"user_id": user, "score": score, "grade": rules.grade(score), "factors": shown}
    known = session.scalar(select(health.HealthScore).where(health.HealthScore.user_id == user))
    if known is None:
        session.add(health.HealthScore(**given, last_calculated=at))
    session.add(health.HealthHistory(**given, period_start=at))


if __name__ == "__main__":
    typer.run(main)
