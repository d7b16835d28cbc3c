"""Who is not to be contacted, known by a hash alone: it stays when the person is forgotten.

The hash is of a digest, and the digest stands sealed beside it: so keys can be rotated though
nobody knows the number or address any more.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.ids import new_id
from domain.privacy import rules
from domain.privacy.store import NIL
from domain.sealing import Keyring
from domain.tables.sealed import Form

ANY: Final = "any"
"""However they could be reached."""

_SUPPRESS: Final = text(
    "INSERT INTO suppressions (id, user_id, channel, address_hash, digest_sealed, reason)"
    " SELECT :id, :user, :channel, :hash, :sealed, :reason WHERE NOT EXISTS ("
    "  SELECT 1 FROM suppressions WHERE user_id = :user AND channel = :channel"
    "  AND address_hash = ANY(CAST(:hashes AS bytea[]))) ON CONFLICT DO NOTHING"
)
# In two: what holds for one tenant, and what holds for all, each by its own index.
_SUPPRESSED: Final = text(
    "WITH x AS MATERIALIZED (SELECT * FROM unnest(CAST(:rows AS uuid[]), CAST(:users AS uuid[]),"
    "  CAST(:channels AS text[]), CAST(:hashes AS bytea[])) AS x(row_id, user_id, channel, hash))"
    " SELECT x.row_id FROM x JOIN suppressions s ON s.user_id = x.user_id"
    "  AND s.channel IN ('any', x.channel) AND s.address_hash = x.hash"
    " UNION SELECT x.row_id FROM x JOIN suppressions s ON s.user_id IS NULL"
    "  AND s.channel IN ('any', x.channel) AND s.address_hash = x.hash WHERE x.user_id IS NULL"
)


@dataclass(frozen=True, slots=True)
class Contact:
    """A row that is about to reach somebody, and whom."""

    row_id: UUID
    user_id: UUID
    channel: str
    address: str


def suppress(
    session: Session,
    keyring: Keyring,
    address: str,
    *,
    user_id: UUID,
    reason: str,
    channel: str = ANY,
) -> None:
    """See to it that a tenant's number or address is not contacted any more. Twice is once."""
    row_id, digest = new_id(), _digest(address, user_id)
    hashes = keyring.hashes(digest, user_id=user_id)
    sealed = keyring.seal(digest, table="suppressions", column="digest", row_id=row_id)
    session.execute(
        _SUPPRESS,
        {
            "id": row_id,
            "user": user_id,
            "channel": channel,
            "hash": hashes[0],
            "hashes": hashes,
            "sealed": sealed,
            "reason": reason,
        },
    )


def suppressed(session: Session, keyring: Keyring, contacts: Sequence[Contact]) -> set[UUID]:
    """Return the rows whose person is not to be contacted, in one statement for all.

    Asked inside the claim. An erasure commits its entry before it calls off what waits, so a
    row that it did not see is claimed after the entry, and stopped here.
    """
    asked = [
        (one, owner, hashed)
        for one in contacts
        for owner in (one.user_id, None)
        for hashed in _hashes(keyring, one.address, owner)
    ]
    if not asked:
        return set()
    found = session.scalars(
        _SUPPRESSED,
        {
            "rows": [one.row_id for one, *_ in asked],
            "users": [owner for _, owner, _ in asked],
            "channels": [one.channel for one, *_ in asked],
            "hashes": [hashed for *_, hashed in asked],
        },
    )
    return set(found)


def _hashes(keyring: Keyring, address: str, owner: UUID | None) -> list[bytes]:
    return keyring.hashes(_digest(address, owner), user_id=owner or NIL)


def _digest(address: str, owner: UUID | None) -> str:
    form = Form.EMAIL if "@" in address else Form.PHONE
    words = f"suppressed|{owner or NIL}|{rules.normal(form, address)}"
    return hashlib.sha256(words.encode()).hexdigest()
