"""By whom vendors' notices are about: the hashes of the numbers and addresses in them.

A notice comes before anybody knows whose it is, so its traces are hashed for the house and not
for a tenant; no tenant sees them. Erasure finds a person's notices by them, in an index.
"""

import re
from collections.abc import Iterable
from typing import Final
from urllib.parse import unquote_plus

from sqlalchemy import text

from domain.database import SYSTEM, Begin
from domain.privacy import rules
from domain.privacy.store import NIL
from domain.sealing import Keyring
from domain.tables.sealed import Form

SIZE: Final = 500
NUMBER: Final = re.compile(r"(?<![\d+])\+[1-9]\d{6,14}(?!\d)")
ADDRESS: Final = re.compile(r"[\w.+'-]+@[\w-]+(?:\.[\w-]+)+")

_NOT_TRACED: Final = text(
    "SELECT id, body FROM webhook_payloads WHERE hashed_with IS NULL AND id > :after"
    " ORDER BY id LIMIT :n"
)
_TRACED_BY_OTHERS: Final = text(
    "SELECT id, body FROM webhook_payloads WHERE hashed_with <> :newest AND id > :after"
    " ORDER BY id LIMIT :n"
)
_NOTE: Final = text(
    "WITH x AS MATERIALIZED (SELECT * FROM"
    "  unnest(CAST(:ids AS uuid[]), CAST(:hashes AS bytea[])) AS x(id, hash))"
    " UPDATE webhook_payloads p SET hashed_with = :newest,"
    "  person_hashes = coalesce((SELECT array_agg(x.hash) FROM x WHERE x.id = p.id), '{}')"
    " WHERE p.id = ANY(CAST(:all AS uuid[]))"
)


def note(begin: Begin, keyring: Keyring, *, anew: bool = False) -> int:
    """Note whom each new notice is about; `anew`: also those noted with an older key."""
    newest = keyring.keys[0].name
    query = _TRACED_BY_OTHERS if anew else _NOT_TRACED
    after, total = NIL, 0
    while True:
        with begin(SYSTEM) as session:
            found = session.execute(query, {"after": after, "n": SIZE, "newest": newest}).all()
            if not found:
                return total
            pairs = [(row.id, one) for row in found for one in _hashes(keyring, bytes(row.body))]
            bound = {
                "newest": newest,
                "all": [row.id for row in found],
                "ids": [row_id for row_id, _ in pairs],
                "hashes": [one for _, one in pairs],
            }
            session.execute(_NOTE, bound)
        total += len(found)
        after = found[-1].id


def people_in(body: bytes) -> set[str]:
    """Return the numbers and addresses in a notice, in their normal form; forms are unquoted."""
    words = body.decode(errors="replace")
    texts = (words, unquote_plus(words))
    numbers = {found for each in texts for found in NUMBER.findall(each)}
    addresses = {found for each in texts for found in ADDRESS.findall(each)}
    return _normal(Form.PHONE, numbers) | _normal(Form.EMAIL, addresses)


def _normal(form: Form, found: Iterable[str]) -> set[str]:
    return {rules.normal(form, each) for each in found}


def _hashes(keyring: Keyring, body: bytes) -> list[bytes]:
    return [keyring.hash(each, user_id=NIL) for each in sorted(people_in(body))]
