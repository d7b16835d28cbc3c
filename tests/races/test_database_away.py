"""The database goes away in the middle of a call, and comes back."""

import threading
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import replace

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from domain.database import SYSTEM, Begin, Scope, connect, sessions
from domain.work import batch
from domain.work.kinds import Settled
from domain.work.shop import Inline, Shop
from tests.support.databases import Database
from tests.support.desk import Desk
from tests.support.parcels import owe_parcels, parcel_kind
from tests.support.proxy import a_proxy
from tests.support.workshop import states

CUT = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


def test_what_the_vendor_said_is_written_when_the_database_is_back(
    parcels: Database, shop: Shop
) -> None:
    desk = Desk()
    gate = threading.Event()
    with parcels.connect() as connection:
        owe_parcels(connection, 1)

    def shut_the_database() -> None:
        with psycopg.connect(
            parcels.home.database_url("postgres", "postgres").replace("+psycopg", ""),
            autocommit=True,
        ) as admin:
            admin.execute(f"ALTER DATABASE {parcels.name} ALLOW_CONNECTIONS false")
            admin.execute(CUT.replace("current_database()", f"'{parcels.name}'"))
            gate.set()
            time.sleep(0.5)
            admin.execute(f"ALTER DATABASE {parcels.name} ALLOW_CONNECTIONS true")

    def meanwhile() -> None:
        threading.Thread(target=shut_the_database).start()
        gate.wait(5)

    desk.meanwhile = meanwhile
    batch.work(shop, desk.job())

    assert desk.ledger == ["r1"]
    assert states(parcels) == {"sent": 1}


class Flaky:
    """A database that is away while `is_away`."""

    def __init__(self, begin: Begin) -> None:
        self._begin = begin
        self.is_away = False

    @contextmanager
    def begin(self, scope: Scope) -> Generator[Session]:
        if self.is_away:
            raise OperationalError("SELECT 1", {}, Exception("away"))
        with self._begin(scope) as session:
            yield session


def test_what_cannot_be_written_in_time_is_left_to_be_found_out(
    parcels: Database, shop: Shop
) -> None:
    desk = Desk()
    database = Flaky(shop.begin)
    with parcels.connect() as connection:
        owe_parcels(connection, 1)
    desk.meanwhile = lambda: setattr(database, "is_away", True)

    batch.work(
        replace(shop, begin=database.begin), desk.job(parcel_kind(hard_limit=0.1, margin=0.3))
    )

    assert desk.ledger == ["r1"]
    assert states(parcels) == {"sending": 1}


def test_no_look_no_call(parcels: Database, shop: Shop) -> None:
    desk = Desk()
    database = Flaky(shop.begin)

    with parcels.connect() as connection:
        owe_parcels(connection, 1)

    def decide(_session: Session, _rows: object) -> dict[object, object]:
        database.is_away = True
        threading.Timer(0.2, lambda: setattr(database, "is_away", False)).start()
        return {}

    batch.work(
        replace(shop, begin=database.begin, hands=Inline(), size=2),
        replace(desk.job(), decide=decide, allow=only_once()),
    )

    assert desk.ledger == []
    assert states(parcels) == {"pending": 1}


def only_once() -> object:
    left = [1]
    return lambda _session, most: most if left and left.pop() else 0


def test_a_claim_that_fails_leaves_nothing_unwritten_and_nothing_claimed(
    parcels: Database, shop: Shop
) -> None:
    desk = Desk()
    claims = [2]

    def allow(_session: Session, _most: int) -> int:
        claims[0] -= 1
        if not claims[0]:
            raise OperationalError("SELECT 1", {}, Exception("away"))
        return 4

    with parcels.connect() as connection:
        owe_parcels(connection, 8)

    with pytest.raises(OperationalError):
        batch.work(replace(shop, size=4), desk.job(allow=allow))

    assert states(parcels) == {"sent": 4, "pending": 4}
    assert len(desk.ledger) == 4


def test_a_claim_whose_commit_was_not_heard_is_given_back(parcels: Database, shop: Shop) -> None:
    desk = Desk()
    heard = [False]

    @contextmanager
    def begin(scope: Scope) -> Generator[Session]:
        with shop.begin(scope) as session:
            yield session
        if not heard[0]:
            heard[0] = True
            raise OperationalError("COMMIT", {}, Exception("the answer was lost"))

    with parcels.connect() as connection:
        owe_parcels(connection, 3)
        with pytest.raises(OperationalError):
            batch.work(replace(shop, begin=begin), desk.job())
        effects = connection.execute("SELECT DISTINCT state, owner FROM effects").fetchall()
        tries = connection.execute("SELECT DISTINCT attempts FROM parcels").fetchall()
    assert states(parcels) == {"pending": 3}
    assert effects == [("retryable", None)]
    assert tries == [(0,)]

    batch.work(shop, desk.job())
    assert sorted(desk.ledger) == ["r1", "r2", "r3"]


def test_an_area_that_meets_an_absent_database_writes_its_facts_later(
    parcels: Database, shop: Shop
) -> None:
    tries: list[int] = []

    def also(_session: Session, settled: Sequence[Settled]) -> None:
        tries.append(len(settled))
        if len(tries) == 1:
            raise OperationalError("INSERT", {}, Exception("away"))

    with parcels.connect() as connection:
        owe_parcels(connection, 1)

    batch.work(shop, Desk().job(replace(parcel_kind(), also=also)))

    assert tries == [1, 1]
    assert states(parcels) == {"sent": 1}


def test_a_server_that_takes_the_question_and_never_answers_is_given_up(
    database: Database,
) -> None:
    with a_proxy(database.home.run / ".s.PGSQL.5432") as wires:
        name, role = database.name, "frontdesk_worker"
        url = f"postgresql+psycopg://{role}@127.0.0.1:{wires.port}/{name}"
        engine = connect(url, name="impatient", answer_within=0.5)
        begin = sessions(engine)
        with begin(SYSTEM) as session:
            session.execute(text("SELECT 1"))
        wires.swallow()

        began = time.monotonic()
        with pytest.raises(OperationalError, match="did not answer"), begin(SYSTEM) as session:
            session.execute(text("SELECT 1"))
        took = time.monotonic() - began
        with begin(SYSTEM) as session:
            answered = session.execute(text("SELECT 2")).scalar_one()
        engine.dispose()

    assert took < 5
    assert answered == 2
