"""What a tenant has brought of its own: credentials of vendors, sealed, written and read here."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final, cast
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.errors import Refusal
from domain.ids import new_id
from domain.sealing import Ciphertext, Keyring

TABLE: Final = "integrations"
COLUMN: Final = "encrypted_credentials"
OPENROUTER: Final = "openrouter_api_key"
"""Of `user_ai_settings`: a key as it is."""

# Two who set the same one at once come one after the other: there is no key to refuse the second.
_ALONE: Final = text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))")
_STANDING: Final = text(
    "SELECT id FROM integrations WHERE provider = :provider ORDER BY created_at DESC LIMIT 1"
)
_ADD: Final = text(
    "INSERT INTO integrations (id, user_id, provider, provider_type, encrypted_credentials)"
    " VALUES (:id, :user, :provider, :type, :sealed)"
)
_CHANGE: Final = text(
    "UPDATE integrations SET encrypted_credentials = :sealed, is_active = true, checked_at = NULL,"
    " last_error = NULL, provider_type = coalesce(:type, provider_type) WHERE id = :id"
)
_BRINGERS: Final = text(
    "SELECT DISTINCT user_id FROM integrations WHERE user_id = ANY(CAST(:users AS uuid[]))"
    " AND provider = ANY(CAST(:providers AS text[])) AND is_active"
    " AND encrypted_credentials IS NOT NULL"
    " UNION SELECT user_id FROM user_ai_settings WHERE user_id = ANY(CAST(:users AS uuid[]))"
    " AND openrouter_api_key_sealed IS NOT NULL"
    " AND 'openrouter' = ANY(CAST(:providers AS text[]))"
)
_ALL_BRINGERS: Final = text(
    "SELECT DISTINCT user_id FROM integrations WHERE provider = ANY(CAST(:providers AS text[]))"
    " AND is_active AND encrypted_credentials IS NOT NULL ORDER BY user_id"
)
# A model's key may also stand where a settings page writes it; what was written last wins.
_BROUGHT: Final = text(
    "SELECT id, provider, sealed, source FROM ("
    "SELECT id, provider, encrypted_credentials AS sealed, 'integrations' AS source, created_at"
    "  FROM integrations WHERE provider = ANY(CAST(:providers AS text[])) AND is_active"
    "  AND encrypted_credentials IS NOT NULL"
    " UNION ALL SELECT id, 'openrouter', openrouter_api_key_sealed, 'user_ai_settings', updated_at"
    "  FROM user_ai_settings WHERE openrouter_api_key_sealed IS NOT NULL"
    "  AND 'openrouter' = ANY(CAST(:providers AS text[]))) brought"
    " ORDER BY created_at DESC, id DESC LIMIT 1"
)
_LISTED: Final = text(
    "SELECT id, user_id, provider, provider_type, is_active,"
    " encrypted_credentials IS NOT NULL AS has_credentials, checked_at, last_error, updated_at"
    " FROM integrations WHERE CAST(:user AS uuid) IS NULL OR user_id = :user"
    " ORDER BY user_id, provider"
)


@dataclass(frozen=True, slots=True)
class Brought:
    """Credentials that a tenant brought, as they lie: two are equal while nobody changed them."""

    row_id: UUID
    provider: str
    sealed: Ciphertext
    table: str = TABLE

    def open(self, keyring: Keyring) -> dict[str, Any]:
        """Return what they say; raises Unopened where our keys do not fit."""
        column = COLUMN if self.table == TABLE else OPENROUTER
        said = keyring.open(self.sealed, table=self.table, column=column, row_id=self.row_id)
        return json.loads(said) if self.table == TABLE else {"api_key": said}


def parse(words: str) -> dict[str, Any]:
    """Read credentials as a person gives them: a JSON object, or one key as it is."""
    stripped = words.strip()
    if not stripped:
        raise Refusal("There are no credentials: give a JSON object, or one key.")
    if not stripped.startswith(("{", "[", '"')):
        return {"api_key": stripped}
    try:
        facts = json.loads(stripped)
    except json.JSONDecodeError:
        raise Refusal("The credentials begin like JSON and are none.") from None
    if not isinstance(facts, dict) or not facts:
        raise Refusal('The credentials must be a JSON object, such as {"api_key": "..."}.')
    return cast("dict[str, Any]", facts)


def put(
    session: Session,
    keyring: Keyring,
    facts: Mapping[str, Any],
    *,
    user_id: UUID,
    provider: str,
    provider_type: str | None,
) -> UUID:
    """Seal a tenant's own credentials of a vendor, in its scope; the newest win."""
    session.execute(_ALONE, {"name": f"integrations|{user_id}|{provider}"})
    standing: UUID | None = session.scalar(_STANDING, {"provider": provider})
    row_id = standing or new_id()
    sealed = keyring.seal(json.dumps(dict(facts)), table=TABLE, column=COLUMN, row_id=row_id)
    bound = {"id": row_id, "user": user_id, "provider": provider, "type": provider_type}
    session.execute(_CHANGE if standing else _ADD, {**bound, "sealed": sealed})
    return row_id


def read(session: Session, keyring: Keyring, *, provider: str) -> dict[str, Any] | None:
    """Return this tenant's own credentials of a vendor; None: the platform's serve it."""
    found = brought(session, providers=[provider])
    return found.open(keyring) if found else None


def bringers(
    session: Session, user_ids: Collection[UUID], *, providers: Collection[str]
) -> frozenset[UUID]:
    """Return which of these tenants have brought any of these vendors; for the house."""
    bound = {"users": list(user_ids), "providers": list(providers)}
    return frozenset(session.scalars(_BRINGERS, bound))


def all_bringers(session: Session, providers: Collection[str]) -> list[UUID]:
    """Return every tenant that has brought an account of its own at one of these."""
    return list(session.scalars(_ALL_BRINGERS, {"providers": list(providers)}))


def brought(session: Session, *, providers: Collection[str]) -> Brought | None:
    """Return this tenant's newest credentials of any of these vendors, in its own scope."""
    row = session.execute(_BROUGHT, {"providers": list(providers)}).one_or_none()
    if row is None:
        return None
    return Brought(row.id, row.provider, Ciphertext(bytes(row.sealed)), row.source)


def listed(session: Session, *, user_id: UUID | None) -> list[dict[str, Any]]:
    """Return what tenants have brought, and whether there are credentials; never those."""
    return [dict(row) for row in session.execute(_LISTED, {"user": user_id}).mappings()]
