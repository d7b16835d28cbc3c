"""Events change and people say stop while sweeps send: nobody waits, and little leaks."""

import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID

import psycopg

from domain.database import Begin
from domain.messages import replies, sending
from domain.messages.post import Post
from domain.work import batch
from domain.work.effects import Receipt
from domain.work.shop import Shop, Threads
from tests.support.databases import Database
from tests.support.premises import WITHOUT_LIMITS
from tests.support.slice import KEYS, FakeMails, FakeTexts

LONG = os.environ.get("LONG") == "1"
EVENTS, TEXTS = (1600, 10) if LONG else (80, 10)
LEFT = """
INSERT INTO events (user_id, title, status, start_time, end_time, owes_nothing)
SELECT %(user)s, 'Visit ' || n, 'confirmed', d, d + interval '1 hour', true
FROM generate_series(1, %(events)s) n,
     LATERAL (SELECT date_trunc('day', now()) + interval '2 days') t(d)
"""
OWED = """
INSERT INTO messages (user_id, event_id, to_number, body, rule, identity, event_start, due_at,
    answers_at)
SELECT user_id, id, '+1212555' || lpad(substr(title, 7), 4, '0'), id || ' ' || n, 'confirmation',
       id || ' ' || n, start_time, clock_timestamp(), clock_timestamp()
FROM events, generate_series(1, %(texts)s) n
"""


@dataclass
class Carrier(FakeTexts):
    """Takes each text within a few milliseconds, and knows when."""

    took: list[tuple[datetime, str, str]] = field(default_factory=list[tuple[datetime, str, str]])

    def send(self, *, to: str, body: str, key: str) -> Receipt:
        receipt = super().send(to=to, body=body, key=key)
        self.took.append((datetime.now(UTC), to, body))
        time.sleep(0.005)
        return receipt


@dataclass
class Person:
    """Changes one thing after the other, as another service does, and looks at the clock."""

    connection: psycopg.Connection
    waits: list[float] = field(default_factory=list[float])
    changed: dict[str, datetime] = field(default_factory=dict[str, datetime])

    def change(self, event: UUID, what: str) -> None:
        self._time(
            event,
            lambda: self.connection.execute(
                f"UPDATE events SET {what} WHERE id = %s".encode(), [event]
            ),
        )

    def stop(self, event: UUID, begin: Begin, user: UUID, number: str) -> None:
        self._time(event, lambda: _say_stop(begin, user, number))

    def _time(self, event: UUID, act: Callable[[], object]) -> None:
        began = time.monotonic()
        act()
        self.waits.append(time.monotonic() - began)
        self.changed[str(event)] = datetime.now(UTC)


def test_a_change_waits_for_no_sweep_and_what_it_voids_is_not_sent_after_it(
    begin_for_real: Begin, database: Database, measured: Callable[[str], None]
) -> None:
    carrier = Carrier()
    post = Post(begin=begin_for_real, keyring=KEYS, texts=carrier, mails=FakeMails())
    with database.connect() as connection:
        user, events = _prepared(connection)
        connection.execute("SET lock_timeout = '100ms'")  # for nobody's lock longer, or it fails
        person = Person(connection)
        troubles: list[Exception] = []
        sweeps = [
            threading.Thread(target=_sweep, args=(begin_for_real, post, troubles)) for _ in range(2)
        ]
        for thread in sweeps:
            thread.start()
        place = {str(event): number for number, event in enumerate(events)}
        while len(person.changed) < EVENTS * 3 // 4 and any(one.is_alive() for one in sweeps):
            last = place[carrier.took[-1][2].split()[0]] if carrier.took else 0
            number = min(last + len(person.waits) % 3, EVENTS - 1)  # about to leave just now
            event = events[number]
            if str(event) in person.changed:
                time.sleep(0.001)
            elif number % 3 == 0:
                person.change(event, "status = 'cancelled'")
            elif number % 3 == 1:
                person.change(event, "start_time = start_time + interval '1 day', end_time = NULL")
            else:
                person.stop(event, begin_for_real, user, f"+1212555{number + 1:04}")
        for thread in sweeps:
            thread.join(60)

        assert troubles == []
        rows = connection.execute("SELECT status, count(*) FROM messages GROUP BY 1").fetchall()
        late = sorted(_lateness(carrier, person)) or [0.0]
        counts = dict(rows)
        waits = sorted(person.waits)
        measured(
            f"{len(waits)} changes and stops beside two sweeps of {EVENTS * TEXTS} texts: the"
            f" slowest waited {waits[-1] * 1000:.0f} ms, p99 {_p99(waits) * 1000:.0f} ms, the"
            f" median {waits[len(waits) // 2] * 1000:.1f} ms; {len(late)} texts had passed their"
            f" last look and left after it, p50 {late[len(late) // 2] * 1000:.0f} ms, p99"
            f" {_p99(late) * 1000:.0f} ms, the last {late[-1] * 1000:.0f} ms"
        )
        assert set(counts) <= {"sent", "void"}
        assert counts["void"] > 0
        assert counts["sent"] == len(carrier.took) == len(set(carrier.took))
        assert counts["sent"] >= TEXTS * EVENTS // 4  # whose event nobody touched
        assert waits[len(waits) // 2] < 0.1
        assert all(each < 2.5 for each in late)  # the last look may be two seconds old


def _prepared(connection: psycopg.Connection) -> tuple[UUID, list[UUID]]:
    user = connection.execute(
        "INSERT INTO users (settings) VALUES (%s) RETURNING id", [WITHOUT_LIMITS]
    ).fetchone()
    assert user is not None
    given = {"user": user[0], "events": EVENTS, "texts": TEXTS}
    connection.execute(LEFT, given)
    connection.execute(OWED, given)
    rows = connection.execute("SELECT id FROM events ORDER BY length(title), title").fetchall()
    return user[0], [row[0] for row in rows]


def _sweep(begin: Begin, post: Post, troubles: list[Exception]) -> None:
    shop = Shop(begin=begin, hands=Threads(8), size=50)
    try:
        while batch.work(shop, sending.job(post)):
            pass
    except Exception as error:  # noqa: BLE001  # a deadlock, above all
        troubles.append(error)


def _say_stop(begin: Begin, user: UUID, number: str) -> None:
    with begin(user) as session:
        replies.stop(session, user, number, source="a test")


def _p99(values: list[float]) -> float:
    """Return what 99 of 100 sorted values do not exceed."""
    return values[min(len(values) - 1, int(len(values) * 0.99))]


def _lateness(carrier: Carrier, person: Person) -> list[float]:
    """Return by how many seconds each text left after what forbade it was committed."""
    found = [
        (at - person.changed[event]).total_seconds()
        for at, _, body in carrier.took
        if (event := body.split()[0]) in person.changed
    ]
    return [each for each in found if each > 0]
