"""Whom vendors' notices are about: the hashes of the numbers and addresses in them.

A raw notice comes before anybody knows whose it is, so its traces are hashed for the house and
not for a tenant; no tenant sees them. A telephony event has one other party, hashed for its
tenant. Erasure finds both by an index, and the name of the key stands beside the hash.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import unquote_plus
from uuid import UUID

from sqlalchemy import Row, text

from domain.database import SYSTEM, Begin
from domain.privacy import rules
from domain.privacy.store import NIL
from domain.sealing import Keyring
from domain.tables.sealed import Form

SIZE: Final = 500
NUMBER: Final = re.compile(r"(?<![\d+])\+[1-9]\d{6,14}(?!\d)")
ADDRESS: Final = re.compile(r"[\w.+'-]+@[\w-]+(?:\.[\w-]+)+")

# A row has many traces or none.
_MANY: Final = """
WITH x AS MATERIALIZED (SELECT * FROM
    unnest(CAST(:ids AS uuid[]), CAST(:hashes AS bytea[])) AS x(id, hash))
UPDATE webhook_payloads p SET hashed_with = :newest,
    person_hashes = coalesce((SELECT array_agg(x.hash) FROM x WHERE x.id = p.id), '{}')
WHERE p.id = ANY(CAST(:all AS uuid[]))
"""

_ONE: Final = """
WITH x AS MATERIALIZED (SELECT * FROM
    unnest(CAST(:ids AS uuid[]), CAST(:hashes AS bytea[])) AS x(id, hash))
UPDATE telephony_events e SET hashed_with = :newest,
    person_hash = (SELECT x.hash FROM x WHERE x.id = e.id LIMIT 1)
WHERE e.id = ANY(CAST(:all AS uuid[]))
"""


@dataclass(frozen=True, slots=True)
class Trail:
    """A table whose rows tell of people, and how their traces are read and noted."""

    table: str
    columns: str
    people: Callable[[Row[Any]], tuple[UUID, set[str]]]
    """For whom the traces of a row are hashed, and who is in it."""

    write: str


def people_in(body: bytes) -> set[str]:
    """Return the numbers and addresses in a notice, in their normal form; forms are unquoted."""
    words = body.decode(errors="replace")
    texts = (words, unquote_plus(words))
    numbers = {found for each in texts for found in NUMBER.findall(each)}
    addresses = {found for each in texts for found in ADDRESS.findall(each)}
    return _normal(Form.PHONE, numbers) | _normal(Form.EMAIL, addresses)


def _in_notice(row: Row[Any]) -> tuple[UUID, set[str]]:
    return NIL, people_in(bytes(row.body))


def _in_event(row: Row[Any]) -> tuple[UUID, set[str]]:
    other = row.to_number if row.direction == "outbound" else row.from_number
    return row.user_id, _normal(Form.PHONE, [other] if other else [])


TRAILS: Final = (
    Trail("webhook_payloads", "body", _in_notice, _MANY),
    Trail("telephony_events", "user_id, direction, from_number, to_number", _in_event, _ONE),
)


def note(begin: Begin, keyring: Keyring, *, anew: bool = False) -> int:
    """Note whom each new row is about; `anew`: also those noted with an older key."""
    return sum(_note(begin, keyring, trail, anew=anew) for trail in TRAILS)


def census(begin: Begin) -> Mapping[str, Counter[str]]:
    """Count the rows of each table that have traces, by the name of the key they are noted with."""
    counts: dict[str, Counter[str]] = {}
    for trail in TRAILS:
        query = (
            f"SELECT hashed_with, count(*) FROM {trail.table}"  # noqa: S608  # our own names
            " WHERE hashed_with IS NOT NULL GROUP BY 1"
        )
        with begin(SYSTEM) as session:
            found = session.execute(text(query)).all()
        counts[trail.table] = Counter({row[0]: int(row[1]) for row in found})
    return counts


def _note(begin: Begin, keyring: Keyring, trail: Trail, *, anew: bool) -> int:
    newest = keyring.keys[0].name
    which = "hashed_with IS NULL OR hashed_with <> :newest" if anew else "hashed_with IS NULL"
    query = text(
        f"SELECT id, {trail.columns} FROM {trail.table}"  # noqa: S608  # our own names
        f" WHERE ({which}) AND id > :after ORDER BY id LIMIT :n"
    )
    after, total = NIL, 0
    while True:
        with begin(SYSTEM) as session:
            found = session.execute(query, {"after": after, "n": SIZE, "newest": newest}).all()
            if found:
                session.execute(text(trail.write), _bound(keyring, trail, found))
        if not found:
            return total
        total += len(found)
        after = found[-1].id


def _bound(keyring: Keyring, trail: Trail, rows: Sequence[Row[Any]]) -> dict[str, Any]:
    pairs: list[tuple[UUID, bytes]] = []
    for row in rows:
        owner, people = trail.people(row)
        pairs += [(row.id, keyring.hash(one, user_id=owner)) for one in sorted(people)]
    return {
        "newest": keyring.keys[0].name,
        "all": [row.id for row in rows],
        "ids": [row_id for row_id, _ in pairs],
        "hashes": [hashed for _, hashed in pairs],
    }


def _normal(form: Form, found: Iterable[str]) -> set[str]:
    return {rules.normal(form, each) for each in found}
