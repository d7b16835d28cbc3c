"""A year of accounts that never were: how they live, and why some of them leave.

What makes them leave is drawn before what can be seen of it. More than a third of the causes show
in nothing that a score looks at: a business is sold, a rival is cheaper, an owner falls ill. And
many that stay look for a while as if they would leave: a slack season, a holiday, an error.
"""

import math
import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, TypeAlias
from uuid import UUID

import psycopg

from domain.ids import new_id

BEFORE: Final = 75
"""Days that an account has lived before the year, so that it has a level of its own."""

LEAVE: Final = 0.3
"""Of all accounts, in a year."""

SEEN: Final = {"fades": 4, "silent": 3, "failing": 2, "card": 2, "unadopted": 2}
UNSEEN: Final = {"sold": 3, "rival": 3, "ill": 2, "moved": 2}
"""By cause: how often, against the others. Ten of twenty-three show in no factor."""

Change: TypeAlias = tuple[int, str, UUID]
"""On a day, what befalls an account."""


@dataclass
class Life:
    """An account: how often it is called, when it leaves and why."""

    user: UUID
    born: int
    rate: float
    login_every: float
    cause: str | None
    ends: int
    price: int
    slack: tuple[int, int]
    holiday: tuple[int, int]
    has: Mapping[str, bool]
    changes: list[Change] = field(default_factory=list)

    def busy(self, day: int) -> float:
        """Return how much of its usual life it has on a day."""
        share = 1.0 + 0.15 * math.sin(day / 58 + self.rate)
        if self.slack[0] <= day < self.slack[1]:
            share *= 0.45
        if self.holiday[0] <= day < self.holiday[1]:
            share *= 0.05
        left = self.ends - day
        if self.cause == "fades" and left < 90:
            share *= max(0.1, left / 90)
        if self.cause == "silent" and left < 40:
            share *= 0.1
        return share if day < self.ends else 0.0

    def looks_in(self, day: int) -> float:
        """Return how likely its owner logs in on a day."""
        share = 1 / self.login_every
        if self.holiday[0] <= day < self.holiday[1] or day >= self.ends:
            return 0.0
        left = self.ends - day
        if (self.cause == "silent" and left < 45) or (self.cause == "fades" and left < 60):
            share *= 0.1
        if self.cause == "unadopted":
            share *= 0.5
        return share


def lives(count: int, days: int, seed: int) -> list[Life]:
    """Draw accounts; the same seed draws the same."""
    chance = random.Random(seed)
    return [_life(chance, days) for _ in range(count)]


def _life(chance: random.Random, days: int) -> Life:
    causes = {**SEEN, **UNSEEN}
    leaves = chance.random() < LEAVE
    cause = chance.choices(list(causes), list(causes.values()))[0] if leaves else None
    born = -BEFORE if chance.random() < 0.8 else chance.randrange(0, days)
    ends = chance.randrange(max(born + 30, 20), max(born + 60, days + 60)) if leaves else 10**6
    slack, holiday = chance.randrange(days), chance.randrange(days)
    adopts = 0.35 if cause == "unadopted" else 0.85
    return Life(
        user=new_id(),
        born=born,
        rate=min(3.0, chance.lognormvariate(-0.7, 0.7)),
        login_every=chance.choice((1.2, 2, 3, 5, 9)),
        cause=cause,
        ends=ends,
        price=chance.choice((49, 99, 99, 249)),
        slack=(slack, slack + 45) if chance.random() < 0.3 else (0, 0),
        holiday=(holiday, holiday + chance.choice((7, 14))) if chance.random() < 0.4 else (0, 0),
        has={name: chance.random() < adopts for name in ("agent", "calendar", "webhook", "phone")},
    )


def write(
    connection: psycopg.Connection[Any], people: list[Life], begins: datetime, days: int, seed: int
) -> Iterator[Change]:
    """Write what they do in all the year, and return what befalls them, day by day.

    A score looks at nothing that lies after its own moment, so what is to come may stand there.
    """
    chance = random.Random(seed + 1)
    for table in ("calls", "events", "messages", "reviews", "subscriptions"):
        connection.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
    _copy(
        connection, "users (id, created_at)", ((one.user, _at(begins, one.born)) for one in people)
    )
    _set_up(connection, people, begins, chance)
    tables: dict[str, list[tuple[Any, ...]]] = {name: [] for name in COLUMNS}
    for one in people:
        _live(one, days, chance, lambda day: _at(begins, day, chance), tables)
        _befall(one, days, chance)
    for name, rows in tables.items():
        _copy(connection, COLUMNS[name], iter(rows))
    connection.execute("ANALYZE")
    yield from sorted(change for one in people for change in one.changes)


COLUMNS: Final = {
    "calls": "calls (user_id, started_at, status, duration)",
    "sessions": "active_sessions (user_id, last_active)",
    "events": "events (user_id, created_at, status, owes_nothing)",
    "messages": "messages (user_id, created_at, status)",
    "reviews": "reviews (user_id, submitted_at, rating)",
}


def _at(begins: datetime, day: float, chance: random.Random | None = None) -> datetime:
    return begins + timedelta(days=day + (chance.random() if chance else 0))


def _copy(connection: psycopg.Connection[Any], into: str, rows: Iterator[tuple[Any, ...]]) -> None:
    with connection.cursor() as cursor, cursor.copy(f"COPY {into} FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


def _set_up(
    connection: psycopg.Connection[Any],
    people: list[Life],
    begins: datetime,
    chance: random.Random,
) -> None:
    plans = {price: new_id() for price in (49, 99, 249)}
    _copy(
        connection,
        "subscription_plans (id, name, price, interval)",
        ((key, f"plan {price}", price, "monthly") for price, key in plans.items()),
    )
    _copy(
        connection,
        "subscriptions (user_id, plan_id, status, created_at)",
        ((one.user, plans[one.price], "active", _at(begins, one.born)) for one in people),
    )
    _copy(
        connection,
        "usage_limits (user_id, call_cap_seconds, sms_cap)",
        ((one.user, chance.choice((3000, 6000, 12000)), 100) for one in people),
    )
    for what, into, row in (
        ("agent", "agents (user_id, status)", lambda one: (one.user, "active")),
        (
            "calendar",
            "calendar_integrations (user_id, integration_type, calendar_id)",
            lambda one: (one.user, "google", "c"),
        ),
        (
            "webhook",
            "webhook_configs (user_id, url)",
            lambda one: (one.user, "https://example.com"),
        ),
        (
            "phone",
            "user_phone_numbers (user_id, full_number)",
            lambda one: (one.user, f"+1555{one.user.int % 10**7:07}"),
        ),
    ):
        _copy(connection, into, (row(one) for one in people if one.has[what]))


def _live(
    one: Life,
    days: int,
    chance: random.Random,
    at: Callable[[int], datetime],
    tables: dict[str, list[tuple[Any, ...]]],
) -> None:
    for day in range(one.born, min(days, one.ends)):
        for _ in range(_poisson(chance, one.rate * one.busy(day))):
            status = "completed" if chance.random() < 0.9 else "no_answer"
            tables["calls"].append((one.user, at(day), status, chance.randrange(30, 240)))
            if chance.random() < 0.25:
                tables["events"].append((one.user, at(day), "scheduled", True))
                fails = 0.35 if one.cause == "failing" and one.ends - day < 50 else 0.01
                status = "failed" if chance.random() < fails else "delivered"
                tables["messages"].append((one.user, at(day), status))
        if chance.random() < one.looks_in(day):
            tables["sessions"].append((one.user, at(day)))
        if chance.random() < 0.02:
            bad = one.cause == "failing" and one.ends - day < 60
            tables["reviews"].append(
                (one.user, at(day), chance.choice((1, 2) if bad else (4, 5, 5)))
            )


def _poisson(chance: random.Random, mean: float) -> int:
    limit, count, product = math.exp(-mean), 0, chance.random()
    while product > limit:
        count += 1
        product *= chance.random()
    return count


def _befall(one: Life, days: int, chance: random.Random) -> None:
    """Note on which days its subscription and its troubles change."""
    add = one.changes.append
    if one.cause == "card":
        add((one.ends - 21, "past_due", one.user))
    if one.cause == "failing":
        for ago in (45, 38, 30, 22, 12):
            add((one.ends - ago, "error", one.user))
    if one.cause is not None:
        if chance.random() < 0.5 and one.cause != "card":
            add((one.ends - 1, "leaving", one.user))
        add((one.ends, "left", one.user))
    elif chance.random() < 0.06:
        late = chance.randrange(days)
        add((late, "past_due", one.user))
        add((late + chance.randrange(2, 9), "paid", one.user))
    _stumble(one, days, chance)


def _stumble(one: Life, days: int, chance: random.Random) -> None:
    add = one.changes.append
    for _ in range(_poisson(chance, 1.2)):
        broken = chance.randrange(days)
        if broken < one.ends:
            add((broken, "error", one.user))
            add((broken + chance.randrange(1, 12), "mended", one.user))


HAPPENS: Final = {
    "past_due": "UPDATE subscriptions SET status = 'past_due' WHERE user_id = %(user)s",
    "paid": "UPDATE subscriptions SET status = 'active' WHERE user_id = %(user)s",
    "leaving": (
        "UPDATE subscriptions SET cancel_at_period_end = true, canceled_at = %(at)s"
        " WHERE user_id = %(user)s"
    ),
    "left": (
        "UPDATE subscriptions SET status = 'canceled',"
        " canceled_at = coalesce(canceled_at, %(at)s) WHERE user_id = %(user)s"
    ),
    "error": "INSERT INTO error_logs (user_id, created_at) VALUES (%(user)s, %(at)s)",
    "mended": "UPDATE error_logs SET resolved_at = %(at)s WHERE user_id = %(user)s",
}
USED: Final = """
UPDATE usage_limits l SET call_used_seconds = coalesce(c.used, 0),
    period_start = date_trunc('month', %(at)s::timestamptz, 'UTC')
FROM users u LEFT JOIN (SELECT user_id, sum(duration) AS used FROM calls
    WHERE started_at <= %(at)s AND started_at >= date_trunc('month', %(at)s::timestamptz, 'UTC')
    GROUP BY 1) c ON c.user_id = u.id
WHERE u.id = l.user_id AND l.call_used_seconds IS DISTINCT FROM coalesce(c.used, 0)
"""


def happen(connection: psycopg.Connection[Any], change: Change, at: datetime) -> None:
    """Let one thing befall an account."""
    connection.execute(HAPPENS[change[1]], {"user": change[2], "at": at})
