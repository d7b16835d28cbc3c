"""Everything that is known of one person: found, table by table, and handed out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.database import SYSTEM, Begin, Scope
from domain.errors import Refusal
from domain.privacy import rules
from domain.privacy.plan import PARTS
from domain.privacy.plan.part import Part
from domain.privacy.plan.people import CUSTOMERS
from domain.privacy.store import NIL
from domain.sealing import Keyring, Place
from domain.tables.sealed import SEALED, Form, Sealed
from domain.work import tenants

_RECORDINGS: Final = text(
    "SELECT recording_url FROM calls WHERE id = ANY(CAST(:ids AS uuid[]))"
    " AND recording_url IS NOT NULL ORDER BY id"
)
INTERNAL: Final = ("lease_", "attempts", "due_at", "identity", "fingerprint")
"""Columns by which work moves: they tell nothing of a person."""

HASHES: Final = ("_hash", "_hashes", "hashed_with")


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody whom a tenant knows, by all the numbers and addresses that are theirs."""

    user_id: UUID
    phones: frozenset[str]
    emails: frozenset[str]


@dataclass(frozen=True, slots=True)
class Known:
    """Where a person is known: the ids of their rows, by table."""

    person: Person
    rows: Mapping[str, Sequence[UUID]] = field(default_factory=dict[str, Sequence[UUID]])


def named(begin: Begin, keyring: Keyring, words: str, *, user_id: UUID) -> Person:
    """Return whom a number or an address names, with what else their customer's row says.

    Raises Refusal where the words are neither, or the tenant is not there.
    """
    form = rules.form_of(words)
    if form is None:
        raise Refusal("A person is named by a number such as +12125550, or by an address.")
    with begin(SYSTEM) as session:
        tenants.check(session, user_id)
    first = _person(user_id, {form: {rules.normal(form, words)}})
    with begin(user_id) as session:
        ids = _found(session, CUSTOMERS, _bound(keyring, first))
        rows = _read(session, keyring, CUSTOMERS, ids)
    more = {
        Form.PHONE: {*first.phones, *(row["phone"] for row in rows if row["phone"])},
        Form.EMAIL: {*first.emails, *(row["email"] for row in rows if row["email"])},
    }
    return _person(user_id, more)


def of_customer(begin: Begin, keyring: Keyring, customer: UUID, *, user_id: UUID) -> Person:
    """Return whom a customer's row is about."""
    with begin(user_id) as session:
        rows = _read(session, keyring, CUSTOMERS, [customer])
    said = {
        Form.PHONE: {str(row["phone"]) for row in rows if row["phone"]},
        Form.EMAIL: {str(row["email"]) for row in rows if row["email"]},
    }
    return _person(user_id, said)


def find(begin: Begin, keyring: Keyring, person: Person) -> Known:
    """Find a person's rows in every table of the plan."""
    bound = _bound(keyring, person)
    rows: dict[str, Sequence[UUID]] = {}
    for part in PARTS:
        with begin(scope_of(part, person)) as session:
            rows[part.table] = _found(session, part, bound)
        bound[part.table] = rows[part.table]
    return Known(person, {table: ids for table, ids in rows.items() if ids})


def export(begin: Begin, keyring: Keyring, known: Known) -> dict[str, list[dict[str, Any]]]:
    """Return a person's rows as they stand, what is sealed opened; keys and leases left out."""
    told: dict[str, list[dict[str, Any]]] = {}
    for part in PARTS:
        if part.table in known.rows:
            with begin(scope_of(part, known.person)) as session:
                told[part.table] = _read(session, keyring, part, known.rows[part.table])
    return told


def recordings(begin: Begin, known: Known) -> list[str]:
    """Return where vendors keep recordings of this person: we can forget those, not delete them."""
    with begin(known.person.user_id) as session:
        return list(session.scalars(_RECORDINGS, {"ids": known.rows.get("calls", ())}))


def scope_of(part: Part, person: Person) -> Scope:
    """Return in which scope a table is read and written."""
    return SYSTEM if part.is_the_houses else person.user_id


def _person(user_id: UUID, said: Mapping[Form, set[str]]) -> Person:
    normal = {
        form: frozenset(rules.normal(form, each) for each in said.get(form, ()))
        for form in (Form.PHONE, Form.EMAIL)
    }
    return Person(user_id, normal[Form.PHONE], normal[Form.EMAIL])


def _bound(keyring: Keyring, person: Person) -> dict[str, Any]:
    """Return what a person is found by: clear, hashed for the tenant, hashed for the house."""
    names = sorted(person.phones | person.emails)
    return {
        "user": person.user_id,
        "phones": sorted(person.phones),
        "emails": sorted(person.emails),
        "hashes": [one for name in names for one in keyring.hashes(name, user_id=person.user_id)],
        "traces": [one for name in names for one in keyring.hashes(name, user_id=NIL)],
    }


def _found(session: Session, part: Part, bound: Mapping[str, Any]) -> list[UUID]:
    query = f"SELECT t.id FROM {part.table} t WHERE {part.of_tenant} AND ({part.found})"  # noqa: S608  # our own names
    return list(session.scalars(text(query), bound))


def _read(
    session: Session, keyring: Keyring, part: Part, ids: Sequence[UUID]
) -> list[dict[str, Any]]:
    query = f"SELECT t.* FROM {part.table} t WHERE t.id = ANY(CAST(:ids AS uuid[])) ORDER BY t.id"  # noqa: S608  # our own names
    found = session.execute(text(query), {"ids": ids}).mappings()
    return [_open(keyring, part.table, dict(row)) for row in found]


def _open(keyring: Keyring, table: str, row: dict[str, Any]) -> dict[str, Any]:
    """Return a row for its person: sealed values opened, hashes and our own gear left out."""
    for column in _sealed_in(table):
        if column.form is not Form.SECRET and column.clear is not None:
            place = Place(table, column.name, row["id"])
            row[column.name] = keyring.read(row[column.sealed], row[column.clear], place)
    hidden = {name for column in _sealed_in(table) for name in (column.sealed, column.hash)}
    return {
        name: _legible(value)
        for name, value in row.items()
        if name not in hidden and not name.startswith(INTERNAL) and not name.endswith(HASHES)
    }


def _sealed_in(table: str) -> list[Sealed]:
    return [column for column in SEALED if column.table == table]


def _legible(value: object) -> object:
    return value.decode(errors="replace") if isinstance(value, bytes) else value
