"""Which vendors there are, from what the operator set.

In `sandbox` and `test` every address that was not set lies below the sandbox's, and keys that
were not set are the sandbox's own: nothing can reach a real vendor by an oversight.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal
from zoneinfo import ZoneInfo

from config.kinds import Secret
from config.settings import Settings
from domain.deliveries.ports import Receivers
from domain.errors import Retryable
from domain.messages.ports import Delivery, Mail, Mails, Texts
from domain.transcripts import when
from domain.transcripts.ports import Reader
from domain.transcripts.rules import Moment
from domain.work.effects import Receipt
from providers.local.reader import LocalReader
from providers.openai.reader import Account as ModelAccount
from providers.openai.reader import OpenAIReader
from providers.receivers.post import HttpReceivers
from providers.resend.mail import Account as MailAccount
from providers.resend.mail import ResendMails
from providers.twilio.sms import Account as TextAccount
from providers.twilio.sms import TwilioTexts

MODEL: Final = "gpt-4o-mini"
SANDBOX_KEYS: Final = {
    "openai": "sk-sandbox",
    "twilio_sid": "AC" + "0" * 32,
    "twilio": "sandbox",
    "twilio_from": "+15550100000",
    "resend": "re_sandbox",
    "resend_from": "Frontdesk <frontdesk@sandbox.example>",
}


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


def readers(settings: Settings) -> Sequence[Reader]:
    """Return who reads transcripts, in order; without a model's key, the reader without a model."""
    key = _given(settings.openai_api_key)
    wanted = settings.ai_provider or ("openai" if key else "local")
    if wanted == "local":
        return [LocalReader()]
    vendor: Literal["openai", "openrouter"]
    if wanted == "openrouter":
        vendor, key, base = "openrouter", _given(settings.openrouter_api_key), "/openrouter/api/v1"
        url = settings.openrouter_base_url
    else:
        vendor, base, url = "openai", "/openai/v1", settings.openai_base_url
    fallbacks = [one.strip() for one in (settings.openai_fallback_models or "").split(",")]
    models = [settings.openai_model or MODEL, *(one for one in fallbacks if one)]
    return [
        OpenAIReader(
            ModelAccount(
                vendor=vendor,
                key=key or _sandbox(settings, "openai") or "",
                model=model,
                base_url=url or _stand_in(settings, base),
            )
        )
        for model in models
    ]


def texts(settings: Settings) -> Texts:
    """Return who carries texts."""
    sid = settings.twilio_account_sid or _sandbox(settings, "twilio_sid")
    token = _given(settings.twilio_auth_token) or _sandbox(settings, "twilio")
    sender = settings.twilio_from or _sandbox(settings, "twilio_from")
    if not (sid and token and sender):
        return NoTexts("TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN or TWILIO_FROM")
    url = settings.twilio_base_url or _stand_in(settings, "/twilio")
    return TwilioTexts(
        TextAccount(
            sid=sid, token=token, sender=sender, base_url=url, callback=_told_at(settings, "twilio")
        )
    )


def mails(settings: Settings) -> Mails:
    """Return who carries letters."""
    key = _given(settings.resend_api_key) or _sandbox(settings, "resend")
    sender = settings.resend_from or _sandbox(settings, "resend_from")
    if not (key and sender):
        return NoMails("RESEND_API_KEY or RESEND_FROM")
    url = settings.resend_base_url or _stand_in(settings, "/resend")
    return ResendMails(MailAccount(key=key, sender=sender, base_url=url))


def _told_at(settings: Settings, vendor: str) -> str | None:
    """Return where a vendor tells us; a real one only where it can reach us."""
    if _is_real(settings) and settings.public_url is None:
        return None
    return f"{settings.public_address}/webhooks/{vendor}"


def moments(
    phrase: str, said_at: datetime, zone: ZoneInfo, language: str | None
) -> Sequence[Moment]:
    """Return the moments that a phrase may mean."""
    found = when.resolve(phrase, said_at=said_at, zone=zone, language=language)
    return [
        Moment(one.starts_at, has_time=one.has_time, reading=one.reading)
        for one in found.candidates
    ]


def receivers(settings: Settings) -> Receivers:
    """Return who brings webhooks to tenants' addresses; production speaks to public ones only."""
    words = (settings.webhooks_allow or "").split(",")
    pairs = (word.strip().rpartition(":") for word in words if word.strip())
    return HttpReceivers(allowed=frozenset((host, int(port)) for host, _, port in pairs))


def only_to(settings: Settings) -> frozenset[str]:
    """Return who may be written to at all; nobody named: everybody."""
    words = (settings.send_only_to or "").split(",")
    return frozenset(word.strip().lstrip("@").casefold() for word in words if word.strip())


def _is_real(settings: Settings) -> bool:
    return settings.frontdesk_env == "production"


def _stand_in(settings: Settings, path: str) -> str | None:
    """Return the sandbox's address of a vendor; None in production: the vendor's own."""
    if _is_real(settings):
        return None
    return (settings.sandbox_url or f"http://127.0.0.1:{settings.sandbox_port}") + path


def _sandbox(settings: Settings, name: str) -> str | None:
    return None if _is_real(settings) else SANDBOX_KEYS[name]


def _given(secret: Secret | None) -> str | None:
    return secret.get_secret_value() if secret else None
