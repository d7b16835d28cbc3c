"""Settings in, toolbox out: the only place that knows every provider."""

from config.settings import Settings
from domain.database import connect, sessions
from domain.deliveries.service import Outbox
from domain.messages.service import Post
from domain.transcripts.service import Readers
from domain.webhooks.addresses import Addresses
from domain.work.shop import Shop
from providers.local.reader import LocalReader
from tasks.toolbox import Toolbox
from workers import senders, vendors
from workers.keys import keyring
from workers.pulse import PipePulse


def compose(settings: Settings, *, name: str = "frontdesk") -> Toolbox:
    """Build what tasks work with from what the operator set."""
    engine = connect(
        settings.worker_database,
        name=name,
        pooled_outside=settings.database_pooler == "transaction",
    )
    begin, pulse = sessions(engine, actor=name), PipePulse()
    shop = Shop(begin=begin, pulse=pulse, holds_back=settings.frontdesk_hold)
    keys = keyring(settings)
    return Toolbox(
        begin=begin,
        shop=shop,
        canary=pulse,
        keyring=keys,
        readers=Readers(
            begin=begin,
            readers=vendors.readers(settings),
            resolve=vendors.moments,
            keyring=keys,
            spare=LocalReader(),
        ),
        post=Post(
            begin=begin,
            keyring=keys,
            texts=vendors.texts(settings),
            mails=vendors.mails(settings),
            only_to=vendors.only_to(settings),
        ),
        outbox=Outbox(begin=begin, keyring=keys, receivers=vendors.receivers(settings)),
        notices=senders.notices(settings, Addresses(keys)),
        addresses=Addresses(keys),
    )
