"""A tenant's own account at a vendor, where it has brought one: it wins over the platform's.

Generic over the port: texts, letters, calls, models and calendars are all chosen by this. An
adapter is made once for a tenant and kept, with its connections, until the credentials change.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar
from uuid import UUID

import structlog

from domain.database import SYSTEM, Begin
from domain.errors import Refusal
from domain.privacy import credentials
from domain.privacy.credentials import Brought
from domain.sealing import Keyring, Unopened

log = structlog.get_logger("vendors")

Port = TypeVar("Port")
Make = Callable[[Mapping[str, Any]], Port]
"""Make an adapter of a tenant's credentials; a Refusal says what is missing in them."""

FRESH: Final = 15.0
"""Seconds for which what a tenant has brought is not looked at again: so late a key is changed."""

MOST: Final = 1000
"""Tenants whose adapters are kept; who was not asked for longest goes first."""


@dataclass(frozen=True, slots=True)
class _Kept(Generic[Port]):
    port: Port
    brought: Brought | None
    looked_at: float


class Own(Generic[Port]):
    """Who serves a tenant behind one port. One of these serves a process and all its threads."""

    def __init__(
        self,
        begin: Begin,
        keyring: Keyring,
        make: Mapping[str, Make[Port]],
        *,
        platform: Port,
        broken: Make[Port],
        fresh: float = FRESH,
    ) -> None:
        """Serve by `make`, one maker a vendor; who has brought nothing is served by `platform`.

        Credentials that nobody can use are served by `broken`, which is given the reason as
        `why`: falling back to the platform would send from a number that is not the tenant's.
        """
        self._begin = begin
        self._keyring = keyring
        self._make = make
        self._platform = platform
        self._broken = broken
        self._fresh = fresh
        self._kept: OrderedDict[UUID, _Kept[Port]] = OrderedDict()
        self._lock = threading.Lock()

    @property
    def platform(self) -> Port:
        """Who serves all that have brought nothing."""
        return self._platform

    def of(self, user_id: UUID | None) -> Port:
        """Return who serves this tenant; nobody's work is the platform's."""
        if user_id is None:
            return self._platform
        return self.of_all([user_id])[user_id]

    def of_all(self, user_ids: Collection[UUID]) -> dict[UUID, Port]:
        """Return who serves each of these tenants: one look for all, and one for each that has any.

        It opens transactions of its own, where what was looked at is no longer fresh.
        """
        found: dict[UUID, Port] = {}
        stale: list[UUID] = []
        now = time.monotonic()
        with self._lock:
            for user_id in user_ids:
                kept = self._kept.get(user_id)
                if kept is not None and now - kept.looked_at < self._fresh:
                    self._kept.move_to_end(user_id)
                    found[user_id] = kept.port
                else:
                    stale.append(user_id)
        return {**found, **self._look(stale)}

    def _look(self, user_ids: Collection[UUID]) -> dict[UUID, Port]:
        """Look at what these tenants have brought now."""
        if not user_ids:
            return {}
        with self._begin(SYSTEM) as session:
            bringers = credentials.bringers(session, user_ids, providers=tuple(self._make))
        found = {key: self._serve(key) if key in bringers else None for key in user_ids}
        return {key: self._keep(key, kept) for key, kept in found.items()}

    def _serve(self, user_id: UUID) -> _Kept[Port] | None:
        with self._begin(user_id) as session:
            brought = credentials.brought(session, providers=tuple(self._make))
        if brought is None:
            return None
        with self._lock:
            before = self._kept.get(user_id)
        if before is not None and before.brought == brought:
            return _Kept(before.port, brought, time.monotonic())
        return _Kept(self._made(user_id, brought), brought, time.monotonic())

    def _made(self, user_id: UUID, brought: Brought) -> Port:
        try:
            facts = brought.open(self._keyring)
            return self._make[brought.provider](facts)
        except (Refusal, Unopened) as error:
            why = f"the tenant's own {brought.provider} cannot be used: {error}"
        except (KeyError, TypeError, ValueError) as error:
            why = f"the tenant's own {brought.provider} cannot be read: {type(error).__name__}"
        log.warning("vendor.own_unusable", tenant=str(user_id), vendor=brought.provider)
        return self._broken({"why": why})

    def _keep(self, user_id: UUID, kept: _Kept[Port] | None) -> Port:
        kept = kept or _Kept(self._platform, None, time.monotonic())
        with self._lock:
            self._kept[user_id] = kept
            self._kept.move_to_end(user_id)
            while len(self._kept) > MOST:
                self._kept.popitem(last=False)
        return kept.port


def field(facts: Mapping[str, Any], *names: str) -> str:
    """Return a credential by any of its names; what is missing is a person's to mend."""
    for name in names:
        value = facts.get(name)
        if isinstance(value, str) and value.strip():
            return value.strip()
    raise Refusal(f"{names[0]} is missing")
