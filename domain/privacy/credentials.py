"""What a tenant has brought of its own: credentials of vendors, sealed, written and read here."""

import json
from collections.abc import Mapping
from typing import Any, Final, cast
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.errors import Refusal
from domain.ids import new_id
from domain.sealing import Ciphertext, Keyring

TABLE: Final = "integrations"
COLUMN: Final = "encrypted_credentials"

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
_READ: Final = text(
    "SELECT id, encrypted_credentials FROM integrations WHERE provider = :provider AND is_active"
    " AND encrypted_credentials IS NOT NULL ORDER BY created_at DESC LIMIT 1"
)
_LISTED: Final = text(
    "SELECT id, user_id, provider, provider_type, is_active,"
    " encrypted_credentials IS NOT NULL AS has_credentials, checked_at, last_error, updated_at"
    " FROM integrations WHERE CAST(:user AS uuid) IS NULL OR user_id = :user"
    " ORDER BY user_id, provider"
)


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
    row = session.execute(_READ, {"provider": provider}).one_or_none()
    if row is None:
        return None
    sealed = Ciphertext(bytes(row.encrypted_credentials))
    return json.loads(keyring.open(sealed, table=TABLE, column=COLUMN, row_id=row.id))


def listed(session: Session, *, user_id: UUID | None) -> list[dict[str, Any]]:
    """Return what tenants have brought, and whether there are credentials; never those."""
    return [dict(row) for row in session.execute(_LISTED, {"user": user_id}).mappings()]
