"""One request to a CalDAV server: to the place that was checked, within limits, in our words.

The address is a tenant's, so it is looked at as webhooks' addresses are, and the connection is
made to the very place that was found. Redirects are followed here, because requests makes a GET
of them and takes the password along: only to the same registered name, and never from https to
http. Answers are read up to a limit.
"""

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import quote, urljoin, urlsplit

from requests import PreparedRequest, Response
from requests.adapters import HTTPAdapter
from requests.exceptions import RequestException

from domain.errors import OutcomeUnknown, ProviderError, Rejected, Retryable
from providers.receivers import targets
from providers.receivers.targets import Allowed, Resolve
from providers.requesting import asked_to_wait, never_left, session

CONNECT: Final = 4.0
READ: Final = 20.0
POOL: Final = 32
PIECE: Final = 65_536
LARGEST: Final = 32 * 1024 * 1024
MOST_REDIRECTS: Final = 5
AGENT: Final = "Frontdesk/1"
MOVED: Final = frozenset({301, 302, 303, 307, 308})
BUSY: Final = frozenset({423, 429, 503, 507})
"""It did not happen, and may later: locked, too many, not now, no room now."""


WRITES: Final = frozenset({"PUT", "DELETE"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """Who asks."""

    user: str
    password: str = field(repr=False)

    @property
    def header(self) -> str:
        """Return what proves it."""
        words = f"{self.user}:{self.password}".encode()
        return "Basic " + base64.b64encode(words).decode()


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What a server is asked, or told to do."""

    method: str
    url: str
    login: Login
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict[str, str])

    def untold(self, words: str) -> ProviderError:
        """Return what it means that nobody heard the answer."""
        return OutcomeUnknown(words) if self.method in WRITES else Retryable(words)


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What a server answered."""

    status: int
    body: bytes
    etag: str | None
    url: str
    """Where it was asked in the end."""


class _Pinned(HTTPAdapter):
    """Connects to the addresses that were checked, whatever the name leads to a moment later."""

    def __init__(self, line: "Line") -> None:
        super().__init__(pool_connections=POOL, pool_maxsize=POOL, max_retries=0)
        self._line = line

    def send(self, request: PreparedRequest, *args: Any, **kwargs: Any) -> Response:  # noqa: ANN401  # as the parent takes them
        """Send with our timeouts."""
        kwargs["timeout"] = (self._line.connect, self._line.read)
        return super().send(request, *args, **kwargs)

    def build_connection_pool_key_attributes(
        self,
        request: PreparedRequest,
        verify: Any,  # noqa: ANN401  # as the parent takes it
        cert: Any = None,  # noqa: ANN401  # as the parent takes it
    ) -> tuple[Any, Any]:
        """Name the checked place as host; the certificate has to be the name's."""
        host, pool = super().build_connection_pool_key_attributes(request, verify, cert)
        place = self._line.place(str(request.url))
        name = str(host["host"])
        if str(host["scheme"]) == "https":
            pool = {**pool, "server_hostname": name, "assert_hostname": name}
        return {**host, "host": place}, pool


class Line:
    """How servers are spoken to; one of these serves many threads and many servers."""

    def __init__(
        self,
        *,
        allowed: Allowed | None = frozenset(),
        resolve: Resolve | None = None,
        connect: float = CONNECT,
        read: float = READ,
    ) -> None:
        """Speak to public addresses and those of `allowed`; with None to any."""
        self.connect = connect
        self.read = read
        self._allowed = allowed
        self._resolve = resolve or targets.Resolver()
        self._session = session(connect=connect, read=read, pool=POOL)
        for scheme in ("https://", "http://"):
            self._session.mount(scheme, _Pinned(self))

    def close(self) -> None:
        """Let go of connections."""
        self._session.close()

    def place(self, url: str) -> str:
        """Return where an address leads, if it may be spoken to; raises Rejected."""
        allowed = self._allowed
        if allowed is None:
            parts = urlsplit(url)
            port = parts.port or (443 if parts.scheme == "https" else 80)
            allowed = frozenset({(parts.hostname or "", port)})
        target = targets.read(url, allowed)
        found = targets.places(target, self._resolve, allowed)
        if not found:
            raise Retryable("the calendar's server has no address")
        return found[0]

    def ask(self, question: Question) -> Heard:
        """Ask once; what may have had an effect and was not heard is OutcomeUnknown.

        What a server refuses is not judged here: whoever asked reads the status.
        """
        for _ in range(MOST_REDIRECTS + 1):
            answer = self._once(question)
            if isinstance(answer, Heard):
                return answer
            question = replace(question, url=answer)
        raise Rejected("the calendar's server sends us in circles")

    def _once(self, question: Question) -> Heard | str:
        """Return what was answered, or where else to ask."""
        kind = "text/calendar" if question.method == "PUT" else "application/xml"
        headers = {
            "Host": urlsplit(question.url).netloc.rpartition("@")[2],
            "Authorization": question.login.header,
            "User-Agent": AGENT,
            "Content-Type": f"{kind}; charset=utf-8",
            **question.headers,
        }
        try:
            with self._session.request(
                question.method,
                question.url,
                data=question.body,
                headers=headers,
                allow_redirects=False,
                stream=True,
            ) as answer:
                location = answer.headers.get("location")
                if answer.status_code in MOVED and location:
                    return _followed(question.url, location)
                return _heard(question, answer)
        except RequestException as error:
            if never_left(error):
                raise Retryable("the calendar's server could not be reached") from error
            words = f"the calendar's server gave no answer: {type(error).__name__}"
            raise question.untold(words) from error


def _heard(question: Question, answer: Response) -> Heard:
    """Read an answer up to the limit; a server's own trouble is one of the three words."""
    status = answer.status_code
    words = f"the calendar's server answered {status}"
    if status in BUSY:
        raise Retryable(words, after=asked_to_wait(answer.headers.get("retry-after")))
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        raise question.untold(words)
    body = bytearray()
    for piece in answer.iter_content(PIECE):
        body += piece
        if len(body) > LARGEST:
            raise Rejected("the calendar's server says more than anybody wants to hear")
    etag = answer.headers.get("etag")
    return Heard(status=status, body=bytes(body), etag=etag, url=question.url)


def _followed(url: str, location: str) -> str:
    """Return where we are sent, if the password may go there."""
    here, there = urlsplit(url), urlsplit(urljoin(url, location))
    is_worse = here.scheme == "https" and there.scheme != "https"
    if is_worse or _registered(here.hostname) != _registered(there.hostname):
        raise Rejected("the calendar's server sends us to somebody else")
    return there.geturl()


def _registered(host: str | None) -> str:
    """Return what is most likely one owner's: the last two parts of a name, or all of a number."""
    parts = (host or "").rstrip(".").split(".")
    return ".".join(parts[-2:]) if not parts[-1].isdigit() else ".".join(parts)


def join(base: str, path: str) -> str:
    """Return the address of a path that stands in our words, spaces and all."""
    return urljoin(base, quote(path, safe="/%:@!$&'()*+,;=-._~"))
