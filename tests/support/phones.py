"""A room with phones: tenants, accounts and calls to make, over fake lines."""

from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import count
from typing import Any
from uuid import UUID, uuid4

import psycopg

from domain.consent.jurisdictions import Contact, Table, shipped
from domain.consent.schedules import parse
from domain.database import Begin
from domain.outbound import draining, reconcile
from domain.outbound.dispatch import Decision, Desk, decide
from domain.outbound.service import Switchboard
from domain.tables.outbound import AttemptState
from domain.work.shop import Inline, Shop
from tests.support.lines import FakeExchange, FakeLines
from tests.support.slice import KEYS

ANSWERED = "they ticked a box"


def always_open() -> Table:
    """Return a law under which Americans may be called at every hour, whenever tests run."""
    known = shipped()
    america = replace(known.rows["US"], hours={Contact.AUTOMATED_CALL: parse("daily 00:00-24:00")})
    return Table(version="open", rows={"US": america}, regions=known.regions, overlays={})


@dataclass
class Phones:
    """What tests of outbound calls stand on; commits are real."""

    begin: Begin
    connection: psycopg.Connection[Any]
    lines: FakeLines = field(default_factory=FakeLines)

    def __post_init__(self) -> None:
        self._numbers = count(1)
        exchange = FakeExchange({"vapi": self.lines})
        self.board = Switchboard(
            begin=self.begin, keyring=KEYS, exchange=exchange, hours=always_open()
        )
        self.shop = Shop(begin=self.begin, hands=Inline(), budget=timedelta(seconds=5))
        self.desk = Desk(keyring=KEYS, hours=self.board.hours)

    def one(self, query: str, *bound: Any) -> Any:
        row = self.connection.execute(query, bound).fetchone()
        return row[0] if row else None

    def all(self, query: str, *bound: Any) -> list[tuple[Any, ...]]:
        return self.connection.execute(query, bound).fetchall()

    def tenant(self, *, weight: float = 1, consent: str | None = ANSWERED) -> UUID:
        user = uuid4()
        self.connection.execute("INSERT INTO users (id) VALUES (%s)", (user,))
        self.connection.execute(
            "INSERT INTO tenant_turns (user_id, weight) VALUES (%s, %s)", (user, weight)
        )
        self.connection.execute(
            "INSERT INTO calling_rules (user_id, consent_source) VALUES (%s, %s)", (user, consent)
        )
        return user

    def account(self, limit: int = 5, *, per_second: float = 10_000, **columns: Any) -> UUID:
        words = {
            "name": "Vapi",
            "type": "voice",
            "provider": "vapi",
            "concurrency_limit": limit,
            "calls_per_second": per_second,
            **columns,
        }
        return self.insert("call_service_providers", words)

    def insert(self, table: str, words: dict[str, Any]) -> UUID:
        names, marks = ", ".join(words), ", ".join(["%s"] * len(words))
        query = f"INSERT INTO {table} ({names}) VALUES ({marks}) RETURNING id"
        return self.one(query, *words.values())

    def campaign(self, user: UUID, **columns: Any) -> UUID:
        words = {"user_id": user, "name": "Autumn", "status": "running", **columns}
        return self.insert("call_campaigns", words)

    def queue(self, user: UUID, many: int = 1, **columns: Any) -> list[UUID]:
        """Have calls wanted, each to a number of its own in New York's daytime or night."""
        made: list[UUID] = []
        for _ in range(many):
            words = {"user_id": user, "recipient_number": self.number(), **columns}
            made.append(self.insert("call_queue", words))
        return made

    def number(self) -> str:
        n = next(self._numbers)
        return f"+1212{200 + n % 800:03}{n // 800:04}"  # as people are: spread over many ranges

    def decide(self, pool: UUID | None = None) -> Decision:
        return decide(self.begin, self.desk, pool)

    def drain(self) -> bool:
        return draining.drain(self.board, self.shop)

    def reconcile(self) -> int:
        return reconcile.reconcile(self.board, self.shop)

    def end_all(self, outcome: AttemptState = AttemptState.COMPLETED) -> None:
        """Have all live calls end, and hear of it by asking."""
        self.lines.end_all(outcome)
        self.reconcile()

    def states(self) -> dict[str, int]:
        found = self.all("SELECT state, count(*) FROM call_attempts GROUP BY state")
        return {row[0]: row[1] for row in found}

    def status(self, row: UUID) -> str:
        return self.one("SELECT status FROM call_queue WHERE id = %s", row)

    def why(self, row: UUID) -> str:
        return self.one("SELECT last_error FROM call_queue WHERE id = %s", row)
