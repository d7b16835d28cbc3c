"""Work is done once: the ordinary day, and the small mishaps."""

from domain.work import batch, resolve
from domain.work.shop import Shop
from tests.support.databases import Database
from tests.support.parcels import Courier, owe_parcels, parcel_job
from tests.support.workshop import states


def test_a_sweep_sends_what_is_due(parcels: Database, courier: Courier, shop: Shop) -> None:
    with parcels.connect() as connection:
        owe_parcels(connection, 500)

    batch.work(shop, parcel_job(courier))

    assert states(parcels) == {"sent": 500}
    assert len(set(courier.ledger())) == len(courier.ledger()) == 500


def test_a_bell_sends_one(parcels: Database, courier: Courier, shop: Shop) -> None:
    with parcels.connect() as connection:
        first, _ = owe_parcels(connection, 2)

    batch.work_one(shop, parcel_job(courier), first)
    batch.work_one(shop, parcel_job(courier), first)

    assert courier.ledger() == ["r1"]
    assert states(parcels) == {"sent": 1, "pending": 1}


def test_an_answer_that_was_lost_is_looked_up(
    parcels: Database, courier: Courier, shop: Shop
) -> None:
    with parcels.connect() as connection:
        owe_parcels(connection, 1)
        courier.behave(fault="lose_after")
        job = parcel_job(courier)
        batch.work(shop, job)
        assert states(parcels) == {"unknown": 1}

        connection.execute("UPDATE parcels SET due_at = clock_timestamp()")
        resolve.resolve(shop, job)

    assert states(parcels) == {"sent": 1}
    assert courier.ledger() == ["r1"]


def test_what_never_arrived_is_sent_again_after_two_negatives(
    parcels: Database, courier: Courier, shop: Shop
) -> None:
    with parcels.connect() as connection:
        owe_parcels(connection, 1)
        courier.behave(fault="lose_before")
        job = parcel_job(courier)
        batch.work(shop, job)

        for found in ("unknown", "pending"):
            connection.execute("UPDATE parcels SET due_at = clock_timestamp()")
            connection.execute(
                "UPDATE effects SET intended_at = intended_at - interval '61 s',"
                " first_negative_at = first_negative_at - interval '31 s'"
            )
            resolve.resolve(shop, job)
            assert states(parcels) == {found: 1}
        batch.work(shop, job)

    assert states(parcels) == {"sent": 1}
    assert courier.ledger() == ["r1"]
