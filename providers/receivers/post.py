"""Posting to an address that a tenant named: to that very place, once, and within limits.

Plain sockets, because what matters here is what no client promises: that the address which was
checked is the one that is connected to, that nothing is followed, that the environment's
proxies are not asked, and that a receiver which says one byte every few seconds costs us no
more than one that is silent. Nothing of an answer is kept but its status.
"""

import io
import socket
import ssl
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from http.client import HTTPException, HTTPResponse
from typing import Any, Final, TypeAlias, cast

from domain.deliveries.ports import Answer, Unacceptable
from domain.errors import OutcomeUnknown, Retryable
from providers.receivers import targets
from providers.receivers.targets import Allowed, Resolve, Target
from providers.requesting import asked_to_wait

Dial: TypeAlias = Callable[[str, int, float], socket.socket]
"""Connect to an address, given as numbers, within so many seconds."""

CONNECT: Final = 4.0
TOTAL: Final = 10.0
MOST_READ: Final = 65_536
PIECE: Final = 16_384
MOST_PLACES: Final = 3
AGENT: Final = "Frontdesk-Webhooks/1"
UNREACHED: Final = "the receiver could not be reached"
UNHEARD: Final = "the receiver gave no answer that could be understood in time"


class TooMuch(HTTPException):
    """A receiver says more than anybody wants to hear."""


class _Deadline:
    """The moment at which it is over, whatever goes on."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def left(self) -> float:
        """Return how many seconds are left; it is an error to have none."""
        left = self._end - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left


class _Ear(io.RawIOBase):
    """Reads from a socket up to the deadline and up to a limit; for the parser of the library."""

    def __init__(self, line: socket.socket, deadline: _Deadline) -> None:
        super().__init__()
        self._line = line
        self._deadline = deadline
        self._heard = 0

    def readable(self) -> bool:
        """Say that we do."""
        return True

    def readinto(self, buffer: Any, /) -> int:  # noqa: ANN401  # as the parent takes it
        """Read once."""
        self._line.settimeout(self._deadline.left())
        count = self._line.recv_into(buffer)
        self._heard += count
        if self._heard > MOST_READ:
            raise TooMuch
        return count

    def makefile(self, *_: object, **__: object) -> io.BufferedReader:
        """Be what HTTPResponse takes for a socket: it asks for this and for nothing else."""
        return io.BufferedReader(self)


class HttpReceivers:
    """Receivers over HTTPS; serves many threads, and keeps nothing between two posts."""

    def __init__(
        self,
        *,
        allowed: Allowed = frozenset(),
        resolve: Resolve | None = None,
        tls: ssl.SSLContext | None = None,
        connect: float = CONNECT,
        total: float = TOTAL,
        dial: Dial | None = None,
    ) -> None:
        """Speak to public addresses, and to those of `allowed`."""
        self._allowed = allowed
        self._resolve = resolve or targets.Resolver()
        self._tls = tls or ssl.create_default_context()
        self._connect = connect
        self._total = total
        self._dial = dial or connect_to

    def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        """Post the bytes to the address, and hear its status."""
        target = targets.read(url, self._allowed)
        request = _head(target, len(body), headers) + body
        found = targets.places(target, self._resolve, self._allowed)
        deadline = _Deadline(self._total)
        with closing(self._reach(target, found, deadline)) as line:
            try:
                return _ask(line, request, deadline)
            except (OSError, HTTPException, ValueError) as error:
                raise OutcomeUnknown(UNHEARD) from error

    def _reach(self, target: Target, found: targets.Sequence[str], deadline: _Deadline) -> Any:  # noqa: ANN401  # a socket, with TLS or without
        """Connect to the first of the checked addresses that takes us, and to no other place."""
        trouble: Exception | None = None
        for place in found[:MOST_PLACES]:
            try:
                line = self._dial(place, target.port, min(self._connect, deadline.left()))
            except OSError as error:
                trouble = error
                continue
            return self._secure(target, line, deadline) if target.is_secure else line
        raise Retryable(UNREACHED) from trouble

    def _secure(self, target: Target, line: socket.socket, deadline: _Deadline) -> ssl.SSLSocket:
        """Speak TLS with the host that the tenant named, wherever its address has led."""
        try:
            line.settimeout(deadline.left())
            return self._tls.wrap_socket(line, server_hostname=target.host)
        except ssl.SSLCertVerificationError as error:
            line.close()
            raise Retryable("the receiver's certificate is not valid for its name") from error
        except (OSError, ValueError) as error:
            line.close()
            raise Retryable(UNREACHED) from error


def connect_to(place: str, port: int, seconds: float) -> socket.socket:
    """Connect to an address in numbers; no name is looked up again."""
    line = socket.socket(socket.AF_INET6 if ":" in place else socket.AF_INET, socket.SOCK_STREAM)
    try:
        line.settimeout(seconds)
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        line.connect((place, port))
    except BaseException:
        line.close()
        raise
    return line


def _head(target: Target, length: int, headers: Mapping[str, str]) -> bytes:
    """Return the request's head; a header that would break out of its line is refused."""
    lines = {
        "Host": target.authority,
        "User-Agent": AGENT,
        "Content-Type": "application/json",
        "Content-Length": str(length),
        "Accept": "*/*",
        "Connection": "close",
        **headers,
    }
    words = [f"{name}: {value}" for name, value in lines.items()]
    if not all(word.isascii() and word.isprintable() for word in words):
        raise Unacceptable("one of its headers cannot be sent")
    return "\r\n".join([f"POST {target.path} HTTP/1.1", *words, "", ""]).encode("ascii")


def _ask(line: socket.socket, request: bytes, deadline: _Deadline) -> Answer:
    """Send all, and hear the status; what else is said is left unheard."""
    for start in range(0, len(request), PIECE):
        line.settimeout(deadline.left())
        line.sendall(request[start : start + PIECE])
    answer = HTTPResponse(cast("socket.socket", _Ear(line, deadline)), method="POST")
    answer.begin()
    return Answer(answer.status, asked_to_wait(answer.headers.get("Retry-After")))
