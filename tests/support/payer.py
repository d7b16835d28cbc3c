"""A tenant that pays for what it uses, and what the house knows of that."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import psycopg

from domain.database import SYSTEM, Begin
from domain.metering import use
from domain.metering.use import CallUse, TextUse, What

START = datetime(2026, 11, 1, tzinfo=UTC)
END = datetime(2026, 12, 1, tzinfo=UTC)
NOON = datetime(2026, 11, 10, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


@dataclass
class Payer:
    begin: Begin
    connection: psycopg.Connection[Any]
    user: UUID

    def rows(self, query: str, *given: Any) -> list[tuple[Any, ...]]:
        return self.connection.execute(query, given).fetchall()

    def one(self, query: str, *given: Any) -> Any:
        return self.rows(query, *given)[0][0]

    def limit(self, *, calls: int | None = 3600, texts: int | None = 10, **more: Any) -> None:
        """Give it a plan's limits for a period, as a reconcile would."""
        given = {
            "call_cap_seconds": calls,
            "sms_cap": texts,
            "period_start": START,
            "period_end": END,
            "grace_seconds": 0,
            **more,
        }
        names, marks = ", ".join(given), ", ".join(["%s"] * len(given))
        self.connection.execute(
            f"INSERT INTO usage_limits (user_id, {names}) VALUES (%s, {marks})",
            (self.user, *given.values()),
        )

    def call(
        self, seconds: int = 60, *, name: str | None = None, at: datetime = NOON, **more: Any
    ) -> None:
        used = CallUse(
            user_id=self.user,
            provider=more.pop("provider", "retell"),
            call_id=name or uuid4().hex,
            seconds=seconds,
            ended_at=at,
            is_outbound=True,
            **more,
        )
        with self.begin(SYSTEM) as session:
            use.note_call(session, used)

    def text(self, segments: int = 1, *, name: str | None = None, provider: str = "twilio") -> None:
        used = TextUse(
            user_id=self.user,
            provider=provider,
            message_id=name or uuid4().hex,
            segments=segments,
        )
        with self.begin(SYSTEM) as session:
            use.note_texts(session, [used])

    def stopped(self, what: What = What.CALL) -> str | None:
        with self.begin(SYSTEM) as session:
            return use.stopped(session, [self.user], what).get(self.user)

    @property
    def used(self) -> tuple[int, int]:
        return self.rows("SELECT call_used_seconds, sms_used FROM usage_limits")[0]

    @property
    def state(self) -> tuple[str, bool]:
        return self.rows("SELECT limit_state, hard_stop_active FROM usage_limits")[0]

    @property
    def told(self) -> list[tuple[str, int]]:
        return self.rows(
            "SELECT facts ->> 'what', (facts ->> 'percent')::int FROM owner_notices ORDER BY id"
        )


@contextmanager
def payer(begin: Begin, connection: psycopg.Connection[Any]) -> Iterator[Payer]:
    row = connection.execute("INSERT INTO users (timezone) VALUES ('UTC') RETURNING id").fetchone()
    assert row is not None
    yield Payer(begin, connection, row[0])
