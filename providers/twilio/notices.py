"""What Twilio tells us: of texts, of what people write, and of calls.

Signed over the address as Twilio knows it, so PUBLIC_URL has to be what stands in Twilio's
console. There is no timestamp in it: a notice that is sent again years later is told by its key.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import parse_qs, parse_qsl, urlsplit

from twilio.request_validator import (
    RequestValidator,
    get_signature_algorithm,  # pyright: ignore[reportUnknownVariableType]  # twilio has no types
)

from domain.webhooks.news import CallNews, MessageMoved, MessageReceived, News
from domain.webhooks.ports import Arrival, Label
from providers import signing
from providers.telling import amount, phone, span, storable
from providers.twilio.sms import OFF, STATUSES
from providers.twilio.words import outcome_of

CALLS: Final = {
    "queued": "ringing",
    "initiated": "ringing",
    "ringing": "ringing",
    "in-progress": "in_progress",
    "answered": "in_progress",
    "completed": "completed",
    "busy": "busy",
    "no-answer": "no_answer",
    "failed": "failed",
    "canceled": "cancelled",
}
SENT: Final = {"sent": "sent", **{name: ours for name, ours in STATUSES.items() if name != OFF}}
"""That a text was called off is no news to who called it off; who asks for it is told."""

INBOUND: Final = frozenset({"received", "receiving"})


@dataclass(frozen=True, slots=True, kw_only=True)
class TwilioNotices:
    """Forms, signed with the account's token."""

    tokens: signing.Secrets = field(repr=False)
    public_url: str
    vendor: str = "twilio"
    is_of_integrations: bool = False

    def refusal(self, arrival: Arrival) -> str | None:
        """Check the form with Twilio's own validator; it knows the traps of ports and doubles."""
        given = arrival.headers.get("x-twilio-signature")
        if not any(self.tokens):
            return signing.not_set_up("TWILIO_AUTH_TOKEN")
        if not given:
            return signing.UNSIGNED
        try:
            form = _signed(arrival)
        except ValueError:
            return signing.WRONG
        url = self.public_url.rstrip("/") + arrival.target
        settings = arrival.headers.get("x-twilio-webhooks-signature-settings")
        algorithm: Any = get_signature_algorithm(settings)
        found = False
        for token in self.tokens:
            validator: Any = RequestValidator(token)
            found |= bool(token) and validator.validate(url, form, given, algorithm)
        return None if found else signing.WRONG

    def label(self, arrival: Arrival) -> Label:
        """Name it by what it is about and how that stands."""
        form = _form(arrival)
        for kind, name, state in (
            ("transcription", "TranscriptionSid", "TranscriptionStatus"),
            ("recording", "RecordingSid", "RecordingStatus"),
            ("message", "MessageSid", "MessageStatus"),
            ("message", "MessageSid", "SmsStatus"),
            ("call", "CallSid", "CallStatus"),
        ):
            if form.get(name) and form.get(state):
                word = form[state]
                return Label(f"{form[name]}:{word}{_beside(kind, form)}", f"{kind}.{word}")
        raise LookupError("nothing of Twilio's is named")

    def read(self, arrival: Arrival) -> Sequence[News]:
        """Say what it tells."""
        form = _form(arrival)
        if form.get("CallSid"):
            return [_call(form, _key(arrival))]
        status = form.get("MessageStatus") or form.get("SmsStatus", "")
        if status in INBOUND:
            return [_received(form)]
        if status not in SENT:
            return []
        return [
            MessageMoved(
                provider=self.vendor,
                reference=form["MessageSid"],
                status=SENT[status],
                key=_key(arrival),
                error=form.get("ErrorCode"),
                segments=int(form["NumSegments"]) if form.get("NumSegments") else None,
                cost=amount(form.get("Price")),
                currency=form.get("PriceUnit") if form.get("Price") else None,
            )
        ]

    def handshake(self, arrival: Arrival) -> str | None:
        """Twilio asks for nothing beforehand."""
        del arrival


class _Form(dict[str, list[str]]):
    """A form as Twilio's validator reads it: a name may have several values."""

    def getall(self, name: str) -> list[str]:
        """Return every value of a name."""
        return self[name]


def _signed(arrival: Arrival) -> "_Form | str":
    """Return what the signature is about: the form's fields, or a body of another kind as text."""
    if "application/json" in arrival.headers.get("content-type", ""):
        return arrival.body.decode()
    fields = _Form()
    for name, value in parse_qsl(arrival.body.decode(), keep_blank_values=True):
        fields.setdefault(name, []).append(value)
    return fields


def _form(arrival: Arrival) -> dict[str, str]:
    said = parse_qsl(arrival.body.decode(), keep_blank_values=True)
    return {name: storable(value) for name, value in said}


def _beside(kind: str, form: dict[str, str]) -> str:
    """Tell what a call's notice carries besides its status: who answered comes on its own."""
    return f":{form['AnsweredBy']}" if kind == "call" and form.get("AnsweredBy") else ""


def _key(arrival: Arrival) -> str | None:
    """Return our name for what it is about, which stands in the address that Twilio tells."""
    return next(iter(parse_qs(urlsplit(arrival.target).query).get("rid", [])), None)


def _call(form: dict[str, str], key: str | None) -> CallNews:
    direction = form.get("Direction")
    is_outbound = None if direction is None else direction.startswith("outbound")
    ours, theirs = phone(form.get("To")), phone(form.get("From"))
    if is_outbound:
        ours, theirs = theirs, ours
    outcome = outcome_of(form.get("CallStatus", ""), form.get("AnsweredBy", ""))
    return CallNews(
        provider="twilio",
        call_id=form["CallSid"],
        status=CALLS.get(form.get("CallStatus", "")),
        is_outbound=is_outbound,
        ours=ours,
        theirs=theirs,
        duration=span(form.get("CallDuration")),
        transcript=form.get("TranscriptionText") or None,
        recording_url=form.get("RecordingUrl") or None,
        key=key,
        outcome=outcome.value if outcome else None,
        reason=form.get("CallStatus") if outcome else None,
    )


def _received(form: dict[str, str]) -> MessageReceived:
    return MessageReceived(
        provider="twilio",
        reference=form["MessageSid"],
        ours=form["To"],
        theirs=form["From"],
        body=form.get("Body", ""),
        segments=int(form["NumSegments"]) if form.get("NumSegments") else None,
    )
