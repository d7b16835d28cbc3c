"""Reading a tenant's address, and finding where it leads: once, and with a limit of time."""

import socket
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Final, TypeAlias
from urllib.parse import SplitResult, quote, urlsplit

from domain.deliveries.ports import Unacceptable
from domain.errors import Retryable
from providers.receivers.addresses import is_public

Resolve: TypeAlias = Callable[[str, int], Sequence[str]]
"""Return the addresses of a host, as numbers; none where there is no such name."""

Allowed: TypeAlias = frozenset[tuple[str, int]]
"""Hosts and ports that are spoken to although they are not public, and without TLS."""

LOWEST_FREE_PORT: Final = 1024
HTTPS: Final = 443
HTTP: Final = 80
LONGEST_RESOLVING: Final = 5.0
MOST_RESOLVING: Final = 128
NOWHERE: Final = "its address does not lead to a public place"
"""One sentence for a name that is not there and for one that leads inside: who asks us about
names within our own network learns nothing."""


@dataclass(frozen=True, slots=True)
class Target:
    """A tenant's address in its parts."""

    is_secure: bool
    host: str
    port: int
    path: str
    """With its query."""

    @property
    def authority(self) -> str:
        """What the Host header says."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        usual = HTTPS if self.is_secure else HTTP
        return host if self.port == usual else f"{host}:{self.port}"


def read(url: str, allowed: Allowed) -> Target:
    """Take an address apart; refuse what is not plainly https to a host and a port."""
    if any(character <= " " or character in "\x7f\\" for character in url):
        raise Unacceptable("its address holds a character that no address has")
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").rstrip(".").encode("idna").decode("ascii")
        port = parts.port or (HTTPS if parts.scheme == "https" else HTTP)
    except (ValueError, UnicodeError):
        raise Unacceptable("its address cannot be read") from None
    if not host or parts.username is not None or parts.password is not None:
        raise Unacceptable("its address names no host, or a login")
    if (host, port) not in allowed:
        _refuse_unsafe(parts, port)
    if parts.scheme not in {"http", "https"}:
        raise Unacceptable("its address is neither http nor https")
    path = quote(parts.path or "/", safe="/%:@!$&'()*+,;=-._~")
    query = quote(parts.query, safe="/%:@!$&'()*+,;=-._~?")
    return Target(parts.scheme == "https", host, port, path + (f"?{query}" if query else ""))


def _refuse_unsafe(parts: SplitResult, port: int) -> None:
    if parts.scheme != "https":
        raise Unacceptable("its address is not https")
    if port != HTTPS and port < LOWEST_FREE_PORT:
        raise Unacceptable("its address names a port of another service")


def places(target: Target, resolve: Resolve, allowed: Allowed) -> Sequence[str]:
    """Return where a target leads. One address that is not public spoils them all."""
    found = resolve(target.host, target.port)
    if (target.host, target.port) in allowed:
        return found
    if not found or not all(is_public(address) for address in found):
        raise Unacceptable(NOWHERE)
    return found


class Resolver:
    """Asks the system, and waits no longer than told.

    The system's own patience may be half a minute, and whoever owns a name can use it up; so
    it is asked on a thread of its own, which ends when the system has given up.
    """

    def __init__(
        self,
        ask: Resolve | None = None,
        *,
        patience: float = LONGEST_RESOLVING,
        at_once: int = MOST_RESOLVING,
    ) -> None:
        """Wait `patience` seconds for an answer; ask at most so many questions at once."""
        self._ask = ask or ask_system
        self._patience = patience
        self._room = threading.BoundedSemaphore(at_once)

    def __call__(self, host: str, port: int) -> Sequence[str]:
        """Return the addresses of a host."""
        if not self._room.acquire(blocking=False):
            raise Retryable("too many names are being looked up")
        answers: SimpleQueue[Sequence[str]] = SimpleQueue()

        def ask() -> None:
            try:
                answers.put(self._ask(host, port))
            finally:
                self._room.release()

        threading.Thread(target=ask, name="resolving", daemon=True).start()
        try:
            return answers.get(timeout=self._patience)
        except Empty:
            return []


def ask_system(host: str, port: int) -> Sequence[str]:
    """Ask the system for the addresses of a host."""
    with suppress(OSError, UnicodeError):
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
        return list(dict.fromkeys(str(line[4][0]) for line in found))
    return []
