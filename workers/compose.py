"""Settings in, toolbox out: the only place that knows every provider."""

from config.settings import Settings
from domain.billing import sync
from domain.billing.reconcile import Bench
from domain.calendars.drafts import Drafts
from domain.deliveries.service import Outbox
from domain.messages.post import Post
from domain.outbound.service import Switchboard
from domain.transcripts.extraction import Readers
from domain.work.shop import Shop
from providers.local.reader import LocalReader
from tasks.toolbox import Toolbox
from workers.keys import keyring
from workers.pulse import PipePulse
from workers.reach import reach
from workers.vendors import (
    alerts,
    billing,
    calendars,
    calls,
    logs,
    messages,
    models,
    notices,
    webhooks,
)


def compose(settings: Settings, *, name: str = "frontdesk") -> Toolbox:
    """Build what tasks work with from what the operator set."""
    begin, pulse = reach(settings, name=name), PipePulse()
    shop = Shop(begin=begin, pulse=pulse, holds_back=settings.frontdesk_hold)
    keys = keyring(settings)
    texts, mails = messages.texts(settings), messages.mails(settings)
    carriers = messages.carriers(settings, begin, keys, platform=(texts, mails))
    exchange = calls.exchange(settings, begin, keys)
    return Toolbox(
        begin=begin,
        shop=shop,
        canary=pulse,
        keyring=keys,
        readers=Readers(
            begin=begin,
            readers=models.readers(settings),
            resolve=models.moments,
            keyring=keys,
            spare=LocalReader(),
            own=models.own(settings, begin, keys),
            diary=Drafts(),
        ),
        classifiers=models.classifiers(settings, begin, keys),
        post=Post(
            begin=begin,
            keyring=keys,
            texts=texts,
            mails=mails,
            carriers=carriers,
            address=messages.address(settings),
            only_to=messages.only_to(settings),
        ),
        board=Switchboard(
            begin=begin,
            keyring=keys,
            exchange=exchange,
            only_to=messages.only_to(settings),
        ),
        herald=alerts.herald(settings, begin, keys, mails),
        outbox=Outbox(begin=begin, keyring=keys, receivers=webhooks.receivers(settings)),
        desk=calendars.desk(settings, begin, keys),
        notices=notices.senders(settings, begin, keys),
        bench=Bench(
            desk=sync.Desk(begin=begin, books=billing.books(settings)),
            logs=logs.Shelf(settings, begin, exchange, texts, carriers),
        ),
    )
