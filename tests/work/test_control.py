"""What a person may do to work, and what is refused."""

from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest

from domain.database import SYSTEM
from domain.errors import Refusal
from domain.work import batch, control, errands, orders
from domain.work.names import Area
from domain.work.orders import Order
from domain.work.shop import Shop
from tests.support.databases import Database
from tests.support.desk import Desk
from tests.support.parcels import owe_parcels, parcel_kind
from tests.support.workshop import states

KIND = parcel_kind()
FAR = datetime(2020, 1, 1, tzinfo=UTC)


def retry(shop: Shop, row_id: UUID, *, is_sure: bool = False) -> None:
    with shop.begin(SYSTEM) as session:
        control.retry(session, KIND, row_id, is_sure=is_sure)


def a_parcel(database: Database) -> UUID:
    with database.connect() as connection:
        return owe_parcels(connection, 1)[0]


def open_alerts(database: Database) -> int:
    with database.connect() as connection:
        found = connection.execute("SELECT count(*) FROM ops_alerts WHERE resolved_at IS NULL")
        return found.fetchall()[0][0]


def test_what_was_refused_is_tried_again_when_a_person_says_so(
    parcels: Database, shop: Shop
) -> None:
    desk = Desk("refuse")
    row_id = a_parcel(parcels)
    batch.work(shop, desk.job())
    assert states(parcels) == {"failed": 1}

    retry(shop, row_id)
    batch.work(shop, desk.job())

    assert desk.ledger == ["r1"]
    assert states(parcels) == {"sent": 1}


def test_what_may_have_happened_is_tried_again_only_by_one_who_is_sure(
    parcels: Database, shop: Shop
) -> None:
    desk = Desk("lose_before")
    job = desk.job(can_be_asked=False)
    row_id = a_parcel(parcels)
    batch.work(shop, job)

    with pytest.raises(Refusal, match="--sure"):
        retry(shop, row_id)
    assert states(parcels) == {"unknown": 1}

    retry(shop, row_id, is_sure=True)
    batch.work(shop, job)
    assert desk.ledger == ["r1"]
    assert open_alerts(parcels) == 0


def test_what_waits_or_is_done_cannot_be_tried_again(parcels: Database, shop: Shop) -> None:
    row_id = a_parcel(parcels)

    with pytest.raises(Refusal, match="only one that is failed or unknown"):
        retry(shop, row_id)


def test_of_what_knows_no_unknown_only_the_failed_is_tried_again(shop: Shop) -> None:
    subject = uuid4()
    kind = errands.kind(Area.UPKEEP)
    with shop.begin(SYSTEM) as session:
        session.connection().exec_driver_sql(
            "INSERT INTO errands (id, task, subject_id) VALUES (%s, 'upkeep.measure', %s)",
            (subject, subject),
        )
        with pytest.raises(Refusal, match=r"only one that is failed can be tried again\."):
            control.retry(session, kind, subject, is_sure=False)


@pytest.mark.usefixtures("parcels")
def test_what_is_not_there_cannot_be_tried_again(shop: Shop) -> None:
    with pytest.raises(Refusal, match="There is no parcel"):
        retry(shop, uuid4())


def test_what_is_being_found_out_about_is_left_alone(parcels: Database, shop: Shop) -> None:
    row_id = a_parcel(parcels)
    with parcels.connect() as connection:
        connection.execute("UPDATE parcels SET state = 'unknown', lease_token = app_uuid7()")

    with pytest.raises(Refusal, match="being worked on right now"):
        retry(shop, row_id, is_sure=True)


def test_a_pause_has_its_newest_reason_and_ends_once(shop: Shop) -> None:
    with shop.begin(SYSTEM) as session:
        control.pause(session, "queue", "messages", reason="first")
        control.pause(session, "queue", "messages", reason="second")

        listed = session.connection().exec_driver_sql("SELECT kind, subject, reason FROM pauses")
        assert listed.fetchall() == [("queue", "messages", "second")]
        assert control.resume(session, "queue", "messages")
        assert not control.resume(session, "queue", "messages")


def test_the_receipts_of_a_row_are_found_by_the_row_and_by_their_own_id(
    parcels: Database, shop: Shop
) -> None:
    row_id = a_parcel(parcels)
    batch.work(shop, Desk().job())

    with shop.begin(SYSTEM) as session:
        (receipt,) = control.effects_of(session, "parcel", row_id)
        assert receipt["reference"] == "P:r1"
        assert control.effects_of(session, "effect", receipt["id"]) == [receipt]
        standing = control.standing(session, KIND, row_id)
    assert standing is not None
    assert (standing.state, standing.attempts) == ("sent", 1)


def test_an_order_is_written_down_and_found_by_its_row(parcels: Database, shop: Shop) -> None:
    row_id = a_parcel(parcels)
    first = Order(action="retry", kind="parcel", subject=str(row_id), by="ann", reason="mended")
    queue = Order(action="pause", kind="queue", subject="upkeep", by="ann", reason="")

    with shop.begin(SYSTEM) as session:
        orders.note(session, first)
        orders.note(session, queue)
        noted = orders.noted(session, row_id)

    assert [(one["actor"], one["action"], one["reason"]) for one in noted] == [
        ("operator ann", "operator.retry", "mended")
    ]


def test_what_waits_is_called_off_and_what_was_given_up_is_found(
    parcels: Database, shop: Shop
) -> None:
    user = uuid4()
    failed = a_parcel(parcels)
    batch.work(shop, Desk("refuse").job())
    waits = a_parcel(parcels)
    with parcels.connect() as connection:
        connection.execute("UPDATE parcels SET user_id = %s", [user])

    with shop.begin(SYSTEM) as session:
        assert orders.waiting(session, KIND, user, most=5) == [waits]
        assert orders.failed(session, KIND, since=FAR, most=5) == [failed]
        orders.refuse_unless_it_waits(session, KIND, waits)
        with pytest.raises(Refusal, match="This parcel is failed"):
            orders.refuse_unless_it_waits(session, KIND, failed)
        with pytest.raises(Refusal, match="There is no parcel"):
            orders.refuse_unless_it_waits(session, KIND, uuid4())
        assert orders.call_off(session, KIND, [waits, failed], reason="wrong") == 1
        assert orders.call_off(session, KIND, [waits], reason="") == 0
    assert states(parcels) == {"failed": 1, "void": 1}
