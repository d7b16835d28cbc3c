"""A toolbox in which vendors' notices are understood, and nothing is sent."""

from domain.database import Begin
from domain.deliveries.service import Outbox
from domain.work.shop import Inline, Shop
from providers.receivers.post import HttpReceivers
from tasks.toolbox import Toolbox
from tests.support.notices import ADDRESSES, SENDERS
from tests.support.slice import KEYS, FakeTexts, post, readers
from workers.pulse import PipePulse


def box(begin: Begin) -> Toolbox:
    return Toolbox(
        begin=begin,
        shop=Shop(begin=begin, hands=Inline()),
        canary=PipePulse(),
        readers=readers(begin),
        post=post(begin, FakeTexts()),
        notices={name: sender.notices for name, sender in SENDERS.items()},
        addresses=ADDRESSES,
        keyring=KEYS,
        outbox=Outbox(begin=begin, keyring=KEYS, receivers=HttpReceivers()),
    )
