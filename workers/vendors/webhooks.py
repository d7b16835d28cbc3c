"""Who brings webhooks to tenants' addresses, from what the operator set."""

from config.settings import Settings
from domain.deliveries.ports import Receivers
from providers.receivers.post import HttpReceivers


def receivers(settings: Settings) -> Receivers:
    """Return who brings webhooks to tenants' addresses; production speaks to public ones only."""
    words = (settings.webhooks_allow or "").split(",")
    pairs = (word.strip().rpartition(":") for word in words if word.strip())
    return HttpReceivers(allowed=frozenset((host, int(port)) for host, _, port in pairs))
