"""Everything that a tenant's call meets: a database, a broker, the vendors, and our processes."""

import json
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import psycopg

from tests.support.broker import Broker
from tests.support.databases import Database
from tests.support.processes import Process, frontdesk
from tests.support.stand_ins import StandIns, free_port
from tests.support.waiting import wait_until

WITHOUT_LIMITS = (
    '{"messages": {"per_minute": 60000,'
    ' "per_range": {"minute": 99999, "hour": 99999, "day": 99999}}}'
)
"""Settings of a tenant who may write to as many as the test has, one beside the other."""

ENDED = """
SELECT NOT EXISTS (SELECT 1 FROM calls WHERE ai_processing_status IN ('pending', 'processing')
                   AND transcript IS NOT NULL)
   AND NOT EXISTS (SELECT 1 FROM errands WHERE state IN ('pending', 'working'))
   AND NOT EXISTS (SELECT 1 FROM messages WHERE status IN ('sending', 'unknown')
                   OR status = 'pending' AND NOT starts_with(coalesce(rule, ''), 'reminder'))
"""


def booking(thing: str = "boiler", *, aside: str = "Good day") -> str:
    """Return a call on which a visit is agreed, and something said aside."""
    return (
        "Agent: Harbour Street Plumbing, good morning.\n"
        f"Caller: Good morning. I need somebody to repair my {thing}.\n"
        "Agent: Of course. Would tomorrow at ten in the morning suit you?\n"
        "Caller: Tomorrow at ten in the morning is perfect.\n"
        "Agent: Then I have you down for tomorrow at ten.\n"
        f"Caller: {aside}.\nAgent: Goodbye."
    )


@dataclass
class Premises:
    """What stands and runs, and what a test asks of it."""

    database: Database
    broker: Broker
    vendors: StandIns
    connection: psycopg.Connection[Any]
    processes: dict[str, Process] = field(default_factory=dict[str, Process])

    def tenant(self, name: str = "Harbour Street Plumbing") -> UUID:
        return self.scalar(
            "INSERT INTO users (business_name, timezone) VALUES (%s, 'Europe/Stockholm')"
            " RETURNING id",
            name,
        )

    def call(self, user: UUID, transcript: str, phone: str) -> UUID:
        return self.scalar(
            "INSERT INTO calls (user_id, phone_number, transcript) VALUES (%s, %s, %s)"
            " RETURNING id",
            *(user, phone, transcript),
        )

    def scalar(self, query: str, *given: Any) -> Any:
        row = self.connection.execute(query, given).fetchone()
        return row[0] if row else None

    def count(self, query: str, *given: Any) -> dict[str, int]:
        return dict(self.connection.execute(query, given).fetchall())

    def wait_for_the_end(self, *, within: float) -> None:
        wait_until(lambda: self.scalar(ENDED), within=within, what="every row ends")

    def said(self) -> str:
        return "\n".join(process.said() for process in self.processes.values())

    def effects(self, vendor: str) -> list[dict[str, Any]]:
        return self.vendors.effects(vendor)


@contextmanager
def premises(
    database: Database,
    broker: Broker,
    *commands: str,
    environment: Mapping[str, str] | None = None,
    own: Mapping[str, Mapping[str, str]] | None = None,
) -> Iterator[Premises]:
    """Run the vendors' stand-ins and the commands until the block ends.

    `own` is what a command by its first word is given besides.
    """
    port = free_port()
    vendors = StandIns(f"http://127.0.0.1:{port}")
    given = {
        "DATABASE_URL": database.url(),
        "REDIS_URL": broker.url,
        "SANDBOX_URL": vendors.url,
        "FRONTDESK_ENV": "sandbox",
        **(environment or {}),
    }
    with ExitStack() as stack:
        made = Premises(database, broker, vendors, stack.enter_context(database.connect()))
        for words in (f"sandbox --port {port}", *commands):
            name = words.split()[0]
            mine = {**given, **(own or {}).get(name, {})}
            process = stack.enter_context(frontdesk(*words.split(), environment=mine))
            made.processes[f"{name} {len(made.processes)}" if name in made.processes else name] = (
                process
            )
        wait_until(lambda: _answers(vendors), within=30, what="the sandbox answers")
        yield made


def _answers(vendors: StandIns) -> bool:
    try:
        with urllib.request.urlopen(f"{vendors.url}/_/faults", timeout=2) as answer:
            return "rules" in json.load(answer)
    except OSError:
        return False
