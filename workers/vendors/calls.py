"""Who places calls on which account, from what the operator set and what accounts hold sealed."""

import json
from collections.abc import Mapping
from typing import Any, Final, cast

from sqlalchemy import text

from config.settings import Settings
from domain.database import SYSTEM, Begin
from domain.outbound.ports import Account, AccountStopped, Lines
from domain.sealing import Ciphertext, Keyring, Unopened
from workers.vendors.lines import MAKERS, Make

_OF_INTEGRATION: Final = text("SELECT encrypted_credentials FROM integrations WHERE id = :id")


class Exchange:
    """Makes each account's lines once, and anew when its credentials change."""

    def __init__(
        self, settings: Settings, begin: Begin, keyring: Keyring, makers: Mapping[str, Make]
    ) -> None:
        """Make lines by `makers`, one a vendor."""
        self._settings = settings
        self._begin = begin
        self._keyring = keyring
        self._makers = makers
        self._kept: dict[Account, tuple[bytes | None, Lines]] = {}

    def lines(self, account: Account) -> Lines:
        """Return the account's lines."""
        make = self._makers.get(account.vendor)
        if make is None:
            raise AccountStopped(f"there is no way to call over {account.vendor[:32]!r}")
        sealed = self._sealed(account)
        kept = self._kept.get(account)
        if kept is None or kept[0] != sealed:
            kept = (sealed, make(self._settings, self._opened(account, sealed)))
            self._kept[account] = kept
        return kept[1]

    def _sealed(self, account: Account) -> bytes | None:
        """Return what the account holds sealed: its own, else its integration's."""
        if account.api_credentials is not None or account.integration_id is None:
            return account.api_credentials
        with self._begin(SYSTEM) as session:
            return session.scalar(_OF_INTEGRATION, {"id": account.integration_id})

    def _opened(self, account: Account, sealed: bytes | None) -> Mapping[str, Any]:
        if sealed is None:
            return {}
        is_own = account.api_credentials is not None
        table, column, row_id = (
            ("call_service_providers", "api_credentials", account.id)
            if is_own or account.integration_id is None
            else ("integrations", "encrypted_credentials", account.integration_id)
        )
        try:
            words = self._keyring.open(
                Ciphertext(sealed), table=table, column=column, row_id=row_id
            )
        except Unopened as error:
            raise AccountStopped("its credentials cannot be opened") from error
        try:
            found: Any = json.loads(words)
        except ValueError:
            found = words
        if isinstance(found, dict):
            return cast("Mapping[str, Any]", found)
        return {"api_key": words}


def exchange(settings: Settings, begin: Begin, keyring: Keyring) -> Exchange:
    """Return who places calls."""
    return Exchange(settings, begin, keyring, MAKERS)
