"""What vendors send, made and signed here as each of them does: by other code than ours."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from twilio.request_validator import RequestValidator

from domain.webhooks.addresses import Addresses
from domain.webhooks.ports import Arrival, Notices, token_of
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
from tests.support.slice import KEYS

PUBLIC = "https://desk.example.com"
AT = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
OURS, THEIRS = "+12125550111", "+12125550222"
SAID = "Agent: Good morning.\nCaller: A visit tomorrow at two, please."
TENANT = UUID("01934f00-0000-7000-8000-000000000001")
INTEGRATION = UUID("01934f00-0000-7000-8000-000000000002")
ADDRESSES = Addresses(KEYS)

NEW, OLD = (
    "whsec_" + base64.b64encode(b"n" * 24).decode(),
    "whsec_" + base64.b64encode(b"o" * 24).decode(),
)
PAIRS = {word: Ed25519PrivateKey.from_private_bytes(word.encode() * 32) for word in "no"}


def public(word: str) -> str:
    return base64.b64encode(PAIRS[word].public_key().public_bytes_raw()).decode()


@dataclass(frozen=True)
class Post:
    """A notice on its way to us."""

    target: str
    headers: Mapping[str, str]
    body: bytes

    def arrival(self, at: datetime = AT) -> Arrival:
        provider = self.target.split("/")[2].partition("?")[0]
        return Arrival(
            target=self.target,
            headers=self.headers,
            body=self.body,
            at=at,
            subject=ADDRESSES.subject(provider, token_of(self.target)),
        )


Sign = Callable[[str, bytes, str, datetime], dict[str, str]]
"""From target, body, secret and moment: the headers."""


@dataclass(frozen=True)
class Sender:
    """One vendor: its events of one call or message, in the order in which they happen."""

    notices: Notices
    sign: Sign
    events: Mapping[str, Any]
    target: str
    secrets: tuple[str, str] = (NEW, OLD)
    is_form: bool = False
    has_time: bool = True
    signs_body: bool = True
    fixed: Mapping[str, str] = field(default_factory=dict[str, str])

    def post(self, event: str, *, secret: str | None = None, at: datetime = AT) -> Post:
        told = self.events[event]
        body = urlencode(told).encode() if self.is_form else _json(told)
        if told is None:
            body = b""
        headers = self.sign(self.target, body, secret or self.secrets[0], at)
        kind = "application/x-www-form-urlencoded" if self.is_form else "application/json"
        own = {name: value.format(event=event) for name, value in self.fixed.items()}
        return Post(self.target, {"content-type": kind, **headers, **own}, body)


def _json(told: Any) -> bytes:
    return json.dumps(told).encode()


def _hex(secret: str, signed: bytes) -> str:
    return hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()


def _twilio(target: str, body: bytes, secret: str, _: datetime) -> dict[str, str]:
    form = dict(pair.split("=", 1) for pair in body.decode().split("&"))
    plain = {name: _unquoted(value) for name, value in form.items()}
    signature = RequestValidator(secret).compute_signature(PUBLIC + target, plain)
    return {"x-twilio-signature": signature}


def _unquoted(value: str) -> str:
    out = value.replace("+", " ")
    return bytes(
        int(out[n + 1 : n + 3], 16) if out[n] == "%" else ord(out[n])
        for n in range(len(out))
        if not (n >= 1 and out[n - 1] == "%") and not (n >= 2 and out[n - 2] == "%")
    ).decode()


def _svix(_: str, body: bytes, secret: str, at: datetime) -> dict[str, str]:
    name, seconds = "msg_" + hashlib.sha256(body).hexdigest()[:20], str(int(at.timestamp()))
    key = base64.b64decode(secret.removeprefix("whsec_"))
    digest = hmac.new(key, f"{name}.{seconds}.".encode() + body, hashlib.sha256).digest()
    signature = "v1," + base64.b64encode(digest).decode()
    return {"svix-id": name, "svix-timestamp": seconds, "svix-signature": signature}


def _stripe(_: str, body: bytes, secret: str, at: datetime) -> dict[str, str]:
    seconds = int(at.timestamp())
    return {"stripe-signature": f"t={seconds},v1={_hex(secret, f'{seconds}.'.encode() + body)}"}


def _vapi(_: str, body: bytes, secret: str, at: datetime) -> dict[str, str]:
    seconds = str(int(at.timestamp()))
    signature = _hex(secret, f"{seconds}.".encode() + body)
    return {"x-vapi-signature": signature, "x-vapi-timestamp": seconds}


def _retell(_: str, body: bytes, secret: str, at: datetime) -> dict[str, str]:
    at_ms = str(int(at.timestamp() * 1000))
    return {"x-retell-signature": f"v={at_ms},d={_hex(secret, body + at_ms.encode())}"}


def _telnyx(_: str, body: bytes, secret: str, at: datetime) -> dict[str, str]:
    seconds = str(int(at.timestamp()))
    pair = next(PAIRS[word] for word in PAIRS if public(word) == secret)
    signature = base64.b64encode(pair.sign(f"{seconds}|".encode() + body)).decode()
    return {"telnyx-timestamp": seconds, "telnyx-signature-ed25519": signature}


def _bland(_: str, body: bytes, secret: str, at: datetime) -> dict[str, str]:
    del at
    return {"x-webhook-signature": _hex(secret, body)}


def _calcom(_: str, body: bytes, secret: str, at: datetime) -> dict[str, str]:
    del at
    return {"x-cal-signature-256": _hex(secret, body)}


def _google(_: str, body: bytes, secret: str, at: datetime) -> dict[str, str]:
    del body, at
    return {"x-goog-channel-token": secret}


def _graph(_: str, body: bytes, secret: str, at: datetime) -> dict[str, str]:
    del body, secret, at
    return {}


def derived(vendor: str) -> tuple[str, str]:
    secret = ADDRESSES.secrets(vendor, INTEGRATION)[0]
    return (secret, secret)


def of_integration(vendor: str) -> str:
    return f"/webhooks/{vendor}/{ADDRESSES.token(vendor, INTEGRATION)}"


def of_tenant(vendor: str, tenant: UUID = TENANT) -> str:
    return f"/webhooks/{vendor}/{ADDRESSES.token(vendor, tenant)}"


def _call(status: str, **more: str) -> dict[str, str]:
    base = {"AccountSid": "AC1", "CallSid": "CA1", "Direction": "inbound", "ApiVersion": "2010"}
    return {**base, "CallStatus": status, "To": OURS, "From": THEIRS, **more}


TWILIO = {
    "ringing": _call("ringing"),
    "in-progress": _call("in-progress"),
    "completed": _call("completed", CallDuration="61"),
    "recording": {
        "AccountSid": "AC1",
        "CallSid": "CA1",
        "RecordingSid": "RE1",
        "RecordingStatus": "completed",
        "RecordingUrl": "https://api.example.com/RE1",
    },
    "transcription": {
        "AccountSid": "AC1",
        "CallSid": "CA1",
        "TranscriptionSid": "TR1",
        "TranscriptionStatus": "completed",
        "TranscriptionText": SAID,
    },
}
"""Events of one call; of a text see `text`."""


def text(status: str, reference: str = "SM1", **more: str) -> dict[str, str]:
    """Return what Twilio tells of a text of ours."""
    base = {"AccountSid": "AC1", "ApiVersion": "2010-04-01", "From": OURS, "To": THEIRS}
    return {**base, "MessageSid": reference, "SmsSid": reference, "MessageStatus": status, **more}


def _vapi_told(kind: str, at: int, **more: Any) -> dict[str, Any]:
    call = {"id": "01934f00-aaaa-7000-8000-000000000009", "type": "inboundPhoneCall"}
    numbers = {"phoneNumber": {"number": OURS}, "customer": {"number": THEIRS}}
    return {"message": {"type": kind, "timestamp": at, "call": call, **numbers, **more}}


def _retell_told(event: str, status: str, **more: Any) -> dict[str, Any]:
    call = {
        "call_type": "phone_call",
        "call_id": "call_1",
        "agent_id": "agent_1",
        "call_status": status,
        "direction": "inbound",
        "from_number": THEIRS,
        "to_number": OURS,
        "start_timestamp": 1795176000000,
    }
    return {"event": event, "call": {**call, **more}}


def _telnyx_told(number: int, kind: str, **payload: Any) -> dict[str, Any]:
    data = {
        "record_type": "event",
        "event_type": kind,
        "id": f"01934f00-bbbb-7000-8000-00000000000{number}",
        "occurred_at": "2026-11-20T12:00:00.000000Z",
        "payload": payload,
    }
    return {"data": data, "meta": {"attempt": 1, "delivered_to": PUBLIC}}


TELNYX_CALL = {
    "call_control_id": "v3:1",
    "call_leg_id": "leg",
    "call_session_id": "session",
    "connection_id": "7",
    "client_state": None,
    "direction": "incoming",
    "from": THEIRS,
    "to": OURS,
}
ENDED = {"start_time": "2026-11-20T12:00:00Z", "end_time": "2026-11-20T12:01:01Z"}
SUBSCRIPTION = {
    "id": "sub_1",
    "object": "subscription",
    "customer": "cus_1",
    "status": "active",
    "metadata": {"user_id": str(TENANT)},
    "items": {"data": [{"current_period_start": 1795176000, "current_period_end": 1797768000}]},
}
BOOKING = {"uid": "b1", "startTime": "2026-11-23T09:00:00Z", "endTime": "2026-11-23T10:00:00Z"}


def _stripe_told(number: int, kind: str, thing: Any) -> dict[str, Any]:
    return {"id": f"evt_{number}", "object": "event", "type": kind, "data": {"object": thing}}


def _graph_told(number: int, **more: Any) -> dict[str, Any]:
    state = derived("graph")[0]
    base = {"subscriptionId": "s", "clientState": state, "tenantId": "t", "resource": "r"}
    return {"value": [{**base, "id": f"n{number}", **more}]}


def senders() -> dict[str, Sender]:
    """Return every vendor, its newest secret first."""
    retell_end = {
        "end_timestamp": 1795176061000,
        "duration_ms": 61000,
        "disconnection_reason": "user_hangup",
        "transcript": SAID,
    }
    made = [
        Sender(
            notices=TwilioNotices(tokens=(NEW, OLD), public_url=PUBLIC),
            sign=_twilio,
            events=TWILIO,
            target=of_tenant("twilio"),
            is_form=True,
            has_time=False,
        ),
        Sender(
            notices=ResendNotices(secrets=(NEW, OLD)),
            sign=_svix,
            events={
                word: {
                    "type": f"email.{word}",
                    "created_at": "2026-11-20T12:00:00.000Z",
                    "data": {"email_id": "E1", "to": ["x@example.com"], "subject": "s"},
                }
                for word in ("sent", "delivered", "complained")
            },
            target="/webhooks/resend",
        ),
        Sender(
            notices=StripeNotices(secrets=(NEW, OLD)),
            sign=_stripe,
            events={
                "created": _stripe_told(1, "customer.subscription.created", SUBSCRIPTION),
                "paid": _stripe_told(
                    2,
                    "invoice.paid",
                    {
                        "id": "in_1",
                        "customer": "cus_1",
                        "parent": {"subscription_details": {"subscription": "sub_1"}},
                    },
                ),
                "deleted": _stripe_told(3, "customer.subscription.deleted", SUBSCRIPTION),
            },
            target="/webhooks/stripe",
        ),
        Sender(
            notices=VapiNotices(secrets=(NEW, OLD)),
            sign=_vapi,
            events={
                "ringing": _vapi_told("status-update", 1, status="ringing"),
                "in-progress": _vapi_told("status-update", 2, status="in-progress"),
                "ended": _vapi_told("status-update", 3, status="ended"),
                "report": _vapi_told(
                    "end-of-call-report",
                    4,
                    endedReason="customer-ended-call",
                    startedAt="2026-11-20T12:00:00.000Z",
                    durationSeconds=61.4,
                    cost=0.05,
                    artifact={"transcript": SAID, "recordingUrl": "https://v.example.com/r"},
                ),
            },
            target=of_tenant("vapi"),
        ),
        Sender(
            notices=RetellNotices(secrets=(NEW, OLD)),
            sign=_retell,
            events={
                "started": _retell_told("call_started", "ongoing"),
                "ended": _retell_told("call_ended", "ended", **retell_end),
                "analyzed": _retell_told(
                    "call_analyzed",
                    "ended",
                    **retell_end,
                    call_analysis={"call_summary": "A visit."},
                    call_cost={
                        "product_costs": [],
                        "total_duration_seconds": 61,
                        "total_duration_unit_price": 0.2,
                        "combined_cost": 12.5,
                    },
                ),
            },
            target=of_tenant("retell"),
        ),
        Sender(
            notices=TelnyxNotices(public_keys=(public("n"), public("o"))),
            sign=_telnyx,
            events={
                "initiated": _telnyx_told(1, "call.initiated", **TELNYX_CALL, state="parked"),
                "answered": _telnyx_told(2, "call.answered", **TELNYX_CALL, state="answered"),
                "hangup": _telnyx_told(
                    3,
                    "call.hangup",
                    **TELNYX_CALL,
                    **ENDED,
                    state="hangup",
                    hangup_cause="normal_clearing",
                ),
                "recorded": _telnyx_told(
                    4,
                    "call.recording.saved",
                    **TELNYX_CALL,
                    recording_urls={"mp3": "https://t.example.com/r.mp3"},
                ),
            },
            target=of_tenant("telnyx"),
            secrets=(public("n"), public("o")),
        ),
        Sender(
            notices=BlandNotices(secrets=(NEW, OLD)),
            sign=_bland,
            events={
                "started": {"call_id": "b1", "queue_status": "started", "to": OURS, "from": THEIRS},
                "completed": {
                    "call_id": "b1",
                    "completed": True,
                    "inbound": True,
                    "to": OURS[1:],
                    "from": THEIRS,
                    "call_length": 1.02,
                    "price": 0.09,
                    "answered_by": "human",
                    "concatenated_transcript": SAID,
                },
            },
            target=of_tenant("bland"),
            has_time=False,
        ),
        Sender(
            notices=CalcomNotices(addresses=ADDRESSES),
            sign=_calcom,
            events={
                word: {"triggerEvent": word, "createdAt": "2026-11-20T12:00Z", "payload": BOOKING}
                for word in ("BOOKING_CREATED", "BOOKING_RESCHEDULED", "BOOKING_CANCELLED")
            },
            target=of_integration("calcom"),
            secrets=derived("calcom"),
            has_time=False,
        ),
        Sender(
            notices=GoogleNotices(addresses=ADDRESSES),
            sign=_google,
            events=dict.fromkeys(("1", "2", "3")),
            target=of_integration("google"),
            secrets=derived("google"),
            has_time=False,
            signs_body=False,
            fixed={
                "x-goog-channel-id": "channel",
                "x-goog-message-number": "{event}",
                "x-goog-resource-state": "exists",
            },
        ),
        Sender(
            notices=GraphNotices(addresses=ADDRESSES),
            sign=_graph,
            events={
                "created": _graph_told(1, changeType="created"),
                "updated": _graph_told(2, changeType="updated"),
                "missed": _graph_told(3, lifecycleEvent="missed"),
                "removed": _graph_told(4, lifecycleEvent="subscriptionRemoved"),
            },
            target=of_integration("graph"),
            secrets=derived("graph"),
            has_time=False,
            signs_body=False,
        ),
    ]
    return {one.notices.vendor: one for one in made}


SENDERS = senders()
