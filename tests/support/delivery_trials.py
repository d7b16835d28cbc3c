"""What is tried at every point with a tenant's receiver: deliveries by a bell, and by a sweep."""

import json
from collections import Counter
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from domain.deliveries import service, store, turns
from domain.deliveries.service import Outbox
from domain.work import batch
from domain.work.shop import Inline, Threads
from providers.receivers.post import HttpReceivers
from tests.support.enumeration import Case
from tests.support.ground import Ground
from tests.support.points import Fault
from tests.support.slice import KEYS
from tests.support.slice_ground import Slice
from tests.support.tenant import SECRET

GUARDS = """
CREATE TRIGGER hold BEFORE UPDATE ON webhook_deliveries
    FOR EACH ROW EXECUTE FUNCTION hold_row('state');
"""
CLAIMED = "after commit of UPDATE webhook_deliveries and INSERT INTO effects"
"""The last point before the row is looked at once more."""

OWED = """
INSERT INTO webhook_deliveries (config_id, user_id, event_type, object_id, payload)
SELECT c.id, c.user_id, 'call_ended', o.id, '{"object": ' || o.n || ', "n": ' || s.n || '}'
FROM webhook_configs c, generate_series(1, %(each)s) s(n),
     unnest(%(objects)s::uuid[]) WITH ORDINALITY AS o(id, n)
ORDER BY s.n, o.n RETURNING id
"""


class Deliveries(Slice):
    """Two things told of one object, by a bell and then sweeps; or three of each of two."""

    table = "webhook_deliveries"
    emptied = ("webhook_deliveries", "webhook_configs")
    is_off = False

    def __init__(self, ground: Ground, *, many: bool) -> None:
        super().__init__(ground)
        self.many = many
        self.rows: list[UUID] = []
        self.ledger_of_warmth()

    def ledger_of_warmth(self) -> None:
        """Load what is loaded once, before any fork."""
        self.outbox.receivers.post(self.stand_ins.url + "/in", b"{}", {})

    @property
    def outbox(self) -> Outbox:
        parts = urlsplit(self.stand_ins.url)
        places = frozenset({(str(parts.hostname), int(parts.port or 0))})
        receivers = HttpReceivers(allowed=places)
        return Outbox(begin=self.ground.begin, keyring=KEYS, receivers=receivers)

    def reset(self) -> None:
        super().reset()
        self.ground.connection.execute(
            "INSERT INTO webhook_configs (user_id, url, secret) VALUES (%s, %s, %s)",
            [self.user, self.stand_ins.url + "/in", SECRET],
        )
        objects = [UUID(int=1), UUID(int=2)] if self.many else [UUID(int=1)]
        wanted = {"each": 3 if self.many else 2, "objects": objects}
        self.rows = [row[0] for row in self.ground.connection.execute(OWED, wanted)]

    def work(self) -> None:
        if self.many:
            service.work(self.outbox, self.shop(Threads(3)))
        else:
            batch.work_one(self.shop(Inline()), service.job(self.outbox), self.rows[0])
        self.ground.ring()

    def resolve(self) -> None:
        service.work(self.outbox, self.shop(Inline()))

    def is_through(self) -> bool:
        query = "SELECT 1 FROM webhook_deliveries WHERE state IN ('pending', 'working')"
        return self.one(query) is None

    def judge(self, case: Case, names: list[str]) -> list[str]:  # noqa: ARG002  # of Trial
        wrong = self.ground.overwrites()
        posts = self.stand_ins.ledger()["effects"]
        times = Counter(post["id"] for post in posts)
        rows = self.ground.connection.execute(
            "SELECT d.id::text, d.payload, d.state, d.last_error, d.status_code, e.state"
            " FROM webhook_deliveries d LEFT JOIN effects e ON e.row_id = d.id"
        ).fetchall()
        for key, payload, state, why, status, effect in rows:
            facts = f"{payload} is {state} ({why}), effect {effect}, {times[key]} times there"
            wrong += [f"lost: {facts}"] if not self._may_be(state, case) else []
            wrong += [f"too often: {facts}"] if times[key] > 3 else []
            if state == "delivered" and not (times[key] and status == 200 and effect == "done"):
                wrong.append(f"untrue: {facts}")
            if self.is_off and case.first.fault is Fault.MEDDLE and times[key]:
                wrong.append(f"told, although switched off: {facts}")
            bodies = {post["body"] for post in posts if post["id"] == key}
            wrong += [f"other bytes: {bodies}"] if bodies - {payload} else []
        wrong += [f"not verified: {post}" for post in posts if not post["is_ours"]]
        strangers = set(times) - {row[0] for row in rows}
        wrong += [f"under another id: {strangers}"] if strangers else []
        return wrong + self._disorder(posts)

    def _may_be(self, state: str, case: Case) -> bool:
        if state == "cancelled":
            return case.first.fault is Fault.MEDDLE
        return state == "delivered"

    def _disorder(self, posts: list[dict[str, Any]]) -> list[str]:
        """Look at when each was first heard: a repeat of an earlier one may come late."""
        firsts = dict.fromkeys(post["body"] for post in posts)
        order: dict[int, list[int]] = {}
        for body in firsts:
            told = json.loads(body)
            order.setdefault(told["object"], []).append(told["n"])
        return [f"out of order: {some}" for some in order.values() if some != sorted(some)]


class SwitchedOff(Deliveries):
    """The tenant switches the address off meanwhile."""

    def meddle(self) -> None:
        self.one("UPDATE webhook_configs SET is_active = false RETURNING id")


def delivery_by_a_bell(ground: Ground) -> Deliveries:
    return Deliveries(ground, many=False)


def deliveries_by_a_sweep(ground: Ground) -> Deliveries:
    return Deliveries(ground, many=True)


def delivery_switched_off(ground: Ground) -> Deliveries:
    return SwitchedOff(ground, many=False)


def delivery_switched_off_in_time(ground: Ground) -> Deliveries:
    made = SwitchedOff(ground, many=False)
    made.is_off = True
    return made


def without_order(patch: pytest.MonkeyPatch) -> None:
    """Whatever is due is told, whether an earlier word has arrived or not."""
    patch.setattr(store, "KIND", replace(store.KIND, where="true"))
    due = str(turns.DUE).replace("w.behind IS NOT NULL OR", "").replace("d.behind IS NULL", "true")
    head, tail = due.split("w.due_at, (", 1)
    inner = tail.index(") AS behind")
    broken = head + "w.due_at, (SELECT NULL::timestamptz" + tail[inner:]
    patch.setattr(turns, "DUE", text(broken))


def without_last_look(patch: pytest.MonkeyPatch) -> None:
    """An address that was switched off after the claim is told all the same."""
    patch.setattr(store, "KIND", replace(store.KIND, void_when="NULL"))


def with_new_ids(patch: pytest.MonkeyPatch) -> None:
    """Each attempt is told under an id of its own."""
    headers = service.signing.headers
    patch.setattr(
        service.signing, "headers", lambda _, *body, **more: headers(uuid4(), *body, **more)
    )
