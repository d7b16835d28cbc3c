"""Any SMTP server carries our letters.

SMTP knows no key and can be asked nothing afterwards. But it says at which word a letter is the
server's: until the last dot of DATA has gone out nothing was taken, and whatever breaks before
may be tried again; after it only an answer counts, and without one a person decides. A letter's
Message-ID is made of its key, so that mailboxes which fold doubles can.
"""

import smtplib
import socket
import ssl
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from queue import Empty, Full, LifoQueue
from typing import Final
from urllib.parse import unquote, urlsplit

from domain.errors import OutcomeUnknown, ProviderError, Rejected, Retryable
from domain.messages.ports import Delivery, Mail, Taken
from domain.work.effects import Receipt
from providers.receivers.addresses import is_public
from providers.receivers.targets import Resolver
from providers.smtp.letters import address_of, as_data, name_of, written

PORTS: Final = {"smtp": 587, "smtps": 465}
STEP: Final = 8.0
"""Seconds for each answer, and for a connection."""

WHOLE: Final = 24.0
"""Seconds for a whole letter: less than messages' hard limit."""

IDLE: Final = 20.0
"""Seconds after which a line that nobody used is not used again: servers hang up."""

POOL: Final = 32
MENDED_AFTER: Final = timedelta(minutes=5)
GREYLISTED: Final = timedelta(minutes=5)
GO_ON: Final = 354
TOO_MUCH: Final = frozenset({421, 452})
LASTING: Final = 500
YES: Final = range(200, 300)
REFUSALS: Final = range(400, 600)


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Whose letters these are, and which server takes them."""

    url: str = field(repr=False)
    """smtp://user:password@host:587, or smtps:// where TLS comes first."""

    sender: str
    only_public: bool = False
    """Whether the server has to stand in the public internet, as a tenant's own has."""


@dataclass(slots=True)
class _Line:
    """A connection, and how long this letter may still take."""

    smtp: smtplib.SMTP
    used_at: float
    until: float = 0.0

    def wait(self) -> None:
        """Give the next answer its time."""
        left = min(STEP, self.until - time.monotonic())
        if self.smtp.sock is not None:
            self.smtp.sock.settimeout(max(left, 0.05))


class _Refused(Exception):
    """The server said no, with a code."""

    def __init__(self, code: int, at: str) -> None:
        super().__init__(at)
        self.code = code
        self.at = at


class SmtpMails:
    """Letters over SMTP. Connections are kept and shared by threads, one letter each at a time."""

    vendor = "smtp"
    is_keyed = False
    can_be_asked = False
    lag = timedelta()

    def __init__(self, account: Account, *, trust: ssl.SSLContext | None = None) -> None:
        """Speak for `account`; `trust` says whose certificates are believed."""
        parts = urlsplit(account.url)
        self._account = account
        self.line = account.sender
        self._is_tls = parts.scheme == "smtps"
        self._host = parts.hostname or ""
        self._port = parts.port or PORTS.get(parts.scheme, 25)
        self._user, self._password = unquote(parts.username or ""), unquote(parts.password or "")
        self._trust = trust or ssl.create_default_context()
        self._resolve = Resolver()
        self._idle: LifoQueue[_Line] = LifoQueue(POOL)

    def close(self) -> None:
        """Let go of connections."""
        with suppress(Empty):
            while True:
                self._idle.get_nowait().smtp.close()

    def send(self, mail: Mail, *, key: str) -> Receipt:
        """Hand over the letter; return its Message-ID."""
        letter = as_data(written(mail, sender=self._account.sender, key=key))
        with self._line() as line:
            _command(line, "mail", f"FROM:<{address_of(self._account.sender)}>")
            _command(line, "rcpt", f"TO:<{_plain(mail.to)}>")
            _command(line, "data", wanted=GO_ON)
            _hand_over(line, letter)
        return Receipt(reference=name_of(key, self._account.sender))

    def find(self, mail: Mail, *, since: datetime) -> Receipt | None:
        """Say that a server cannot be asked."""
        del mail, since
        raise OutcomeUnknown("an SMTP server cannot be asked for a letter")

    def status(self, reference: str) -> Delivery:
        """Say what is known: the server took it. What comes of it comes to the sender by letter."""
        return Delivery(status="sent", reference=reference)

    def taken(self, since: datetime) -> Sequence[Taken]:
        """Say that a server has no list."""
        del since
        raise OutcomeUnknown("an SMTP server cannot be asked for a list")

    @contextmanager
    def _line(self) -> Generator[_Line]:
        """Use a line for one letter; whatever breaks leaves as one of the three words."""
        try:
            line = self._rested() or self._opened()
        except (OSError, smtplib.SMTPException, _Refused) as error:
            raise _word(error) from None
        try:
            yield line
        except (OSError, smtplib.SMTPException, _Refused) as error:
            line.smtp.close()
            raise _word(error) from None
        except BaseException:
            line.smtp.close()
            raise
        line.used_at = time.monotonic()
        try:
            self._idle.put_nowait(line)
        except Full:
            line.smtp.close()

    def _rested(self) -> _Line | None:
        """Return a kept line that still answers."""
        while True:
            try:
                line = self._idle.get_nowait()
            except Empty:
                return None
            line.until = time.monotonic() + WHOLE
            if time.monotonic() - line.used_at < IDLE:
                with suppress(OSError, smtplib.SMTPException, _Refused):
                    _command(line, "rset")
                    return line
            line.smtp.close()

    def _opened(self) -> _Line:
        place = self._place()
        smtp = (_Tls(place, self._trust) if self._is_tls else _Plain(place)) if place else None
        if smtp is None:
            raise Retryable("the SMTP server's address leads nowhere", after=MENDED_AFTER)
        line = _Line(smtp, time.monotonic(), time.monotonic() + WHOLE)
        try:
            self._greet(line)
        except BaseException:
            smtp.close()
            raise
        return line

    def _place(self) -> str | None:
        """Return where the server is, as a number: looked up once, and that is connected to."""
        found = self._resolve(self._host, self._port)
        if self._account.only_public and not all(is_public(one) for one in found):
            return None
        return found[0] if found else None

    def _greet(self, line: _Line) -> None:
        """Say hello, hide what follows, and log in; no password goes where anybody may read it."""
        smtp = line.smtp
        code, _ = smtp.connect(self._host, self._port)
        if code >= 400:  # noqa: PLR2004  # it said no at once
            raise _Refused(code, "connecting")
        line.wait()
        smtp.ehlo_or_helo_if_needed()
        if not self._is_tls and smtp.has_extn("starttls"):
            line.wait()
            smtp.starttls(context=self._trust)
            smtp.ehlo_or_helo_if_needed()
        elif not self._is_tls and self._user and not _is_here(smtp):
            words = "the SMTP server offers no TLS, and a password does not go without"
            raise Retryable(words, after=MENDED_AFTER)
        if self._user:
            line.wait()
            try:
                smtp.login(self._user, self._password)
            except (smtplib.SMTPAuthenticationError, smtplib.SMTPServerDisconnected) as error:
                code = getattr(error, "smtp_code", "none")
                words = f"the SMTP server does not take our login: code {code}"
                raise Retryable(words, after=MENDED_AFTER) from None


class _Plain(smtplib.SMTP):
    """Connects to a place that was looked up, under the name that it was looked up by."""

    def __init__(self, place: str) -> None:
        super().__init__(timeout=STEP)
        self._place = place

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        self._host = host  # what TLS will ask the certificate for
        return socket.create_connection((self._place, port), timeout)


class _Tls(_Plain):
    """The same where TLS comes first."""

    def __init__(self, place: str, trust: ssl.SSLContext) -> None:
        super().__init__(place)
        self._trust = trust

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        plain = super()._get_socket(host, port, timeout)
        return self._trust.wrap_socket(plain, server_hostname=host)


def _command(line: _Line, word: str, rest: str = "", *, wanted: int = 0) -> None:
    """Say a word that hands nothing over yet; raises what the server refused it with."""
    line.wait()
    code, _ = line.smtp.docmd(word, rest)
    if (code != wanted) if wanted else (code >= 400):  # noqa: PLR2004  # where SMTP draws the line
        raise _Refused(code, word)


def _hand_over(line: _Line, letter: bytes) -> None:
    """Send the letter itself. From here on only an answer says what became of it."""
    line.wait()
    try:
        line.smtp.send(letter)
        line.smtp.sock.settimeout(max(line.until - time.monotonic(), STEP / 2))  # pyright: ignore[reportOptionalMemberAccess]  # we have just sent on it
        code, _ = line.smtp.getreply()
    except (OSError, smtplib.SMTPException) as error:
        line.smtp.close()
        words = f"the SMTP server did not say whether it took the letter: {type(error).__name__}"
        raise OutcomeUnknown(words) from None
    if code in REFUSALS:
        raise _Refused(code, "the letter")
    if code not in YES:
        raise OutcomeUnknown("the SMTP server said neither yes nor no to the letter")


def _word(refused: Exception) -> ProviderError:
    """Return the word for a refusal, without the server's own: it may hold the address."""
    if not isinstance(refused, _Refused):
        return Retryable(f"the SMTP server could not be spoken to: {type(refused).__name__}")
    words = f"the SMTP server refused {refused.at}: code {refused.code}"
    if refused.code in TOO_MUCH:
        return Retryable(words, is_crowded=True)
    if refused.code >= LASTING:
        return Rejected(words)
    return Retryable(words, after=GREYLISTED)


def _plain(to: str) -> str:
    """Return an address that can stand in a command; any other never will."""
    if not to.isascii() or any(character in to for character in "<>\r\n \t"):
        raise Rejected("the SMTP server cannot be told this address")
    return to


def _is_here(smtp: smtplib.SMTP) -> bool:
    """Tell whether the server is on this machine, where nobody listens in between."""
    return smtp.sock is not None and str(smtp.sock.getpeername()[0]) in {"127.0.0.1", "::1"}
