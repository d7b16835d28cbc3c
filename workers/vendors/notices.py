"""Who sends us notices, and by which secrets they are known, from what the operator set."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from config.kinds import Secret
from config.settings import Settings
from domain.database import Begin
from domain.sealing import Keyring
from domain.webhooks.addresses import Addresses
from domain.webhooks.news import News
from domain.webhooks.ports import Arrival, Label, Notices
from domain.webhooks.senders import Senders
from providers.bland.notices import BlandNotices
from providers.calcom.notices import CalcomNotices
from providers.google.notices import GoogleNotices
from providers.graph.notices import GraphNotices
from providers.resend.notices import ResendNotices
from providers.retell.notices import RetellNotices
from providers.stripe.notices import StripeNotices
from providers.telnyx.notices import TelnyxNotices
from providers.twilio.notices import TwilioNotices
from providers.vapi.notices import VapiNotices
from workers.vendors.own import Own
from workers.vendors.own import field as credential
from workers.vendors.standing import SANDBOX_KEYS

SANDBOX_RESEND: Final = "whsec_c2FuZGJveC1zYW5kYm94LXNhbmRib3g="
"""What the sandbox's Resend signs with where nothing was set."""

SANDBOX_VAPI: Final = "sandbox-of-vapi"
"""What the sandbox's Vapi signs with where nothing was set."""


OWN: Final[Mapping[str, Callable[[Mapping[str, Any], str], Notices]]] = {
    "twilio": lambda facts, at: TwilioNotices(
        tokens=_brought(facts, "auth_token", "token", "api_key"), public_url=at
    ),
    "telnyx": lambda facts, _: TelnyxNotices(public_keys=_brought(facts, "public_key")),
    "resend": lambda facts, _: ResendNotices(secrets=_brought(facts, "webhook_secret")),
    "vapi": lambda facts, _: VapiNotices(secrets=_brought(facts, "webhook_secret")),
    "retell": lambda facts, _: RetellNotices(secrets=_brought(facts, "api_key")),
    "bland": lambda facts, _: BlandNotices(secrets=_brought(facts, "webhook_secret")),
}
"""By what a tenant's own account is known, of the credentials that it brought."""


@dataclass(frozen=True, slots=True)
class Unusable:
    """A tenant's own account that nobody can check notices of: they are refused, and say why."""

    of: Notices
    why: str

    @property
    def vendor(self) -> str:
        """Return the vendor's name."""
        return self.of.vendor

    @property
    def is_of_integrations(self) -> bool:
        """Tell whether an address is an integration's."""
        return self.of.is_of_integrations

    def refusal(self, arrival: Arrival) -> str | None:
        """Believe nothing."""
        del arrival
        return self.why

    def label(self, arrival: Arrival) -> Label:
        """Name it as the vendor does."""
        return self.of.label(arrival)

    def read(self, arrival: Arrival) -> Sequence[News]:
        """Say what it tells."""
        return self.of.read(arrival)

    def handshake(self, arrival: Arrival) -> str | None:
        """Answer as the platform does."""
        return self.of.handshake(arrival)


def senders(settings: Settings, begin: Begin, keyring: Keyring) -> Senders:
    """Return who sends us notices: the platform's vendors, and tenants' own accounts at them."""
    addresses = Addresses(keyring)
    vendors = platform(settings, addresses)
    at = settings.public_address
    owns = {name: _own(begin, keyring, vendors[name], make, at) for name, make in OWN.items()}

    def own(provider: str, user_id: UUID) -> Notices | None:
        return owns[provider].of(user_id) if provider in owns else None

    return Senders(vendors=vendors, addresses=addresses, begin=begin, own=own)


def _own(
    begin: Begin,
    keyring: Keyring,
    of: Notices,
    make: Callable[[Mapping[str, Any], str], Notices],
    at: str,
) -> Own[Notices]:
    return Own(
        begin,
        keyring,
        {of.vendor: lambda facts: make(facts, at)},
        platform=of,
        broken=lambda facts: Unusable(of, str(facts["why"])),
    )


def _brought(facts: Mapping[str, Any], *names: str) -> list[str]:
    """Return a tenant's secret, and the one before it while it rotates it."""
    previous = facts.get(f"{names[0]}_previous")
    return [credential(facts, *names), *([str(previous)] if previous else [])]


def platform(settings: Settings, addresses: Addresses) -> Mapping[str, Notices]:
    """Return what each vendor's notices are checked and understood by."""
    made: list[Notices] = [
        TwilioNotices(
            tokens=_both(
                settings.twilio_auth_token,
                settings.twilio_webhook_secret_previous,
                stand_in=_sandbox(settings, SANDBOX_KEYS["twilio"]),
            ),
            public_url=settings.public_address,
        ),
        ResendNotices(secrets=resend_secrets(settings)),
        StripeNotices(
            secrets=_both(settings.stripe_webhook_secret, settings.stripe_webhook_secret_previous)
        ),
        VapiNotices(secrets=_vapi_secrets(settings)),
        RetellNotices(
            secrets=_both(
                settings.retell_api_key,
                settings.retell_webhook_secret_previous,
                stand_in=_sandbox(settings, SANDBOX_KEYS["retell"]),
            )
        ),
        TelnyxNotices(
            public_keys=_both(
                settings.telnyx_public_key,
                settings.telnyx_webhook_secret_previous,
                stand_in=_sandbox(settings, SANDBOX_KEYS["telnyx_public"]),
            )
        ),
        BlandNotices(
            secrets=_both(settings.bland_webhook_secret, settings.bland_webhook_secret_previous)
        ),
        CalcomNotices(addresses=addresses),
        GoogleNotices(addresses=addresses),
        GraphNotices(addresses=addresses),
    ]
    return {one.vendor: one for one in made}


def resend_secrets(settings: Settings) -> list[str]:
    """Return what Resend signs with; the sandbox's own where nothing was set."""
    return _both(
        settings.resend_webhook_secret,
        settings.resend_webhook_secret_previous,
        stand_in=_sandbox(settings, SANDBOX_RESEND),
    )


def call_secrets(settings: Settings) -> Mapping[str, str]:
    """Return what the sandbox's vendors of calls sign with; Retell does by the caller's own key."""
    return {"vapi": _vapi_secrets(settings)[0], "retell": ""}


def _vapi_secrets(settings: Settings) -> list[str]:
    return _both(
        settings.vapi_webhook_secret,
        settings.vapi_webhook_secret_previous,
        stand_in=_sandbox(settings, SANDBOX_VAPI),
    )


def _both(newest: Secret | None, previous: Secret | None, *, stand_in: str = "") -> list[str]:
    """Return the secrets that stand while one is rotated, the newest first."""
    given = [one.get_secret_value() for one in (newest, previous) if one is not None]
    return given if newest is not None or not stand_in else [stand_in, *given]


def _sandbox(settings: Settings, secret: str) -> str:
    return "" if settings.frontdesk_env == "production" else secret
