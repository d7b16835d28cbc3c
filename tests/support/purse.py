"""A tenant with a budget, and requests that cost what they are told to."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

import psycopg

from domain.database import SYSTEM, Begin
from domain.metering import budgets, service
from domain.metering.usage import Account, Hold, Purpose, Refused, Usage

CENT = Decimal("0.01")
PRICE = """
INSERT INTO model_prices
    (provider, model, valid_from, prompt_usd, cached_usd, completion_usd, source)
VALUES ('fake', 'm-1', '2020-01-01', 1, 0.5, 10, 'test')
"""
"""A thousand tokens of an answer are a cent."""


def a_usage(*, prompt: int = 0, answer: int = 1000, **more: Any) -> Usage:
    given = {"provider": "fake", "model": "m-1", "request_id": None, **more}
    return Usage(prompt_tokens=prompt, completion_tokens=answer, **given)


@dataclass
class Said:
    """An answer."""

    usage: Usage | None
    text: str = "yes"


@dataclass
class Purse:
    """What a tenant may spend, has spent, and holds."""

    begin: Begin
    connection: psycopg.Connection[Any]
    user: UUID

    @property
    def account(self) -> Account:
        return Account(user_id=self.user, purpose=Purpose.TRANSCRIPT)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        return self.connection.execute(query).fetchall()

    def limit(self, *, soft: str | None = None, hard: str | None = None, **more: str) -> None:
        limits = {"soft": soft and Decimal(soft), "hard": hard and Decimal(hard)}
        with self.begin(SYSTEM) as session:
            budgets.limit(session, self.user, **limits, **more)  # type: ignore[arg-type]

    def reserve(self, key: str, usd: Decimal | None = CENT, **more: Any) -> Hold | Refused | None:
        with self.begin(SYSTEM) as session:
            found = budgets.reserve(session, self.user, key, usd, **more)
            return found[0] if found else None

    def spend(self, key: str, usd: Decimal | None = CENT) -> None:
        with self.begin(SYSTEM) as session:
            budgets.spend(session, Hold(key), usd)

    def ask(self, usage: Usage | None, estimate: Usage | None = None) -> Said | Refused:
        return service.ask(
            self.begin,
            self.account,
            estimate or a_usage(),
            lambda _key: Said(usage),
            lambda said: said.text,
        )

    @property
    def state(self) -> tuple[Decimal, Decimal]:
        """What is spent, and what is held."""
        [row] = self.rows(
            "SELECT spent, reserved FROM ai_budgets ORDER BY period_start DESC LIMIT 1"
        )
        return row[0], row[1]

    @property
    def alerts(self) -> list[tuple[str, int]]:
        return [(a, b) for a, b in self.rows("SELECT alert_type, seen FROM ops_alerts ORDER BY 1")]


@contextmanager
def purse(begin: Begin, connection: psycopg.Connection[Any]) -> Iterator[Purse]:
    connection.execute(PRICE)
    row = connection.execute("INSERT INTO users (timezone) VALUES ('UTC') RETURNING id").fetchone()
    assert row is not None
    yield Purse(begin, connection, row[0])
