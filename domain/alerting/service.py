"""Tell of alerts: each word of each alert once, by letter and by signed webhook.

A word is what an alert has come to: its severity when it opened, a graver one, or that it is
over. What is told stands in `alert_news`, unique by alert, channel and word, before anything
leaves; the telling is then one effect like any other.
"""

import base64
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from domain.alerting import rules, store
from domain.alerting.store import Telling
from domain.database import SYSTEM, Begin
from domain.deliveries import rules as posting
from domain.deliveries import signing
from domain.deliveries.ports import Receivers
from domain.errors import ProviderError, Rejected, Retryable
from domain.messages import rules as writing
from domain.messages.ports import Mail, Mails
from domain.sealing import Keyring
from domain.tables.ops import Channel
from domain.work import batch, resolve
from domain.work.attempts import Job
from domain.work.effects import Effect, Receipt
from domain.work.shop import Shop

OPERATORS: Final = "operators"
ADDRESS: Final = re.compile(r"[^@\s]+@[^@\s]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Herald:
    """What alerts are told with, and where operators hear of them."""

    begin: Begin
    keyring: Keyring
    mails: Mails
    receivers: Receivers
    operators: Mapping[Channel, str] = field(default_factory=dict[Channel, str])
    only_to: frozenset[str] = frozenset()
    """Whom managers must be among, where somebody said so; operators named themselves."""

    clock: Callable[[], float] = time.time


def work(herald: Herald, shop: Shop) -> bool:
    """Owe what was not told and tell it; say whether more is due than there was time for."""
    with herald.begin(SYSTEM) as session:
        store.owe(session, sorted(herald.operators))
    made = job(herald)
    resolve.resolve(shop, made)
    return batch.work(shop, made)


def job(herald: Herald) -> Job[Telling]:
    """Return how tellings are told."""

    def describe(telling: Telling) -> Effect:
        make = _letter if telling.channel is Channel.EMAIL else _post
        return make(herald, telling)

    return Job(kind=store.kind(), describe=describe)


def secrets(keyring: Keyring, user_id: UUID | None) -> list[str]:
    """Return what webhooks of alerts are signed with, newest first.

    They are derived from our keys and kept nowhere; while a key is rotated both sign.
    """
    macs = keyring.macs(f"alerts|{user_id or OPERATORS}", purpose="webhook secret")
    return [signing.PREFIX + base64.b64encode(mac).decode() for mac in macs]


def _place(herald: Herald, telling: Telling) -> str:
    """Return where it goes, read right before it does; refuse where that is nowhere."""
    channel = telling.channel.value
    if telling.user_id is None:
        place: object = herald.operators.get(telling.channel)
    else:
        with herald.begin(SYSTEM) as session:
            place = store.manager(session, telling.user_id).get(channel)
    if place is None or place == "":
        raise Rejected(f"nobody is told by {channel} any more")
    is_letter = telling.channel is Channel.EMAIL
    if not isinstance(place, str) or (is_letter and not ADDRESS.fullmatch(place)):
        raise Rejected(f"what stands for the manager's {channel} is no address")
    is_managers = is_letter and telling.user_id is not None
    if is_managers and not writing.may_go_to(place, herald.only_to):
        raise Rejected("held: not on the list")
    return place


def _letter(herald: Herald, telling: Telling) -> Effect:
    """Describe a letter; one whose answer was lost is looked for by its subject."""
    mails = herald.mails

    def mail() -> Mail:
        return Mail(
            to=_place(herald, telling),
            subject=rules.subject(telling.content, telling.id),
            text=rules.text(telling.content),
        )

    def look_up(_: str) -> Receipt | None:
        return mails.find(mail(), since=telling.created_at)

    return Effect(
        key=f"alert_telling:{telling.id}",
        vendor=mails.vendor,
        act=lambda key: mails.send(mail(), key=key),
        look_up=look_up if mails.can_be_asked else None,
        is_keyed=mails.is_keyed,
    )


def _post(herald: Herald, telling: Telling) -> Effect:
    """Describe a post; its receiver knows a repeat by its id."""
    return Effect(
        key=f"alert_telling:{telling.id}",
        vendor="receiver",
        act=lambda _: _tell(herald, telling),
        look_up=None,
        is_keyed=True,
    )


def _tell(herald: Herald, telling: Telling) -> Receipt:
    """Post it once. An answer that was not heard is a reason to say it again, under the same id."""
    place = _place(herald, telling)
    body = rules.body(telling.content, telling.created_at)
    signed = signing.headers(
        telling.id,
        body,
        moment=int(herald.clock()),
        secrets=secrets(herald.keyring, telling.user_id),
    )
    try:
        answer = herald.receivers.post(place, body, signed)
    except ProviderError as error:
        raise Retryable(str(error)) from error
    meaning = posting.meaning_of(answer.status)
    if meaning is posting.Meaning.TAKEN:
        return Receipt()
    words = posting.in_words(answer.status)
    if meaning is posting.Meaning.GONE:
        raise Rejected(words)
    asked = answer.after
    raise Retryable(words, after=min(asked, posting.LONGEST_ASKED) if asked else None)
