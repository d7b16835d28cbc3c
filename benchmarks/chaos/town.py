"""For whom the texts of a trial are: who gets one, says stop, sleeps, or is a neighbour."""

import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

import psycopg

from domain.consent.hours import may_contact
from domain.consent.jurisdictions import Contact
from domain.consent.places import Evidence
from tests.support.premises import Premises

CLEAR: Final = (
    "TRUNCATE users, effects, errands, pace_buckets, messages, sms_opt_outs, ops_alerts CASCADE"
)
TENANT: Final = (
    "INSERT INTO users (settings) VALUES"
    " (jsonb_build_object('messages', jsonb_build_object('per_minute', %s::int, 'per_range',"
    " jsonb_build_object('minute', 9999, 'hour', 9999, 'day', 9999)))) RETURNING id"
)
OWE: Final = """
INSERT INTO messages (user_id, to_number, body, rule, identity, due_at, answers_at, segments)
SELECT %(user)s, n, 'Your visit is confirmed.', %(rule)s, 'chaos ' || n,
       clock_timestamp() + CAST(%(later)s AS interval),
       CASE WHEN %(rule)s = 'confirmation' THEN clock_timestamp() END, 1
FROM unnest(%(numbers)s::text[]) n ON CONFLICT (identity) DO NOTHING
"""
OWED: Final = "SELECT id, to_number, due_at FROM messages WHERE identity = ANY(%s)"
STOP: Final = (
    "INSERT INTO sms_opt_outs (user_id, phone_number) VALUES (%s, %s)"
    " ON CONFLICT (user_id, phone_number) DO UPDATE SET opted_out_at = sms_opt_outs.opted_out_at"
    " RETURNING opted_out_at"
)
OTHERS: Final = """
SELECT md5(coalesce(string_agg(t.line, '|' ORDER BY t.line), '')) FROM (
  SELECT m::text FROM messages m WHERE m.user_id = %(user)s
  UNION ALL SELECT o::text FROM sms_opt_outs o WHERE o.user_id = %(user)s
  UNION ALL SELECT e::text FROM effects e WHERE e.user_id = %(user)s
  UNION ALL SELECT u::text FROM users u WHERE u.id = %(user)s) t(line)
"""
PATIENCE: Final = 120.0
PLACES: Final = ("+1808", "+1671", "+1907", "+1213", "+1787")
"""Honolulu, Guam, Alaska, Los Angeles, Puerto Rico: it is night in one of them nearly always."""


@dataclass(kw_only=True)
class Town:
    """Everybody that a trial is about."""

    place: Premises
    stack: ExitStack
    user: UUID
    neighbour: UUID
    """Another tenant, of whom nothing is due: its rows are to stay what they are."""

    due: dict[UUID, tuple[str, datetime]] = field(default_factory=dict[UUID, tuple[str, datetime]])
    stopped: dict[str, datetime] = field(default_factory=dict[str, datetime])
    sleepers: list[str] = field(default_factory=list[str])
    others: str = ""
    refused: int = 0
    """How often the database took nothing of what was said to it."""

    def settle(self) -> None:
        """Let the neighbour be as it is, and those whom it is night for be owed a text."""
        self._owe(self.neighbour, ["+12125557001"], later=864000)
        self.place.connection.execute(STOP, [self.neighbour, "+12125557002"])
        self.due.clear()
        self.others = self._theirs()
        self.sleepers = [f"{place}5550{n:03}" for place in _asleep() for n in range(3)]
        self._owe(self.user, self.sleepers, rule="reminder_2h")
        self.due.clear()

    def owe(self, numbers: list[str], *, later: float = 0.0) -> None:
        """Have us owe texts: rows, in a transaction of somebody's; tried until it is there."""
        self._owe(self.user, numbers, later=later)

    def _owe(
        self,
        user: UUID,
        numbers: Sequence[str],
        *,
        later: float = 0.0,
        rule: str = "confirmation",
    ) -> None:
        given = {"user": user, "rule": rule, "later": f"{later} seconds", "numbers": list(numbers)}
        self.patiently(OWE, given)
        named = [f"chaos {number}" for number in numbers]
        for key, number, due in self.patiently(OWED, [named]):
            self.due[key] = (number, due)

    def stop(self, number: str) -> None:
        """Have somebody say stop; from when it was written down, nothing is sent."""
        [(at,)] = self.patiently(STOP, [self.user, number])
        self.stopped[number] = at

    def patiently(self, query: str, given: Sequence[Any] | Mapping[str, Any]) -> list[Any]:
        """Say it until the database takes it: it may be what was struck."""
        end = time.monotonic() + PATIENCE
        while True:
            try:
                cursor = self.place.connection.execute(query.encode(), given)
                return cursor.fetchall() if cursor.description else []
            except psycopg.OperationalError:
                self.refused += 1
                if time.monotonic() > end:
                    raise
                self._reconnect()

    def _reconnect(self) -> None:
        time.sleep(0.2)
        with suppress(psycopg.OperationalError):  # it may still be starting
            self.place.connection = self.stack.enter_context(self.place.database.connect())

    def is_touched(self) -> bool:
        """Tell whether anything of the neighbour's has changed."""
        return self.others != self._theirs()

    def _theirs(self) -> str:
        [(digest,)] = self.patiently(OTHERS, {"user": self.neighbour})
        return digest


def _asleep() -> list[str]:
    """Return where a text that nobody asked for may not go for the next ten minutes."""
    now = datetime.now(UTC)
    return [
        place
        for place in PLACES
        if not any(_may(place, now + timedelta(minutes=5 * n)) for n in range(3))
    ]


def _may(place: str, at: datetime) -> bool:
    evidence = Evidence(number=f"{place}5550000")
    return may_contact(Contact.TRANSACTIONAL_TEXT, at, evidence).allowed


def open_town(place: Premises, stack: ExitStack, *, per_minute: int) -> Town:
    """Clear the tables, and let people move in."""
    place.connection.execute(CLEAR)
    user, neighbour = (place.scalar(TENANT, per_minute) for _ in range(2))
    return Town(place=place, stack=stack, user=user, neighbour=neighbour)
