"""Signatures as Standard Webhooks wants them: over the id, the moment and the very bytes sent.

Each secret gives a signature of its own, so that a receiver that knows only the old one, or
only the new one, verifies while a secret is rotated.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Sequence
from typing import Final
from uuid import UUID

PREFIX: Final = "whsec_"
VERSION: Final = "v1"


def key_of(secret: str) -> bytes:
    """Return the key that a secret means: base64 behind `whsec_`, else the text's own bytes."""
    if secret.startswith(PREFIX):
        try:
            word = secret.removeprefix(PREFIX)
            return base64.b64decode(word + "=" * (-len(word) % 4), validate=True)
        except binascii.Error:
            pass  # a word of the tenant's own that only begins so
    return secret.encode()


def headers(
    delivery_id: UUID, body: bytes, *, moment: int, secrets: Sequence[str]
) -> dict[str, str]:
    """Return the three headers by which a receiver knows that it was us, and when, and what."""
    signed = f"{delivery_id}.{moment}.".encode() + body
    digests = [hmac.digest(key_of(secret), signed, hashlib.sha256) for secret in secrets]
    return {
        "webhook-id": str(delivery_id),
        "webhook-timestamp": str(moment),
        "webhook-signature": " ".join(
            f"{VERSION},{base64.b64encode(digest).decode()}" for digest in digests
        ),
    }
