"""What carriers tell of messages, and what people write: taken in the notice's transaction.

The house finds the row by its work columns; what is written, is written as the row's tenant.
"""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from domain.database import within
from domain.messages import rules, store
from domain.messages.ports import Delivery
from domain.sealing import Keyring
from domain.tables.messages import MessageStatus
from domain.work import errands
from domain.work.changes import Change, Heard
from domain.work.names import TaskName, called

NOT_WRITTEN: Final = "its message is not written down yet"
RECEIVE: Final = "messages.receive"


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
    session: Session, delivery: Delivery, *, vendor: str, key: str | None, is_young: bool
) -> Heard:
    """Take a message of ours forward, in whatever order its carrier tells.

    A carrier may tell of it before we have written down that it took it: then the news waits,
    and what it proves is written down, so that nothing is sent a second time.
    """
    row = store.told(
        session, vendor=vendor, reference=delivery.reference, message_id=rules.message_of(key)
    )
    if row is None:
        return Heard(wait=NOT_WRITTEN) if is_young else Heard(ignored="no message of ours")
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
    change = Change(f"message {row.id}", "status", row.status, delivery.status)
    return Heard(user_id=row.user_id, changes=(change,))


def receive(session: Session, keyring: Keyring, text: Incoming, *, user_id: UUID | None) -> Heard:
    """Write down what somebody sent to a tenant's number, once, and owe that it is acted on."""
    if user_id is None:
        return Heard(ignored="the number belongs to nobody", is_nobodys=True)
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
    task: TaskName | None = called(RECEIVE)
    if task is not None:
        errands.owe(session, task, made, user_id=user_id)
    change = Change(f"message {made}", "status", None, MessageStatus.RECEIVED.value)
    return Heard(user_id=user_id, changes=(change,), rings=(TaskName.MESSAGES_SWEEP,))
