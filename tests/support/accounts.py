"""Accounts at random: what they did of late, and what they have. The same seed gives the same."""

import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg

from domain.ids import new_id

PAYMENTS = ("active", "trialing", "past_due", "unpaid", "paused", "incomplete", "canceled")


def add(connection: psycopg.Connection[Any], at: datetime, count: int, seed: int) -> list[UUID]:
    """Write accounts with whatever may befall one; nothing of it is owed to anybody."""
    chance = random.Random(seed)
    for table in ("calls", "events", "messages", "reviews", "leads", "subscriptions"):
        connection.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
    made = [_account(connection, at, chance) for _ in range(count)]
    for table in ("calls", "events", "messages", "reviews", "leads", "subscriptions"):
        connection.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
    return made


def _account(connection: psycopg.Connection[Any], at: datetime, chance: random.Random) -> UUID:
    user = new_id()

    def ago(most: float) -> datetime:
        return at - timedelta(days=chance.random() * most)

    connection.execute(
        "INSERT INTO users (id, created_at, last_login_at) VALUES (%s, %s, %s)",
        (user, ago(120), ago(40) if chance.random() < 0.8 else None),
    )
    busy = chance.choice((0, 3, 20, 60))
    for table, columns, rows in (
        (
            "calls",
            "user_id, started_at, status, duration",
            [
                (user, ago(70), chance.choice(("completed", "no_answer", "busy")), 90)
                for _ in range(chance.randint(0, busy))
            ],
        ),
        (
            "events",
            "user_id, created_at, status, owes_nothing",
            [
                (user, ago(50), chance.choice(("scheduled", "cancelled", "completed")), True)
                for _ in range(chance.randint(0, busy // 3))
            ],
        ),
        (
            "messages",
            "user_id, created_at, status, sent_at",
            [
                (user, ago(50), chance.choice(("sent", "delivered", "delivered", "failed")), at)
                for _ in range(chance.randint(0, busy))
            ],
        ),
        ("leads", "user_id, created_at", [(user, ago(50)) for _ in range(chance.randint(0, 14))]),
        (
            "reviews",
            "user_id, submitted_at, rating",
            [(user, ago(120), chance.randint(1, 5)) for _ in range(chance.randint(0, 4))],
        ),
        (
            "error_logs",
            "user_id, created_at",
            [(user, ago(9)) for _ in range(chance.choice((0, 0, 1, 12)))],
        ),
    ):
        _write(connection, table, columns, rows)
    _have(connection, user, at, chance)
    return user


def _have(
    connection: psycopg.Connection[Any], user: UUID, at: datetime, chance: random.Random
) -> None:
    number = f"+1555{chance.randrange(10**7):07}"
    for table, columns, row in (
        ("agents", "user_id, status", (user, chance.choice(("active", "disabled")))),
        (
            "calendar_integrations",
            "user_id, integration_type, calendar_id, status",
            (user, "google", "c", chance.choice(("connected", "needs_reconnect"))),
        ),
        ("webhook_configs", "user_id, url", (user, "https://example.com")),
        ("user_phone_numbers", "user_id, full_number", (user, number)),
        (
            "subscriptions",
            "user_id, status, created_at, cancel_at_period_end",
            (user, chance.choice(PAYMENTS), at - timedelta(days=70), chance.random() < 0.2),
        ),
        (
            "usage_limits",
            "user_id, call_cap_seconds, call_used_seconds, sms_cap, sms_used",
            (user, chance.choice((None, 600, 6000)), 300, chance.choice((None, 0, 100)), 7),
        ),
    ):
        if chance.random() < 0.7:
            _write(connection, table, columns, [row])


def _write(
    connection: psycopg.Connection[Any], table: str, columns: str, rows: Sequence[Sequence[object]]
) -> None:
    if rows:
        places = ", ".join(["%s"] * len(rows[0]))
        with connection.cursor() as cursor:
            cursor.executemany(f"INSERT INTO {table} ({columns}) VALUES ({places})", rows)
