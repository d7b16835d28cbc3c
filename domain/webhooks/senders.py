"""Who sends us notices: by the vendor's name, by the address at which they came, by whose account.

An address of one tenant is derived from our keys, or is a token that another service wrote on the
tenant's row or on an integration's. What comes to a tenant that has brought an account of its own
is held against that account's secret, and against no other.
"""

import re
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, TypeAlias
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.database import SYSTEM, Begin
from domain.webhooks.addresses import Addresses
from domain.webhooks.ports import Notices

OwnAccount: TypeAlias = Callable[[str, UUID], Notices | None]
"""What a tenant's own account at a vendor is known by; None where it has brought none."""

TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{16,200}")
"""What another service's token looks like: too long to be guessed over the network."""

FRESH: Final = 15.0
MOST: Final = 5000

_OF_TENANT: Final = text("SELECT id FROM users WHERE telephony_webhook_token = :token")
_OF_INTEGRATION: Final = text(
    "SELECT id, user_id FROM integrations WHERE webhook_token = :token AND is_active"
)


def nobody(provider: str, user_id: UUID) -> None:
    """Say that no tenant has brought anything."""
    del provider, user_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Senders:
    """Who may send us notices."""

    vendors: Mapping[str, Notices]
    addresses: Addresses
    begin: Begin
    own: OwnAccount = nobody
    _seen: "OrderedDict[tuple[str, str], tuple[UUID | None, float]]" = field(
        default_factory=OrderedDict[tuple[str, str], tuple[UUID | None, float]], repr=False
    )
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def of(self, provider: str, subject: UUID | None) -> Notices | None:
        """Return what notices of this vendor to this address are checked and understood by."""
        platform = self.vendors.get(provider)
        if platform is None or subject is None or platform.is_of_integrations:
            return platform
        return self.own(provider, subject) or platform

    def subject(self, provider: str, token: str) -> UUID | None:
        """Return whose address a token is; None where it is nobody's."""
        derived = self.addresses.subject(provider, token)
        if derived is not None or not TOKEN.fullmatch(token):
            return derived
        key, now = (provider, token), time.monotonic()
        with self._lock:
            found, at = self._seen.get(key, (None, -FRESH))
        if now - at < FRESH:
            return found
        with self.begin(SYSTEM) as session:
            found = self._written(session, provider, token)
        with self._lock:
            self._seen[key] = (found, now)
            self._seen.move_to_end(key)
            while len(self._seen) > MOST:
                self._seen.popitem(last=False)
        return found

    def _written(self, session: Session, provider: str, token: str) -> UUID | None:
        """Look a token up that another service has written on a row."""
        vendor = self.vendors.get(provider)
        if vendor is None:
            return None
        row = session.execute(_OF_INTEGRATION, {"token": token}).one_or_none()
        if row is not None:
            return row.id if vendor.is_of_integrations else row.user_id
        if vendor.is_of_integrations:
            return None
        return session.scalar(_OF_TENANT, {"token": token})
