"""What tasks work with: built once a process by workers, swapped by tests."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from domain.database import Begin
from domain.deliveries.service import Outbox
from domain.messages.service import Post
from domain.sealing import Keyring
from domain.transcripts.service import Readers
from domain.webhooks.addresses import Addresses
from domain.webhooks.ports import Notices
from domain.work.shop import Shop


class Canary(Protocol):
    """How a worker's process tells its supervisor that it hears."""

    def heard(self) -> None:
        """Say that the canary was heard."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Toolbox:
    """One field for each thing that a task may need; no lookups by name."""

    begin: Begin
    shop: Shop
    canary: Canary
    keyring: Keyring
    readers: Readers
    post: Post
    outbox: Outbox
    notices: Mapping[str, Notices]
    """Who understands what vendors tell us, by the vendor's name in the path."""

    addresses: Addresses


_installed: list[Toolbox] = []


def install(box: Toolbox) -> None:
    """Make `box` the toolbox of this process."""
    _installed[:] = [box]


def toolbox() -> Toolbox:
    """Return this process's toolbox; a task before `install` is a bug."""
    return _installed[0]
