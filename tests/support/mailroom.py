"""A real SMTP server that takes letters, refuses them at a word of the test's, or hangs up."""

import asyncio
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any, cast

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from tests.support.stand_ins import free_port

PASSWORD = "open sesame"


@dataclass
class Mailroom:
    """What came in, and what is answered next."""

    url: str = ""
    letters: list[EmailMessage] = field(default_factory=list[EmailMessage])
    recipients: list[str] = field(default_factory=list[str])
    sessions: int = 0
    hidden: list[bool] = field(default_factory=list[bool])
    """Of each letter, whether it came over TLS."""

    certificate: Path | None = None

    refuses: dict[str, str] = field(default_factory=dict[str, str])
    """By word: an answer, or "hang up", or "take it and hang up"."""

    async def handle_EHLO(  # noqa: N802  # the server's name for it
        self,
        server: SMTP,
        session: Session,
        envelope: Envelope,
        hostname: str,
        responses: list[str],
    ) -> list[str]:
        del server, envelope
        self.sessions += 1
        session.host_name = hostname
        return responses

    async def handle_MAIL(  # noqa: N802  # the server's name for it
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        del session, options
        said = await self._refusal(server, "mail")
        envelope.mail_from = address
        return said or "250 OK"

    async def handle_RCPT(  # noqa: N802  # the server's name for it
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        del session, options
        said = await self._refusal(server, "rcpt")
        if said is None:
            envelope.rcpt_tos.append(address)
        return said or "250 OK"

    async def handle_DATA(  # noqa: N802  # the server's name for it
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        self.hidden.append(session.ssl is not None or self.url.startswith("smtps"))
        if self.refuses.get("data") != "take it and hang up":
            said = await self._refusal(server, "data")
            if said is not None:
                return said
        content = cast("bytes", envelope.content)
        self.letters.append(cast("EmailMessage", message_from_bytes(content, policy=policy.SMTP)))
        self.recipients += envelope.rcpt_tos
        if self.refuses.get("data"):
            cut(server)
        return "250 taken"

    async def _refusal(self, server: SMTP, word: str) -> str | None:
        said = self.refuses.get(word)
        if said == "hang up":
            cut(server)
        return said


def cut(server: SMTP) -> None:
    """Close the connection without a word."""
    transport = cast("asyncio.Transport", server.transport)
    transport.abort()
    raise ConnectionResetError


@contextmanager
def mailroom(
    *, login: bool = False, tls: ssl.SSLContext | None = None, at_once: bool = False, **more: Any
) -> Iterator[Mailroom]:
    """Serve SMTP on this machine until the block ends; with `tls` after STARTTLS, or `at_once`."""
    room = Mailroom()

    def check(*given: Any) -> AuthResult:
        data = given[-1]
        is_right = isinstance(data, LoginPassword) and data.password == PASSWORD.encode()
        return AuthResult(success=is_right)

    if login:
        hides = tls is not None and not at_once
        more |= {"authenticator": check, "auth_require_tls": hides, "auth_required": True}
    if tls is not None:
        more |= {"ssl_context": tls} if at_once else {"tls_context": tls, "require_starttls": True}
    port, host = free_port(), "localhost" if tls else "127.0.0.1"
    controller = Controller(room, hostname=host, port=port, **more)
    controller.start()
    try:
        room.url = f"{'smtps' if at_once else 'smtp'}://{host}:{port}"
        yield room
    finally:
        controller.stop()
