"""Finding out what became of work whose end was not heard."""

from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest

from domain.database import SYSTEM
from domain.errors import Retryable
from domain.work import batch, effects, resolve, rules
from domain.work.kinds import States
from domain.work.shop import Inline, Shop
from tests.support.databases import Database
from tests.support.desk import Desk
from tests.support.parcels import owe_parcels, parcel_kind
from tests.support.workshop import states

LATER = """
UPDATE parcels SET due_at = due_at - interval '2 h',
  lease_expires_at = lease_expires_at - interval '2 h';
UPDATE effects SET intended_at = intended_at - interval '2 h',
  first_negative_at = first_negative_at - interval '2 h'
"""


def pass_time(database: Database) -> None:
    with database.connect() as connection:
        connection.execute(LATER)


def facts(database: Database, columns: str) -> Any:
    with database.connect() as connection:
        return connection.execute(f"SELECT {columns} FROM parcels, effects").fetchone()


def lose(database: Database, shop: Shop, desk: Desk, **more: Any) -> Any:
    """Send one parcel and do not hear what became of it; return the job."""
    job = desk.job(**more)
    with database.connect() as connection:
        owe_parcels(connection, 1)
    batch.work(shop, job)
    assert states(database) == {"unknown": 1}
    return job


@pytest.mark.usefixtures("parcels")
def test_nothing_open_is_nothing_to_do(shop: Shop) -> None:
    assert resolve.resolve(shop, Desk().job()) == 0


@pytest.mark.parametrize("fault", ["lose_before", "lose_after"])
def test_a_vendor_that_knows_our_key_is_given_it_again(
    parcels: Database, shop: Shop, fault: str
) -> None:
    desk = Desk(fault)
    job = lose(parcels, shop, desk, is_keyed=True)

    pass_time(parcels)
    assert resolve.resolve(shop, job) == 1

    assert desk.ledger == ["r1"]
    assert states(parcels) == {"sent": 1}


@pytest.mark.parametrize("word", ["busy", "refuse", "lose_before"])
def test_what_a_vendor_says_to_the_repeat_says_nothing_of_the_first_call(
    parcels: Database, shop: Shop, word: str
) -> None:
    desk = Desk("lose_after", word)
    job = lose(parcels, shop, desk, is_keyed=True)

    pass_time(parcels)
    resolve.resolve(shop, job)
    assert states(parcels) == {"unknown": 1}

    pass_time(parcels)
    resolve.resolve(shop, job)
    assert states(parcels) == {"sent": 1}
    assert desk.ledger == ["r1"]


def test_a_repeat_that_is_called_off_in_the_last_moment_stays_open(
    parcels: Database, shop: Shop
) -> None:
    desk = Desk("lose_after", "lose_after")
    with parcels.connect() as connection:
        owe_parcels(connection, 2)
        job = desk.job(is_keyed=True)
        batch.work(shop, job)
        pass_time(parcels)
        desk.meanwhile = lambda: connection.execute("UPDATE parcels SET void_requested = true")

        resolve.resolve(replace(shop, hands=Inline()), job)

    assert states(parcels) == {"sent": 1, "unknown": 1}


def test_a_person_is_told_of_a_repeat_that_is_never_answered(parcels: Database, shop: Shop) -> None:
    desk = Desk("lose_after")
    job = lose(parcels, shop, desk, is_keyed=True)
    desk.faults.extend(["busy"] * 20)
    desk.deaf = Retryable("down")
    with parcels.connect() as connection:
        for _ in range(rules.MOST_LOOKUPS):
            connection.execute("UPDATE parcels SET due_at = clock_timestamp()")
            resolve.resolve(shop, job)
        alerts = connection.execute("SELECT alert_type FROM ops_alerts").fetchall()

    assert alerts == [("outcome_unknown",)]
    assert states(parcels) == {"unknown": 1}


def test_a_key_that_the_vendor_may_have_forgotten_is_not_used_again(
    parcels: Database, shop: Shop
) -> None:
    desk = Desk("lose_after")
    job = lose(parcels, shop, desk, is_keyed=True)
    for _ in range(12):
        pass_time(parcels)

    resolve.resolve(shop, job)

    assert desk.calls == 1
    assert states(parcels) == {"sent": 1}


def test_what_was_called_off_meanwhile_is_asked_about_and_not_repeated(
    parcels: Database, shop: Shop
) -> None:
    desk = Desk("lose_before")
    job = lose(parcels, shop, desk, is_keyed=True)
    with parcels.connect() as connection:
        connection.execute("UPDATE parcels SET void_requested = true")

    for _ in range(2):
        pass_time(parcels)
        resolve.resolve(shop, job)
    batch.work(shop, job)

    assert desk.ledger == []
    assert states(parcels) == {"void": 1}


def test_a_vendor_that_cannot_be_asked_leaves_it_to_a_person(parcels: Database, shop: Shop) -> None:
    job = lose(parcels, shop, Desk("lose_after"), can_be_asked=False)

    pass_time(parcels)
    resolve.resolve(shop, job)

    assert states(parcels) == {"unknown": 1}
    with parcels.connect() as connection:
        alerts = connection.execute("SELECT alert_type FROM ops_alerts").fetchall()
    assert alerts == [("outcome_unknown",)]


@pytest.mark.parametrize("trouble", [Retryable("down"), KeyError("ours")])
def test_a_vendor_that_does_not_answer_proves_nothing(
    parcels: Database, shop: Shop, trouble: Exception
) -> None:
    desk = Desk("lose_before")
    job = lose(parcels, shop, desk)
    desk.deaf = trouble

    for _ in range(4):
        pass_time(parcels)
        resolve.resolve(shop, job)

    assert states(parcels) == {"unknown": 1}
    assert facts(parcels, "negatives, lookups") == (0, 4)


def test_after_twelve_look_ups_a_person_is_asked_and_an_answer_calms_the_alarm(
    parcels: Database, shop: Shop
) -> None:
    desk = Desk("lose_after")
    job = lose(parcels, shop, desk)
    desk.deaf = Retryable("down")
    with parcels.connect() as connection:
        for _ in range(rules.MOST_LOOKUPS):
            pass_time(parcels)
            resolve.resolve(shop, job)
        raised = connection.execute("SELECT seen, resolved_at FROM ops_alerts").fetchall()
        assert raised == [(1, None)]

        desk.deaf = None
        pass_time(parcels)
        resolve.resolve(shop, job)
        (resolved,) = connection.execute("SELECT resolved_at FROM ops_alerts").fetchall()[0]

    assert resolved is not None
    assert states(parcels) == {"sent": 1}


def abandon(database: Database, owner: str | None) -> None:
    """Leave a parcel as a worker does that ended in the middle of its call."""
    with database.connect() as connection:
        owe_parcels(connection, 1)
        connection.execute(
            "UPDATE parcels SET state = 'sending', attempts = 1, lease_token = app_uuid7(),"
            " lease_expires_at = clock_timestamp() + interval '10 s'"
        )
        connection.execute(
            "INSERT INTO effects (key, kind, row_id, vendor, token, owner)"
            " SELECT 'parcel:' || ref, 'parcel', id, 'desk', lease_token, %s FROM parcels",
            [owner],
        )


def test_while_its_owner_may_wake_nothing_is_sent_again(parcels: Database, shop: Shop) -> None:
    desk = Desk()
    abandon(parcels, "another-boot/pid:[1]|1|1")

    for _ in range(3):
        pass_time(parcels)
        resolve.resolve(shop, desk.job())

    assert states(parcels) == {"unknown": 1}
    assert desk.ledger == []


def test_what_a_dead_one_did_not_do_is_put_back_after_two_negatives(
    parcels: Database, shop: Shop
) -> None:
    desk = Desk()
    abandon(parcels, None)

    for expected in ("unknown", "pending"):
        pass_time(parcels)
        resolve.resolve(shop, desk.job())
        assert states(parcels) == {expected: 1}
    batch.work(shop, desk.job())

    assert desk.ledger == ["r1"]


def test_what_never_happened_and_was_tried_too_often_is_given_up(
    parcels: Database, shop: Shop
) -> None:
    job = Desk().job(parcel_kind(most_attempts=1))
    abandon(parcels, None)

    for _ in range(2):
        pass_time(parcels)
        resolve.resolve(shop, job)

    assert states(parcels) == {"failed": 1}


@pytest.mark.parametrize(("known", "becomes"), [("done", "sent"), ("rejected", "failed")])
def test_a_row_whose_action_ended_has_its_end(
    parcels: Database, shop: Shop, known: str, becomes: str
) -> None:
    desk = Desk()
    abandon(parcels, None)
    with parcels.connect() as connection:
        connection.execute("UPDATE effects SET state = %s, reference = 'P:x'", [known])

    pass_time(parcels)
    resolve.resolve(shop, desk.job())

    assert states(parcels) == {becomes: 1}
    assert desk.calls == 0


@pytest.mark.parametrize(
    ("stolen", "stays"), [("parcels SET lease_token", "sending"), ("effects SET token", "unknown")]
)
def test_who_was_overtaken_while_asking_counts_no_absence(
    parcels: Database, shop: Shop, stolen: str, stays: str
) -> None:
    desk = Desk("lose_before")
    job = lose(parcels, shop, desk)
    asked = desk.find

    def steal(ref: str) -> Any:
        with parcels.connect() as connection:
            connection.execute(f"UPDATE {stolen} = app_uuid7()")
        return asked(ref)

    desk.find = steal  # the vendor's double, not our own code
    pass_time(parcels)
    resolve.resolve(shop, job)

    assert states(parcels) == {stays: 1}
    assert facts(parcels, "negatives") == (0,)


def test_what_cannot_be_read_any_more_is_left_open(parcels: Database, shop: Shop) -> None:
    abandon(parcels, None)
    job = Desk().job(read_badly())

    pass_time(parcels)
    resolve.resolve(shop, job)

    assert states(parcels) == {"unknown": 1}


CHEAP = replace(parcel_kind(), states=States(working="sending", done="sent"))
"""Done twice, it costs only its price."""


def test_what_costs_only_its_price_is_simply_done_again(parcels: Database, shop: Shop) -> None:
    desk = Desk()
    abandon(parcels, None)

    pass_time(parcels)
    resolve.resolve(shop, desk.job(CHEAP))
    assert states(parcels) == {"pending": 1}

    batch.work(shop, desk.job(CHEAP))
    assert desk.ledger == ["r1"]
    assert states(parcels) == {"sent": 1}


def test_what_costs_only_its_price_and_cannot_be_read_fails(parcels: Database, shop: Shop) -> None:
    abandon(parcels, None)

    pass_time(parcels)
    resolve.resolve(shop, Desk().job(replace(CHEAP, read=read_badly().read)))

    assert states(parcels) == {"failed": 1}


def test_a_row_that_somebody_else_put_back_is_found_out_about_first(
    parcels: Database, shop: Shop
) -> None:
    desk = Desk()
    abandon(parcels, None)
    with parcels.connect() as connection:
        connection.execute("UPDATE parcels SET state = 'pending', lease_token = NULL")

    batch.work(shop, desk.job())

    assert desk.ledger == []
    assert states(parcels) == {"unknown": 1}


def read_badly() -> Any:
    def read(_row: Any) -> Any:
        raise ValueError("a word of a newer release")

    return replace(parcel_kind(), read=read)


@pytest.mark.usefixtures("parcels")
def test_trouble_on_an_action_that_is_no_longer_ours_is_not_noted(shop: Shop) -> None:
    with shop.begin(SYSTEM) as session:
        assert effects.note_trouble(session, uuid4(), "parcel:none", why="down") is None
        assert effects.note_absence(session, uuid4(), "parcel:none", why="gone") is None
