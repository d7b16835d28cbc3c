"""What Bland tells us of calls: once, when a call has ended, with all that was said."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from domain.webhooks.news import CallNews, News
from domain.webhooks.ports import Arrival, Label
from providers import signing
from providers.telling import Facts, amount, facts_of, needed, part, phone, span, tenant, text

STATUSES: Final = {
    "new": "ringing",
    "queued": "ringing",
    "allocated": "ringing",
    "started": "in_progress",
    "complete": "completed",
    "completed": "completed",
    "pre_queue_error": "failed",
    "queue_error": "failed",
    "call_error": "failed",
    "complete_error": "failed",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class BlandNotices:
    """JSON, signed over the body alone: there is no time in it."""

    secrets: signing.Secrets = field(repr=False)
    vendor: str = "bland"
    is_of_integrations: bool = False

    def refusal(self, arrival: Arrival) -> str | None:
        """Check the body under either secret."""
        if not any(self.secrets):
            return signing.not_set_up("BLAND_WEBHOOK_SECRET")
        given = arrival.headers.get("x-webhook-signature")
        if not given:
            return signing.UNSIGNED
        wanted = [mac.hex() for mac in signing.digests(self.secrets, arrival.body)]
        return None if signing.is_any([given], wanted) else signing.WRONG

    def label(self, arrival: Arrival) -> Label:
        """Name it by the call, how it stands, and its bytes: there is no id of the notice."""
        told = facts_of(arrival.body)
        word = _word(told) or text(told, "category") or "told"
        digest = signing.digests(["."], arrival.body)[0].hex()[:32]
        return Label(f"{needed(told, 'call_id')}:{word}:{digest}", f"call.{word}")

    def read(self, arrival: Arrival) -> Sequence[News]:
        """Say what it tells of a call."""
        told = facts_of(arrival.body)
        status = _status(told)
        if status is None:
            return []
        is_outbound = None if told.get("inbound") is None else not told["inbound"]
        ours, theirs = phone(told.get("to")), phone(told.get("from"))
        if is_outbound:
            ours, theirs = theirs, ours
        minutes = told.get("call_length")
        return [
            CallNews(
                provider=self.vendor,
                call_id=needed(told, "call_id"),
                status=status,
                is_outbound=is_outbound,
                ours=ours,
                theirs=theirs,
                started_at=signing.moment(told.get("started_at") or told.get("created_at")),
                duration=span(float(minutes) * 60 if minutes is not None else None),
                transcript=text(told, "concatenated_transcript"),
                recording_url=text(told, "recording_url"),
                cost=amount(told.get("price")),
                user_id=tenant(part(told, "metadata").get("user_id")),
            )
        ]

    def handshake(self, arrival: Arrival) -> str | None:
        """Bland asks for nothing beforehand."""
        del arrival


def _word(told: Facts) -> str | None:
    """Return how the call stands: that it is completed is the most up to date."""
    if told.get("completed") is True:
        return "completed"
    return text(told, "queue_status", "status")


def _status(told: Facts) -> str | None:
    word = _word(told)
    if word is None:
        return None
    if text(told, "error_message"):
        return "failed"
    if text(told, "answered_by") == "no-answer":
        return "no_answer"
    return STATUSES.get(word)
