"""What carriers tell of messages, and what people write: taken in the notice's transaction.

The house finds the row by its work columns; what is written, is written as the row's tenant.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy import text as sql
from sqlalchemy.orm import Session

from domain.consent import words
from domain.consent.words import Meaning
from domain.database import within
from domain.messages import outcomes, owing, rules, segments, store, threads, wording
from domain.messages.owing import Owed
from domain.messages.ports import Delivery
from domain.messages.threads import Candidate
from domain.sealing import Keyring
from domain.tables.messages import MessageStatus
from domain.work import errands
from domain.work.changes import Change, Heard
from domain.work.names import TaskName

_NOW: Final = sql("SELECT clock_timestamp()")
NOT_WRITTEN: Final = "its message is not written down yet"
NOBODYS: Final = "the number belongs to nobody"


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """A text that somebody sent to a number of ours."""

    vendor: str
    reference: str
    ours: str
    theirs: str
    body: str
    segments: int | None


def move(
    session: Session,
    delivery: Delivery,
    *,
    vendor: str,
    key: str | None,
    is_young: bool,
    only_of: UUID | None = None,
) -> Heard:
    """Take a message of ours forward, in whatever order its carrier tells.

    A carrier may tell of it before we have written down that it took it: then the news waits,
    and what it proves is written down, so that nothing is sent a second time. What came to a
    tenant's own address, under a secret that the tenant knows, is about that tenant's messages.
    """
    row = store.told(
        session, vendor=vendor, reference=delivery.reference, message_id=rules.message_of(key)
    )
    if row is None:
        return Heard(wait=NOT_WRITTEN) if is_young else Heard(ignored="no message of ours")
    if only_of is not None and row.user_id != only_of:
        return Heard(ignored="no message of this tenant's")
    if row.status in rules.NOT_YET_SENT:
        with within(session, row.user_id):
            store.note_reference(session, row.id, vendor=vendor, reference=delivery.reference)
        return Heard(wait=NOT_WRITTEN)
    if row.status not in rules.FORWARD:
        return Heard(user_id=row.user_id, ignored=f"the message is {row.status}")
    if not rules.is_forward(row.status, delivery.status):
        return Heard(user_id=row.user_id)
    with within(session, row.user_id):
        store.move(session, row.id, delivery, before=row.status)
        if delivery.status in outcomes.GAVE_UP:
            outcomes.owe_other_channel(session, row.id, row.user_id)
    change = Change(f"message {row.id}", "status", row.status, delivery.status)
    return Heard(user_id=row.user_id, changes=(change,))


def receive(session: Session, keyring: Keyring, text: Incoming, *, user_id: UUID | None) -> Heard:
    """Write down what somebody sent to a tenant's number, once, and owe that it is acted on."""
    if user_id is None:
        return _on_shared_number(session, keyring, text)
    with within(session, user_id):
        made = store.hear(
            session,
            {
                "user": user_id,
                "hashes": keyring.hashes(text.theirs, user_id=user_id),
                "theirs": text.theirs,
                "ours": text.ours,
                "body": text.body,
                "vendor": text.vendor,
                "reference": text.reference,
                "segments": text.segments,
                "identity": rules.heard_identity(
                    user_id=user_id, provider=text.vendor, reference=text.reference
                ),
            },
        )
    if made is None:
        return Heard(user_id=user_id)
    errands.owe(session, TaskName.MESSAGES_RECEIVE, made, user_id=user_id)
    change = Change(f"message {made}", "status", None, MessageStatus.RECEIVED.value)
    return Heard(user_id=user_id, changes=(change,), rings=(TaskName.MESSAGES_SWEEP,))


def _on_shared_number(session: Session, keyring: Keyring, text: Incoming) -> Heard:
    """Give a text on a number that several share to whose thread it is.

    A stop is heard by all who wrote to this person from it: the carrier stops them all, too.
    """
    among = threads.candidates(session, ours=text.ours, theirs=text.theirs)
    if among and words.read(text.body).meaning is Meaning.STOP:
        heard = [receive(session, keyring, text, user_id=one.user_id) for one in among]
        return heard[0]
    owner = threads.owner(session, ours=text.ours, theirs=text.theirs, body=text.body)
    if owner is not None:
        return receive(session, keyring, text, user_id=owner)
    if len(among) > 1:
        with within(session, among[0].user_id):
            _ask_which(session, text, among)
        rings = (TaskName.MESSAGES_SWEEP,)
        return Heard(ignored=NOBODYS, is_nobodys=True, rings=rings)
    return Heard(ignored=NOBODYS, is_nobodys=True)


def _ask_which(session: Session, text: Incoming, among: Sequence[Candidate]) -> None:
    """Owe the question whom they mean: in the name of who wrote last, once for each text."""
    now = session.scalar(_NOW)
    tongue = wording.language(among[0].language)
    choices = threads.choices(among, tongue)
    body = segments.repair(wording.ANSWERS[tongue]["which"].format(choices=choices))
    owed = Owed(
        identity=rules.owner_identity(
            f"which|{text.vendor}|{text.reference}", to=text.theirs, channel="sms"
        ),
        rule=rules.REPLY,
        channel="sms",
        to=text.theirs,
        body=body,
        segments=segments.count(body).segments,
        due_at=now,
        answers_at=now,
    )
    owing.owe(session, among[0].user_id, [owed])
