"""What is tried at every point with a vendor of calls: placing them, and writing down their end.

Vapi's stand-in knows no key and lists late. Each call is wanted once, and takes one slot from its
dialling to its end: whatever strikes, the vendor has it once, an open attempt stands here as long
as it speaks there, and what it used is counted once.
"""

from collections import Counter
from contextlib import suppress
from dataclasses import replace
from functools import cache
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from domain.outbound import draining, reconcile, service, store
from domain.outbound.ports import Lines
from domain.outbound.service import Switchboard
from domain.work.shop import Inline, Shop
from tests.support import vendors
from tests.support.enumeration import Case
from tests.support.ground import Ground
from tests.support.lines import FakeExchange
from tests.support.phones import ANSWERED, always_open
from tests.support.points import Fault
from tests.support.slice import KEYS
from tests.support.slice_ground import LAG, STEP, Slice

GUARDS = """
CREATE TRIGGER hold BEFORE UPDATE ON call_attempts FOR EACH ROW EXECUTE FUNCTION hold_row('state');
"""
PASSES = """
UPDATE call_attempts SET due_at = due_at - interval '1 hour',
  lease_expires_at = lease_expires_at - interval '1 hour',
  created_at = created_at - interval '10 min', gone_at = gone_at - interval '10 min';
UPDATE effects SET intended_at = intended_at - interval '10 min',
  first_negative_at = first_negative_at - interval '10 min';
UPDATE call_queue SET due_at = clock_timestamp() WHERE status = 'queued' AND retry_count = 0;
UPDATE call_service_providers SET closed_until = NULL, learned_limit = NULL, observed_at = NULL;
UPDATE tenant_turns SET due_at = clock_timestamp()
"""
ENDS = """
SELECT q.recipient_number, q.status, q.last_error, a.state, a.provider_call_id, a.open
FROM call_queue q LEFT JOIN LATERAL (
  SELECT state, provider_call_id, count(*) FILTER (
    WHERE state IN ('dialing', 'live', 'unknown')) OVER () AS open
  FROM call_attempts WHERE call_queue_id = q.id ORDER BY number DESC LIMIT 1) a ON true
"""
CLAIMED = (
    "after commit of UPDATE tenant_turns and INSERT INTO call_attempts and UPDATE call_queue"
    " and INSERT INTO number_ranges and UPDATE call_service_providers and UPDATE call_attempts"
    " and INSERT INTO effects"
)
"""The last point before the row is looked at once more."""

QUIET: dict[str, Any] = {
    "ways": {"answered": 1},
    "rings": (1, 1),
    "talks": (100_000, 100_000),
    "dials": 0.5,
}


@cache
def lines_of(url: str, *, spare: bool) -> Lines:
    """Return lines; the spare ones never speak here, and so come clean over a fork."""
    made = vendors.lines("vapi", f"{url}/vapi")
    if not spare:
        made.get(str(uuid4()))  # to load its parts
    return made


class Placing(Slice):
    """Calls that wait: one, or three over two slots."""

    emptied = (
        *("call_attempts", "call_queue", "calls", "usage_calls", "usage_limits"),
        "number_ranges",
    )

    def __init__(self, ground: Ground, *, many: int = 1) -> None:
        super().__init__(ground)
        self.many = many
        lines_of(self.stand_ins.url, spare=True)
        lines_of(self.stand_ins.url, spare=False)
        self.one("INSERT INTO tenant_turns (user_id) VALUES (%s) RETURNING user_id", self.user)
        self.one(
            "INSERT INTO calling_rules (user_id, consent_source) VALUES (%s, %s) RETURNING user_id",
            *(self.user, ANSWERED),
        )
        self.account = self.one(
            "INSERT INTO call_service_providers (name, type, provider, concurrency_limit,"
            " calls_per_second) VALUES ('Vapi', 'voice', 'vapi', 3, 1000) RETURNING id"
        )
        self.one(
            "INSERT INTO provider_phone_numbers (provider_id, phone_id, country_code, area_code,"
            " phone_number, full_number) VALUES (%s, %s, '1', '212', '5550000', '+12125550000')"
            " RETURNING id",
            *(self.account, vendors.NUMBER_ID),
        )
        self.template = self.one(
            "INSERT INTO call_templates (name, assistant_id) VALUES ('Hello', 'a') RETURNING id"
        )

    @property
    def board(self) -> Switchboard:
        lines = lines_of(self.stand_ins.url, spare=self.is_child)
        exchange = FakeExchange({"vapi": lines})
        return Switchboard(
            begin=self.ground.begin, keyring=KEYS, exchange=exchange, hours=always_open()
        )

    @property
    def hand(self) -> Shop:
        return self.shop(Inline())

    def reset(self) -> None:
        super().reset()
        self.stand_ins.behave(**QUIET, limits={"vapi": 100})
        self.stand_ins.fault("list_lag", "vapi", "calls.list", seconds=LAG)
        self.ground.connection.execute(PASSES)
        self.ground.connection.execute("UPDATE call_service_providers SET health = 'healthy'")
        for n in range(self.many):
            self.one(
                "INSERT INTO call_queue (user_id, template_id, recipient_number)"
                " VALUES (%s, %s, %s) RETURNING id",
                *(self.user, self.template, f"+121255503{n:02}"),
            )

    def work(self) -> None:
        draining.drain(self.board, self.hand)
        self.ground.ring()

    def resolve(self) -> None:
        draining.drain(self.board, self.hand)
        reconcile.reconcile(self.board, self.hand)

    def hurry(self) -> None:
        self.ground.connection.execute(PASSES)
        self.stand_ins.advance(STEP)

    def meddle(self) -> None:
        """Call it off, which is too late where it is being dialled."""
        with self.ground.connection.transaction(), suppress(psycopg.errors.LockNotAvailable):
            self.ground.connection.execute("SET LOCAL lock_timeout = '30ms'")
            with self.ground.connection.transaction():
                self.ground.connection.execute("UPDATE call_queue SET status = 'canceled'")

    def is_through(self) -> bool:
        query = (
            "SELECT 1 FROM call_attempts WHERE state IN ('dialing', 'unknown') UNION ALL"
            " SELECT 1 FROM call_queue WHERE status = 'queued'"
        )
        return self.one(query) is None

    def judge(self, case: Case, names: list[str]) -> list[str]:
        wrong = self.ground.overwrites()
        told = [line for line in self.stand_ins.effects("vapi") if line["kind"] == "call"]
        times = Counter(line["to"] for line in told)
        speaking = Counter(line["to"] for line in told if "ended_n" not in line)
        for number, status, why, state, call_id, is_open in self.ground.connection.execute(ENDS):
            facts = f"{status} ({why}), {state}, {times[number]} times at the vendor"
            wrong += [f"doubled: {facts}"] if times[number] > 1 else []
            wrong += [f"lost: {facts}"] if not self._may_be(status, state, case) else []
            wrong += [f"leaked: {facts}"] if (is_open or 0) > max(1, speaking[number]) else []
            if speaking[number] and not is_open:
                wrong.append(f"speaks without a slot: {facts}")
            if state == "live" and call_id not in {line["id"] for line in told}:
                wrong.append(f"untrue: {facts}")
            if state == "canceled" and times[number]:
                wrong.append(f"dialled, and said called off: {facts}")
            if CLAIMED in names and case.first.fault is Fault.MEDDLE and times[number]:
                wrong.append(f"dialled, although called off: {facts}")
        return wrong

    def _may_be(self, status: str, state: str | None, case: Case) -> bool:
        if Fault.MEDDLE in {case.first.fault, case.second.fault if case.second else None}:
            return status in {"canceled", "in-progress"}
        return state == "live" or (case.elsewhere and state == "unknown")


class Ending(Placing):
    """A call that has ended, and whoever finds that out; its notice was lost."""

    def reset(self) -> None:
        super().reset()
        self.one(
            "INSERT INTO usage_limits (user_id, call_cap_seconds) VALUES (%s, 100000)"
            " RETURNING user_id",
            self.user,
        )
        self.stand_ins.behave(talks=(60, 60))
        draining.drain(self.board, self.hand)
        self.stand_ins.advance(100)

    def work(self) -> None:
        rows = self.ground.connection.execute("SELECT id FROM call_attempts").fetchall()
        for (attempt_id,) in rows:
            service.ask(self.board, attempt_id)
        self.ground.ring()

    def is_through(self) -> bool:
        query = "SELECT 1 FROM call_queue WHERE status IN ('queued', 'in-progress')"
        return self.one(query) is None

    def judge(self, case: Case, names: list[str]) -> list[str]:
        wrong = super().judge(case, names)
        for what, query in (
            ("history", "SELECT count(*), sum(duration) FROM calls WHERE status = 'completed'"),
            ("ledger", "SELECT count(*), sum(seconds) FROM usage_calls"),
            ("counter", "SELECT count(*), sum(call_used_seconds) FROM usage_limits"),
        ):
            found = self.ground.connection.execute(query).fetchone()
            expected = (1, 60) if self.many == 1 or what == "counter" else (self.many, 60)
            wrong += [f"{what} has {found}"] if found != expected else []
        return wrong

    def _may_be(self, status: str, state: str | None, case: Case) -> bool:
        del case
        return (status, state) == ("completed", "completed")


def call_that_waits(ground: Ground) -> Placing:
    return Placing(ground)


def calls_that_wait(ground: Ground) -> Placing:
    return Placing(ground, many=3)


def call_that_has_ended(ground: Ground) -> Ending:
    return Ending(ground)


def without_last_look(patch: pytest.MonkeyPatch) -> None:
    """What was called off after it was decided is dialled all the same."""
    made = store.kind
    patch.setattr(store, "kind", lambda also=None: replace(made(also), void_when="NULL"))
