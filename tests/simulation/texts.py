"""Texts about events, as they are sent: to a carrier that knows no key, by day, and up to a cap."""

import base64
import random
from collections import defaultdict
from collections.abc import Collection
from datetime import datetime, time, timedelta
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from domain.database import Begin
from domain.messages import sending
from domain.messages.service import Post
from domain.sealing import Keyring
from domain.work import batch, resolve
from domain.work.attempts import Job
from domain.work.effects import Receipt
from tests.simulation.trade import Look, Task, World, edges_of, look
from tests.simulation.wire import Line
from tests.support.slice import FakeMails, FakeTexts

KEYS: Final = Keyring.parse(f"k1:{base64.b64encode(bytes(32)).decode()}")
TENANTS: Final = 3
CAP: Final = 30
"""Texts that the first tenant may send until somebody raises its cap."""

ZONES: Final = {"212": "America/New_York", "310": "America/Los_Angeles", "312": "America/Chicago"}
DAY: Final = (time(8), time(21))
LOOKED: Final = timedelta(seconds=2, milliseconds=100)
BEGUN: Final = timedelta(seconds=12, milliseconds=500)
"""So long after its claim a call begins at the latest: 0.4 of the lease's margin."""

STANDING: Final = """
SELECT count(*) FILTER (WHERE status IN ('pending', 'sending', 'unknown')),
  count(*) FILTER (WHERE status = 'pending' AND due_at <= :now),
  count(*) FILTER (WHERE (status = 'unknown' AND due_at <= :now)
    OR (status = 'sending' AND lease_expires_at + interval '31 s' <= :now)),
  min(CASE WHEN status = 'sending' THEN lease_expires_at + interval '31 s' ELSE due_at END)
    FILTER (WHERE status IN ('pending', 'sending', 'unknown'))
FROM messages WHERE status IN ('pending', 'sending', 'unknown')
"""
OWE: Final = """
WITH e AS (
  INSERT INTO events (user_id, title, status, start_time, end_time, owes_nothing, timezone)
  SELECT u, 'Visit ' || n, 'confirmed', d, d + interval '1 hour', true, z
  FROM unnest(%s::uuid[], %s::int[], %s::text[]) AS x(u, n, z),
    LATERAL (SELECT clock_timestamp() + interval '300 days') t(d)
  RETURNING id, user_id, title, start_time)
INSERT INTO messages (user_id, event_id, to_number, body, rule, identity, event_start, due_at)
SELECT e.user_id, e.id, x.number, e.title || ' stands.', 'confirmation', e.id::text,
  e.start_time, clock_timestamp()
FROM e JOIN unnest(%s::text[], %s::text[]) AS x(title, number) ON x.title = e.title
ORDER BY e.title RETURNING id
"""
SAY_STOP: Final = """
INSERT INTO sms_opt_outs (user_id, phone_number, opted_out_at)
SELECT user_id, to_number, clock_timestamp() FROM messages
WHERE status IN ('pending', 'sending') ORDER BY due_at LIMIT 2
ON CONFLICT DO NOTHING RETURNING phone_number, clock_timestamp()
"""
CANCEL: Final = """
UPDATE events SET status = 'cancelled' WHERE id IN (
  SELECT e.id FROM events e JOIN messages m ON m.event_id = e.id
  WHERE m.status IN ('pending', 'sending') AND e.status = 'confirmed' ORDER BY m.due_at LIMIT 2
  FOR UPDATE OF e SKIP LOCKED) RETURNING title || ' stands.', clock_timestamp()
"""


class Carrier(FakeTexts):
    """A carrier without keys, whose list lags."""

    def __init__(self, world: World) -> None:
        super().__init__(lag=timedelta(seconds=10))
        self._wire = world.wire
        self.by_body: defaultdict[str, list[Line]] = defaultdict(list)

    def send(self, *, to: str, body: str, key: str) -> Receipt:
        del key

        def do(left_at: datetime) -> Receipt:
            line = self._wire.write("carrier", body, left_at, to=to)
            self.by_body[body].append(line)
            return Receipt(line.name)

        return self._wire.ask("carrier", do)

    def find(
        self, *, to: str, body: str, since: datetime, besides: Collection[str] = ()
    ) -> Receipt | None:
        del to, since

        def do(_: datetime) -> Receipt | None:
            now = self._wire.now
            found = [one for one in self.by_body[body] if one.shown_at <= now]
            return next((Receipt(one.name) for one in found if one.name not in besides), None)

        return self._wire.ask("carrier's list", do, is_act=False)


class Texts:
    """Texts to people in three zones, for three tenants."""

    name = "texts"
    emptied = ("messages", "events", "sms_opt_outs", "pace_buckets", "usage_limits")
    watched: dict[str, tuple[str, str]] = {"messages": ("status", "lease_token")}  # noqa: RUF012  # of Trade
    edges: dict[str, frozenset[tuple[str, str]]] = {  # noqa: RUF012  # of Trade
        "messages": edges_of(
            "pending sending void",
            "sending sent pending unknown failed void held sending",
            "unknown sending",
        )
    }

    def begin(self, world: World) -> None:
        self._world = world
        self._chance = random.Random(world.stage.chance.random())
        self._owed = 0
        self._carrier = Carrier(world)
        self._stops: dict[str, datetime] = {}
        self._off: dict[str, datetime] = {}
        self._raised_at: datetime | None = None
        self._users: list[UUID] = [
            world.one("INSERT INTO users (timezone) VALUES ('UTC') RETURNING id")
            for _ in range(TENANTS)
        ]
        self._whose: dict[str, UUID] = {}
        world.one(
            "INSERT INTO usage_limits (user_id, sms_cap) VALUES (%s, %s) RETURNING user_id",
            *(self._users[0], CAP),
        )

    def owe(self, many: int) -> list[UUID]:
        numbers = range(self._owed + 1, self._owed + many + 1)
        self._owed += many
        areas = [self._chance.choice(list(ZONES)) for _ in numbers]
        users = self._chance.choices(self._users, [1, 4, 4], k=many)
        titles = [f"Visit {n}" for n in numbers]
        self._whose |= {f"{t} stands.": u for t, u in zip(titles, users, strict=True)}
        phones = [
            f"+1{a}{200 + n % 800:03}{n // 800:04}" for a, n in zip(areas, numbers, strict=True)
        ]
        zones = [ZONES[area] for area in areas]
        rows = self._world.all(OWE, users, list(numbers), zones, titles, phones)
        return [row[0] for row in rows]

    def look(self) -> Look:
        return look(self._world, STANDING)

    def _job(self, begin: Begin) -> Job[Any]:
        texts = self._carrier
        return sending.job(Post(begin=begin, keyring=KEYS, texts=texts, mails=FakeMails()))

    def sweep(self, begin: Begin) -> Task:
        return lambda: batch.work(self._world.shop(begin), self._job(begin))

    def bell(self, begin: Begin, row_id: UUID) -> Task:
        return lambda: batch.work_one(self._world.shop(begin), self._job(begin), row_id)

    def find_out(self, begin: Begin) -> Task:
        return lambda: resolve.resolve(self._world.shop(begin), self._job(begin))

    def meddle(self) -> str | None:
        stops = self._chance.random() < 0.5
        found = self._world.all(SAY_STOP if stops else CANCEL)
        kept = self._stops if stops else self._off
        for what, at in found:
            kept.setdefault(what, at)
        return ("they said stop" if stops else "the event was cancelled") if found else None

    def relent(self) -> None:
        """Raise the cap: what waits for it goes, and nothing before."""
        self._raised_at = self._world.wire.now
        self._world.admin.execute("UPDATE usage_limits SET sms_cap = 1000000")

    def judge(self) -> list[str]:
        wrong: list[str] = []
        rows = self._world.all(
            "SELECT m.body, m.to_number, m.status, m.last_error, m.provider_message_id, e.state"
            " FROM messages m LEFT JOIN effects e ON e.key = 'message:' || m.id"
        )
        for body, number, status, why, name, effect in rows:
            taken = self._carrier.by_body.get(body, [])
            facts = f"{body} is {status} ({why}), effect {effect}, {len(taken)} times there"
            wrong += [f"doubled: {facts}"] if len(taken) > 1 else []
            if status not in {"sent", "failed", "void"}:
                wrong.append(f"left behind: {facts}")
            if (status == "sent") != bool(taken) or (taken and taken[0].name != name):
                wrong.append(f"ledgers differ: {facts}, named {name}")
            wrong += [f"{said}: {facts}" for line in taken for said in self._untimely(line, number)]
        return wrong + self._over_cap()

    def _untimely(self, line: Line, number: str) -> list[str]:
        """Say what is wrong with the instant at which the request left."""
        wrong: list[str] = []
        for what, kept, key in (
            ("sent after they said stop", self._stops, number),
            ("sent after it was cancelled", self._off, line.what),
        ):
            if (at := kept.get(key)) is not None and line.left_at > at + LOOKED:
                wrong.append(what)
        zone = ZoneInfo(ZONES[number[2:5]])
        moments = (line.left_at, line.left_at - BEGUN)
        clocks = [moment.astimezone(zone).time() for moment in moments]
        if not any(DAY[0] <= clock < DAY[1] for clock in clocks):
            wrong.append(f"sent at night ({clocks[0]:%H:%M:%S})")
        return wrong

    def _over_cap(self) -> list[str]:
        until = self._raised_at or self._world.wire.now
        sent = [
            line
            for body, lines in self._carrier.by_body.items()
            for line in lines
            if self._whose[body] == self._users[0] and line.left_at < until
        ]
        return [f"{len(sent)} texts, where {CAP} were allowed"] if len(sent) > CAP else []
