"""What Vapi tells us of calls: "server messages".

Vapi signs as its credential is set up: an HMAC of the body, a bearer token, or the older
X-Vapi-Secret. The last two prove who sends, and not what is sent: only TLS keeps the body.
There is no id of the message, so it is named by call, kind, status and its own timestamp.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from domain.outbound.ports import NEVER_DIALLED
from domain.webhooks.news import CallNews, News
from domain.webhooks.ports import Arrival, Label
from providers import signing
from providers.telling import Facts, amount, facts_of, needed, part, phone, span, tenant, text
from providers.vapi.words import ending, is_undialled, outcome

STATUSES: Final = {
    "scheduled": None,
    "queued": "ringing",
    "ringing": "ringing",
    "in-progress": "in_progress",
    "forwarding": "in_progress",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class VapiNotices:
    """JSON, proved by a secret that stands in Vapi's credential."""

    secrets: signing.Secrets = field(repr=False)
    vendor: str = "vapi"
    is_of_integrations: bool = False

    def refusal(self, arrival: Arrival) -> str | None:
        """Check the body's HMAC where there is one, else the secret itself."""
        if not any(self.secrets):
            return signing.not_set_up("VAPI_WEBHOOK_SECRET")
        signature = arrival.headers.get("x-vapi-signature")
        if signature is not None:
            return self._wrong_with(signature, arrival)
        bearer = arrival.headers.get("authorization", "").removeprefix("Bearer ")
        given = [arrival.headers.get("x-vapi-secret", ""), bearer]
        if not any(given):
            return signing.UNSIGNED
        return None if signing.is_any(given, self.secrets) else signing.WRONG

    def _wrong_with(self, signature: str, arrival: Arrival) -> str | None:
        at = arrival.headers.get("x-vapi-timestamp")
        signed = arrival.body if at is None else f"{at}.".encode() + arrival.body
        wanted = [mac.hex() for mac in signing.digests(self.secrets, signed)]
        if not signing.is_any([signature.removeprefix("sha256=")], wanted):
            return signing.WRONG
        seconds = None if at is None else signing.number(at)
        if at is None:
            return None
        if seconds is None or signing.is_stale(_seconds(seconds), arrival.at):
            return signing.STALE
        return None

    def label(self, arrival: Arrival) -> Label:
        """Name it by call, kind, status and timestamp."""
        told = part(facts_of(arrival.body), "message")
        kind, call = needed(told, "type"), needed(part(told, "call"), "id")
        status = text(told, "status") or ""
        at = told.get("timestamp") or ""
        return Label(f"{call}:{kind}:{status}:{at}", f"{kind}.{status}" if status else kind)

    def read(self, arrival: Arrival) -> Sequence[News]:
        """Say what it tells of a call; partial transcripts and the like tell nothing yet."""
        told = part(facts_of(arrival.body), "message")
        kind, status = needed(told, "type"), text(told, "status") or ""
        if kind == "end-of-call-report":
            return [_call(told, ending(text(told, "endedReason") or ""))]
        if kind != "status-update":
            return []
        reason = text(told, "endedReason")
        if status == "ended":
            return [_call(told, ending(reason) if reason else "completed")]
        word = STATUSES.get(status)
        return [_call(told, word)] if word else []

    def handshake(self, arrival: Arrival) -> str | None:
        """Vapi asks for nothing beforehand."""
        del arrival


def _seconds(at: float) -> float:
    return at / 1000 if at > 1e11 else at  # noqa: PLR2004  # milliseconds


def _call(told: Facts, status: str) -> CallNews:
    call, artifact = part(told, "call"), part(told, "artifact")
    ours = part(told, "phoneNumber") or part(call, "phoneNumber")
    theirs = part(told, "customer") or part(call, "customer")
    kind, reason = text(call, "type"), text(told, "endedReason")
    has_ended = text(told, "type") == "end-of-call-report" or text(told, "status") == "ended"
    return CallNews(
        provider="vapi",
        call_id=needed(call, "id"),
        status=status,
        is_outbound=None if kind is None else kind.startswith("outbound"),
        ours=phone(ours.get("number")),
        theirs=phone(theirs.get("number")),
        started_at=signing.moment(_first("startedAt", told, call)),
        duration=span(told.get("durationSeconds")),
        transcript=text(artifact, "transcript") or text(told, "transcript"),
        recording_url=text(artifact, "recordingUrl") or text(told, "recordingUrl"),
        cost=amount(_first("cost", told, call)),
        user_id=_tenant(call),
        key=text(call, "name"),
        outcome=_outcome(reason, _first("startedAt", told, call)) if has_ended and reason else None,
        reason=reason,
    )


def _outcome(reason: str, answered: object) -> str:
    """Say how it ended; as never dialled where nobody was called for want of a line."""
    if is_undialled(reason, is_answered=answered is not None):
        return NEVER_DIALLED
    return outcome(reason).value


def _first(name: str, *places: Facts) -> Any:  # noqa: ANN401  # whatever stands there
    return next((place[name] for place in places if place.get(name) is not None), None)


def _tenant(call: Facts) -> Any:  # noqa: ANN401  # an id, or None
    """Return the tenant that we told when we placed the call."""
    for place in (part(call, "assistantOverrides", "metadata"), part(call, "metadata")):
        found = tenant(place.get("user_id"))
        if found is not None:
            return found
    return None
