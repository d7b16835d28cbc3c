"""One click ends a tenant's letters: by POST alone, for who got the letter, and at once."""

from collections.abc import Iterator
from functools import partial
from typing import Any
from uuid import UUID

import psycopg
import pytest

from domain.database import Begin
from domain.messages import unsubscribing
from tests.support.databases import Database
from tests.support.notices import Post
from tests.support.slice import KEYS
from tests.support.street import Street, open_door

ADDRESS = "ann@example.org"


@pytest.fixture
def street(begin_for_real: Begin) -> Iterator[Street]:
    ends = partial(unsubscribing.unsubscribe, begin_for_real, KEYS)
    with open_door(begin_for_real, unsubscribe=ends) as made:
        yield made


def letter(connection: psycopg.Connection[Any], to: str, status: str) -> UUID:
    row = connection.execute(
        "INSERT INTO messages (user_id, channel, to_email, body, status, due_at)"
        " SELECT id, 'email', %s, 'x', %s, clock_timestamp() FROM users RETURNING id",
        [to, status],
    ).fetchone()
    assert row is not None
    return row[0]


def test_one_click_ends_the_letters_of_who_got_one(street: Street, database: Database) -> None:
    with database.connect() as connection:
        connection.execute("INSERT INTO users DEFAULT VALUES")
        sent = letter(connection, ADDRESS, "sent")
        waits = letter(connection, ADDRESS.upper(), "pending")
        others = letter(connection, "bob@example.org", "pending")
        target = f"/unsubscribe/{unsubscribing.token(KEYS, sent)}"
        click = Post(target=target, body=b"List-Unsubscribe=One-Click", headers={})

        looked = street.send(click, method="GET")
        states = "SELECT id, status FROM messages ORDER BY id"
        before = dict(connection.execute(states).fetchall())
        answers = [street.send(click)[0] for _ in range(2)]
        after = dict(connection.execute(states).fetchall())

    assert looked[0] == 200
    assert "<form" in looked[1]
    assert before[waits] == "pending"  # a scanner that opens links ends nothing
    assert answers == [200, 200]
    assert (after[waits], after[others]) == ("void", "pending")


@pytest.mark.parametrize("given", ["x", "A" * 43, "%00", "../../healthz", "A" * 4000])
def test_a_link_that_we_never_made_ends_nothing(
    street: Street, database: Database, given: str
) -> None:
    with database.connect() as connection:
        connection.execute("INSERT INTO users DEFAULT VALUES")
        letter(connection, ADDRESS, "pending")

        status = street.send(Post(target=f"/unsubscribe/{given}", body=b"", headers={}))[0]

        assert status in {404, 405}
        assert connection.execute("SELECT status FROM messages").fetchall() == [("pending",)]
