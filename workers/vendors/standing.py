"""Where a vendor is reached and by which key, from what the operator set.

In `sandbox` and `test` every address that was not set lies below the sandbox's, and keys that
were not set are the sandbox's own: nothing can reach a real vendor by an oversight.
"""

from typing import Final

from config.kinds import Secret
from config.settings import Settings

SANDBOX_KEYS: Final = {
    "openai": "sk-sandbox",
    "twilio_sid": "AC" + "0" * 32,
    "twilio": "sandbox",
    "twilio_from": "+12125550000",
    "telnyx": "KEY_sandbox",
    "telnyx_from": "+12125550001",
    "telnyx_public": "yJ8xMEv48xtS2hZHxsYVy+wccT/hpzkg4awrSgslmxo=",
    "vapi": "sandbox-vapi",
    "retell": "key_sandbox",
    "resend": "re_sandbox",
    "google_client": "sandbox.apps.example",
    "google": "sandbox",
    "stripe": "sk_test_sandbox",
    "resend_from": "Frontdesk <frontdesk@sandbox.example>",
}


def told_at(settings: Settings, vendor: str) -> str | None:
    """Return where a vendor tells us; a real one only where it can reach us."""
    if is_real(settings) and settings.public_url is None:
        return None
    return f"{settings.public_address}/webhooks/{vendor}"


def is_real(settings: Settings) -> bool:
    """Tell whether real vendors are spoken to."""
    return settings.frontdesk_env == "production"


def stand_in(settings: Settings, path: str) -> str | None:
    """Return the sandbox's address of a vendor; None in production: the vendor's own."""
    if is_real(settings):
        return None
    return (settings.sandbox_url or f"http://127.0.0.1:{settings.sandbox_port}") + path


def sandbox_key(settings: Settings, name: str) -> str | None:
    """Return what the sandbox takes for a key; None in production."""
    return None if is_real(settings) else SANDBOX_KEYS[name]


def given(secret: Secret | None) -> str | None:
    """Return a secret as an adapter wants it."""
    return secret.get_secret_value() if secret else None
