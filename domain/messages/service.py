"""Owing people messages, sending them once, and following them until they arrive."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

import structlog
from sqlalchemy import text
from sqlalchemy.orm import Session

from domain import zones
from domain.database import SYSTEM, Begin
from domain.errors import ProviderError, Rejected
from domain.messages import rules, segments, store
from domain.messages.ports import Mail, Mails, Texts
from domain.messages.store import MessageRow
from domain.privacy.suppression import Contact, suppressed
from domain.sealing import Keyring, Place
from domain.tables.accounts import UserStatus
from domain.tables.messages import MessageStatus
from domain.work.attempts import Job, Leave
from domain.work.effects import Effect, Receipt
from domain.work.kinds import Claimed

log = structlog.get_logger("messages")


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """What messages are planned and sent with."""

    begin: Begin
    keyring: Keyring
    texts: Texts
    mails: Mails
    only_to: frozenset[str] = frozenset()


def plan(post: Post, event_id: UUID) -> None:
    """Owe what is due about an event: planned twice, it is owed once."""
    user_id = _tenant_of(post.begin, event_id)
    if user_id is None:
        return
    with post.begin(user_id) as session:
        event = store.event(session, event_id)
        owed = _confirmation(post.keyring, event) if event else None
        if owed is not None:
            store.owe(session, user_id, owed)


def _confirmation(keyring: Keyring, event: store.EventRow) -> store.Owed | None:
    """Return the text that confirms an event; None where nobody is to be told."""
    stands = event.status in rules.STANDS and event.tenant_status == UserStatus.ACTIVE
    to = _recipient(keyring, event) if stands else None
    if to is None or event.start_time is None:
        return None
    zone = zones.find(event.timezone)
    if zone is None:
        raise Rejected(f"unknown time zone: {event.timezone[:64]}")
    return store.Owed(
        event=event,
        to=to,
        body=segments.repair(
            rules.confirmation(
                business=event.business_name or "Your appointment",
                title=event.title,
                start=event.start_time,
                zone=zone,
            )
        ),
        rule=rules.CONFIRMATION,
        identity=rules.identity(
            event_id=event.id,
            start=event.start_time,
            rule=rules.CONFIRMATION,
            recipient=to,
            channel="sms",
        ),
    )


def _tenant_of(begin: Begin, event_id: UUID) -> UUID | None:
    with begin(SYSTEM) as session:
        return session.scalar(text("SELECT user_id FROM events WHERE id = :id"), {"id": event_id})


def _recipient(keyring: Keyring, event: store.EventRow) -> str | None:
    """Return the number to write to: the sealed one, which came from the carrier."""
    place = Place("events", "customer_phone", event.id)
    return keyring.read(event.customer_phone_sealed, event.customer_phone, place)


def job(post: Post) -> Job[MessageRow]:
    """Return how messages are sent."""

    def describe(message: MessageRow) -> Effect:
        if message.channel == "sms":
            return _text(post.texts, message)
        return _letter(post.mails, message)

    def decide(session: Session, rows: Sequence[Claimed[MessageRow]]) -> Mapping[UUID, Leave]:
        return {**_not_listed(post, rows), **_not_wanted(post, session, rows)}

    return Job(kind=store.kind(), describe=describe, decide=decide)


def _not_listed(post: Post, rows: Sequence[Claimed[MessageRow]]) -> dict[UUID, Leave]:
    why = "not on the list of SEND_ONLY_TO"
    return {
        row.id: Leave(state=MessageStatus.HELD.value, why=why)
        for row in rows
        if not rules.may_go_to(row.row.to, post.only_to)
    }


def _not_wanted(
    post: Post, session: Session, rows: Sequence[Claimed[MessageRow]]
) -> dict[UUID, Leave]:
    """Leave whoever is not to be contacted, also those whom we have forgotten."""
    contacts = [
        Contact(row.id, row.user_id, row.row.channel, row.row.to)
        for row in rows
        if row.user_id is not None
    ]
    why = "they are not to be contacted"
    leave = Leave(state=MessageStatus.VOID.value, why=why)
    return dict.fromkeys(suppressed(session, post.keyring, contacts), leave)


def _text(texts: Texts, message: MessageRow) -> Effect:
    """Say how a text is sent, and how to find out whether it was."""
    return Effect(
        key=f"message:{message.id}",
        vendor=texts.vendor,
        act=lambda key: _by(texts.vendor, texts.send(to=message.to, body=message.body, key=key)),
        look_up=lambda _: (
            _told(texts.vendor, message)
            or _found(
                texts.vendor,
                texts.find(to=message.to, body=message.body, since=message.created_at),
            )
        ),
        is_keyed=texts.is_keyed,
    )


def _letter(mails: Mails, message: MessageRow) -> Effect:
    mail = Mail(to=message.to, subject=message.subject, text=message.body)
    return Effect(
        key=f"message:{message.id}",
        vendor=mails.vendor,
        act=lambda key: _by(mails.vendor, mails.send(mail, key=key)),
        look_up=lambda _: (
            _told(mails.vendor, message)
            or _found(mails.vendor, mails.find(mail, since=message.created_at))
        ),
        is_keyed=mails.is_keyed,
    )


def _by(vendor: str, receipt: Receipt) -> Receipt:
    return Receipt(receipt.reference, facts=vendor)


def _told(vendor: str, message: MessageRow) -> Receipt | None:
    """Answer from a notice that came before we could write the sending down."""
    return _by(vendor, Receipt(message.reference)) if message.reference else None


def _found(vendor: str, receipt: Receipt | None) -> Receipt | None:
    return _by(vendor, receipt) if receipt else None


def follow(post: Post, *, most: int = 100) -> None:
    """Ask the carriers what became of messages on their way. Asked twice, nothing changes."""
    with post.begin(SYSTEM) as session:
        open_ones = store.to_ask_about(session, most=most)
    for message_id, channel, reference in open_ones:
        carrier = post.texts if channel == "sms" else post.mails
        try:
            delivery = carrier.status(reference)
        except ProviderError as error:
            log.info("message.not_followed", message=str(message_id), why=str(error))
            continue
        with post.begin(SYSTEM) as session:
            if rules.is_forward(MessageStatus.SENT.value, delivery.status) or (
                delivery.status == MessageStatus.SENT
            ):
                store.move(session, message_id, delivery, before=MessageStatus.SENT.value)
