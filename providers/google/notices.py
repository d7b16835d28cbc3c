"""What Google tells us of calendars: that something changed, and nothing more.

The body is empty; what proves it is the channel's token, which we gave out for the integration.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from domain.webhooks.addresses import Addresses
from domain.webhooks.news import CalendarChanged, News
from domain.webhooks.ports import Arrival, Label
from providers import signing

OPENED = "sync"
"""A channel's first word: it stands. Nothing has changed yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GoogleNotices:
    """Headers only."""

    addresses: Addresses
    vendor: str = "google"
    is_of_integrations: bool = True

    def refusal(self, arrival: Arrival) -> str | None:
        """Check the channel's token."""
        given = arrival.headers.get("x-goog-channel-token")
        if not given or arrival.subject is None:
            return signing.UNSIGNED
        secrets = self.addresses.secrets(self.vendor, arrival.subject)
        return None if signing.is_any([given], secrets) else signing.WRONG

    def label(self, arrival: Arrival) -> Label:
        """Name it by the channel and its number there."""
        channel = arrival.headers["x-goog-channel-id"]
        number = arrival.headers["x-goog-message-number"]
        state = arrival.headers.get("x-goog-resource-state", "")
        return Label(f"{channel}:{number}", f"calendar.{state}")

    def read(self, arrival: Arrival) -> Sequence[News]:
        """Say whose calendar changed."""
        if arrival.headers["x-goog-resource-state"] == OPENED or arrival.subject is None:
            return []
        return [CalendarChanged(provider=self.vendor, integration_id=arrival.subject)]

    def handshake(self, arrival: Arrival) -> str | None:
        """Google asks for nothing that a notice would not be answered with."""
        del arrival
