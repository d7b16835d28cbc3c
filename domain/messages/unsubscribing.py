"""One click that ends all letters of a tenant to an address (RFC 8058), and what follows from it.

The link names the message and proves that we made it: nobody can end another's letters by
guessing. The address is suppressed by its hash, so that it holds when the person is erased.
"""

import base64
import binascii
import hmac
from typing import Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.database import SYSTEM, Begin
from domain.messages import rules
from domain.messages.post import Post
from domain.messages.store import MessageRow
from domain.privacy.suppression import suppress
from domain.sealing import Keyring

PURPOSE: Final = "unsubscribe"
PATH: Final = "/unsubscribe"
MAC: Final = 16

_WHOSE: Final = text("SELECT user_id, to_email FROM messages WHERE id = :id")
# What waits is called off; what is in a hand is marked, and the look right before the call sees it.
_CALL_OFF: Final = text(
    "UPDATE messages SET void_requested = true, last_error = :why,"
    " status = CASE WHEN status = 'sending' THEN status ELSE 'void' END"
    " WHERE channel = 'email' AND direction = 'outbound' AND lower(to_email) = lower(:address)"
    " AND user_id = :user AND coalesce(rule, '') NOT LIKE 'owner_%'"
    " AND status IN ('pending', 'held', 'sending')"
)


def link(post: Post, message: MessageRow) -> str | None:
    """Return where one click ends letters to this address; None for what the owner gets."""
    if post.address is None or (message.rule or "").startswith(rules.OWNER):
        return None
    return f"{post.address}{PATH}/{token(post.keyring, message.id)}"


def token(keyring: Keyring, message_id: UUID) -> str:
    """Return what names a message and proves that we named it."""
    mac = keyring.macs(str(message_id), purpose=PURPOSE)[0][:MAC]
    return base64.urlsafe_b64encode(message_id.bytes + mac).decode().rstrip("=")


def message_of(keyring: Keyring, given: str) -> UUID | None:
    """Return the message that a token names; None: not one of ours."""
    try:
        raw = base64.urlsafe_b64decode(given + "=" * (-len(given) % 4))
    except (binascii.Error, ValueError):
        return None
    if len(raw) != 16 + MAC:
        return None
    message_id = UUID(bytes=raw[:16])
    macs = keyring.macs(str(message_id), purpose=PURPOSE)
    is_ours = any(hmac.compare_digest(mac[:MAC], raw[16:]) for mac in macs)
    return message_id if is_ours else None


def unsubscribe(begin: Begin, keyring: Keyring, given: str) -> bool:
    """End letters to whom this token was sent; tell whether it was one of ours. Twice is once."""
    message_id = message_of(keyring, given)
    if message_id is None:
        return False
    with begin(SYSTEM) as session:
        row = session.execute(_WHOSE, {"id": message_id}).one_or_none()
    if row is None or row.to_email is None:
        return True  # erased or gone: nothing is sent there any more
    with begin(row.user_id) as session:
        end_letters(session, keyring, row.to_email, user_id=row.user_id, reason="unsubscribe")
    return True


def end_letters_of(
    session: Session, keyring: Keyring, message_id: UUID, *, user_id: UUID, reason: str
) -> None:
    """Send no more letters to whom this one was sent; in the tenant's scope."""
    row = session.execute(_WHOSE, {"id": message_id}).one_or_none()
    if row is not None and row.to_email is not None:
        end_letters(session, keyring, row.to_email, user_id=user_id, reason=reason)


def end_letters(
    session: Session, keyring: Keyring, address: str, *, user_id: UUID, reason: str
) -> None:
    """Send no more letters to an address, and call off those that wait; in the tenant's scope."""
    suppress(session, keyring, address, user_id=user_id, reason=reason, channel="email")
    session.execute(_CALL_OFF, {"address": address, "user": user_id, "why": reason})
