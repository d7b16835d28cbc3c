"""What messages are planned and sent with."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from domain.database import Begin
from domain.messages.ports import Mails, Texts
from domain.sealing import Keyring


class Carriers(Protocol):
    """Who carries whose messages: a tenant's own account, or the platform's."""

    def texts(self, user_ids: Collection[UUID]) -> Mapping[UUID, Texts]:
        """Return who carries these tenants' texts."""
        ...

    def mails(self, user_ids: Collection[UUID]) -> Mapping[UUID, Mails]:
        """Return who carries these tenants' letters."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """What messages are planned and sent with."""

    begin: Begin
    keyring: Keyring
    texts: Texts
    mails: Mails
    only_to: frozenset[str] = frozenset()
    carriers: Carriers | None = None
    """Tenants' own; None: the two above serve everybody."""

    address: str | None = None
    """Where intake is reached from outside; None: letters have no one-click unsubscribe."""
