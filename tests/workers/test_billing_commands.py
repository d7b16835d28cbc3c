"""`frontdesk reconcile` and `frontdesk billing`, as an operator at a terminal uses them."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine

from domain.database import sessions
from tests.support.commands import told
from tests.support.databases import Database
from tests.support.stand_ins import StandIns
from tests.support.stripe_here import stand_ins_here
from tests.support.till import BEGAN, Till
from tests.support.till import till as a_till

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def vendors() -> Iterator[StandIns]:
    with stand_ins_here() as made:
        yield made


@pytest.fixture
def till(vendors: StandIns, own_database: Database) -> Iterator[Till]:
    engine = create_engine(own_database.url())
    vendors.reset()
    with (
        own_database.connect() as connection,
        a_till(vendors, sessions(engine), connection) as made,
    ):
        yield made
    engine.dispose()


def said(home: Path, database: Database, till: Till, *words: str) -> tuple[int, Any]:
    code, out, err = told(home, database, *words, "--json", SANDBOX_URL=till.vendors.url)
    assert not err, err
    return code, json.loads(out)


def test_books_are_brought_into_step_and_what_is_open_ends_with_one(
    tmp_path: Path, own_database: Database, till: Till
) -> None:
    till.subscribe("core")

    code, first = said(tmp_path, own_database, till, "reconcile", "--dry-run")
    assert (code, till.standing()) == (1, {})
    assert {one["class"] for one in first["findings"]} == {"missing", "caps"}
    code, healed = said(tmp_path, own_database, till, "reconcile")
    assert (code, {one["state"] for one in healed["findings"]}) == (0, {"healed"})
    code, nothing = said(tmp_path, own_database, till, "reconcile", "--user", str(till.user))
    assert (code, nothing["findings"], nothing["status"]) == (0, [], "completed")

    till.subscribe("pro")
    said(tmp_path, own_database, till, "reconcile")
    code, two = said(tmp_path, own_database, till, "reconcile", "--user", str(till.user))
    assert (code, two["findings"][0]["class"]) == (1, "two_subscriptions")


def test_what_cannot_be_fixed_from_here_is_said(
    tmp_path: Path, own_database: Database, till: Till
) -> None:
    code, _, why = told(tmp_path, own_database, "reconcile", "--fix", "stranger")

    assert (code, "cannot be fixed from here" in why) == (2, True)
    code, _, why = told(tmp_path, own_database, "billing", "show", "me")
    assert (code, "frontdesk tenant list" in why) == (2, True)
    assert till.standing() == {}


def test_an_allowance_is_a_sum_that_anyone_can_check(
    tmp_path: Path, own_database: Database, till: Till
) -> None:
    till.subscribe("core")
    till.buy()
    till.sync()
    till.payer.call(600, at=BEGAN)
    till.payer.connection.execute("UPDATE usage_limits SET call_used_seconds = 7")

    code, wrong = said(tmp_path, own_database, till, "billing", "recompute", "--dry-run")
    assert (code, wrong["wrong"][0]["was"], wrong["wrong"][0]["is"]) == (1, 7, 600)
    assert said(tmp_path, own_database, till, "billing", "recompute")[0] == 0
    code, shown = said(tmp_path, own_database, till, "billing", "show", str(till.user))

    limits = shown["limits"]
    assert (code, limits["call_used_seconds"]) == (0, 600)
    bought = limits["call_cap_seconds"] + limits["call_credit"] + limits["rollover_seconds"]
    assert bought == 9000 + 18_000
    assert limits["call_allowance"] == bought * 2 + 600  # its plan stops at 200 %, and grace
    _, page, _ = told(tmp_path, own_database, "billing", "show", str(till.user))
    assert "may be used" in page
