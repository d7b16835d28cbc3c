"""JSON over HTTP for vendors whose own SDK we leave out (docs/decisions): one request, no second.

What a vendor answered comes back as it is; what it did not is said in one exception that knows
how far the request got. Which of the three words that is, each vendor's adapter says.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from http import HTTPStatus
from typing import Any, Final, cast

from requests import RequestException

from providers.requesting import asked_to_wait, never_left, session
from providers.telling import NOTHING, Facts, json_of
from providers.unreadable import several

CONNECT: Final = 3.0
READ: Final = 10.0
POOL: Final = 64
"""As many connections as a sweep has hands."""


class Unheard(Exception):
    """No answer came, or one that nobody can read."""

    def __init__(self, kind: str, *, has_left: bool) -> None:
        """Say what broke by its kind alone: texts of such errors repeat addresses and bodies."""
        super().__init__(kind)
        self.has_left = has_left


@dataclass(frozen=True, slots=True)
class Answer:
    """What a vendor said."""

    status: int
    body: object = field(repr=False)
    """JSON, or None where it was none."""

    wait: timedelta | None = None
    """For how long it asks us to wait."""

    @property
    def is_good(self) -> bool:
        """Whether it did what was asked."""
        return HTTPStatus.OK <= self.status < HTTPStatus.MULTIPLE_CHOICES

    @property
    def facts(self) -> Facts:
        """The body as an object; anything else is empty."""
        return cast("Facts", self.body) if isinstance(self.body, dict) else NOTHING

    @property
    def rows(self) -> list[Facts]:
        """The body as a list of objects; raises TypeError where it is none."""
        return several({"": self.body}, "")


class Line:
    """Connections to one vendor: kept open, shared by threads, and repeating nothing."""

    def __init__(self, *, read: float = READ, connect: float = CONNECT) -> None:
        """Wait no longer than told for a connection, or for an answer."""
        self._session = session(connect=connect, read=read, pool=POOL)
        self._session.headers.update({"Accept": "application/json"})

    def close(self) -> None:
        """Let go of connections."""
        self._session.close()

    def ask(  # what a request consists of
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        query: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
        form: Mapping[str, str] | None = None,
    ) -> Answer:
        """Make one request; raises Unheard where no answer can be read."""
        try:
            got = self._session.request(
                method,
                url,
                params=query,
                json=body,
                data=form,
                headers=headers,
                allow_redirects=False,
            )
        except RequestException as error:
            raise Unheard(type(error).__name__, has_left=not never_left(error)) from None
        try:
            said = json_of(got.content) if got.content else None
        except ValueError:
            if got.status_code < HTTPStatus.MULTIPLE_CHOICES:
                raise Unheard("JSONDecodeError", has_left=True) from None
            said = None
        return Answer(got.status_code, said, asked_to_wait(got.headers.get("Retry-After")))


class Api:
    """One account at one vendor. Connections are kept, so one of these serves many threads."""

    def __init__(
        self,
        base_url: str,
        key: str,
        *,
        read: float = READ,
        connect: float = CONNECT,
    ) -> None:
        """Speak to `base_url` as the bearer of a key."""
        self.base_url = base_url.rstrip("/")
        self._line = Line(read=read, connect=connect)
        self._bearer = {"Authorization": f"Bearer {key}"}

    def close(self) -> None:
        """Let go of connections."""
        self._line.close()

    def ask(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        *,
        query: Mapping[str, str] | None = None,
    ) -> Answer:
        """Make one request; raises Unheard where no answer can be read."""
        url = self.base_url + path
        return self._line.ask(method, url, headers=self._bearer, query=query, body=body)

    def ask_elsewhere(self, url: str, body: Mapping[str, Any]) -> Answer:
        """Post to an address that the vendor named; our key stays here."""
        return self._line.ask("POST", url, headers={}, body=body)
