"""Calls that are wanted, over an account with a few slots: decided, dialled, followed, reconciled.

The vendor knows no key, takes more calls than we may have, and tells how each ended by notices
that are lost, late, doubled and out of order.
"""

import random
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, time, timedelta
from typing import Final
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

import psycopg
from psycopg.errors import LockNotAvailable

from domain.database import SYSTEM, Begin
from domain.outbound import draining, heard, reconcile
from domain.outbound.heard import Told
from domain.outbound.service import Switchboard
from tests.simulation.exchange import Vendor
from tests.simulation.texts import KEYS, LOOKED
from tests.simulation.trade import Look, Task, World, edges_of
from tests.simulation.wire import Line
from tests.support.lines import FakeExchange

LIMIT: Final = 4
"""Calls that may be live at once."""

NOON: Final = ZoneInfo("America/New_York")
DAY: Final = (time(8), time(21))
BEGUN: Final = timedelta(seconds=12, milliseconds=500)
EVERY: Final = {"drain": timedelta(seconds=10), "reconcile": timedelta(seconds=60)}
"""As the timetable rings; twice as rarely each time that nothing had happened, as by night."""

RUNG_ONCE: Final = 0.6
"""How often nobody rings for the line again while it is being looked at."""

RARELY: Final = 7
"""So often doubled, at most."""

OPEN: Final = """
SELECT (SELECT count(*) FROM call_queue WHERE status IN ('queued', 'in-progress'))
     + (SELECT count(*) FROM call_attempts WHERE state IN ('dialing', 'live', 'unknown'))
"""
OWE: Final = """
INSERT INTO call_queue (user_id, template_id, recipient_number)
SELECT %s, %s, number FROM unnest(%s::text[]) AS number RETURNING id
"""
CALL_OFF: Final = """
UPDATE call_queue SET status = 'canceled' WHERE id IN (
  SELECT id FROM call_queue WHERE status IN ('queued', 'in-progress') AND id NOT IN (
    SELECT call_queue_id FROM call_attempts WHERE state IN ('live', 'unknown'))
  ORDER BY due_at LIMIT 2 FOR UPDATE SKIP LOCKED)
RETURNING recipient_number, clock_timestamp()
"""
SAY_STOP: Final = """
INSERT INTO sms_opt_outs (user_id, phone_number, opted_out_at)
SELECT user_id, recipient_number, clock_timestamp() FROM call_queue
WHERE status IN ('queued', 'in-progress') ORDER BY due_at LIMIT 2
ON CONFLICT DO NOTHING RETURNING phone_number, clock_timestamp()
"""
ENDS: Final = """
SELECT q.recipient_number, q.status, q.last_error, a.state, a.provider_call_id,
  count(*) FILTER (WHERE a.state IN ('dialing', 'live', 'unknown')) OVER (PARTITION BY q.id)
FROM call_queue q LEFT JOIN call_attempts a ON a.call_queue_id = q.id
"""


class Calls:
    """Calls that one tenant wants, over the platform's account."""

    name = "calls"
    emptied = (
        *("call_attempts", "call_queue", "calls", "usage_calls", "tenant_turns"),
        *("calling_rules", "call_service_providers", "call_templates", "provider_phone_numbers"),
    )
    watched: dict[str, tuple[str, str]] = {"call_attempts": ("state", "lease_token")}  # noqa: RUF012  # of Trade
    edges: dict[str, frozenset[tuple[str, str]]] = {  # noqa: RUF012  # of Trade
        "call_attempts": edges_of(
            "dialing live unknown failed rejected canceled completed busy no_answer",
            "unknown dialing live failed canceled completed busy no_answer",
            "live completed busy no_answer failed",
            "failed rejected invalid_number canceled completed busy no_answer",
        )
    }

    def __init__(self, *, one_of: int = 12) -> None:
        """Want one call of so many effects that are asked for: each costs as much as ten texts."""
        self._one_of = one_of

    def begin(self, world: World) -> None:
        self._world = world
        self._chance = random.Random(world.stage.chance.random())
        self._owed = 0
        self._vendor = Vendor(world, self._chance)
        self._exchange = FakeExchange({"vapi": self._vendor})
        self._stops: dict[str, datetime] = {}
        self._last = dict.fromkeys(EVERY, world.wire.now)
        self._heard_of, self._quiet = (0, 0), 0
        user: UUID = world.one("INSERT INTO users (timezone) VALUES ('UTC') RETURNING id")
        self._user = user
        world.one("INSERT INTO tenant_turns (user_id) VALUES (%s) RETURNING user_id", user)
        world.one(
            "INSERT INTO calling_rules (user_id, consent_source) VALUES (%s, 'a ticked box')"
            " RETURNING user_id",
            user,
        )
        account = world.one(
            "INSERT INTO call_service_providers (name, type, provider, concurrency_limit,"
            " calls_per_second) VALUES ('Vapi', 'voice', 'vapi', %s, 1000) RETURNING id",
            LIMIT,
        )
        world.one(
            "INSERT INTO provider_phone_numbers (provider_id, phone_id, country_code, area_code,"
            " phone_number, full_number) VALUES (%s, %s, '1', '212', '5550000', '+12125550000')"
            " RETURNING id",
            *(account, str(uuid5(account, "number"))),
        )
        self._template = world.one(
            "INSERT INTO call_templates (name, assistant_id) VALUES ('Hello', 'a') RETURNING id"
        )

    def owe(self, many: int) -> list[UUID]:
        many = max(1, many // self._one_of)
        numbers = range(self._owed, self._owed + many)
        phones = [f"+1212{200 + n % 800:03}{n // 800:04}" for n in numbers]
        try:
            self._world.all(OWE, self._user, self._template, phones)
        except LockNotAvailable:  # a worker was stopped who is giving the tenant its turn back
            self._world.stage.sometimes["who enqueues a call gives up waiting"] += 1
            return []
        self._owed += many
        with suppress(psycopg.Error):  # in a decider's hands it is awake
            self._world.admin.execute("UPDATE tenant_turns SET due_at = clock_timestamp()")
        return []

    def look(self) -> Look:
        """Say what the timetable would ring for, and which notices have come."""
        now, count = self._world.wire.now, self._world.one(OPEN)
        if (heard_of := (len(self._vendor.calls), count)) != self._heard_of:
            self._heard_of, self._quiet = heard_of, 0
        rings = {name: at + EVERY[name] * 2**self._quiet for name, at in self._last.items()}
        come = [at for at, _ in self._vendor.notices]
        coming = [*(rings.values() if count else ()), *come]
        return Look(
            open=count + len(come),
            due=int(bool(count) and rings["drain"] <= now),
            lapsed=sum(at <= now for at in come) + int(bool(count) and rings["reconcile"] <= now),
            following=min(coming, default=None),
        )

    def _board(self, begin: Begin) -> Switchboard:
        return Switchboard(begin=begin, keyring=KEYS, exchange=self._exchange)

    def sweep(self, begin: Begin) -> Task:
        if self._chance.random() < RUNG_ONCE:
            self._last["drain"] = self._world.wire.now
        self._quiet = min(self._quiet + 1, RARELY)
        return lambda: draining.drain(self._board(begin), self._world.shop(begin))

    def bell(self, begin: Begin, row_id: UUID) -> Task:
        del row_id
        return self.sweep(begin)

    def find_out(self, begin: Begin) -> Task:
        now = self._world.wire.now
        due = [one for one in self._vendor.notices if one[0] <= now]
        if due:
            self._chance.shuffle(due)
            return lambda: self._hear(begin, due)
        self._last["reconcile"] = now
        return lambda: reconcile.reconcile(self._board(begin), self._world.shop(begin))

    def _hear(self, begin: Begin, notices: Sequence[tuple[datetime, Told]]) -> None:
        """Take notices up; one that was not written down comes again."""
        self._last["drain"] -= timedelta(days=1)  # an ending rings
        for notice in notices:
            with begin(SYSTEM) as session:
                heard.hear(session, notice[1])
            if notice in self._vendor.notices:
                self._vendor.notices.remove(notice)

    def meddle(self) -> str | None:
        stops = self._chance.random() < 0.5
        found = self._world.all(SAY_STOP if stops else CALL_OFF)
        for what, at in found:
            self._stops.setdefault(what, at)
        return ("they said stop" if stops else "called off") if found else None

    def relent(self) -> None:
        """Its limit stays."""

    def judge(self) -> list[str]:
        wrong: list[str] = []
        keys = Counter(call.key for call in self._vendor.calls)
        wrong += [f"dialled twice: {key}" for key, many in keys.items() if many > 1]
        for number, status, why, state, name, is_open in self._world.all(ENDS):
            facts = f"call to {number} is {status} ({why}), {state}"
            wrong += [f"left behind: {facts}"] if status in {"queued", "in-progress"} else []
            wrong += [f"a slot leaked: {facts}"] if is_open else []
            if state == "completed" and name not in self._vendor.by_name:
                wrong.append(f"ledgers differ: {facts}, named {name}")
        for call in self._vendor.calls:
            wrong += self._untimely(call.line)
        peak = self._peak()
        return wrong + ([f"{peak} calls at once, where {LIMIT} are"] if peak > LIMIT else [])

    def _untimely(self, line: Line) -> list[str]:
        stopped = self._stops.get(line.to)
        wrong = []
        if stopped is not None and line.left_at > stopped + LOOKED:
            wrong.append(f"dialled after they said stop, or it was called off: {line}")
        clocks = [at.astimezone(NOON).time() for at in (line.left_at, line.left_at - BEGUN)]
        if not any(DAY[0] <= clock < DAY[1] for clock in clocks):
            wrong.append(f"dialled at night ({clocks[0]:%H:%M:%S})")
        return wrong

    def _peak(self) -> int:
        """Count how many the vendor had at most at one instant."""
        moments = [(call.line.at, 1) for call in self._vendor.calls]
        moments += [(call.line.ended_at or call.line.at, -1) for call in self._vendor.calls]
        live = peak = 0
        for _, step in sorted(moments):
            live += step
            peak = max(peak, live)
        return peak
