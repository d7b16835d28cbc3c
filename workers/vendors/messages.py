"""Who carries texts and letters, from what the operator set."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from config.settings import Settings
from domain.database import Begin
from domain.errors import Retryable
from domain.messages.ports import Delivery, Later, Mail, Mails, Taken, Texts
from domain.messages.post import Carriers
from domain.sealing import Keyring
from domain.work.effects import Receipt
from providers.resend.mail import Account as ResendAccount
from providers.resend.mail import ResendMails
from providers.smtp.mail import Account as SmtpAccount
from providers.smtp.mail import SmtpMails
from providers.telnyx.sms import Account as TelnyxAccount
from providers.telnyx.sms import TelnyxTexts
from providers.twilio.sms import Account as TwilioAccount
from providers.twilio.sms import TwilioTexts
from workers.vendors import standing
from workers.vendors.own import Own, field


@dataclass(slots=True)
class NoTexts:
    """A carrier that nobody has set up: rows wait for it, and say which variable is missing."""

    missing: str
    vendor: str = "twilio"
    is_keyed: bool = True  # nothing ever reaches anybody
    sender: str | None = None
    line: str = "nobody"
    lag: timedelta = timedelta()
    per_minute: int | None = None
    later: Later | None = None

    def send(self, *, to: str, body: str, key: str) -> Receipt:
        """Say what is missing."""
        del to, body, key
        raise Retryable(self.missing)

    def find(
        self, *, to: str, body: str, since: datetime, besides: Collection[str] = ()
    ) -> Receipt | None:
        """Say what is missing."""
        del to, body, since, besides
        raise Retryable(self.missing)

    def status(self, reference: str) -> Delivery:
        """Say what is missing."""
        del reference
        raise Retryable(self.missing)

    def taken(self, since: datetime) -> Sequence[Taken]:
        """Say what is missing."""
        del since
        raise Retryable(self.missing)

    def charged(self, start: datetime, end: datetime) -> Iterator[Taken]:
        """Say what is missing."""
        del start, end
        raise Retryable(self.missing)


@dataclass(slots=True)
class NoMails:
    """A post office that nobody has set up."""

    missing: str
    vendor: str = "resend"
    is_keyed: bool = True
    can_be_asked: bool = True
    line: str = "nobody"
    lag: timedelta = timedelta()

    def send(self, mail: Mail, *, key: str) -> Receipt:
        """Say what is missing."""
        del mail, key
        raise Retryable(self.missing)

    def find(self, mail: Mail, *, since: datetime) -> Receipt | None:
        """Say what is missing."""
        del mail, since
        raise Retryable(self.missing)

    def status(self, reference: str) -> Delivery:
        """Say what is missing."""
        del reference
        raise Retryable(self.missing)

    def taken(self, since: datetime) -> Sequence[Taken]:
        """Say what is missing."""
        del since
        raise Retryable(self.missing)


def texts(settings: Settings) -> Texts:
    """Return who carries texts: Twilio, unless only Telnyx is set up."""
    sid = settings.twilio_account_sid or standing.sandbox_key(settings, "twilio_sid")
    token = standing.given(settings.twilio_auth_token) or standing.sandbox_key(settings, "twilio")
    sender = settings.twilio_from or standing.sandbox_key(settings, "twilio_from")
    if settings.telnyx_api_key is not None and settings.twilio_account_sid is None:
        return _telnyx_of_the_platform(settings)
    if not (sid and token and sender):
        return NoTexts("TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN or TWILIO_FROM is not set")
    return _twilio(
        settings, sid=sid, token=token, sender=sender, per_minute=settings.twilio_per_minute
    )


def _telnyx_of_the_platform(settings: Settings) -> Texts:
    key = standing.given(settings.telnyx_api_key)
    sender = settings.telnyx_from or standing.sandbox_key(settings, "telnyx_from")
    if not (key and sender):
        return NoTexts("TELNYX_FROM is not set", vendor="telnyx")
    return _telnyx(settings, key=key, sender=sender, per_minute=settings.telnyx_per_minute)


def _twilio(
    settings: Settings, *, sid: str, token: str, sender: str, per_minute: int | None = None
) -> Texts:
    account = TwilioAccount(
        sid=sid,
        token=token,
        sender=sender,
        base_url=settings.twilio_base_url or standing.stand_in(settings, "/twilio"),
        callback=standing.told_at(settings, "twilio"),
        per_minute=per_minute,
    )
    return TwilioTexts(account)


def _allowance(facts: Mapping[str, Any]) -> int | None:
    """Return what a tenant says its registered campaign may send a minute."""
    said = str(facts.get("per_minute") or "")
    return int(said) if said.isascii() and said.isdecimal() and int(said) > 0 else None


def _telnyx(settings: Settings, *, key: str, sender: str, per_minute: int | None = None) -> Texts:
    account = TelnyxAccount(
        key=key,
        sender=sender,
        base_url=settings.telnyx_base_url or standing.stand_in(settings, "/telnyx/v2"),
        callback=standing.told_at(settings, "telnyx"),
        per_minute=per_minute,
    )
    return TelnyxTexts(account)


def mails(settings: Settings) -> Mails:
    """Return who carries letters: Resend, unless only an SMTP server is set up."""
    if settings.smtp_url is not None and settings.resend_api_key is None:
        if settings.smtp_from is None:
            return NoMails("SMTP_FROM is not set", vendor="smtp")
        url = settings.smtp_url.get_secret_value()
        return SmtpMails(SmtpAccount(url=url, sender=settings.smtp_from))
    key = standing.given(settings.resend_api_key) or standing.sandbox_key(settings, "resend")
    sender = settings.resend_from or standing.sandbox_key(settings, "resend_from")
    if not (key and sender):
        return NoMails("RESEND_API_KEY or RESEND_FROM is not set")
    return _resend(settings, key=key, sender=sender)


def _resend(settings: Settings, *, key: str, sender: str) -> Mails:
    url = settings.resend_base_url or standing.stand_in(settings, "/resend")
    return ResendMails(ResendAccount(key=key, sender=sender, base_url=url))


@dataclass(frozen=True, slots=True)
class OwnCarriers:
    """Who carries a tenant's messages: its own accounts, else the platform's."""

    own_texts: Own[Texts]
    own_mails: Own[Mails]

    def texts(self, user_ids: Collection[UUID]) -> Mapping[UUID, Texts]:
        """Return who carries these tenants' texts."""
        return self.own_texts.of_all(user_ids)

    def mails(self, user_ids: Collection[UUID]) -> Mapping[UUID, Mails]:
        """Return who carries these tenants' letters."""
        return self.own_mails.of_all(user_ids)


def carriers(
    settings: Settings, begin: Begin, keyring: Keyring, *, platform: tuple[Texts, Mails]
) -> Carriers:
    """Return who carries whose messages."""

    def twilio(facts: Mapping[str, Any]) -> Texts:
        return _twilio(
            settings,
            sid=field(facts, "account_sid", "sid"),
            token=field(facts, "auth_token", "token", "api_key"),
            sender=field(facts, "from", "messaging_service_sid", "phone_number"),
            per_minute=_allowance(facts),
        )

    def telnyx(facts: Mapping[str, Any]) -> Texts:
        sender = field(facts, "from", "messaging_profile_id", "phone_number")
        return _telnyx(
            settings, key=field(facts, "api_key"), sender=sender, per_minute=_allowance(facts)
        )

    def resend(facts: Mapping[str, Any]) -> Mails:
        sender = field(facts, "from", "sender")
        return _resend(settings, key=field(facts, "api_key"), sender=sender)

    def smtp(facts: Mapping[str, Any]) -> Mails:
        account = SmtpAccount(
            url=field(facts, "url"),
            sender=field(facts, "from", "sender"),
            only_public=standing.is_real(settings),
        )
        return SmtpMails(account)

    texts_, mails_ = platform
    return OwnCarriers(
        Own(
            begin, keyring, {"twilio": twilio, "telnyx": telnyx}, platform=texts_, broken=_no_texts
        ),
        Own(begin, keyring, {"resend": resend, "smtp": smtp}, platform=mails_, broken=_no_mails),
    )


def _no_texts(facts: Mapping[str, Any]) -> Texts:
    return NoTexts(str(facts["why"]))


def _no_mails(facts: Mapping[str, Any]) -> Mails:
    return NoMails(str(facts["why"]))


def only_to(settings: Settings) -> frozenset[str]:
    """Return who may be written to at all; nobody named: everybody."""
    words = (settings.send_only_to or "").split(",")
    return frozenset(word.strip().lstrip("@").casefold() for word in words if word.strip())


def address(settings: Settings) -> str | None:
    """Return where intake is reached from outside; in production only where it was said."""
    if standing.is_real(settings) and settings.public_url is None:
        return None
    return settings.public_address
