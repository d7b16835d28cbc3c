"""Who brings webhooks to tenants' addresses, from what the operator set."""

from config.settings import Settings
from domain.deliveries.ports import Receivers
from providers.receivers.post import HttpReceivers


def receivers(settings: Settings) -> Receivers:
    """Return who brings webhooks to tenants' addresses; production speaks to public ones only."""
    return HttpReceivers(allowed=allowed(settings))


def allowed(settings: Settings) -> frozenset[tuple[str, int]]:
    """Return the hosts and ports that tenants may name although they are not public."""
    words = (settings.webhooks_allow or "").split(",")
    pairs = (word.strip().rpartition(":") for word in words if word.strip())
    return frozenset((host, int(port)) for host, _, port in pairs)
