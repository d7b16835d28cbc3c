"""The door: it checks, stores and answers, and does nothing else."""

import http.client
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
from sqlalchemy import create_engine

from domain.database import Begin, sessions
from domain.work.names import TaskName
from tests.support.databases import Database
from tests.support.notices import SENDERS, Post
from tests.support.stand_ins import free_port
from tests.support.street import Street, open_door
from tests.support.waiting import wait_until
from workers import intake


@pytest.fixture
def street(begin_for_real: Begin) -> Iterator[Street]:
    with open_door(begin_for_real) as made:
        yield made


@pytest.fixture
def rows(database: Database) -> Iterator[Any]:
    with database.connect() as connection:
        yield lambda query: connection.execute(query).fetchall()


def now(name: str, event: str) -> Post:
    return SENDERS[name].post(event, at=datetime.now(UTC))


@pytest.mark.parametrize("name", sorted(SENDERS))
def test_a_notice_is_stored_and_answered_with_nothing(street: Street, rows: Any, name: str) -> None:
    post = now(name, next(iter(SENDERS[name].events)))

    status, said, _ = street.send(post)

    assert (status, said) == (204, "")
    [(stored, body, state)] = rows(
        "SELECT q.id, p.body, q.state FROM webhook_queue q"
        " JOIN webhook_payloads p ON p.webhook_id = q.id"
    )
    assert (bytes(body), state) == (post.body, "pending")
    wait_until(lambda: street.rung == [(TaskName.WEBHOOKS_PROCESS, stored)], within=2)


def test_a_redelivery_is_answered_alike_and_rings_nobody(street: Street, rows: Any) -> None:
    post = now("stripe", "paid")

    answers = {street.send(post)[0] for _ in range(100)}

    assert answers == {204}
    assert rows("SELECT count(*) FROM webhook_queue") == [(1,)]
    assert len(street.rung) == 1


def test_what_is_not_believed_is_told_so_and_stored_once(street: Street, rows: Any) -> None:
    post = replace(now("stripe", "paid"), headers={"stripe-signature": "t=1,v1=0"})

    answers = {street.send(post)[:2] for _ in range(3)}

    assert answers == {(401, "Refused: its signature is wrong.")}
    assert rows("SELECT result, error_message FROM webhook_queue") == [
        ("refused", "its signature is wrong")
    ]
    assert street.rung == []


def test_a_flood_of_forgeries_does_not_fill_the_table(
    street: Street, rows: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake, "MOST_REFUSED", 5)

    for number in range(20):
        street.send(replace(now("stripe", "paid"), headers={"n": str(number)}))

    assert rows("SELECT count(*) FROM webhook_queue")[0][0] <= 10


@pytest.mark.parametrize(
    ("asked", "answered"),
    [
        (("POST", "/webhooks/nobody", 2), (404, "no vendor")),
        (("POST", "/", 2), (404, "Not Found")),
        (("POST", "/webhooks/stripe/a/b", 2), (404, "Not Found")),
        (("GET", "/webhooks/stripe", 0), (405, "Method Not Allowed")),
        (("POST", "/webhooks/stripe", intake.LARGEST + 1), (413, "longer")),
        (("GET", "/healthz", 0), (200, "open")),
    ],
)
def test_whoever_is_wrong_here_is_told_clearly(
    street: Street, rows: Any, asked: tuple[str, str, int], answered: tuple[int, str]
) -> None:
    method, path, size = asked

    status, said, _ = street.send(Post(path, {}, b"x" * size), method)

    assert status == answered[0]
    assert answered[1] in said
    assert rows("SELECT count(*) FROM webhook_queue") == [(0,)]


def test_a_body_without_a_length_is_cut_off_where_it_grows_too_long(street: Street) -> None:
    where = urlsplit(street.url)
    line = http.client.HTTPConnection(where.hostname or "", where.port, timeout=20)
    parts = (b"x" * 65536 for _ in range(2 * intake.LARGEST // 65536))

    try:
        line.request("POST", "/webhooks/stripe", parts, encode_chunked=True)
        status = line.getresponse().status
    except (BrokenPipeError, ConnectionResetError):
        status = 413
    line.close()

    assert status == 413


def test_graphs_question_is_answered_and_not_stored(street: Street, rows: Any) -> None:
    post = SENDERS["graph"].post("created")
    asked = replace(post, target=post.target + "?validationToken=a%20b%3Cc%3E", body=b"")

    status, said, _ = street.send(asked)

    assert (status, said) == (200, "a b<c>")
    assert rows("SELECT count(*) FROM webhook_queue") == [(0,)]


def test_without_a_database_the_vendor_is_told_to_come_again() -> None:
    nowhere = f"postgresql+psycopg://x@127.0.0.1:{free_port()}/x"
    engine = create_engine(nowhere)
    with open_door(sessions(engine)) as street:
        status, said, took = street.send(now("stripe", "paid"))
    engine.dispose()

    assert (status, said) == (503, intake.AWAY)
    assert took < 3
    assert street.rung == []


def test_a_database_that_hangs_costs_the_vendor_five_seconds(
    database: Database, begin_for_real: Begin
) -> None:
    with database.connect() as other, open_door(begin_for_real) as street:
        with other.transaction():
            other.execute("LOCK TABLE webhook_queue IN ACCESS EXCLUSIVE MODE")
            status, _, took = street.send(now("stripe", "paid"))
        again = street.send(now("stripe", "paid"))

    assert status == 503
    assert took < intake.PATIENCE + 1
    assert again[0] == 204


def test_many_at_once_are_stored_together_and_each_answered(street: Street, rows: Any) -> None:
    events = [
        replace(
            SENDERS["stripe"],
            events={"it": {"id": f"evt_{number}", "type": "invoice.paid"}},
        ).post("it", at=datetime.now(UTC))
        for number in range(200)
    ]
    answers = list[tuple[int, str, float]]()
    hands = [
        threading.Thread(target=lambda part=part: answers.extend(map(street.send, part)))
        for part in (events[at::8] for at in range(8))
    ]

    for hand in hands:
        hand.start()
    for hand in hands:
        hand.join()

    assert {status for status, _, _ in answers} == {204}
    assert rows("SELECT count(*) FROM webhook_queue") == [(200,)]
    assert rows("SELECT count(*) FROM webhook_payloads") == [(200,)]


def test_a_notice_that_spoils_a_group_spoils_itself_only(database: Database) -> None:
    engine = create_engine(database.url())
    with psycopg.connect(database.url("postgres").replace("+psycopg", "")) as owner:
        owner.execute(
            "ALTER TABLE frontdesk.webhook_queue ADD CONSTRAINT none_called_bad"
            " CHECK (event_type <> 'bad')"
        )
    told = [("bad" if n == 7 else "invoice.paid", n) for n in range(40)]
    posts = [
        replace(SENDERS["stripe"], events={"it": {"id": f"evt_{n}", "type": kind}}).post(
            "it", at=datetime.now(UTC)
        )
        for kind, n in told
    ]

    with open_door(sessions(engine)) as street:
        answers = list[int]()
        hands = [
            threading.Thread(target=lambda one=one: answers.append(street.send(one)[0]))
            for one in posts
        ]
        for hand in hands:
            hand.start()
        for hand in hands:
            hand.join()
    engine.dispose()

    assert sorted(answers) == [204] * 39 + [503]
