"""What is not claimed, not called, or given up, and that it harms nothing else."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.database import SYSTEM
from domain.work import batch, control
from domain.work.attempts import Leave
from domain.work.kinds import Claimed, Settled
from domain.work.shop import Shop, Threads
from tests.support.databases import Database
from tests.support.desk import Desk
from tests.support.parcels import Parcel, owe_parcels, parcel_kind
from tests.support.workshop import states

TENANT = UUID(int=7)


@pytest.mark.parametrize(("kind", "subject"), [("queue", "messages"), ("tenant", str(TENANT))])
def test_what_is_paused_is_not_claimed_until_it_is_resumed(
    parcels: Database, shop: Shop, kind: str, subject: str
) -> None:
    desk = Desk()
    with parcels.connect() as connection:
        (row_id,) = owe_parcels(connection, 1)
        connection.execute("UPDATE parcels SET user_id = %s", [TENANT])
    with shop.begin(SYSTEM) as session:
        control.pause(session, kind, subject, reason="the owner asked")

    batch.work(shop, desk.job())
    batch.work_one(shop, desk.job(), row_id)
    assert desk.ledger == []

    with shop.begin(SYSTEM) as session:
        assert control.resume(session, kind, subject)
    batch.work(shop, desk.job())
    assert desk.ledger == ["r1"]


def test_a_pause_of_others_holds_nobody_up(parcels: Database, shop: Shop) -> None:
    desk = Desk()
    with parcels.connect() as connection:
        owe_parcels(connection, 1)
    with shop.begin(SYSTEM) as session:
        control.pause(session, "queue", "billing", reason="month's end")
        control.pause(session, "tenant", str(TENANT), reason="the owner asked")

    batch.work(shop, desk.job())

    assert desk.ledger == ["r1"]


def test_on_hold_nothing_leaves_the_building(parcels: Database, shop: Shop) -> None:
    desk = Desk()
    with parcels.connect() as connection:
        (row_id,) = owe_parcels(connection, 1)
    held = replace(shop, holds_back=True)

    assert batch.work(held, desk.job()) is False
    batch.work_one(held, desk.job(), row_id)
    assert states(parcels) == {"pending": 1}

    batch.work(held, desk.job(replace(parcel_kind(), leaves_the_building=False)))
    assert states(parcels) == {"sent": 1}


def test_no_more_is_claimed_than_is_allowed(parcels: Database, shop: Shop) -> None:
    desk = Desk()
    left = [3, 0]
    with parcels.connect() as connection:
        owe_parcels(connection, 10)

    batch.work(shop, desk.job(allow=lambda _session, _most: left.pop(0)))
    batch.work(shop, desk.job(allow=lambda _session, _most: left.pop(0)))

    assert states(parcels) == {"sent": 3, "pending": 7}


def test_a_row_that_this_release_cannot_read_fails_alone(parcels: Database, shop: Shop) -> None:
    desk = Desk()

    def read(row: Any) -> Parcel:
        if row["ref"] == "r2":
            raise ValueError("a word of a newer release")
        return Parcel(row["ref"])

    with parcels.connect() as connection:
        owe_parcels(connection, 3)

    batch.work(shop, desk.job(replace(parcel_kind(), read=read)))

    assert states(parcels) == {"sent": 2, "failed": 1}
    assert sorted(desk.ledger) == ["r1", "r3"]


def decide_badly(session: Session, rows: Sequence[Claimed[Parcel]]) -> dict[UUID, Leave]:
    """Leave r1 alone; fall over r2, in SQL, so that the transaction would be lost."""
    if any(row.row.ref == "r2" for row in rows):
        session.execute(text("SELECT 1 / 0"))
    away = Leave(state="void", why="no longer wanted")
    return {row.id: away for row in rows if row.row.ref == "r1"}


def test_a_decision_that_fails_costs_its_own_row_only(parcels: Database, shop: Shop) -> None:
    desk = Desk()
    job = desk.job(parcel_kind(most_attempts=2), decide=decide_badly)
    with parcels.connect() as connection:
        owe_parcels(connection, 4)

        batch.work(shop, job)
        assert states(parcels) == {"void": 1, "pending": 1, "sent": 2}

        connection.execute("UPDATE parcels SET due_at = clock_timestamp()")
        batch.work(shop, job)
        assert states(parcels) == {"void": 1, "failed": 1, "sent": 2}
        alerts = connection.execute("SELECT alert_type, seen FROM ops_alerts").fetchall()

    assert alerts == [("work_failed", 1)]
    assert sorted(desk.ledger) == ["r3", "r4"]


def test_a_description_that_fails_costs_its_own_row_only(parcels: Database, shop: Shop) -> None:
    desk = Desk()
    good = desk.job()

    def describe(parcel: Parcel) -> Any:
        return good.describe(parcel) if parcel.ref != "r2" else {}["missing"]

    with parcels.connect() as connection:
        owe_parcels(connection, 3)

    batch.work(shop, replace(good, describe=describe))

    assert states(parcels) == {"sent": 2, "pending": 1}


def test_what_was_called_off_is_not_sent(parcels: Database, shop: Shop) -> None:
    desk = Desk()
    with parcels.connect() as connection:
        first, *_ = owe_parcels(connection, 2)
        connection.execute("UPDATE parcels SET void_requested = true WHERE id = %s", [first])

    batch.work(shop, desk.job())

    assert states(parcels) == {"void": 1, "sent": 1}
    assert desk.ledger == ["r2"]


def test_what_is_called_off_after_the_claim_is_not_sent(parcels: Database, shop: Shop) -> None:
    desk = Desk()
    with parcels.connect() as connection:
        owe_parcels(connection, 40)
        desk.meanwhile = lambda: connection.execute(
            "UPDATE parcels SET void_requested = true WHERE state = 'sending'"
        )

        batch.work(replace(shop, hands=Threads(1)), desk.job())

    found = states(parcels)
    assert found["void"] >= 30
    assert len(desk.ledger) == found["sent"]


def test_two_rows_that_want_the_same_action_make_it_once(parcels: Database, shop: Shop) -> None:
    desk = Desk()
    with parcels.connect() as connection:
        owe_parcels(connection, 1)
        owe_parcels(connection, 1)
        batch.work(shop, desk.job())
        assert states(parcels) == {"sent": 1, "pending": 1}

        connection.execute("UPDATE parcels SET due_at = clock_timestamp()")
        batch.work(shop, desk.job())
        told = connection.execute("SELECT vendor_id, attempts FROM parcels").fetchall()

    assert desk.ledger == ["r1"]
    assert sorted(told) == [("P:r1", 1), ("P:r1", 1)]


def test_what_was_refused_for_one_row_is_refused_for_its_twin(
    parcels: Database, shop: Shop
) -> None:
    desk = Desk("refuse")
    with parcels.connect() as connection:
        owe_parcels(connection, 1)
        batch.work(shop, desk.job())
        owe_parcels(connection, 1)
        batch.work(shop, desk.job())
        whys = connection.execute("SELECT DISTINCT last_error FROM parcels").fetchall()

    assert states(parcels) == {"failed": 2}
    assert whys == [("the vendor refused the parcel",)]
    assert desk.calls == 1


@pytest.mark.usefixtures("parcels")
def test_a_bell_for_a_row_that_is_not_there_does_nothing(shop: Shop) -> None:
    desk = Desk()

    batch.work_one(shop, desk.job(), uuid4())

    assert desk.calls == 0


def test_an_area_writes_its_own_facts_with_each_end(parcels: Database, shop: Shop) -> None:
    told: list[tuple[str, str | None]] = []

    def also(_session: Session, settled: Sequence[Settled]) -> None:
        told.extend((one.state, one.reference) for one in settled)

    with parcels.connect() as connection:
        owe_parcels(connection, 1)

    batch.work(shop, Desk("busy").job(replace(parcel_kind(), also=also)))
    with parcels.connect() as connection:
        connection.execute("UPDATE parcels SET due_at = clock_timestamp()")
    batch.work(shop, Desk().job(replace(parcel_kind(), also=also)))

    assert told == [("pending", None), ("sent", "P:r1")]
