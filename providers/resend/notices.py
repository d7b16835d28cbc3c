"""What Resend tells us of letters, signed as Svix signs."""

import base64
import binascii
import hmac
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from domain.webhooks.news import MessageMoved, News
from domain.webhooks.ports import Arrival, Label
from providers import signing
from providers.resend.mail import STATUSES, WORTH_SAYING
from providers.telling import facts_of, needed, part, text

SENT: Final = {"sent": "sent", **STATUSES}


@dataclass(frozen=True, slots=True, kw_only=True)
class ResendNotices:
    """JSON, signed with the secret of the address (whsec_...)."""

    secrets: signing.Secrets = field(repr=False)
    vendor: str = "resend"
    is_of_integrations: bool = False

    def refusal(self, arrival: Arrival) -> str | None:
        """Check id, time and body, under either secret."""
        name, at, given = (
            arrival.headers.get(f"svix-{word}") for word in ("id", "timestamp", "signature")
        )
        if not any(self.secrets):
            return signing.not_set_up("RESEND_WEBHOOK_SECRET")
        seconds = signing.number(at or "")
        if not name or not given or at is None or seconds is None:
            return signing.UNSIGNED
        signed = f"{name}.{at}.".encode() + arrival.body
        wanted = [_signature(secret, signed) for secret in self.secrets if secret]
        versions = [one.partition(",") for one in given.split()]
        if not signing.is_any([word for v, _, word in versions if v == "v1"], wanted):
            return signing.WRONG
        return signing.STALE if signing.is_stale(seconds, arrival.at) else None

    def label(self, arrival: Arrival) -> Label:
        """Name it by Svix's own id: the same for every try."""
        kind = needed(facts_of(arrival.body), "type")
        return Label(arrival.headers["svix-id"], kind)

    def read(self, arrival: Arrival) -> Sequence[News]:
        """Say what it tells of a letter."""
        told = facts_of(arrival.body)
        family, _, word = needed(told, "type").partition(".")
        if family != "email" or word not in SENT:
            return []
        data = part(told, "data")
        return [
            MessageMoved(
                provider=self.vendor,
                reference=needed(data, "email_id"),
                status=SENT[word],
                error=_why(word, text(part(data, "bounce"), "type")),
            )
        ]

    def handshake(self, arrival: Arrival) -> str | None:
        """Resend asks for nothing beforehand."""
        del arrival


def _why(word: str, kind: str | None) -> str | None:
    if word not in WORTH_SAYING:
        return None
    return f"{word}: {kind}" if kind else word


def _signature(secret: str, signed: bytes) -> str:
    try:
        key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    except binascii.Error:
        return ""
    return base64.b64encode(hmac.digest(key, signed, "sha256")).decode() if key else ""
