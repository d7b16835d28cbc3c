"""How messages are sent: judged in the claim, looked at once more, handed over, written down."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from domain.messages import judging, pacing, rules, store, unsubscribing
from domain.messages.judging import Bench
from domain.messages.outcomes import STOPPED_AT_CARRIER, Carried
from domain.messages.ports import Mail, Mails, OptedOut, Texts
from domain.messages.post import Post
from domain.messages.store import MessageRow
from domain.privacy.suppression import Contact, suppressed
from domain.tables.messages import MessageStatus
from domain.work.attempts import Job, Leave
from domain.work.effects import Effect, Receipt
from domain.work.kinds import Claimed
from domain.work.rules import Patience

MOST_WAITS: Final = 3
"""Tries of a text that is kept at its carrier; after that it goes as if it could not be."""


def job(post: Post) -> Job[MessageRow]:
    """Return how messages are sent."""
    bench = Bench()

    def describe(message: MessageRow) -> Effect:
        if message.channel == "sms":
            return _text(post, message, bench.receipt(message.id), bench.leaves(message))
        return _letter(post, message, bench.receipt(message.id))

    def decide(session: Session, rows: Sequence[Claimed[MessageRow]]) -> Mapping[UUID, Leave]:
        _look_up_carriers(post, rows)
        held = _not_listed(post, rows)
        open_ = [row for row in rows if row.id not in held]
        early = pacing.out_of_turn(session, open_, lambda row: carrier_of(post, row))
        open_ = [row for row in open_ if row.id not in early]
        later = pacing.over_allowance(session, open_, lambda row: texts_of(post, row.user_id))
        open_ = [row for row in open_ if row.id not in later]
        patient = {row.id for row in open_ if _may_wait(post, row)}
        judged = bench.judge(session, open_, _suppressed(post, session, open_), patient)
        return {**held, **early, **later, **judged}

    return Job(kind=store.kind(), describe=describe, decide=decide)


def texts_of(post: Post, user_id: UUID) -> Texts:
    """Return who carries this tenant's texts."""
    return post.carriers.texts([user_id])[user_id] if post.carriers else post.texts


def mails_of(post: Post, user_id: UUID) -> Mails:
    """Return who carries this tenant's letters."""
    return post.carriers.mails([user_id])[user_id] if post.carriers else post.mails


def carrier_of(post: Post, message: MessageRow) -> Texts | Mails:
    """Return who carries this message."""
    of = texts_of if message.channel == "sms" else mails_of
    return of(post, message.user_id)


def _look_up_carriers(post: Post, rows: Collection[Claimed[MessageRow]]) -> None:
    """Have the carriers of a whole group looked up at once: each is asked for right after."""
    if post.carriers is None:
        return
    for channel, look in (("sms", post.carriers.texts), ("email", post.carriers.mails)):
        users = {row.row.user_id for row in rows if row.row.channel == channel}
        if users:
            look(users)


def _not_listed(post: Post, rows: Sequence[Claimed[MessageRow]]) -> dict[UUID, Leave]:
    why = "not on the list of SEND_ONLY_TO"
    return {
        row.id: Leave(state=MessageStatus.HELD.value, why=why)
        for row in rows
        if not rules.may_go_to(row.row.to, post.only_to)
    }


def _suppressed(post: Post, session: Session, rows: Sequence[Claimed[MessageRow]]) -> set[UUID]:
    """Return the rows of whoever is not to be contacted, also those whom we have forgotten."""
    contacts = [Contact(row.id, row.row.user_id, row.row.channel, row.row.to) for row in rows]
    return suppressed(session, post.keyring, contacts)


def _may_wait(post: Post, row: Claimed[MessageRow]) -> bool:
    """Tell whether a text may be kept at its carrier; one that was refused there goes at once."""
    if row.row.channel != "sms" or row.attempts > MOST_WAITS:
        return False
    return texts_of(post, row.row.user_id).later is not None


def _text(
    post: Post, message: MessageRow, verdict: Mapping[str, object], leaves_at: datetime | None
) -> Effect:
    """Say how a text is sent, and how to find out whether it was.

    One that waits at the carrier leaves at one moment only, however often it is tried: shortly
    before that moment nobody can hand it over any more, so that what is absent then never was.
    """
    texts = texts_of(post, message.user_id)
    later = texts.later
    closes = leaves_at - later.closes + judging.SKEW if leaves_at and later else None
    carried = Carried(texts.vendor, texts.sender)
    return Effect(
        key=f"message:{message.id}",
        vendor=texts.vendor,
        act=lambda key: _by(
            carried,
            pacing.heeding(post.begin, texts, lambda: _send(texts, message, key, leaves_at)),
        ),
        look_up=lambda _: _told(carried, message) or _found(carried, _find(post, texts, message)),
        is_keyed=texts.is_keyed,
        patience=_patience(texts.lag),
        closes_at=closes,
        verdict=verdict,
    )


def _send(texts: Texts, message: MessageRow, key: str, leaves_at: datetime | None) -> Receipt:
    """Hand a text over; that the carrier knows of a stop is a fact to be written down with it."""
    try:
        if leaves_at is not None and texts.later is not None:
            return texts.later.send_at(to=message.to, body=message.body, key=key, at=leaves_at)
        return texts.send(to=message.to, body=message.body, key=key)
    except OptedOut as error:
        error.facts = STOPPED_AT_CARRIER
        raise


def _find(post: Post, texts: Texts, message: MessageRow) -> Receipt | None:
    """Look for a text at its carrier, besides those of the same words that are others' already."""
    with post.begin(message.user_id) as session:
        others = store.names_of_others(session, message)
    return texts.find(to=message.to, body=message.body, since=message.created_at, besides=others)


def _patience(lag: timedelta) -> Patience:
    """Believe no absence while the carrier's list may be late."""
    plain = Patience()
    return Patience(gap=plain.gap, age=plain.age + lag)


def _letter(post: Post, message: MessageRow, verdict: Mapping[str, object]) -> Effect:
    mails = mails_of(post, message.user_id)
    mail = Mail(
        to=message.to,
        subject=message.subject,
        text=message.body,
        html=message.html,
        calendar=message.calendar,
        unsubscribe=unsubscribing.link(post, message),
    )
    carried = Carried(mails.vendor)

    def look_up(_: str) -> Receipt | None:
        told = _told(carried, message)
        return told or _found(carried, mails.find(mail, since=message.created_at))

    return Effect(
        key=f"message:{message.id}",
        vendor=mails.vendor,
        act=lambda key: _by(
            carried, pacing.heeding(post.begin, mails, lambda: mails.send(mail, key=key))
        ),
        look_up=look_up if mails.can_be_asked or message.reference else None,
        is_keyed=mails.is_keyed,
        verdict=verdict,
    )


def _by(carried: Carried, receipt: Receipt) -> Receipt:
    return Receipt(receipt.reference, facts=carried)


def _told(carried: Carried, message: MessageRow) -> Receipt | None:
    """Answer from a notice that came before we could write the sending down."""
    return _by(carried, Receipt(message.reference)) if message.reference else None


def _found(carried: Carried, receipt: Receipt | None) -> Receipt | None:
    return _by(carried, receipt) if receipt else None
