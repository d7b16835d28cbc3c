"""Speaking HTTP with vendors for whom we use no SDK: what came back, and how far a request got."""

import json
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias, cast

import httpx2

from domain.errors import OutcomeUnknown, Retryable
from providers.requesting import asked_to_wait
from providers.telling import Facts

Query: TypeAlias = Mapping[str, str]

CONNECT: Final = 4.0
READ: Final = 15.0
POOL: Final = 64
"""As many lines as a sweep has hands."""

SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS", "PROPFIND", "REPORT"})
"""Methods that only ask: unheard, they are simply asked again."""

TOO_MANY: Final = 429
SERVER_ERROR: Final = 500
UNAVAILABLE: Final = 503


@dataclass(frozen=True, slots=True)
class Answer:
    """What a vendor answered."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def is_fine(self) -> bool:
        """Tell whether it did what it was asked for."""
        return self.status < 300  # noqa: PLR2004  # where HTTP draws the line

    def facts(self) -> Facts:
        """Return the body's object; what is none has none."""
        try:
            found: object = json.loads(self.body)
        except ValueError:
            return {}
        return cast("Facts", found) if isinstance(found, dict) else {}


class Line:
    """Connections to one vendor: kept open, shared by threads, and repeating nothing."""

    def __init__(self, vendor: str, *, read: float = READ) -> None:
        """Speak for `vendor`, as people call it."""
        self._vendor = vendor
        timeout = httpx2.Timeout(read, connect=CONNECT, pool=CONNECT)
        limits = httpx2.Limits(max_connections=POOL, max_keepalive_connections=POOL)
        # The environment may name proxies: a vendor's tokens are to go to nobody but the vendor.
        self._client = httpx2.Client(
            timeout=timeout, limits=limits, trust_env=False, follow_redirects=False
        )

    def ask(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        query: Query | None = None,
        body: bytes | None = None,
    ) -> Answer:
        """Make one request; raises Retryable where it was not made, OutcomeUnknown where it may be.

        A request that only asks is Retryable however it failed.
        """
        try:
            found = self._client.request(
                method, url, headers=dict(headers), params=query, content=body
            )
        except httpx2.InvalidURL as error:
            raise Retryable(f"{self._vendor}'s address is none") from error
        except httpx2.TransportError as error:
            if method in SAFE or never_left(error):
                raise Retryable(f"{self._vendor} could not be reached") from error
            raise OutcomeUnknown(f"{self._vendor} gave no answer") from error
        return Answer(found.status_code, found.headers, found.content)

    def close(self) -> None:
        """Let go of connections."""
        self._client.close()

    def trouble(self, answer: Answer, method: str) -> None:
        """Raise for what any vendor may answer: too many, or an error of its own."""
        if answer.status == TOO_MANY:
            wait = asked_to_wait(answer.headers.get("retry-after"))
            raise Retryable(f"{self._vendor} asks us to slow down", after=wait)
        if answer.status < SERVER_ERROR:
            return
        wait = asked_to_wait(answer.headers.get("retry-after"))
        if method in SAFE or answer.status == UNAVAILABLE:
            raise Retryable(f"{self._vendor} has an error: {answer.status}", after=wait)
        raise OutcomeUnknown(f"{self._vendor} has an error: {answer.status}")


def never_left(error: httpx2.TransportError) -> bool:
    """Tell whether the request died before a byte of it was sent."""
    if isinstance(error, httpx2.ConnectError):
        return True
    is_about_us = httpx2.ConnectTimeout | httpx2.PoolTimeout | httpx2.UnsupportedProtocol
    return isinstance(error, is_about_us) or isinstance(
        error.__cause__, ssl.SSLCertVerificationError
    )


def as_json(facts: Mapping[str, Any]) -> bytes:
    """Write a body."""
    return json.dumps(facts, separators=(",", ":")).encode()
