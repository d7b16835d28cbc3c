"""What another service writes clear is sealed soon, found by its hash, and never lost."""

import threading
import time
from collections.abc import Callable
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.database import Begin
from domain.privacy import clear_values, rules
from domain.privacy.clear_values import Round
from domain.privacy.store import NIL
from domain.sealing import Place
from domain.tables.sealed import SEALED, Form, Sealed
from tests.support.databases import Database
from tests.support.people import EMAIL, PHONE, RING, Town


def test_what_is_written_clear_is_sealed_and_emptied(begin_for_real: Begin, town: Town) -> None:
    user = town.tenant()
    row = town.add("customers", user_id=user, phone=PHONE, email=EMAIL)

    done = clear_values.take_in(begin_for_real, RING)

    assert done == Round(sealed=2)
    phone, email, sealed, address = town.one(
        "SELECT phone, email, phone_sealed, email_sealed FROM customers"
    )
    assert (phone, email) == (None, None)
    assert RING.read(sealed, None, Place("customers", "phone", row)) == PHONE
    assert RING.read(address, None, Place("customers", "email", row)) == EMAIL


def test_it_is_found_by_the_hash_of_its_normal_form(begin_for_real: Begin, town: Town) -> None:
    user = town.tenant()
    town.add("events", user_id=user, title="A visit", customer_phone=PHONE, customer_email=EMAIL)

    clear_values.take_in(begin_for_real, RING)

    assert town.one("SELECT customer_phone_hash, customer_email_hash FROM events") == (
        RING.hash(PHONE, user_id=user),
        RING.hash("ann.lee@example.com", user_id=user),
    )


def test_what_is_no_address_is_sealed_too_and_found_as_it_was_written(
    begin_for_real: Begin, town: Town
) -> None:
    user = town.tenant()
    town.add("customers", user_id=user, email=" Ask for Ann ")

    clear_values.take_in(begin_for_real, RING)

    assert town.one("SELECT email, email_hash FROM customers") == (
        None,
        RING.hash("ask for ann", user_id=user),
    )


def test_a_newer_clear_value_takes_the_place_of_the_sealed_one(
    begin_for_real: Begin, town: Town
) -> None:
    user = town.tenant()
    row = town.add("customers", user_id=user, phone=PHONE)
    clear_values.take_in(begin_for_real, RING)
    town.connection.execute("UPDATE customers SET phone = '+12125550299'")

    clear_values.take_in(begin_for_real, RING)

    sealed = town.one("SELECT phone_sealed FROM customers")
    assert RING.read(sealed, None, Place("customers", "phone", row)) == "+12125550299"


def test_a_blank_value_empties_the_sealed_one(begin_for_real: Begin, town: Town) -> None:
    user = town.tenant()
    town.add("customers", user_id=user, email=EMAIL)
    clear_values.take_in(begin_for_real, RING)
    town.connection.execute("UPDATE customers SET email = ''")

    clear_values.take_in(begin_for_real, RING)

    assert town.one("SELECT email, email_sealed, email_hash FROM customers") == (None, None, None)


def test_two_customers_may_share_a_phone_and_one_is_known_by_it(
    begin_for_real: Begin, town: Town
) -> None:
    user = town.tenant()
    for name in ("Ann", "Bob", "Cid"):
        town.add("customers", user_id=user, name=name, phone=PHONE)
        assert clear_values.take_in(begin_for_real, RING) == Round(sealed=1)

    assert town.rows("SELECT shares_phone, count(*) FROM customers GROUP BY 1 ORDER BY 1") == [
        (False, 1),
        (True, 2),
    ]
    assert town.one("SELECT count(DISTINCT phone_hash) FROM customers") == 1


def test_the_tenants_rows_are_sealed_for_their_own_tenant(
    begin_for_real: Begin, town: Town
) -> None:
    users = [town.tenant(), town.tenant()]
    for user in users:
        town.add("customers", user_id=user, phone=PHONE)

    clear_values.take_in(begin_for_real, RING, size=1)

    assert dict(town.rows("SELECT user_id, phone_hash FROM customers")) == {
        user: RING.hash(PHONE, user_id=user) for user in users
    }


def test_a_row_that_somebody_holds_keeps_nobody_waiting(
    begin_for_real: Begin, town: Town, database: Database
) -> None:
    user = town.tenant()
    ids = [town.add("customers", user_id=user, email=f"a{n}@example.com") for n in range(6)]

    with database.connect() as other, other.transaction():
        other.execute("SELECT FROM customers WHERE id = ANY(%s) FOR UPDATE", [ids[:3]])
        done = clear_values.take_in(begin_for_real, RING, size=2)

    assert done == Round(sealed=3)
    assert town.one("SELECT count(*) FROM customers WHERE email IS NOT NULL") == 3


def test_a_value_that_is_rewritten_meanwhile_is_never_lost(
    begin_for_real: Begin, town: Town, database: Database
) -> None:
    user = town.tenant()
    ids = [town.add("customers", user_id=user, email="v0@example.com") for _ in range(20)]
    enough = threading.Event()
    newest: list[str] = []

    def rewrite() -> None:
        with database.connect() as other:
            for number in count(1):
                email = f"v{number}@example.com"
                for row in ids:
                    other.execute("UPDATE customers SET email = %s WHERE id = %s", [email, row])
                newest.append(email)
                if enough.is_set():
                    return

    writer = threading.Thread(target=rewrite)
    writer.start()
    for _ in range(5):
        clear_values.take_in(begin_for_real, RING, size=7)
    enough.set()
    writer.join()
    clear_values.take_in(begin_for_real, RING)

    found = town.rows("SELECT id, email, email_sealed FROM customers")
    assert {
        (clear, RING.read(sealed, None, Place("customers", "email", row)))
        for row, clear, sealed in found
    } == {(None, newest[-1])}
    assert len(newest) > 1


def test_what_cannot_be_sealed_is_told_until_it_can(begin_for_real: Begin, town: Town) -> None:
    user = town.tenant()
    town.add("customers", user_id=user, email=EMAIL)
    rule = "CHECK (email_sealed IS NULL) NOT VALID"
    town.connection.execute(f"ALTER TABLE customers ADD CONSTRAINT stubborn {rule}")
    alerts = "SELECT subject, resolved_at IS NULL FROM ops_alerts WHERE alert_type = 'not_sealed'"

    assert clear_values.take_in(begin_for_real, RING) == Round(failed=1)
    assert town.rows(alerts) == [("customers.email", True)]

    town.connection.execute("ALTER TABLE customers DROP CONSTRAINT stubborn")
    clear_values.take_in(begin_for_real, RING)
    assert town.rows(alerts) == [("customers.email", False)]


def test_finding_what_is_clear_reads_an_index_that_is_empty(town: Town) -> None:
    user = town.tenant()
    town.connection.execute(
        "INSERT INTO customers (user_id, name) SELECT %s, 'x' FROM generate_series(1, 5000)", [user]
    )
    town.connection.execute("ANALYZE customers")

    lines = town.rows(
        "EXPLAIN SELECT id, user_id FROM customers WHERE phone IS NOT NULL"
        f" AND id > '{NIL}' ORDER BY id LIMIT 500"
    )

    assert "customers_phone_clear_idx" in "".join(line[0] for line in lines)


@pytest.mark.parametrize("column", [one for one in SEALED if one.clear], ids=str)
def test_every_column_with_a_clear_twin_has_such_an_index(town: Town, column: Sealed) -> None:
    found = town.rows("SELECT indexdef FROM pg_indexes WHERE tablename = %s", column.table)

    assert any(f"(id) WHERE ({column.clear} IS NOT NULL)" in line for (line,) in found)


@pytest.mark.parametrize(
    ("form", "written", "normal"),
    [
        (Form.PHONE, "+1 (212) 555-0200", "+12125550200"),
        (Form.PHONE, "0046 8 123 45 67", "+4681234567"),
        (Form.PHONE, "555 0100", "555 0100"),
        (Form.PHONE, "ask", "ask"),
        (Form.EMAIL, " Ann@Example.COM ", "ann@example.com"),
        (Form.SECRET, " As It Is ", "As It Is"),
    ],
)
def test_equal_values_have_one_normal_form(form: Form, written: str, normal: str) -> None:
    assert rules.normal(form, written) == normal


@given(st.text(), st.sampled_from(Form))
def test_the_normal_form_of_a_normal_form_is_itself(text: str, form: Form) -> None:
    once = rules.normal(form, text)

    assert rules.normal(form, once) == once


@pytest.mark.parametrize(
    ("typed", "form"),
    [("+1 555 0100200", Form.PHONE), ("a@b.se", Form.EMAIL), ("Ann", None), ("5550100", None)],
)
def test_a_person_is_named_by_a_number_or_an_address(typed: str, form: Form | None) -> None:
    assert rules.form_of(typed) is form


@pytest.mark.slow
def test_what_a_busy_minute_writes_is_sealed_in_one(
    begin_for_real: Begin, town: Town, measured: Callable[[str], None]
) -> None:
    users = [town.tenant() for _ in range(50)]
    many = 5_000
    town.connection.execute(
        "INSERT INTO customers (user_id, phone) SELECT (%s::uuid[])[1 + n %% 50],"
        " '+1555' || lpad(n::text, 7, '0') FROM generate_series(1, %s) n",
        [users, many],
    )

    began = time.monotonic()
    done = clear_values.take_in(begin_for_real, RING)
    lasted = time.monotonic() - began

    assert done == Round(sealed=many)
    assert lasted < clear_values.BUDGET.total_seconds()
    measured(f"{many} clear numbers of {len(users)} tenants sealed in {lasted:.1f} s")
