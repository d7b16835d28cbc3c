"""Many hands reach for one row, and one has it."""

import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

from domain.database import SYSTEM
from domain.work import batch, claims
from domain.work.claims import Ending, Lease
from domain.work.shop import Shop
from tests.support.databases import Database
from tests.support.desk import Desk
from tests.support.parcels import Courier, owe_parcels, parcel_kind
from tests.support.vendor import vendor
from tests.support.workshop import states


def test_threads_that_sweep_and_ring_at_once_send_each_row_once(
    parcels: Database, shop: Shop
) -> None:
    desk = Desk()
    job = desk.job()
    with parcels.connect() as connection:
        ids = owe_parcels(connection, 60)
    together = threading.Barrier(7)

    def sweep() -> None:
        together.wait()
        batch.work(replace(shop, size=10), job)

    def ring() -> None:
        together.wait()
        for row_id in ids[:20]:
            batch.work_one(shop, job, row_id)

    with ThreadPoolExecutor(7) as crowd:
        done = [crowd.submit(call) for call in (sweep, sweep, ring, ring, ring, ring, ring)]
        for one in done:
            one.result()

    assert states(parcels) == {"sent": 60}
    assert sorted(desk.ledger) == sorted(set(desk.ledger))
    assert len(desk.ledger) == 60


def test_processes_that_sweep_and_ring_at_once_send_each_row_once(
    parcels: Database, tmp_path: Path
) -> None:
    with parcels.connect() as connection, vendor(tmp_path) as path:
        ids = [str(row_id) for row_id in owe_parcels(connection, 200)]
        told = [sys.executable, "-m", "tests.races.sweeper", parcels.url(), path, *ids[:20]]
        crowd = [subprocess.Popen(told, stdin=subprocess.PIPE) for _ in range(3)]
        for process in crowd:
            process.communicate(b"go\n", timeout=30)
        courier = Courier(path)
        sent = courier.ledger()
        courier.close()

    assert [process.returncode for process in crowd] == [0, 0, 0]
    assert states(parcels) == {"sent": 200}
    assert len(sent) == len(set(sent)) == 200


def test_five_bells_for_one_row_are_one(parcels: Database, shop: Shop) -> None:
    desk = Desk()
    with parcels.connect() as connection:
        (row_id,) = owe_parcels(connection, 1)

    with ThreadPoolExecutor(5) as crowd:
        for one in [crowd.submit(batch.work_one, shop, desk.job(), row_id) for _ in range(5)]:
            one.result()

    assert desk.ledger == ["r1"]
    assert states(parcels) == {"sent": 1}


def test_a_row_that_somebody_locks_is_passed_by(parcels: Database, shop: Shop) -> None:
    desk = Desk()
    with parcels.connect() as connection, parcels.connect() as other:
        first, _ = owe_parcels(connection, 2)
        with other.transaction():
            other.execute("SELECT 1 FROM parcels WHERE id = %s FOR UPDATE", [first])

            batch.work_one(shop, desk.job(), first)
            batch.work(shop, desk.job())

            assert desk.ledger == ["r2"]

    batch.work_one(shop, desk.job(), first)
    assert desk.ledger == ["r2", "r1"]


def test_a_stale_token_changes_nothing(parcels: Database, shop: Shop) -> None:
    kind = parcel_kind()
    with parcels.connect() as connection:
        (row_id,) = owe_parcels(connection, 1)
    old = Lease.ask(kind)
    with shop.begin(SYSTEM) as session:
        claims.claim(session, kind, old, most=1)
    with parcels.connect() as connection:
        connection.execute("UPDATE parcels SET lease_token = %s", [uuid4()])

    with shop.begin(SYSTEM) as session:
        ending = Ending(id=row_id, user_id=None, state="sent")
        ours = claims.settle(session, kind, old, [ending])
        standing = claims.reread(session, kind, old, [row_id])

    assert (ours, standing) == (set(), {})
    assert states(parcels) == {"sending": 1}


def test_who_lost_its_row_while_it_waited_makes_no_call(parcels: Database, shop: Shop) -> None:
    desk = Desk()
    stolen = f"UPDATE parcels SET lease_token = '{uuid4()}' WHERE ref = 'r2'"
    with parcels.connect() as connection:
        owe_parcels(connection, 2)
        desk.meanwhile = lambda: connection.execute(stolen)

        from_one_hand = replace(shop, hands=batch.Inline())
        batch.work(from_one_hand, desk.job())

    assert desk.ledger == ["r1"]
    assert states(parcels) == {"sent": 1, "sending": 1}


def test_a_lease_with_too_little_left_for_a_call_is_given_back(
    parcels: Database, shop: Shop
) -> None:
    desk = Desk()
    hasty = parcel_kind(hard_limit=10, margin=-9)
    with parcels.connect() as connection:
        (row_id,) = owe_parcels(connection, 1)

    batch.work_one(shop, desk.job(hasty), row_id)

    assert desk.ledger == []
    with parcels.connect() as connection:
        found = connection.execute("SELECT state, attempts, last_error FROM parcels").fetchone()
    assert found == ("pending", 0, "not begun in time")


def test_a_sweep_returns_after_its_budget_and_says_that_more_is_due(
    parcels: Database, shop: Shop
) -> None:
    desk = Desk()
    with parcels.connect() as connection:
        owe_parcels(connection, 50)

    brief = replace(shop, budget=timedelta(0), size=10)

    assert batch.work(brief, desk.job()) is True
    assert states(parcels) == {"pending": 50}
