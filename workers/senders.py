"""Who sends us notices, and by which secrets they are known, from what the operator set."""

from collections.abc import Mapping
from typing import Final

from config.kinds import Secret
from config.settings import Settings
from domain.webhooks.addresses import Addresses
from domain.webhooks.ports import Notices
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
from workers.vendors import SANDBOX_KEYS

SANDBOX_RESEND: Final = "whsec_c2FuZGJveC1zYW5kYm94LXNhbmRib3g="
"""What the sandbox's Resend signs with where nothing was set."""


def notices(settings: Settings, addresses: Addresses) -> Mapping[str, Notices]:
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
        VapiNotices(
            secrets=_both(settings.vapi_webhook_secret, settings.vapi_webhook_secret_previous)
        ),
        RetellNotices(
            secrets=_both(settings.retell_api_key, settings.retell_webhook_secret_previous)
        ),
        TelnyxNotices(
            public_keys=_both(settings.telnyx_public_key, settings.telnyx_webhook_secret_previous)
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


def _both(newest: Secret | None, previous: Secret | None, *, stand_in: str = "") -> list[str]:
    """Return the secrets that stand while one is rotated, the newest first."""
    given = [one.get_secret_value() for one in (newest, previous) if one is not None]
    return given if newest is not None or not stand_in else [stand_in, *given]


def _sandbox(settings: Settings, secret: str) -> str:
    return "" if settings.frontdesk_env == "production" else secret
