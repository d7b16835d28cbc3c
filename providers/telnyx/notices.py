"""What Telnyx tells us of texts and calls, signed with Ed25519 by the account's key pair."""

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast
from urllib.parse import parse_qs, urlsplit

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from domain.webhooks.news import CallNews, MessageMoved, MessageReceived, News
from domain.webhooks.ports import Arrival, Label
from providers import signing
from providers.telling import Facts, amount, facts_of, needed, part, phone, text

MESSAGES: Final = {
    "sent": "sent",
    "delivered": "delivered",
    "read": "delivered",
    "delivery_unconfirmed": "sent",
    "delivery_failed": "undelivered",
    "sending_failed": "failed",
    "expired": "undelivered",
}
CALLS: Final = {
    "call.initiated": "ringing",
    "call.answered": "in_progress",
    "call.bridged": "in_progress",
    "call.recording.saved": None,
}
HANGUPS: Final = {
    "normal_clearing": "completed",
    "time_limit": "completed",
    "user_busy": "busy",
    "timeout": "no_answer",
    "no_answer": "no_answer",
    "originator_cancel": "cancelled",
}
"""All other causes are failures."""

SIP_BUSY: Final = frozenset({"486", "600"})


@dataclass(frozen=True, slots=True, kw_only=True)
class TelnyxNotices:
    """JSON, signed over time and body."""

    public_keys: signing.Secrets
    vendor: str = "telnyx"
    is_of_integrations: bool = False

    def refusal(self, arrival: Arrival) -> str | None:
        """Check time and body under either public key."""
        if not any(self.public_keys):
            return signing.not_set_up("TELNYX_PUBLIC_KEY")
        at = arrival.headers.get("telnyx-timestamp", "")
        given = arrival.headers.get("telnyx-signature-ed25519")
        seconds = signing.number(at)
        if seconds is None or not given:
            return signing.UNSIGNED
        signed = f"{at}|".encode() + arrival.body
        if not any(_is_signed(key, given, signed) for key in self.public_keys if key):
            return signing.WRONG
        return signing.STALE if signing.is_stale(seconds, arrival.at) else None

    def label(self, arrival: Arrival) -> Label:
        """Name it by the event's own id."""
        data = part(facts_of(arrival.body), "data")
        return Label(needed(data, "id"), needed(data, "event_type"))

    def read(self, arrival: Arrival) -> Sequence[News]:
        """Say what it tells of a text or a call."""
        data = part(facts_of(arrival.body), "data")
        kind, payload = needed(data, "event_type"), part(data, "payload")
        if kind == "message.received":
            return [_received(payload)]
        if kind in {"message.sent", "message.finalized"}:
            return _moved(payload, arrival.target)
        if kind == "call.hangup":
            return [_call(data, payload, _hangup(payload))]
        return [_call(data, payload, CALLS[kind])] if kind in CALLS else []

    def handshake(self, arrival: Arrival) -> str | None:
        """Telnyx asks for nothing beforehand."""
        del arrival


def _is_signed(public_key: str, signature: str, signed: bytes) -> bool:
    try:
        key = Ed25519PublicKey.from_public_bytes(base64.b64decode(public_key, validate=True))
        key.verify(base64.b64decode(signature, validate=True), signed)
    except (ValueError, binascii.Error, InvalidSignature):
        return False
    return True


def first(payload: Facts, name: str) -> Facts:
    """Return the first of several; a text of ours goes to one."""
    several: object = payload.get(name)
    found = cast("list[object]", several)[0] if isinstance(several, list) and several else None
    return cast("Facts", found) if isinstance(found, dict) else {}


def _moved(payload: Facts, target: str) -> Sequence[News]:
    status = MESSAGES.get(text(first(payload, "to"), "status") or "")
    if status is None:
        return []
    cost: Mapping[str, Any] = part(payload, "cost")
    return [
        MessageMoved(
            provider="telnyx",
            reference=needed(payload, "id"),
            status=status,
            key=next(iter(parse_qs(urlsplit(target).query).get("rid", [])), None),
            error=text(first(payload, "errors"), "code"),
            segments=payload.get("parts"),
            cost=amount(cost.get("amount")),
            currency=text(cost, "currency"),
        )
    ]


def _received(payload: Facts) -> MessageReceived:
    return MessageReceived(
        provider="telnyx",
        reference=needed(payload, "id"),
        ours=needed(first(payload, "to"), "phone_number"),
        theirs=needed(part(payload, "from"), "phone_number"),
        body=text(payload, "text") or "",
        segments=payload.get("parts"),
    )


def _hangup(payload: Facts) -> str:
    if str(payload.get("sip_hangup_cause")) in SIP_BUSY:
        return "busy"
    return HANGUPS.get(text(payload, "hangup_cause") or "", "failed")


def _call(data: Facts, payload: Facts, status: str | None) -> CallNews:
    direction = text(payload, "direction")
    is_outbound = None if direction is None else direction.startswith("out")
    ours, theirs = phone(payload.get("to")), phone(payload.get("from"))
    if is_outbound:
        ours, theirs = theirs, ours
    started = signing.moment(payload.get("start_time") or data.get("occurred_at"))
    ended = signing.moment(payload.get("end_time"))
    return CallNews(
        provider="telnyx",
        call_id=needed(payload, "call_control_id", "call_leg_id"),
        status=status,
        is_outbound=is_outbound,
        ours=ours,
        theirs=theirs,
        started_at=started,
        duration=ended - started if started and ended and ended > started else None,
        recording_url=text(part(payload, "recording_urls"), "mp3", "wav"),
    )
