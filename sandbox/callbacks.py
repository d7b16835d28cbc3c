"""Notices to us, signed as each vendor signs them."""

import asyncio
import base64
import hashlib
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from http import HTTPStatus
from typing import Final

from sandbox.clock import Clock
from sandbox.faults import Fault, Faults
from sandbox.ledger import Ledger
from sandbox.post import Post

ROUTE: Final = "webhooks"
"""Rules about notices name this route."""

PATIENCE: Final = 10.0
AT_ONCE: Final = 20
HELD: Final = 30.0
"""Seconds after which a notice that was held back goes, if no other has pushed it out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One notice; signed anew each time that it goes out."""

    vendor: str
    subject: str
    word: str
    url: str
    body: bytes
    sign: Callable[[], Mapping[str, str]]
    """Make the headers."""

    again: tuple[float, ...] = field(default=())
    """After how many seconds it is tried again while nobody takes it."""


class Callbacks:
    """Carries notices to whoever asked for them."""

    def __init__(self, clock: Clock, faults: Faults, ledger: Ledger) -> None:
        self._clock = clock
        self._faults = faults
        self._ledger = ledger
        self._held: dict[str, Notice] = {}
        self._carrier = Post(PATIENCE)
        self._gate = asyncio.Semaphore(AT_ONCE)

    async def send(self, notice: Notice) -> None:
        """Send a notice, as the rules let it go: once, twice, never, or after the next."""
        vendor = notice.vendor
        if self._faults.strikes(Fault.LOSE_WEBHOOK, vendor, ROUTE):
            self._note(notice, "lost")
            return
        if vendor not in self._held and self._faults.strikes(Fault.REORDER_WEBHOOKS, vendor, ROUTE):
            self._held[vendor] = notice
            self._clock.after(HELD, lambda: self._release(vendor))
            return
        late = self._faults.strikes(Fault.LATE_WEBHOOK, vendor, ROUTE)
        if late is not None:
            self._clock.after(late.seconds, lambda: self._post(notice))
            return
        await self._post(notice)
        if self._faults.strikes(Fault.DUPLICATE_WEBHOOK, vendor, ROUTE):
            await self._post(notice)
        await self._release(vendor)

    def skew(self, vendor: str) -> timedelta:
        """Return by how much a vendor's clock is off in its next notice."""
        rule = self._faults.strikes(Fault.CLOCK_SKEW, vendor, ROUTE)
        return timedelta(seconds=rule.seconds if rule else 0)

    def reset(self) -> None:
        """Forget what is held back."""
        self._held.clear()

    async def close(self) -> None:
        """Let go of connections."""
        self._carrier.close()

    async def _release(self, vendor: str) -> None:
        held = self._held.pop(vendor, None)
        if held is not None:
            await self._post(held)

    async def _post(self, notice: Notice, tries: int = 0) -> None:
        headers = dict(notice.sign())
        if self._faults.strikes(Fault.FORGE_WEBHOOK, notice.vendor, ROUTE):
            headers = {name: _forged(name, value) for name, value in headers.items()}
        try:
            async with self._gate:
                status = await self._carrier.send(notice.url, notice.body, headers)
            taken = status < HTTPStatus.MULTIPLE_CHOICES
            self._note(notice, str(status))
        except (OSError, TimeoutError, EOFError, ValueError) as error:
            taken = False
            self._note(notice, type(error).__name__)
        if not taken and tries < len(notice.again):
            self._clock.after(notice.again[tries], lambda: self._post(notice, tries + 1))

    def _note(self, notice: Notice, ended: str) -> None:
        self._ledger.note(
            notice.vendor, subject=notice.subject, word=notice.word, url=notice.url, ended=ended
        )


def _forged(name: str, value: str) -> str:
    return value[::-1] if name.lower().endswith("signature") else value


def twilio_signature(token: str, url: str, form: Mapping[str, str]) -> str:
    """Sign a form: the address, and behind it every name and value in the order of names."""
    text = url + "".join(name + form[name] for name in sorted(form))
    digest = hmac.new(token.encode(), text.encode(), hashlib.sha1).digest()
    return base64.b64encode(digest).decode()


def svix_signature(secret: str, message: str, *, seconds: int, body: bytes) -> str:
    """Sign as Svix does, for Resend: the notice's id, the time and the body, joined by dots."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{message}.{seconds}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def vapi_headers(secret: str, body: bytes, *, seconds: int) -> dict[str, str]:
    """Sign as a credential of Vapi's that is set up for an HMAC with a timestamp."""
    mac = hmac.new(secret.encode(), f"{seconds}.".encode() + body, hashlib.sha256).hexdigest()
    return {
        "Content-Type": "application/json",
        "X-Vapi-Signature": f"sha256={mac}",
        "X-Vapi-Timestamp": str(seconds),
    }


def retell_signature(key: str, body: bytes, *, milliseconds: int) -> str:
    """Sign as Retell does, with the API key: the body, and behind it the milliseconds."""
    mac = hmac.new(key.encode(), body + str(milliseconds).encode(), hashlib.sha256)
    return f"v={milliseconds},d={mac.hexdigest()}"
