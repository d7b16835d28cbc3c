"""Who tells of alerts, and where operators hear of them, from what the operator set."""

from collections.abc import Mapping

from config.settings import Settings
from domain.alerting.service import Herald
from domain.database import Begin
from domain.messages.ports import Mails
from domain.sealing import Keyring
from domain.tables.ops import Channel
from workers.vendors import messages, webhooks


def herald(settings: Settings, begin: Begin, keyring: Keyring, mails: Mails) -> Herald:
    """Return who tells of alerts."""
    return Herald(
        begin=begin,
        keyring=keyring,
        mails=mails,
        receivers=webhooks.receivers(settings),
        operators=operators(settings),
        only_to=messages.only_to(settings),
    )


def operators(settings: Settings) -> Mapping[Channel, str]:
    """Return where operators are told, by channel; none where nothing is set."""
    given = {Channel.EMAIL: settings.alert_email, Channel.WEBHOOK: settings.alert_webhook}
    return {channel: str(place) for channel, place in given.items() if place is not None}
