"""Addresses and secrets for notices of one tenant's own account, or of one integration.

They are derived from our keys and kept nowhere: an address proves that we gave it out, and
for whom; a secret, that the vendor was told it by us. Both stand under a rotated key as long
as the key stands in ENCRYPTION_KEYS.
"""

import base64
import binascii
import hmac
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from domain.sealing import Keyring

PROOF: Final = 12
"""Bytes of an address's proof: nobody guesses 96 bits over the network."""


@dataclass(frozen=True, slots=True)
class Addresses:
    """Gives out addresses and secrets, and knows its own again."""

    keyring: Keyring

    def token(self, provider: str, subject: UUID) -> str:
        """Return what stands behind the vendor's name in the path of this subject's address."""
        return _written(subject, self._proofs(provider, subject)[0])

    def subject(self, provider: str, token: str) -> UUID | None:
        """Return whose address a token is; None where we did not give it out."""
        try:
            raw = base64.urlsafe_b64decode(token.encode("ascii") + b"==")
            subject = UUID(bytes=raw[:16])
        except (ValueError, binascii.Error):
            return None
        given = token.encode()
        found = [
            hmac.compare_digest(given, _written(subject, proof).encode())
            for proof in self._proofs(provider, subject)
        ]
        return subject if any(found) else None

    def secrets(self, provider: str, subject: UUID) -> list[str]:
        """Return the secrets by which the vendor signs for this subject, newest first."""
        macs = self.keyring.macs(f"{provider}|{subject}", purpose="webhook secret")
        return [base64.urlsafe_b64encode(mac).decode().rstrip("=") for mac in macs]

    def _proofs(self, provider: str, subject: UUID) -> list[bytes]:
        macs = self.keyring.macs(f"{provider}|{subject}", purpose="webhook address")
        return [mac[:PROOF] for mac in macs]


def _written(subject: UUID, proof: bytes) -> str:
    return base64.urlsafe_b64encode(subject.bytes + proof).decode().rstrip("=")
