"""Who carries texts and letters, from what the operator set."""

from dataclasses import dataclass
from datetime import datetime

from config.settings import Settings
from domain.errors import Retryable
from domain.messages.ports import Delivery, Mail, Mails, Texts
from domain.work.effects import Receipt
from providers.resend.mail import Account as MailAccount
from providers.resend.mail import ResendMails
from providers.twilio.sms import Account as TextAccount
from providers.twilio.sms import TwilioTexts
from workers.vendors import standing


@dataclass(slots=True)
class NoTexts:
    """A carrier that nobody has set up: rows wait for it, and say which variable is missing."""

    missing: str
    vendor: str = "twilio"
    is_keyed: bool = True  # nothing ever reaches anybody

    def send(self, *, to: str, body: str, key: str) -> Receipt:
        """Say what is missing."""
        del to, body, key
        raise Retryable(f"{self.missing} is not set")

    def find(self, *, to: str, body: str, since: datetime) -> Receipt | None:
        """Say what is missing."""
        del to, body, since
        raise Retryable(f"{self.missing} is not set")

    def status(self, reference: str) -> Delivery:
        """Say what is missing."""
        del reference
        raise Retryable(f"{self.missing} is not set")


@dataclass(slots=True)
class NoMails:
    """A post office that nobody has set up."""

    missing: str
    vendor: str = "resend"
    is_keyed: bool = True

    def send(self, mail: Mail, *, key: str) -> Receipt:
        """Say what is missing."""
        del mail, key
        raise Retryable(f"{self.missing} is not set")

    def find(self, mail: Mail, *, since: datetime) -> Receipt | None:
        """Say what is missing."""
        del mail, since
        raise Retryable(f"{self.missing} is not set")

    def status(self, reference: str) -> Delivery:
        """Say what is missing."""
        del reference
        raise Retryable(f"{self.missing} is not set")


def texts(settings: Settings) -> Texts:
    """Return who carries texts."""
    sid = settings.twilio_account_sid or standing.sandbox_key(settings, "twilio_sid")
    token = standing.given(settings.twilio_auth_token) or standing.sandbox_key(settings, "twilio")
    sender = settings.twilio_from or standing.sandbox_key(settings, "twilio_from")
    if not (sid and token and sender):
        return NoTexts("TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN or TWILIO_FROM")
    url = settings.twilio_base_url or standing.stand_in(settings, "/twilio")
    told = standing.told_at(settings, "twilio")
    return TwilioTexts(
        TextAccount(
            sid=sid,
            token=token,
            sender=sender,
            base_url=url,
            callback=told,
        )
    )


def mails(settings: Settings) -> Mails:
    """Return who carries letters."""
    key = standing.given(settings.resend_api_key) or standing.sandbox_key(settings, "resend")
    sender = settings.resend_from or standing.sandbox_key(settings, "resend_from")
    if not (key and sender):
        return NoMails("RESEND_API_KEY or RESEND_FROM")
    url = settings.resend_base_url or standing.stand_in(settings, "/resend")
    return ResendMails(MailAccount(key=key, sender=sender, base_url=url))


def only_to(settings: Settings) -> frozenset[str]:
    """Return who may be written to at all; nobody named: everybody."""
    words = (settings.send_only_to or "").split(",")
    return frozenset(word.strip().lstrip("@").casefold() for word in words if word.strip())
