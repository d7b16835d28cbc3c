"""Resend carries our letters.

Its SDK keeps one key and one address for the whole process, and we write for many tenants from
many threads. It also lets its HTTP client be replaced, and asks that client for every request:
ours takes the line of whoever is speaking in this context, and puts that line's key and address
in the place of the SDK's. Nothing of the SDK is patched, and its own two settings stay unused.
"""

import base64
import hashlib
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, cast

import resend
from requests import RequestException, Session
from resend.http_client import HTTPClient

from domain.errors import OutcomeUnknown
from domain.messages.ports import Delivery, Mail, Taken
from domain.work.effects import Receipt
from providers import signing
from providers.requesting import session
from providers.resend.errors import translate
from providers.telling import cleaned
from providers.unreadable import several

HOME: Final = "https://api.resend.com"
CONNECT: Final = 3.0
READ: Final = 10.0
POOL: Final = 32

LONGEST_KEY: Final = 256
PAGE: Final = 100
MOST_PAGES: Final = 10
SKEW: Final = timedelta(minutes=10)

STATUSES: Final[Mapping[str, str]] = {
    "delivered": "delivered",
    "opened": "delivered",
    "clicked": "delivered",
    "bounced": "bounced",
    "complained": "complained",
    "failed": "failed",
    "canceled": "failed",
    "suppressed": "failed",
}
"""Resend's words in ours; all others are on their way."""

WORTH_SAYING: Final = frozenset({"failed", "canceled", "suppressed", "bounced"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Whose letters these are, and where Resend is found."""

    key: str = field(repr=False)
    sender: str
    base_url: str | None = None


@dataclass
class _Line:
    """One request under way: whose it is, and what broke it."""

    base_url: str
    key: str = field(repr=False)
    session: Session
    broke: Exception | None = None


_speaking: ContextVar[_Line] = ContextVar("the line on which this context speaks to Resend")


class _Switchboard(HTTPClient):
    """Puts each of the SDK's requests on the line of who is speaking."""

    def request(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        json: dict[str, object] | list[object] | None = None,
        files: dict[str, Any] | None = None,
        data: dict[str, str] | None = None,
    ) -> tuple[bytes, int, Mapping[str, str]]:
        """Send a request; without a line there is nobody whose key could be used."""
        del files, data  # we send no attachments
        body = cast("Any", json or None)  # the SDK gives questions an empty one; some gates mind
        line = _speaking.get()
        ours = line.base_url + url.removeprefix(resend.api_url)
        signed = {**headers, "Authorization": f"Bearer {line.key}"}
        try:
            answer = line.session.request(method, ours, headers=signed, json=body)
        except RequestException as error:
            line.broke = error
            raise
        return cleaned(answer.content), answer.status_code, answer.headers


resend.default_http_client = _Switchboard()


class ResendMails:
    """Letters over Resend. The same key within a day is the same letter, so nothing goes twice."""

    vendor = "resend"
    is_keyed = True
    can_be_asked = True
    lag = timedelta()

    def __init__(self, account: Account, *, read: float = READ, connect: float = CONNECT) -> None:
        """Speak for `account`; connections are kept, so one of these serves many threads."""
        self._account = account
        self.line = account.sender
        self._base_url = (account.base_url or HOME).rstrip("/")
        self._session = session(connect=connect, read=read, pool=POOL)

    def close(self) -> None:
        """Let go of connections."""
        self._session.close()

    def send(self, mail: Mail, *, key: str) -> Receipt:
        """Hand over the letter; return its id. Within a day the key makes a repeat harmless."""
        params = {
            "from": self._account.sender,
            "to": [mail.to],
            "subject": mail.subject,
            "text": mail.text,
            **_more(mail),
        }
        with self._line():
            given = cast("resend.Emails.SendParams", params)
            answer = resend.Emails.send(given, {"idempotency_key": _key(key)})
            return Receipt(reference=_id(answer))

    def find(self, mail: Mail, *, since: datetime) -> Receipt | None:
        """Look for a letter to this address with this subject among the newest.

        A list has no texts, so a subject has to tell letters apart. The key is the better
        question while it lives; this one is for after.
        """
        with self._line(is_question=True):
            for line in self._newest():
                if _moment(line) < since - SKEW:
                    return None
                if line.get("subject") == mail.subject and mail.to in (line.get("to") or []):
                    return Receipt(reference=_id(line))
        return None

    def status(self, reference: str) -> Delivery:
        """Ask what became of a letter. "sent" is not delivered."""
        with self._line(is_question=True):
            answer = cast("Mapping[str, Any]", resend.Emails.get(reference))
            if _id(answer) != reference:
                raise ValueError("an answer about another letter")
            word = str(answer["last_event"])
        return Delivery(
            status=STATUSES.get(word, "sent"),
            reference=reference,
            error=word if word in WORTH_SAYING else None,
        )

    def taken(self, since: datetime) -> Sequence[Taken]:
        """List our letters, newest first, until those that are older."""
        found: list[Taken] = []
        with self._line(is_question=True):
            for line in self._newest():
                if _moment(line) < since:
                    break
                if line.get("from") == self._account.sender:
                    found.append(Taken(_id(line), _moment(line)))
        return found

    def _newest(self) -> Iterator[Mapping[str, Any]]:
        """Yield letters, newest first, page by page."""
        wanted: resend.Emails.ListParams = {"limit": PAGE}
        for _ in range(MOST_PAGES):
            page = cast("Mapping[str, Any]", resend.Emails.list(wanted))
            lines = several(page, "data")
            yield from lines
            if not page.get("has_more") or not lines:
                return
            wanted["after"] = _id(lines[-1])
        raise OutcomeUnknown("too many letters since then to look through")

    @contextmanager
    def _line(self, *, is_question: bool = False) -> Generator[None]:
        """Speak on our own line; whatever comes of it leaves as one of the three words."""
        line = _Line(base_url=self._base_url, key=self._account.key, session=self._session)
        token = _speaking.set(line)
        try:
            yield
        except Exception as error:  # noqa: BLE001  # the SDK reads answers as they come: any type may fly
            raise translate(error, line.broke, is_question=is_question) from None
        finally:
            _speaking.reset(token)


def _more(mail: Mail) -> dict[str, object]:
    """Return what not every letter has. A click on the link of the header ends all (RFC 8058)."""
    made: dict[str, object] = {}
    if mail.html is not None:
        made["html"] = mail.html
    if mail.calendar is not None:
        content = base64.b64encode(mail.calendar.encode()).decode()
        made["attachments"] = [
            {
                "filename": "appointment.ics",
                "content": content,
                "content_type": "text/calendar; method=PUBLISH",
            }
        ]
    if mail.unsubscribe is not None:
        made["headers"] = {
            "List-Unsubscribe": f"<{mail.unsubscribe}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        }
    return made


def _key(key: str) -> str:
    """Return a key that a header carries and Resend takes: 256 characters of ASCII at most."""
    if len(key) <= LONGEST_KEY and key.isascii() and key.isprintable():
        return key
    return hashlib.sha256(key.encode()).hexdigest()


def _id(answer: Any) -> str:  # noqa: ANN401  # whatever JSON came
    found = answer["id"]
    if not isinstance(found, str) or not found:
        raise ValueError("an answer without an id")
    return found


def _moment(line: Mapping[str, Any]) -> datetime:
    """Read Resend's moment: an offset of hours alone, which Python 3.11 reads too."""
    found = signing.moment(line["created_at"])
    if found is None:
        raise ValueError("a letter without a moment")
    return found
