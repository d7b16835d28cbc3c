"""What may have happened stays open until it is known, whatever else goes wrong."""

import subprocess
import sys
from dataclasses import replace
from typing import Any

from domain.work import batch, owners, resolve
from domain.work.attempts import Job
from domain.work.shop import Shop
from tests.support.databases import Database
from tests.support.parcels import Courier, owe_parcels, parcel_job
from tests.support.workshop import states

# All file descriptors are taken: /proc cannot be read, and proves nothing.
BLIND = """
import resource, sys
from domain.work import owners
owners.me()
resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))
sys.exit(owners.is_dead_here(sys.argv[1]))
"""


def _broken(job: Job[Any]) -> Job[Any]:
    def describe(_: Any) -> Any:
        raise KeyError("a secret that is missing today")

    return replace(job, describe=describe)


def test_a_row_that_cannot_be_described_today_is_found_out_about_tomorrow(
    parcels: Database, courier: Courier, shop: Shop
) -> None:
    job = parcel_job(courier)
    with parcels.connect() as connection:
        owe_parcels(connection, 1)
        courier.behave(fault="lose_after")
        batch.work(shop, job)

        for trying, found in ((_broken(job), "unknown"), (job, "sent")):
            connection.execute("UPDATE parcels SET due_at = clock_timestamp()")
            resolve.resolve(shop, trying)
            assert states(parcels) == {found: 1}

    assert courier.ledger() == ["r1"]


def test_a_row_that_a_stranger_put_back_is_found_out_about_not_sent(
    parcels: Database, courier: Courier, shop: Shop
) -> None:
    job = parcel_job(courier)
    with parcels.connect() as connection:
        owe_parcels(connection, 1)
        courier.behave(fault="lose_after")
        batch.work(shop, job)
        connection.execute("UPDATE parcels SET state = 'pending', due_at = clock_timestamp()")

        batch.work(shop, job)
        resolve.resolve(shop, job)

    assert states(parcels) == {"sent": 1}
    assert courier.ledger() == ["r1"]


def test_who_cannot_look_takes_nobody_for_dead() -> None:
    looked = subprocess.run([sys.executable, "-c", BLIND, owners.me()], check=False)

    assert looked.returncode == 0
