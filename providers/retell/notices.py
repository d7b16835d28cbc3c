"""What Retell tells us of calls, signed with the API key that carries its webhook badge."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from domain.outbound.ports import NEVER_DIALLED
from domain.webhooks.news import CallNews, News
from domain.webhooks.ports import Arrival, Label
from providers import signing
from providers.retell.words import ENDINGS, FULL, outcome
from providers.telling import Facts, amount, facts_of, needed, part, phone, span, tenant, text

STATUSES: Final = {"registered": "ringing", "ongoing": "in_progress", "error": "failed"}
KINDS: Final = frozenset({"call_started", "call_ended", "call_analyzed"})


@dataclass(frozen=True, slots=True, kw_only=True)
class RetellNotices:
    """JSON, signed over body and time."""

    secrets: signing.Secrets = field(repr=False)
    vendor: str = "retell"
    is_of_integrations: bool = False

    def refusal(self, arrival: Arrival) -> str | None:
        """Check "v=<milliseconds>,d=<hex>": the body, and behind it the milliseconds."""
        if not any(self.secrets):
            return signing.not_set_up("RETELL_API_KEY")
        told = dict(signing.pairs(arrival.headers.get("x-retell-signature", "")))
        at, given = told.get("v", ""), told.get("d", "")
        milliseconds = signing.number(at)
        if milliseconds is None or not given:
            return signing.UNSIGNED
        wanted = [mac.hex() for mac in signing.digests(self.secrets, arrival.body + at.encode())]
        if not signing.is_any([given], wanted):
            return signing.WRONG
        return signing.STALE if signing.is_stale(milliseconds / 1000, arrival.at) else None

    def label(self, arrival: Arrival) -> Label:
        """Name it by kind and call; what is told of a call often, by its bytes too."""
        told = facts_of(arrival.body)
        kind = needed(told, "event")
        key = f"{needed(part(told, 'call'), 'call_id')}:{kind}"
        often = "" if kind in KINDS else f":{signing.digests(['.'], arrival.body)[0].hex()[:32]}"
        return Label(key + often, kind)

    def read(self, arrival: Arrival) -> Sequence[News]:
        """Say what it tells of a call."""
        told = facts_of(arrival.body)
        if needed(told, "event") not in KINDS:
            return []
        call = part(told, "call")
        direction = text(call, "direction")
        is_outbound = None if direction is None else direction == "outbound"
        ours, theirs = phone(call.get("to_number")), phone(call.get("from_number"))
        if is_outbound:
            ours, theirs = theirs, ours
        length, reason = call.get("duration_ms"), text(call, "disconnection_reason")
        return [
            CallNews(
                provider=self.vendor,
                call_id=needed(call, "call_id"),
                status=_status(needed(told, "event"), call),
                is_outbound=is_outbound,
                ours=ours,
                theirs=theirs,
                started_at=signing.moment(call.get("start_timestamp")),
                duration=span(length / 1000 if isinstance(length, int | float) else None),
                transcript=text(call, "transcript"),
                recording_url=text(call, "recording_url"),
                cost=_dollars(part(call, "call_cost").get("combined_cost")),
                user_id=tenant(part(call, "metadata").get("user_id")),
                key=text(part(call, "metadata"), "reference"),
                outcome=_outcome(reason),
                reason=reason,
            )
        ]

    def handshake(self, arrival: Arrival) -> str | None:
        """Retell asks for nothing beforehand."""
        del arrival


def _outcome(reason: str | None) -> str | None:
    """Say how it ended; as never dialled where nobody was called for want of a line."""
    if reason in FULL:
        return NEVER_DIALLED
    return None if reason is None else outcome(reason).value


def _status(event: str, call: Facts) -> str:
    reason = text(call, "disconnection_reason")
    if reason is not None:
        return ENDINGS.get(reason, "failed")
    if event == "call_started":
        return "in_progress"
    return STATUSES.get(text(call, "call_status") or "", "completed")


def _dollars(cents: object) -> Decimal | None:
    found = amount(cents)
    return None if found is None else found / 100
