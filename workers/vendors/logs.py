"""Which logs of vendors can be read, from what the operator set and what accounts hold sealed.

The platform's accounts, and tenants' own ones. An account without credentials of its own works
over the platform's, and has no log of its own.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

from config.settings import Settings
from domain.billing.ports import Log, Logged
from domain.database import SYSTEM, Begin
from domain.errors import Rejected
from domain.messages.ports import Texts
from domain.messages.post import Carriers
from domain.metering.use import What
from domain.outbound import accounts
from domain.outbound.ports import AccountStopped, Exchange, Lines
from domain.privacy import credentials
from workers.vendors.lines import MAKERS
from workers.vendors.messages import NoTexts

TEXTED: Final = ("twilio", "telnyx")


@dataclass(frozen=True, slots=True, kw_only=True)
class CallLog:
    """What an account of a vendor of calls has ended."""

    name: str
    vendor: str
    user_id: UUID | None
    lines: Callable[[], Lines]
    what: What = What.CALL

    def between(self, start: datetime, end: datetime) -> Iterator[Logged]:
        """Yield what was begun from one moment to before another, and has ended."""
        try:
            for call in self.lines().ended(start, end):
                seconds = call.duration.total_seconds() if call.duration is not None else None
                yield Logged(
                    id=call.call_id,
                    at=call.answered_at or call.started_at or start,
                    amount=None if seconds is None else round(seconds),
                    cost=call.cost,
                    currency=call.currency,
                    is_outbound=call.is_outbound,
                )
        except AccountStopped as error:
            raise Rejected(str(error)) from None

    def has(self, name: str) -> bool:
        """Ask whether the vendor knows this call."""
        try:
            return self.lines().get(name) is not None
        except AccountStopped as error:
            raise Rejected(str(error)) from None


@dataclass(frozen=True, slots=True, kw_only=True)
class TextLog:
    """What an account of a carrier has sent."""

    name: str
    user_id: UUID | None
    texts: Texts = field(repr=False)
    what: What = What.TEXT

    @property
    def vendor(self) -> str:
        """Whose log it is."""
        return self.texts.vendor

    def between(self, start: datetime, end: datetime) -> Iterator[Logged]:
        """Yield what left from one moment to before another."""
        for one in self.texts.charged(start, end):
            if not one.has_failed or one.cost:
                yield Logged(
                    id=one.reference,
                    at=one.at,
                    amount=one.segments,
                    cost=one.cost,
                    currency=one.currency,
                )

    def has(self, name: str) -> bool:
        """Ask whether the carrier knows this text."""
        try:
            self.texts.status(name)
        except Rejected:
            return False
        return True


@dataclass(frozen=True, slots=True)
class Shelf:
    """All logs there are; looked for anew each time, for accounts come and go."""

    settings: Settings
    begin: Begin
    exchange: Exchange
    texts: Texts
    carriers: Carriers

    def __call__(self) -> Sequence[Log]:
        """Return the logs."""
        return [*self._platforms(), *self._accounts(), *self._carriers()]

    def _platforms(self) -> Iterator[Log]:
        """Yield the platform's own, of each vendor whose key is set."""
        for vendor, make in MAKERS.items():
            with suppress(AccountStopped):
                made = make(self.settings, {})
                yield CallLog(
                    name=f"{vendor} calls",
                    vendor=vendor,
                    user_id=None,
                    lines=lambda one=made: one,
                )

    def _accounts(self) -> Iterator[Log]:
        with self.begin(SYSTEM) as session:
            some = accounts.with_credentials(session)
        for each in some:
            yield CallLog(
                name=f"{each.vendor} calls of account {each.id}",
                vendor=each.vendor,
                user_id=each.user_id,
                lines=lambda one=each: self.exchange.lines(one),
            )

    def _carriers(self) -> Iterator[Log]:
        if not isinstance(self.texts, NoTexts):
            yield TextLog(name=f"{self.texts.vendor} texts", user_id=None, texts=self.texts)
        with self.begin(SYSTEM) as session:
            users = credentials.all_bringers(session, TEXTED)
        for user_id, own in self.carriers.texts(users).items():
            if own is not self.texts and not isinstance(own, NoTexts):
                yield TextLog(
                    name=f"{own.vendor} texts of tenant {user_id}", user_id=user_id, texts=own
                )
