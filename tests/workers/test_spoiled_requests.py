"""Whatever reaches the port of intake: no error of ours, and whole notices still come in."""

import random
import socket
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import pytest

from domain.database import Begin
from tests.support.databases import Database
from tests.support.figures import Measured
from tests.support.notices import SENDERS, Post
from tests.support.spoiled import LONG, cut_up, junk, new_dice
from tests.support.street import Street, open_door

MANY = 10_000 if LONG else 120
SOON = 0.3


@pytest.fixture
def street(begin_for_real: Begin) -> Iterator[Street]:
    with open_door(begin_for_real, unsubscribe=lambda token: token == "known") as made:
        yield made


@pytest.fixture
def rows(database: Database) -> Iterator[Any]:
    with database.connect() as connection:
        yield lambda query: connection.execute(query).fetchall()


def now(dice: random.Random, name: str) -> Post:
    event = dice.choice(list(SENDERS[name].events))
    return SENDERS[name].post(event, at=datetime.now(UTC))


def written(post: Post) -> bytes:
    """Return a notice as it comes over the line."""
    head = "".join(f"{name}: {value}\r\n" for name, value in post.headers.items())
    length = f"Content-Length: {len(post.body)}\r\nConnection: close\r\n"
    return f"POST {post.target} HTTP/1.1\r\nHost: x\r\n{head}{length}\r\n".encode() + post.body


def spoiled(dice: random.Random) -> bytes:
    whole = written(now(dice, dice.choice(sorted(SENDERS))))
    what = dice.randrange(4)
    if what == 0:
        return cut_up(whole, dice)
    head, gap, body = whole.partition(b"\r\n\r\n")
    lines = head.split(b"\r\n")
    at = dice.randrange(len(lines))
    strange = str(junk(dice)).encode("utf-8", "replace")
    if what == 1:  # a strange value
        lines[at] = lines[at].partition(b" ")[0] + b" " + strange
    elif what == 2:  # a strange address
        lines[0] = b"POST /%s/%s HTTP/1.1" % (dice.choice((b"webhooks", b"unsubscribe")), strange)
    else:
        lines.insert(at, dice.choice(lines))
    return b"\r\n".join(lines) + gap + body


def say(street: Street, request: bytes, *, wait: float = SOON) -> int | None:
    """Send bytes; return the status of the answer, or None where there was none."""
    where = urlsplit(street.url)
    with socket.create_connection((where.hostname, where.port), timeout=wait) as line:
        heard = b""
        try:
            line.sendall(request)
            while part := line.recv(65_536):
                heard += part
        except OSError:  # it hung up on us, or waits for the rest
            pass
    return int(heard.split(b" ", 2)[1]) if heard.startswith(b"HTTP/1.") else None


@pytest.mark.slow
@pytest.mark.timeout(7200 if LONG else 240)
def test_no_request_is_an_error_of_ours_and_whole_ones_still_come_in(
    street: Street, rows: Any, measured: Measured
) -> None:
    dice = new_dice()
    answers: dict[int | None, int] = {}

    for _ in range(MANY):
        request = spoiled(dice)
        status = say(street, request)
        answers[status] = answers.get(status, 0) + 1
        assert status is None or status < 500, request
    last = {name: say(street, written(now(dice, name)), wait=5) for name in sorted(SENDERS)}

    measured(f"intake: {MANY} spoiled requests: {answers}")
    assert set(last.values()) == {204}
    assert answers.get(204, 0) > 0
    assert rows(
        "SELECT count(*) FROM webhook_queue q WHERE NOT EXISTS"
        " (SELECT FROM webhook_payloads p WHERE p.webhook_id = q.id)"
    ) == [(0,)]
