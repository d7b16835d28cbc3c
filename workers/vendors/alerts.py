"""Where operators hear of alerts, from what the operator set."""

from collections.abc import Mapping

from config.settings import Settings
from domain.tables.ops import Channel


def operators(settings: Settings) -> Mapping[Channel, str]:
    """Return where operators are told, by channel; none where nothing is set."""
    given = {Channel.EMAIL: settings.alert_email, Channel.WEBHOOK: settings.alert_webhook}
    return {channel: str(place) for channel, place in given.items() if place is not None}
