"""What an area writes with its rows: all of it or, for its own row, none."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.work import batch
from domain.work.attempts import Job
from domain.work.kinds import Settled
from domain.work.shop import Shop
from tests.support.databases import Database
from tests.support.parcels import Courier, Parcel, owe_parcels, parcel_job
from tests.support.workshop import states


def a_job(courier: Courier, *, for_its_facts: bool, bug: bool = False) -> Job[Parcel]:
    """Send parcels, and write down each; the third cannot be written down."""

    def also(session: Session, settled: Sequence[Settled]) -> None:
        for row in settled:
            if bug and row.reference == "P3":
                raise KeyError("somebody's number")
            session.execute(text("INSERT INTO sent (ref) VALUES (:ref)"), {"ref": row.reference})

    job = parcel_job(courier)
    return replace(job, kind=replace(job.kind, also=also, is_for_its_facts=for_its_facts))


@pytest.fixture
def ledger(parcels: Database) -> Database:
    with parcels.connect() as connection:
        connection.execute("CREATE TABLE sent (ref text CHECK (ref <> 'P3'))")
        connection.execute("GRANT SELECT, INSERT ON sent TO frontdesk_system")
    return parcels


@pytest.mark.parametrize("bug", [False, True])
@pytest.mark.parametrize(
    ("for_its_facts", "ends"), [(False, {"sent": 5}), (True, {"sent": 4, "failed": 1})]
)
def test_what_cannot_be_written_costs_its_own_row(
    ledger: Database,
    courier: Courier,
    shop: Shop,
    *,
    bug: bool,
    for_its_facts: bool,
    ends: dict[str, int],
) -> None:
    with ledger.connect() as connection:
        owe_parcels(connection, 5)

        batch.work(shop, a_job(courier, for_its_facts=for_its_facts, bug=bug))

        written = connection.execute("SELECT count(*) FROM sent").fetchone()
        alert = connection.execute("SELECT message FROM ops_alerts").fetchone()
    assert states(ledger) == ends
    assert written == (4,)
    assert alert is not None
    assert "could not be written" in alert[0]
    assert "somebody" not in alert[0]


def test_everything_is_written_in_one_transaction(
    ledger: Database, courier: Courier, shop: Shop
) -> None:
    with ledger.connect() as connection:
        owe_parcels(connection, 2)

        batch.work(shop, a_job(courier, for_its_facts=True))

        written = connection.execute("SELECT ref FROM sent ORDER BY 1").fetchall()
    assert written == [("P1",), ("P2",)]
