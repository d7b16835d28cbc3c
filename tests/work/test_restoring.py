"""What is due after a restore is doubted: asked about under hold, and done once."""

from datetime import UTC, datetime, timedelta

import pytest

from domain.errors import Retryable
from domain.work import batch, errands, resolve, restoring
from domain.work.attempts import Chore, Job
from domain.work.names import Area
from domain.work.shop import Shop
from tests.support.databases import Database
from tests.support.desk import Desk
from tests.support.parcels import owe_parcels
from tests.support.workshop import states

HOUR = timedelta(hours=1)


@pytest.mark.parametrize("is_keyed", [False, True])
def test_what_the_vendor_knows_is_done_and_what_it_does_not_waits_for_the_release(
    parcels: Database, shop: Shop, *, is_keyed: bool
) -> None:
    desk = Desk()
    job = desk.job(is_keyed=is_keyed)
    held = Shop(begin=shop.begin, holds_back=True)
    with parcels.connect() as connection:
        owe_parcels(connection, 2)
    desk.send("r1", "sent before the backup came back", is_keyed=is_keyed)

    batch.work(held, job)
    assert restoring.doubt(held, job, since=datetime.now(UTC) - HOUR) == 2
    resolve.resolve(held, job)
    asked, calls = states(parcels), desk.calls
    with parcels.connect() as connection:
        connection.execute(
            "UPDATE effects SET first_negative_at = first_negative_at - interval '1 minute'"
        )
        connection.execute("UPDATE parcels SET due_at = now()")
    resolve.resolve(held, job)
    believed = states(parcels)
    batch.work(shop, job)

    assert asked == {"sent": 1, "unknown": 1}
    assert calls == 1  # under hold nobody was called, though the vendor knows our keys
    assert believed == {"sent": 1, "pending": 1}
    assert states(parcels) == {"sent": 2}
    assert sorted(desk.ledger) == ["r1", "r2"]


def test_a_kind_that_touches_nothing_outside_cannot_be_doubted(shop: Shop) -> None:
    def describe(_: object) -> Chore:
        raise Retryable("never asked for")

    job = Job(kind=errands.kind(Area.UPKEEP), describe=describe)
    with pytest.raises(ValueError, match="cannot be doubted"):
        restoring.doubt(shop, job, since=datetime.now(UTC))
