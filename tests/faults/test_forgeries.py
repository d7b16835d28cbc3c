"""Whoever writes to the broker rings our bells; rows decide, so nothing else comes of it."""

import base64
import json
import pickle
import random
import secrets
from collections.abc import Iterator
from typing import Any, Final
from uuid import UUID, uuid4

import pytest
from celery import Celery

from domain.work.names import Area, TaskName
from tests.support.broker import a_broker
from tests.support.databases import Database
from tests.support.figures import Measured
from tests.support.premises import Premises, booking, premises
from tests.support.spoiled import JUNK, LONG, cut_up, new_dice, spoil
from tests.support.waiting import wait_until

MANY: Final = 10_000 if LONG else 500
AT_ONCE: Final = 250 if LONG else 50
BUILT_IN: Final = (
    *("celery.backend_cleanup", "celery.chain", "celery.group", "celery.chord", "celery.map"),
    *("celery.starmap", "celery.chunks", "celery.accumulate", "celery.chord_unlock"),
)
STATES: Final = (
    "SELECT 'call', id::text, status, ai_processing_status, attempts FROM calls"
    " UNION ALL SELECT 'message', id::text,"
    "  CASE status WHEN 'delivered' THEN 'sent' ELSE status END, rule, attempts FROM messages"
    " UNION ALL SELECT 'event', id::text, status, title, 0 FROM events"
    " UNION ALL SELECT 'errand', id::text, state, task, attempts FROM errands ORDER BY 1, 2"
)
"""What is there and how it stands."""


def message(name: str, body: bytes, kind: str = "application/json", **headers: Any) -> bytes:
    """Return what lies in a queue for a task."""
    task_id = str(uuid4())
    told = {
        "body": base64.b64encode(body).decode(),
        "content-encoding": "utf-8",
        "content-type": kind,
        "headers": {"lang": "py", "task": name, "id": task_id, "root_id": task_id, **headers},
        "properties": {
            "correlation_id": task_id,
            "reply_to": str(uuid4()),
            "delivery_mode": 2,
            "delivery_info": {"exchange": "", "routing_key": name.partition(".")[0]},
            "priority": 0,
            "body_encoding": "base64",
            "delivery_tag": str(uuid4()),
        },
    }
    return json.dumps(told).encode()


class Forger:
    """Somebody who can write to the broker, and knows our names and our ids."""

    def __init__(self, canary: str, ids: list[str], dice: random.Random) -> None:
        self._canary, self._ids, self._dice = canary, ids, dice

    def made(self) -> bytes:
        dice = self._dice
        kind = dice.randrange(10)
        if kind == 0:
            return self._whole(pickle.dumps([self._canary]), "application/x-python-serialize")
        if kind == 1:
            return cut_up(self._whole(self._body(), "application/json"), dice)
        made = self._whole(self._body(), "application/json")
        if kind == 2:  # spoiled as an object, sent as JSON all the same
            return json.dumps(spoil(json.loads(made), dice)).encode()
        return made

    def _whole(self, body: bytes, kind: str) -> bytes:
        headers = {one: self._header(one) for one in self._dice.sample(sorted(HEADERS), 3)}
        return message(self._task(), body, kind, **headers)

    def _body(self) -> bytes:
        calls: list[Any] = [{"task": self._task(), "args": self._args(), "options": {}}]
        embedded = {
            "callbacks": self._dice.choice([None, calls]),
            "errbacks": self._dice.choice([None, calls]),
            "chain": self._dice.choice([None, calls]),
            "chord": None,
        }
        kwargs = self._dice.choice([{}, {}, {"user_id": self._canary}])
        return json.dumps([self._args(), kwargs, embedded]).encode()

    def _task(self) -> str:
        names = [*(name.value for name in TaskName), *BUILT_IN, self._canary]
        return self._dice.choice(names)

    def _args(self) -> list[Any]:
        several = [*self._ids, *self._ids, "upkeep", self._canary, str(uuid4())]
        strange = [one for one in JUNK if len(repr(one)) < 1000]
        return [
            self._dice.choice(several if self._dice.randrange(4) else strange)
            for _ in range(self._dice.choice((0, 0, 1, 1, 1, 2, 5)))
        ]

    def _header(self, name: str) -> Any:
        strange = [one for one in JUNK if len(repr(one)) < 1000]
        return self._dice.choice([*HEADERS[name], self._canary, self._dice.choice(strange)])


HEADERS: Final[dict[str, list[Any]]] = {
    "argsrepr": ["()"],
    "kwargsrepr": ["{}"],
    "shadow": ["somebody.else"],
    "retries": [0, 10**6],
    "timelimit": [[None, None], [1, 1], [10**9, 10**9]],
    "expires": ["2026-01-01T00:00:00+00:00", "2126-01-01T00:00:00+00:00"],
    "origin": ["gen1@elsewhere"],
    "run": ["messages.sweep|2026-01-01T00:00:00+00:00", "|"],
    "group": [str(uuid4())],
    "parent_id": [str(uuid4())],
    "stamps": [{}],
    "ignore_result": [True, False],
    "replaced_task_nesting": [0, 99],
}
"""Headers that Celery acts by, and what a forger may well write there."""


@pytest.fixture
def canary() -> str:
    return f"+1212555{secrets.randbelow(9_000) + 1_000}"


@pytest.fixture
def place(database: Database) -> Iterator[Premises]:
    with (
        a_broker() as broker,
        premises(database, broker, "worker", "listen") as made,
    ):
        yield made


def ids(place: Premises, *tables: str) -> list[str]:
    return [
        str(row[0])
        for table in tables
        for row in place.connection.execute(f"SELECT id FROM {table}".encode()).fetchall()
    ]


def flood(place: Premises, messages: list[bytes], dice: random.Random) -> None:
    """Push messages into all queues, and wait until they have been taken out."""
    queues = [area.value for area in Area]
    for at in range(0, len(messages), AT_ONCE):
        for one in messages[at : at + AT_ONCE]:
            place.broker.push(dice.choice(queues), one)
        wait_until(
            lambda: not any(place.broker.length(queue) for queue in queues),
            within=1200 if LONG else 120,
            what="the queues are empty",
        )


def settled(place: Premises, user: UUID, phone: str) -> UUID:
    """Have a call booked, and its confirmation sent; reminders of it wait for their day."""
    call = place.call(user, booking(), phone)
    wait_until(
        lambda: [one for one in place.effects("twilio") if one.get("to") == phone],
        within=60,
        what="the text goes out",
    )
    place.wait_for_the_end(within=60)
    return call


@pytest.mark.slow
@pytest.mark.timeout(3600 if LONG else 240)
def test_forged_messages_change_nothing_and_stop_nothing(
    place: Premises, canary: str, measured: Measured
) -> None:
    dice = new_dice()
    user = place.tenant()
    settled(place, user, "+12125550101")
    place.scalar(
        "INSERT INTO messages (user_id, channel, to_number, body, rule, status, due_at) VALUES"
        " (%s, 'sms', '+12125550102', 'x', 'reminder_x', 'pending', now() + interval '1 day')"
        " RETURNING id",
        user,
    )
    before, sent = place.connection.execute(STATES).fetchall(), place.effects("twilio")
    forger = Forger(canary, ids(place, "calls", "messages", "events", "users"), dice)

    flood(place, [forger.made() for _ in range(MANY)], dice)
    after = place.connection.execute(STATES).fetchall()

    assert place.effects("twilio") == sent
    assert after == before
    settled(place, user, "+12125550103")
    said = place.said()
    none, wrong = said.count("message.refused"), said.count("task.refused")
    measured(f"{MANY} forged: {none} were no bell of ours, {wrong} named no id")
    assert canary[1:] not in said
    assert "work.bug" not in said
    assert "child.replaced" not in said


@pytest.mark.slow
def test_a_message_that_is_played_back_does_nothing_more(place: Premises) -> None:
    settled(place, place.tenant(), "+12125550101")
    rung = {
        TaskName.TRANSCRIPTS_EXTRACT: ids(place, "calls"),
        TaskName.MESSAGES_PLAN: ids(place, "events"),
        TaskName.MESSAGES_SEND: ids(place, "messages"),
    }
    bells = [
        message(name.value, json.dumps([[one], {}, {}]).encode())
        for name, several in rung.items()
        for one in several
    ]
    before, sent = place.connection.execute(STATES).fetchall(), place.effects("twilio")

    flood(place, bells * 20, random.Random(0))
    settled(place, place.tenant("Other"), "+12125550103")

    assert [one for one in place.effects("twilio") if one["to"] == "+12125550101"] == sent
    assert set(before) <= set(place.connection.execute(STATES).fetchall())


@pytest.mark.slow
def test_what_lacks_a_part_is_thrown_away_and_breaks_no_connection(place: Premises) -> None:
    settled(place, place.tenant(), "+12125550101")
    whole = json.loads(message("messages.sweep", b"[[], {}, {}]"))
    del whole["headers"]["id"]

    flood(place, [json.dumps(whole).encode()] * 20, random.Random(0))
    settled(place, place.tenant("Other"), "+12125550103")

    said = place.said()
    assert said.count("message.refused") == 20
    assert "Connection to broker lost" not in said


@pytest.mark.slow
@pytest.mark.timeout(3600 if LONG else 240)
def test_what_is_called_out_to_all_workers_stops_none_and_is_not_repeated(
    place: Premises, canary: str, measured: Measured
) -> None:
    dice = new_dice()
    settled(place, place.tenant(), "+12125550101")
    whole = json.loads(called_out(place, canary))

    with place.broker.client as client:
        for _ in range(MANY // 5):
            client.publish("/0.celery.pidbox", spoiled_call(whole, canary, dice))
    settled(place, place.tenant("Other"), "+12125550103")

    said = place.said()
    unreadable = said.count("message.unreadable")
    measured(f"{MANY // 5} spoiled calls to all workers, {unreadable} of them broke a connection")
    assert canary[1:] not in said
    assert "child.replaced" not in said


def called_out(place: Premises, canary: str) -> bytes:
    """Return a command to all workers as Celery sends it."""
    heard: list[bytes] = []
    with place.broker.client as client, client.pubsub() as ear:
        ear.psubscribe("*pidbox*")
        Celery(broker=place.broker.url, set_as_current=False).control.broadcast(
            canary, arguments={"to": canary}
        )

        def is_heard() -> bool:
            told = ear.get_message(timeout=1)
            heard.extend([told["data"]] if told and told["type"] == "pmessage" else [])
            return bool(heard)

        wait_until(is_heard, within=10, what="the command is called out")
    return heard[0]


def spoiled_call(whole: dict[str, Any], canary: str, dice: random.Random) -> bytes:
    body = json.loads(base64.b64decode(whole["body"]))
    body["method"] = dice.choice([canary, "ping", "stats", "rate_limit", "revoke", "query_task"])
    what = dice.randrange(3)
    if what == 1:
        body = spoil(body, dice)
    told = {**whole, "body": base64.b64encode(json.dumps(body).encode()).decode()}
    if what == 2:
        return json.dumps(spoil(told, dice)).encode()
    sent = json.dumps(told).encode()
    return cut_up(sent, dice) if what == 0 and dice.randrange(2) else sent
