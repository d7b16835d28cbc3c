"""A tenant's own account wins over the platform's, from the moment it is brought."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import psycopg
import pytest

from domain.database import Begin
from domain.privacy import credentials
from tests.support.databases import Database
from tests.support.slice import KEYS
from workers.vendors.own import Own, field


@dataclass
class Line:
    """An adapter, as far as choosing it goes."""

    name: str


class Hall:
    """Two tenants, and whoever serves them."""

    def __init__(self, begin: Begin, connection: psycopg.Connection[Any]) -> None:
        self.begin = begin
        self.connection = connection
        self.users = [self.user(), self.user()]
        self.made: list[str] = []

    def user(self) -> UUID:
        made = self.connection.execute("INSERT INTO users DEFAULT VALUES RETURNING id").fetchone()
        assert made is not None
        return made[0]

    def own(self, *, fresh: float = 0.0) -> Own[Line]:
        def make(facts: Mapping[str, Any]) -> Line:
            self.made.append(field(facts, "sid", "account_sid"))
            return Line(self.made[-1])

        return Own(
            self.begin,
            KEYS,
            {"twilio": make},
            platform=Line("platform"),
            broken=lambda facts: Line(str(facts["why"])),
            fresh=fresh,
        )

    def bring(self, user_id: UUID, **facts: str) -> None:
        with self.begin(user_id) as session:
            credentials.put(
                session, KEYS, facts, user_id=user_id, provider="twilio", provider_type=None
            )


@pytest.fixture
def hall(begin_for_real: Begin, database: Database) -> Iterator[Hall]:
    with database.connect() as connection:
        yield Hall(begin_for_real, connection)


def test_who_brought_an_account_is_served_by_it_and_others_by_the_platform(hall: Hall) -> None:
    first, second = hall.users
    hall.bring(first, sid="AC1")
    own = hall.own()

    served = own.of_all([first, second])

    assert [served[first].name, served[second].name] == ["AC1", "platform"]
    assert own.of(None).name == "platform"


def test_an_adapter_is_made_once_and_kept_until_the_credentials_change(hall: Hall) -> None:
    user = hall.users[0]
    hall.bring(user, sid="AC1")
    own = hall.own()

    assert own.of(user) is own.of(user)
    hall.bring(user, sid="AC2")
    assert own.of(user).name == "AC2"
    hall.connection.execute("UPDATE integrations SET is_active = false")
    assert own.of(user).name == "platform"
    assert hall.made == ["AC1", "AC2"]


def test_what_was_just_looked_at_is_not_looked_at_again(hall: Hall) -> None:
    user = hall.users[0]
    own = hall.own(fresh=3600)
    assert own.of(user).name == "platform"

    hall.bring(user, sid="AC1")

    assert own.of(user).name == "platform"


def test_credentials_that_nobody_can_use_are_not_replaced_by_the_platforms(hall: Hall) -> None:
    user = hall.users[0]
    hall.bring(user, token="only a token")

    assert hall.own().of(user).name == "the tenant's own twilio cannot be used: sid is missing"


def test_credentials_that_were_moved_to_another_row_do_not_open(hall: Hall) -> None:
    first, second = hall.users
    hall.bring(first, sid="AC1")
    hall.bring(second, sid="AC2")
    hall.connection.execute(
        "UPDATE integrations SET encrypted_credentials = (SELECT i.encrypted_credentials"
        " FROM integrations i WHERE i.user_id = %s) WHERE user_id = %s",
        [first, second],
    )

    assert "cannot be used" in hall.own().of(second).name
