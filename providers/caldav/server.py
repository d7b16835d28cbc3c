"""One calendar on a CalDAV server: what is asked of it, and what its refusals mean."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final
from urllib.parse import quote, unquote, urlsplit

from domain.calendars.ports import Calendar, CalendarGone, CursorLost, Tokens, Withdrawn
from domain.errors import Rejected
from providers.caldav import forms
from providers.caldav.forms import CAL, DAV, SERVER
from providers.caldav.line import Heard, Line, Login, Question, join

CHUNK: Final = 50
SYNC_TOKEN: Final = f"{DAV}sync-token"
CTAG: Final = f"{SERVER}getctag"
TEXT: Final = f"{CAL}calendar-data"
ETAG: Final = f"{DAV}getetag"
STAMP: Final = "%Y%m%dT%H%M%SZ"
OVER: Final = 507
"""There is more than fits into one answer."""

GONE: Final = frozenset({404, 410})


@dataclass(frozen=True, slots=True)
class Changes:
    """What changed in a calendar since a token."""

    changed: Sequence[str]
    gone: Sequence[str]
    token: str
    has_more: bool


class Unsupported(Rejected):
    """The server does not know that report."""


class Server:
    """Speaks for one calendar; the password is asked for anew with every request."""

    def __init__(self, line: Line, tokens: Tokens, calendar: Calendar) -> None:
        self._line = line
        self._tokens = tokens
        self._calendar = calendar
        self._user: str | None = None
        self.root = join(calendar.base_url or "", calendar.calendar_id)
        self._path = unquote(urlsplit(self.root).path).rstrip("/") + "/"

    @property
    def user(self) -> str:
        """Who the owner is there: as whom was asked last, or would be."""
        if self._user is None:
            self._user = _login(self._tokens.bearer(self._calendar)).user
        return self._user

    def ask(
        self,
        method: str,
        url: str,
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
    ) -> Heard:
        """Ask; a password that is refused twice is no longer good."""
        secret = self._tokens.bearer(self._calendar)
        heard = self._once(method, url, secret, body, headers or {})
        if heard.status == HTTPStatus.UNAUTHORIZED:
            secret = self._tokens.renewed(self._calendar, refused=secret)
            heard = self._once(method, url, secret, body, headers or {})
        if heard.status == HTTPStatus.UNAUTHORIZED:
            raise Withdrawn("the calendar's server does not take the password any more")
        return heard

    def _once(
        self, method: str, url: str, secret: str, body: bytes, headers: Mapping[str, str]
    ) -> Heard:
        login = _login(secret)
        self._user = login.user
        return self._line.ask(
            Question(method=method, url=url, login=login, body=body, headers=headers)
        )

    def of(self, name: str) -> str:
        """Return the address of a resource."""
        return self.root.rstrip("/") + "/" + quote(name)

    def name(self, path: str) -> str:
        """Return a resource's name within the calendar."""
        return path.removeprefix(self._path)

    def report(self, body: bytes, *, depth: str = "1") -> forms.Answer:
        """Ask for a report about the calendar."""
        heard = self.ask("REPORT", self.root, body, {"Depth": depth})
        return forms.read(_checked(heard).body)

    def state(self) -> tuple[str | None, str | None]:
        """Return the token since which changes can be asked for, and what changes with any."""
        body = forms.propfind(SYNC_TOKEN, CTAG)
        heard = self.ask("PROPFIND", self.root, body, {"Depth": "0"})
        lines = forms.read(_checked(heard).body).lines
        if not lines or not lines[0].props:
            return None, None
        return lines[0].text(SYNC_TOKEN), lines[0].text(CTAG)

    def changes(self, token: str) -> Changes:
        """Return what changed since a token; raises CursorLost, Unsupported."""
        answer = self.report(forms.sync(token), depth="0")
        found = [one for one in answer.lines if self.name(one.path).strip("/")]
        members = [one for one in found if one.path.rstrip("/") + "/" != self._path]
        return Changes(
            changed=[self.name(one.path) for one in members if one.status not in GONE],
            gone=[self.name(one.path) for one in members if one.status in GONE],
            token=answer.token or token,
            has_more=any(one.status == OVER for one in answer.lines),
        )

    def texts(self, names: Iterable[str]) -> dict[str, tuple[str | None, str]]:
        """Return resources' etags and texts; those that are not there are left out."""
        wanted = [urlsplit(self.of(name)).path for name in names]
        found: dict[str, tuple[str | None, str]] = {}
        for start in range(0, len(wanted), CHUNK):
            answer = self.report(forms.multiget(wanted[start : start + CHUNK]))
            found.update(self._texts(answer))
        return found

    def search(self, **wanted: str) -> dict[str, tuple[str | None, str]]:
        """Return the etags and texts of all that touches a time, or has a UID."""
        return self._texts(self.report(forms.query(**wanted)))

    def _texts(self, answer: forms.Answer) -> dict[str, tuple[str | None, str]]:
        return {
            self.name(one.path): (one.text(ETAG), one.props[TEXT].text or "")
            for one in answer.lines
            if TEXT in one.props
        }


def _login(secret: str) -> Login:
    user, _, password = secret.partition(":")
    return Login(user=user, password=password)


def _checked(heard: Heard) -> Heard:
    """Say what a refused question means: by what the error says, for servers' statuses differ."""
    if heard.status < HTTPStatus.BAD_REQUEST:
        return heard
    said = forms.names_in(heard.body)
    if f"{DAV}valid-sync-token" in said:
        raise CursorLost("the calendar's server no longer knows the token")
    if heard.status in GONE:
        raise CalendarGone("there is no such calendar on its server")
    if f"{DAV}supported-report" in said or heard.status in {405, 415, 501}:
        raise Unsupported("the calendar's server does not know that report")
    raise refusal(heard)


def refusal(heard: Heard) -> Rejected:
    """Say that something was refused."""
    return Rejected(f"the calendar's server refused: {heard.status}")
