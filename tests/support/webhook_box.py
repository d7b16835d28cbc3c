"""A toolbox in which vendors' notices are understood, and nothing is sent."""

from domain.alerting.service import Herald
from domain.billing import sync as billing
from domain.billing.reconcile import Bench
from domain.calendars.desk import Desk
from domain.calendars.tokens import Purse
from domain.database import Begin
from domain.deliveries.service import Outbox
from domain.outbound.service import Switchboard
from domain.texts.service import Classifiers
from domain.webhooks.senders import OwnAccount, Senders, nobody
from domain.work.shop import Inline, Shop
from providers.receivers.post import HttpReceivers
from tasks.toolbox import Toolbox
from tests.support.lines import FakeExchange
from tests.support.notices import ADDRESSES, SENDERS
from tests.support.slice import KEYS, FakeMails, FakeTexts, post, readers
from workers.pulse import PipePulse
from workers.vendors.billing import NoBooks


def desk(begin: Begin) -> Desk:
    """A desk that reaches no calendar."""
    purse = Purse(begin=begin, keyring=KEYS, consents={})
    return Desk(begin=begin, agendas={}, purse=purse, told=lambda *_: None)


def senders(begin: Begin, own: OwnAccount = nobody) -> Senders:
    """Every vendor, known by the secrets of its sender in the tests."""
    vendors = {name: sender.notices for name, sender in SENDERS.items()}
    return Senders(vendors=vendors, addresses=ADDRESSES, begin=begin, own=own)


def box(begin: Begin) -> Toolbox:
    return Toolbox(
        begin=begin,
        shop=Shop(begin=begin, hands=Inline()),
        canary=PipePulse(),
        readers=readers(begin),
        classifiers=Classifiers(begin=begin),
        post=post(begin, FakeTexts()),
        notices=senders(begin),
        keyring=KEYS,
        desk=desk(begin),
        bench=Bench(desk=billing.Desk(begin=begin, books=NoBooks())),
        board=Switchboard(begin=begin, keyring=KEYS, exchange=FakeExchange()),
        outbox=Outbox(begin=begin, keyring=KEYS, receivers=HttpReceivers()),
        herald=Herald(begin=begin, keyring=KEYS, mails=FakeMails(), receivers=HttpReceivers()),
    )
