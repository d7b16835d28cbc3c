"""For a suspended tenant nothing is taken up, whoever suspended it, and everybody can see why."""

import json
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from typer.testing import CliRunner

from domain.database import SYSTEM, Begin
from domain.errors import Refusal
from domain.work import batch, control, tenants, upkeep
from domain.work.shop import Shop
from tests.support.commands import told
from tests.support.databases import Database
from tests.support.desk import Desk
from tests.support.parcels import owe_parcels, parcel_kind
from tests.support.workshop import states
from workers.cli.everything import app

NAMED = {"business_name": "Pipe & Co", "email": None, "industry": None, "timezone": "UTC"}


@pytest.fixture
def tenant(begin_for_real: Begin) -> UUID:
    with begin_for_real(SYSTEM) as session:
        return tenants.add(session, NAMED)


@pytest.fixture
def parcel(parcels: Database, tenant: UUID) -> UUID:
    with parcels.connect() as connection:
        row = owe_parcels(connection, 1)[0]
        connection.execute("UPDATE parcels SET user_id = %s", [tenant])
    return row


def test_a_suspended_tenants_work_waits_until_it_is_resumed(
    parcels: Database, shop: Shop, tenant: UUID, parcel: UUID
) -> None:
    desk = Desk()
    with shop.begin(SYSTEM) as session:
        tenants.suspend(session, tenant, reason="unpaid")
    batch.work(shop, desk.job())
    batch.work_one(shop, desk.job(), parcel)
    assert (desk.ledger, states(parcels)) == ([], {"pending": 1})

    with shop.begin(SYSTEM) as session:
        assert tenants.resume(session, tenant)
    batch.work(shop, desk.job())

    assert desk.ledger == ["r1"]


def test_who_was_suspended_by_another_service_is_held_at_the_next_sweep(
    parcels: Database, shop: Shop, tenant: UUID, parcel: UUID
) -> None:
    desk = Desk()
    with parcels.connect() as connection:
        connection.execute("UPDATE users SET status = 'suspended' WHERE id = %s", [tenant])

    upkeep.hold_suspended(shop.begin)
    upkeep.hold_suspended(shop.begin)
    batch.work(shop, desk.job())

    assert (desk.ledger, states(parcels)) == ([], {"pending": 1})
    with shop.begin(SYSTEM) as session:
        (pause,) = control.pauses_on(session, parcel_kind(), parcel)
    assert (pause["kind"], pause["reason"]) == ("tenant", tenants.WHY)


def test_the_other_tenants_work_goes_on(
    parcels: Database, shop: Shop, tenant: UUID, parcel: UUID
) -> None:
    desk = Desk()
    with shop.begin(SYSTEM) as session:
        tenants.suspend(session, tenant, reason="unpaid")
        other = tenants.add(session, NAMED)
    with parcels.connect() as connection:
        row = owe_parcels(connection, 1)[0]
        connection.execute("UPDATE parcels SET user_id = %s WHERE id = %s", [other, row])

    batch.work(shop, desk.job())

    assert len(desk.ledger) == 1
    with shop.begin(SYSTEM) as session:
        assert control.pauses_on(session, parcel_kind(), row) == []
        (why,) = control.pauses_on(session, parcel_kind(), parcel)
    assert why["reason"] == f"{tenants.WHY}: unpaid"


def test_who_is_not_there_is_neither_suspended_nor_resumed(shop: Shop) -> None:
    with shop.begin(SYSTEM) as session:
        with pytest.raises(Refusal, match="There is no tenant"):
            tenants.suspend(session, uuid4(), reason="")
        with pytest.raises(Refusal, match="There is no tenant"):
            tenants.resume(session, uuid4())


def test_who_works_is_resumed_to_no_effect(shop: Shop, tenant: UUID) -> None:
    with shop.begin(SYSTEM) as session:
        assert not tenants.resume(session, tenant)


@pytest.mark.slow
def test_an_operator_takes_on_suspends_and_resumes(database: Database, tmp_path: Path) -> None:
    def frontdesk(*words: str) -> Any:
        code, text, errors = told(tmp_path, database, *words)
        assert code == 0, errors
        return text

    made = json.loads(frontdesk("tenant", "add", "--name", "Pipe & Co", "--json"))["id"]
    with database.connect() as connection:
        (call,) = connection.execute(
            "INSERT INTO calls (user_id, transcript) VALUES (%s, 'x') RETURNING id", [made]
        ).fetchall()[0]
    frontdesk("tenant", "suspend", made, "--reason", "unpaid")

    (listed,) = json.loads(frontdesk("tenant", "list", "--json"))
    assert (listed["status"], listed["paused"]) == ("suspended", f"{tenants.WHY}: unpaid")
    assert "is suspended: unpaid" in frontdesk("explain", "call", str(call))
    assert told(tmp_path, database, "resume", "tenant", made)[0] == 2
    assert "worked for again" in frontdesk("tenant", "resume", made)
    assert "Pipe & Co" in frontdesk("tenant", "list")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["tenant", "add", "--name", "x", "--timezone", "Mars"], "there is no zone Mars"),
        (["tenant", "add", "--name", "x", "--email", "no"], "--email must be"),
        (["tenant", "add", "--name", " "], "a business has a name"),
        (["tenant", "suspend", "x"], "ID must be an id"),
    ],
)
def test_what_is_wrong_is_told_in_a_sentence(words: list[str], sentence: str) -> None:
    refused = CliRunner().invoke(app, words).exception

    assert isinstance(refused, Refusal)
    assert sentence in str(refused)


def test_who_is_a_tenant_and_how_it_stands_is_known(begin_for_real: Begin, tenant: UUID) -> None:
    with begin_for_real(SYSTEM) as session:
        tenants.check(session, tenant)
        before = tenants.is_suspended(session, tenant)
        tenants.suspend(session, tenant, reason="no payment")

        assert (before, tenants.is_suspended(session, tenant)) == (False, True)
        (listed,) = tenants.listed(session)
        assert listed["paused"] == "the tenant is suspended: no payment"
        with pytest.raises(Refusal, match="There is no tenant"):
            tenants.check(session, uuid4())
