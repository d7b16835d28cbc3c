"""What is owed is done, once."""

from uuid import UUID, uuid4

from domain.database import SYSTEM
from domain.work import errands
from domain.work.names import Area, TaskName
from domain.work.shop import Shop
from tests.support.databases import Database

TASK = TaskName.UPKEEP_MEASURE


def owe(shop: Shop, subject: UUID, *, generation: int = 0) -> None:
    with shop.begin(SYSTEM) as session:
        errands.owe(session, TASK, subject, user_id=None, generation=generation)


def rows(database: Database) -> list[tuple[object, ...]]:
    with database.connect() as connection:
        return connection.execute("SELECT state, attempts FROM errands ORDER BY id").fetchall()


def test_what_is_owed_twice_for_one_cause_is_done_once(database: Database, shop: Shop) -> None:
    done: list[UUID] = []
    subject = uuid4()
    for generation in (0, 0, 1):
        owe(shop, subject, generation=generation)

    errands.work(shop, Area.UPKEEP, {TASK: done.append})

    assert done == [subject, subject]
    assert rows(database) == [("done", 1), ("done", 1)]


def test_a_bell_does_what_its_subject_is_owed(database: Database, shop: Shop) -> None:
    done: list[UUID] = []
    subject = uuid4()
    owe(shop, subject)
    owe(shop, uuid4())

    for asked in (subject, subject, uuid4()):
        errands.work_for(shop, TASK, asked, {TASK: done.append})

    assert done == [subject]
    assert sorted(rows(database)) == [("done", 1), ("pending", 0)]


def test_another_area_leaves_it_alone(database: Database, shop: Shop) -> None:
    owe(shop, uuid4())

    assert errands.work(shop, Area.BILLING, {}) is False

    assert rows(database) == [("pending", 0)]


def test_an_errand_that_fails_is_tried_again_and_in_the_end_told(
    database: Database, shop: Shop
) -> None:
    tries: list[UUID] = []

    def fail(subject: UUID) -> None:
        tries.append(subject)
        raise LookupError("nobody knows why")

    owe(shop, uuid4())
    with database.connect() as connection:
        for _ in range(9):
            errands.work(shop, Area.UPKEEP, {TASK: fail})
            connection.execute("UPDATE errands SET due_at = clock_timestamp()")
        alerts = connection.execute("SELECT alert_type FROM ops_alerts").fetchall()

    assert rows(database) == [("failed", 8)]
    assert len(tries) == 8
    assert alerts == [("work_failed",)]


def test_an_errand_of_a_newer_release_fails_alone(database: Database, shop: Shop) -> None:
    done: list[UUID] = []
    owe(shop, uuid4())
    with database.connect() as connection:
        connection.execute(
            "INSERT INTO errands (task, subject_id) VALUES ('upkeep.unheard_of', app_uuid7())"
        )

    errands.work(shop, Area.UPKEEP, {TASK: done.append})

    assert len(done) == 1
    assert sorted(rows(database)) == [("done", 1), ("failed", 1)]


def test_an_errand_whose_worker_died_is_done_again(database: Database, shop: Shop) -> None:
    done: list[UUID] = []
    owe(shop, uuid4())
    with database.connect() as connection:
        connection.execute(
            "UPDATE errands SET state = 'working', attempts = 1, lease_token = app_uuid7(),"
            " lease_expires_at = clock_timestamp() - interval '1 hour'"
        )

    errands.work(shop, Area.UPKEEP, {TASK: done.append})

    assert len(done) == 1
    assert rows(database) == [("done", 2)]


def test_an_errand_that_kills_every_worker_ends(database: Database, shop: Shop) -> None:
    done: list[UUID] = []
    owe(shop, uuid4())
    with database.connect() as connection:
        connection.execute(
            "UPDATE errands SET state = 'working', attempts = 8, lease_token = app_uuid7(),"
            " lease_expires_at = clock_timestamp() - interval '1 hour'"
        )

    errands.work(shop, Area.UPKEEP, {TASK: done.append})

    assert done == []
    assert rows(database) == [("failed", 8)]
