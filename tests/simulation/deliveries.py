"""What tenants' systems are told: signed, in order, again until it is taken, by one id."""

import base64
import hashlib
import hmac
import json
import random
from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import datetime
from typing import Final
from uuid import UUID

from domain.database import Begin
from domain.deliveries import service
from domain.deliveries.ports import Answer
from domain.deliveries.service import Outbox
from domain.sealing import Keyring
from domain.work import batch, resolve
from tests.simulation.texts import KEYS, LOOKED
from tests.simulation.trade import Look, Task, World, edges_of, look
from tests.simulation.wire import Line
from tests.support.tenant import SECRET

KEY: Final = base64.b64decode(SECRET.removeprefix("whsec_"))
NEWER: Final = (
    f"k2:{base64.b64encode(b'2' * 32).decode()},k1:{base64.b64encode(bytes(32)).decode()}"
)
ADDRESSES: Final = 3
OBJECTS: Final = 12
"""Things of each address that something is told of."""

STANDING: Final = """
SELECT count(*) FILTER (WHERE state IN ('pending', 'working')),
  count(*) FILTER (WHERE state = 'pending' AND due_at <= :now),
  count(*) FILTER (WHERE state = 'working' AND lease_expires_at + interval '26 s' <= :now),
  min(CASE WHEN state = 'working' THEN lease_expires_at + interval '26 s' ELSE due_at END)
FROM webhook_deliveries WHERE state IN ('pending', 'working')
"""
OWE: Final = """
INSERT INTO webhook_deliveries (config_id, user_id, event_type, object_id, payload)
SELECT c.id, c.user_id, 'call_ended', x.object, x.payload
FROM unnest(%s::uuid[], %s::uuid[], %s::text[]) WITH ORDINALITY AS x(config, object, payload, n)
JOIN webhook_configs c ON c.id = x.config ORDER BY x.n RETURNING id
"""
SWITCH_OFF: Final = """
UPDATE webhook_configs SET is_active = false WHERE id = (SELECT id FROM webhook_configs
  WHERE id = %s AND is_active FOR UPDATE SKIP LOCKED) RETURNING url, clock_timestamp()
"""


class Receiver:
    """Takes whatever is signed by its secret, and knows a repeat by its id."""

    def __init__(self, world: World) -> None:
        self._wire = world.wire
        self.by_id: defaultdict[str, list[Line]] = defaultdict(list)
        self.first: list[bytes] = []
        """What was told, in the order in which it was first heard."""

        self.unsigned = 0

    def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        def do(left_at: datetime) -> Answer:
            name = headers["webhook-id"]
            if not self.by_id[name]:
                self.first.append(body)
            self.by_id[name].append(self._wire.write("receiver", name, left_at, to=url))
            self.unsigned += not _is_signed(body, headers)
            return Answer(200)

        return self._wire.ask("receiver", do)


def _is_signed(body: bytes, headers: Mapping[str, str]) -> bool:
    said = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    digest = base64.b64encode(hmac.digest(KEY, said, hashlib.sha256)).decode()
    return f"v1,{digest}" in headers["webhook-signature"].split()


class Deliveries:
    """Deliveries to three addresses; the last is switched off some day, and keys are rotated."""

    name = "deliveries"
    emptied = ("webhook_deliveries", "webhook_configs")
    watched: dict[str, tuple[str, str]] = {"webhook_deliveries": ("state", "lease_token")}  # noqa: RUF012  # of Trade
    edges: dict[str, frozenset[tuple[str, str]]] = {  # noqa: RUF012  # of Trade
        "webhook_deliveries": edges_of(
            "pending working", "working pending delivered exhausted failed cancelled working"
        )
    }

    def begin(self, world: World) -> None:
        self._world = world
        self._chance = random.Random(world.stage.chance.random())
        self._receiver = Receiver(world)
        self._keys = KEYS
        self._told: Counter[UUID] = Counter()
        self._off: dict[str, datetime] = {}
        user = world.one("INSERT INTO users (timezone) VALUES ('UTC') RETURNING id")
        self._configs: list[UUID] = [
            world.one(
                "INSERT INTO webhook_configs (user_id, url, secret) VALUES (%s, %s, %s)"
                " RETURNING id",
                *(user, f"https://{n}.example/in", SECRET),
            )
            for n in range(ADDRESSES)
        ]

    def owe(self, many: int) -> list[UUID]:
        configs = [self._chance.choice(self._configs) for _ in range(many)]
        objects = [
            UUID(int=config.int ^ (1 + self._chance.randrange(OBJECTS))) for config in configs
        ]
        payloads: list[str] = []
        for one in objects:
            self._told[one] += 1
            payloads.append(json.dumps({"object": str(one), "n": self._told[one]}))
        return [row[0] for row in self._world.all(OWE, configs, objects, payloads)]

    def look(self) -> Look:
        return look(self._world, STANDING)

    def _outbox(self, begin: Begin) -> Outbox:
        clock = self._world.stage.clock.time
        return Outbox(begin=begin, keyring=self._keys, receivers=self._receiver, clock=clock)

    def sweep(self, begin: Begin) -> Task:
        return lambda: service.work(self._outbox(begin), self._world.shop(begin))

    def bell(self, begin: Begin, row_id: UUID) -> Task:
        job = service.job(self._outbox(begin))
        return lambda: batch.work_one(self._world.shop(begin), job, row_id)

    def find_out(self, begin: Begin) -> Task:
        job = service.job(self._outbox(begin))
        return lambda: resolve.resolve(self._world.shop(begin), job)

    def meddle(self) -> str | None:
        if self._chance.random() < 0.5:
            self._keys = Keyring.parse(NEWER)
            self._world.admin.execute(
                "UPDATE webhook_configs SET secret = %s WHERE id = (SELECT id FROM webhook_configs"
                " WHERE id = %s FOR UPDATE SKIP LOCKED)",
                [SECRET, self._configs[0]],
            )
            return "keys were rotated"
        found = self._world.all(SWITCH_OFF, self._configs[-1])
        self._off |= dict(found)
        return "its address was switched off" if found else None

    def relent(self) -> None:
        """Go on with whoever was left alone."""
        self._world.admin.execute("UPDATE webhook_configs SET paused_at = NULL")

    def judge(self) -> list[str]:
        wrong = [f"{self._receiver.unsigned} not signed"] if self._receiver.unsigned else []
        rows = self._world.all(
            "SELECT id::text, state, last_error, payload FROM webhook_deliveries"
        )
        for key, state, why, payload in rows:
            taken = self._receiver.by_id.get(key, [])
            facts = f"delivery {payload} is {state} ({why}), {len(taken)} times there"
            wrong += [f"left behind: {facts}"] if state in {"pending", "working"} else []
            if state == "delivered" and not taken:
                wrong.append(f"ledgers differ: {facts}")
            for line in taken:
                off = self._off.get(line.to)
                if off is not None and line.left_at > off + LOOKED:
                    wrong.append(f"told after it was switched off: {facts}")
        strangers = set(self._receiver.by_id) - {row[0] for row in rows}
        return wrong + [f"under another id: {name}" for name in strangers] + self._disorder()

    def _disorder(self) -> list[str]:
        """Look at when each was first heard: a repeat of an earlier one may come late."""
        heard: defaultdict[str, list[int]] = defaultdict(list)
        for body in self._receiver.first:
            told = json.loads(body)
            heard[told["object"]].append(told["n"])
        return [f"out of order: {some}" for some in heard.values() if some != sorted(some)]
