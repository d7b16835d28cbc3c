"""Notices to us, signed as each vendor signs them."""

import asyncio
import base64
import hashlib
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

import httpx2

from sandbox.clock import Clock
from sandbox.faults import Fault, Faults
from sandbox.ledger import Ledger

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
        self._client: httpx2.AsyncClient | None = None
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
        await self._post(notice)
        if self._faults.strikes(Fault.DUPLICATE_WEBHOOK, vendor, ROUTE):
            await self._post(notice)
        await self._release(vendor)

    def reset(self) -> None:
        """Forget what is held back."""
        self._held.clear()

    async def close(self) -> None:
        """Let go of connections."""
        if self._client is not None:
            await self._client.aclose()

    async def _release(self, vendor: str) -> None:
        held = self._held.pop(vendor, None)
        if held is not None:
            await self._post(held)

    async def _post(self, notice: Notice, tries: int = 0) -> None:
        if self._client is None:
            self._client = httpx2.AsyncClient(timeout=PATIENCE, trust_env=False)
        headers = dict(notice.sign())
        if self._faults.strikes(Fault.FORGE_WEBHOOK, notice.vendor, ROUTE):
            headers = {name: _forged(name, value) for name, value in headers.items()}
        try:
            async with self._gate:
                answer = await self._client.post(notice.url, content=notice.body, headers=headers)
            taken = answer.status_code < httpx2.codes.MULTIPLE_CHOICES
            self._note(notice, str(answer.status_code))
        except httpx2.HTTPError as error:
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
