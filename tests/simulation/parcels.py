"""A small kind of work on the real core, with a vendor that knows our keys, or none."""

import random
from collections import defaultdict
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from domain.database import Begin
from domain.work import batch, resolve
from domain.work.attempts import Job
from domain.work.effects import Receipt
from tests.simulation.trade import Look, Task, World, edges_of, look
from tests.simulation.wire import Line
from tests.support.parcels import Parcel, parcel_job, parcel_kind

LOOKED: Final = timedelta(seconds=2, milliseconds=100)
"""So old the last look at a row is at most when its call begins (`attempts.FRESH`)."""

EDGES: Final = edges_of(
    "pending sending", "sending sending pending sent failed unknown void", "unknown sending"
)
STANDING: Final = """
SELECT count(*) FILTER (WHERE state IN ('pending', 'sending', 'unknown')),
  count(*) FILTER (WHERE state = 'pending' AND due_at <= :now),
  count(*) FILTER (WHERE (state = 'unknown' AND due_at <= :now)
    OR (state = 'sending' AND lease_expires_at + interval '31 s' <= :now)),
  min(CASE WHEN state = 'sending' THEN lease_expires_at + interval '31 s' ELSE due_at END)
    FILTER (WHERE state IN ('pending', 'sending', 'unknown'))
FROM parcels WHERE state IN ('pending', 'sending', 'unknown')
"""
OWE: Final = """
INSERT INTO parcels (ref, due_at) SELECT 'p' || n, clock_timestamp() + w * interval '1 s'
FROM unnest(%s::int[], %s::float8[]) AS x(n, w) RETURNING id
"""
CALL_OFF: Final = """
UPDATE parcels SET void_requested = true WHERE id IN (SELECT id FROM parcels
  WHERE NOT void_requested AND state IN ('pending', 'sending') ORDER BY due_at LIMIT 3
  FOR UPDATE SKIP LOCKED) RETURNING ref, clock_timestamp()
"""


class Courier:
    """The vendor, as the port of `tests.support.parcels` has it."""

    def __init__(self, world: World, *, is_keyed: bool) -> None:
        self._wire, self._is_keyed = world.wire, is_keyed
        self.by_ref: defaultdict[str, list[Line]] = defaultdict(list)

    def send(self, ref: str, key: str) -> Receipt:
        del key

        def do(left_at: datetime) -> Receipt:
            taken = self.by_ref[ref]
            if not (taken and self._is_keyed):
                taken.append(self._wire.write("courier", ref, left_at))
            return Receipt(taken[-1].name)

        return self._wire.ask("courier", do)

    def find(self, ref: str) -> Receipt | None:
        def do(_: datetime) -> Receipt | None:
            now = self._wire.now
            taken = next((one for one in self.by_ref[ref] if one.shown_at <= now), None)
            return Receipt(taken.name) if taken else None

        return self._wire.ask("courier's list", do, is_act=False)


class Parcels:
    """Parcels; `is_keyed` says of whose courier."""

    name = "parcels"
    emptied = ("parcels",)
    watched: dict[str, tuple[str, str]] = {"parcels": ("state", "lease_token")}  # noqa: RUF012  # of Trade
    edges: dict[str, frozenset[tuple[str, str]]] = {"parcels": EDGES}  # noqa: RUF012  # of Trade

    def __init__(self, *, is_keyed: bool) -> None:
        self._is_keyed = is_keyed
        self._kind = parcel_kind(hard_limit=30, margin=30)

    def begin(self, world: World) -> None:
        self._world = world
        self._chance = random.Random(world.stage.chance.random())
        self._owed = 0
        self._courier = Courier(world, is_keyed=self._is_keyed)
        self._off: dict[str, datetime] = {}

    def owe(self, many: int) -> list[UUID]:
        numbers = list(range(self._owed + 1, self._owed + many + 1))
        self._owed += many
        soon = [self._chance.choice([0, 0, 0, 30, 900]) for _ in numbers]
        return [row[0] for row in self._world.all(OWE, numbers, soon)]

    def look(self) -> Look:
        return look(self._world, STANDING)

    def _job(self) -> Job[Parcel]:
        courier: Any = self._courier
        return parcel_job(courier, is_keyed=self._is_keyed, kind=self._kind)

    def sweep(self, begin: Begin) -> Task:
        return lambda: batch.work(self._world.shop(begin), self._job())

    def bell(self, begin: Begin, row_id: UUID) -> Task:
        return lambda: batch.work_one(self._world.shop(begin), self._job(), row_id)

    def find_out(self, begin: Begin) -> Task:
        return lambda: resolve.resolve(self._world.shop(begin), self._job())

    def meddle(self) -> str | None:
        found = self._world.all(CALL_OFF)
        for ref, at in found:
            self._off[ref] = at
        return "called off" if found else None

    def relent(self) -> None:
        """Nothing limits them."""

    def judge(self) -> list[str]:
        wrong: list[str] = []
        rows = self._world.all(
            "SELECT p.ref, p.state, p.last_error, p.vendor_id, e.state FROM parcels p"
            " LEFT JOIN effects e ON e.key = 'parcel:' || p.ref"
        )
        for ref, state, why, name, effect in rows:
            taken = self._courier.by_ref.get(ref, [])
            facts = f"parcel {ref} is {state} ({why}), effect {effect}, {len(taken)} times there"
            wrong += [f"doubled: {facts}"] if len(taken) > 1 else []
            if state not in {"sent", "failed", "void"}:
                wrong.append(f"left behind: {facts}")
            if (state == "sent") != bool(taken) or (taken and taken[0].name != name):
                wrong.append(f"ledgers differ: {facts}, named {name}")
            off = self._off.get(ref)
            late = off is not None and [one for one in taken if one.left_at > off + LOOKED]
            wrong += [f"sent after it was called off: {facts}"] if late else []
        return wrong
