"""What an address is told with and nobody else may read: its secrets and its own headers.

Other services write them clear; they are sealed before the next deliveries. A secret that replaces
another overlaps with it for a while.
"""

import json
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from domain.database import SYSTEM, Begin
from domain.deliveries import store
from domain.deliveries.store import ConfigRow
from domain.sealing import Ciphertext, Keyring, Unopened

TABLE: Final = "webhook_configs"
MOST: Final = 100


def secrets(keyring: Keyring, config: ConfigRow) -> list[str]:
    """Return what signs: the newest first, and while it is rotated the one before.

    None at all where they are sealed under a key that is gone.
    """
    found = [config.secret] if config.secret else []
    try:
        for column, sealed in (
            ("secret", config.secret_sealed),
            ("previous_secret", config.previous_secret_sealed),
        ):
            if sealed is not None:
                found.append(_open(keyring, config.id, column, sealed))
    except Unopened:
        return []
    return list(dict.fromkeys(found))


def headers(keyring: Keyring, config: ConfigRow) -> object:
    """Return the JSON of the tenant's own headers, as it was last written, sealed or not yet.

    Raises Unopened where they are sealed under a key that is gone.
    """
    if config.headers is not None or config.headers_sealed is None:
        return config.headers
    return json.loads(_open(keyring, config.id, "headers", config.headers_sealed))


def take_in(begin: Begin, keyring: Keyring) -> None:
    """Seal what others wrote in clear."""
    with begin(SYSTEM) as session:
        found = store.unsealed(session, most=MOST)
    for config_id, user_id in found:
        with begin(user_id) as session:
            config = store.hold(session, config_id)
            if config is not None:
                _take_in(keyring, session, config)


def _take_in(keyring: Keyring, session: Session, config: ConfigRow) -> None:
    def closed(text: str, column: str) -> bytes:
        return keyring.seal(text, table=TABLE, column=column, row_id=config.id)

    if config.headers is not None:
        said = json.dumps(config.headers) if config.headers else None
        store.seal_headers(session, config.id, sealed=closed(said, "headers") if said else None)
    if config.secret is None:
        return
    before = _before(keyring, config)
    previous = None
    if before is not None and before != config.secret:
        previous = closed(before, "previous_secret")
    store.seal(session, config.id, sealed=closed(config.secret, "secret"), previous=previous)


def _before(keyring: Keyring, config: ConfigRow) -> str | None:
    """Return the secret that a clear one replaces."""
    if config.secret_sealed is None:
        return None
    try:
        return _open(keyring, config.id, "secret", config.secret_sealed)
    except Unopened:
        return None


def _open(keyring: Keyring, config_id: UUID, column: str, sealed: bytes) -> str:
    return keyring.open(Ciphertext(sealed), table=TABLE, column=column, row_id=config_id)
