"""What Microsoft Graph tells us of calendars: that something changed.

It is proved by the subscription's clientState, which we gave out for the integration; the rest
of the body is not signed, so nothing of it is believed but that it is time to look.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

from domain.webhooks.addresses import Addresses
from domain.webhooks.news import CalendarChanged, News
from domain.webhooks.ports import Arrival, Label
from providers import signing
from providers.telling import Facts, facts_of, part, text

LONGEST_TOKEN = 2000
LAST = frozenset({"reauthorizationRequired", "subscriptionRemoved"})
"""Words on the subscription itself, after which Graph waits to be asked again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphNotices:
    """JSON, several notices in one."""

    addresses: Addresses
    vendor: str = "graph"
    is_of_integrations: bool = True

    def refusal(self, arrival: Arrival) -> str | None:
        """Check the clientState of each: one that is not ours spoils the lot."""
        try:
            several = _several(arrival)
        except ValueError:
            return signing.UNSIGNED
        states = [text(one, "clientState") or "" for one in several]
        if not states or not all(states) or arrival.subject is None:
            return signing.UNSIGNED
        secrets = self.addresses.secrets(self.vendor, arrival.subject)
        return None if all(signing.is_any([one], secrets) for one in states) else signing.WRONG

    def label(self, arrival: Arrival) -> Label:
        """Name it by the notices' own ids where they have them, else by its bytes."""
        several = _several(arrival)
        ids = [text(one, "id") for one in several]
        words = {text(one, "lifecycleEvent", "changeType") or "" for one in several}
        kind = "calendar." + "+".join(sorted(words))
        if all(ids):
            return Label(":".join(sorted(str(one) for one in ids)), kind)
        versions = [text(part(one, "resourceData"), "@odata.etag") or "" for one in several]
        digest = signing.digests([str(arrival.subject)], arrival.body)[0].hex()
        return Label(f"{digest}:{arrival.at:%H%M}" if not all(versions) else digest, kind)

    def read(self, arrival: Arrival) -> Sequence[News]:
        """Say whose calendar changed: however many notices, it is looked at once."""
        if arrival.subject is None:
            return []
        is_last = any(text(one, "lifecycleEvent") in LAST for one in _several(arrival))
        return [
            CalendarChanged(provider=self.vendor, integration_id=arrival.subject, is_last=is_last)
        ]

    def handshake(self, arrival: Arrival) -> str | None:
        """Return the token by which Graph makes sure that the address is ours to give."""
        query = parse_qs(arrival.target.partition("?")[2])
        found = next(iter(query.get("validationToken", [])), None)
        return None if found is None or len(found) > LONGEST_TOKEN else found


def _several(arrival: Arrival) -> list[Facts]:
    """Return the notices; raises ValueError where there are none."""
    found: Any = facts_of(arrival.body).get("value")
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):  # pyright: ignore[reportUnknownVariableType]  # whatever came
        raise ValueError("no notices")
    return found  # pyright: ignore[reportUnknownVariableType]  # whatever came
