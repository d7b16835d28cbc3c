"""What Cal.com tells us of bookings; each integration has an address and a secret of its own."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from domain.webhooks.addresses import Addresses
from domain.webhooks.news import BookingChanged, News
from domain.webhooks.ports import Arrival, Label
from providers import signing
from providers.telling import facts_of, needed, part, text

CHANGES: Final = {
    "BOOKING_CREATED": "created",
    "BOOKING_RESCHEDULED": "moved",
    "BOOKING_CANCELLED": "cancelled",
    "BOOKING_REJECTED": "rejected",
    "BOOKING_REQUESTED": "asked",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class CalcomNotices:
    """JSON, signed over the body alone with the secret that we gave out for the integration."""

    addresses: Addresses
    vendor: str = "calcom"
    is_of_integrations: bool = True

    def refusal(self, arrival: Arrival) -> str | None:
        """Check the body under the integration's own secret."""
        given = arrival.headers.get("x-cal-signature-256")
        if not given or arrival.subject is None:
            return signing.UNSIGNED
        secrets = self.addresses.secrets(self.vendor, arrival.subject)
        wanted = [mac.hex() for mac in signing.digests(secrets, arrival.body)]
        return None if signing.is_any([given], wanted) else signing.WRONG

    def label(self, arrival: Arrival) -> Label:
        """Name it by what happened to which booking when, and whose it is."""
        told = facts_of(arrival.body)
        kind, uid = needed(told, "triggerEvent"), text(part(told, "payload"), "uid") or ""
        digest = signing.digests([str(arrival.subject)], arrival.body)[0].hex()[:32]
        return Label(f"{uid}:{kind}:{digest}", kind)

    def read(self, arrival: Arrival) -> Sequence[News]:
        """Say what became of a booking."""
        told = facts_of(arrival.body)
        change = CHANGES.get(needed(told, "triggerEvent"))
        if change is None or arrival.subject is None:
            return []
        booking = part(told, "payload")
        return [
            BookingChanged(
                provider=self.vendor,
                booking=needed(booking, "uid"),
                change=change,
                integration_id=arrival.subject,
                starts_at=signing.moment(booking.get("startTime")),
                ends_at=signing.moment(booking.get("endTime")),
                replaces=text(booking, "rescheduleUid"),
            )
        ]

    def handshake(self, arrival: Arrival) -> str | None:
        """Cal.com asks for nothing beforehand."""
        del arrival
