"""What tasks work with: built once a process by workers, swapped by tests.

Whoever only rings has this module, too: the domain is named here, and loaded by who works.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from domain.alerting.service import Herald
    from domain.billing.reconcile import Bench
    from domain.calendars.desk import Desk
    from domain.database import Begin
    from domain.deliveries.service import Outbox
    from domain.messages.service import Post
    from domain.outbound.service import Switchboard
    from domain.sealing import Keyring
    from domain.texts.service import Classifiers
    from domain.transcripts.extraction import Readers
    from domain.webhooks.senders import Senders
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
    classifiers: Classifiers
    post: Post
    herald: Herald
    outbox: Outbox
    board: Switchboard
    desk: Desk
    notices: Senders
    """Who understands what vendors tell us."""

    bench: Bench
    """What billing is done with: the books of the house that takes the money, and vendors' logs."""


_installed: list[Toolbox] = []


def install(box: Toolbox) -> None:
    """Make `box` the toolbox of this process."""
    _installed[:] = [box]


def toolbox() -> Toolbox:
    """Return this process's toolbox; a task before `install` is a bug."""
    return _installed[0]
