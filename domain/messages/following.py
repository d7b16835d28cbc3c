"""Asking carriers what became of messages whose notice has not come."""

import structlog

from domain.database import SYSTEM
from domain.errors import ProviderError
from domain.messages import outcomes, rules, sending, store
from domain.messages.ports import Delivery
from domain.messages.post import Post
from domain.tables.messages import MessageStatus

log = structlog.get_logger("messages")


def follow(post: Post, *, most: int = 100) -> None:
    """Ask the carriers what became of messages on their way. Asked twice, nothing changes."""
    with post.begin(SYSTEM) as session:
        open_ones = store.to_ask_about(session, most=most)
    for message_id, user_id, channel, reference in open_ones:
        of = sending.texts_of if channel == "sms" else sending.mails_of
        try:
            delivery = of(post, user_id).status(reference)
        except ProviderError as error:
            log.info("message.not_followed", message=str(message_id), why=str(error))
            # Asked again later, as any: else a hundred that nobody can ask about hide the others.
            delivery = Delivery(status=MessageStatus.SENT.value, reference=reference)
        with post.begin(SYSTEM) as session:
            if rules.is_forward(MessageStatus.SENT.value, delivery.status) or (
                delivery.status == MessageStatus.SENT
            ):
                store.move(session, message_id, delivery, before=MessageStatus.SENT.value)
                if delivery.status in outcomes.GAVE_UP:
                    outcomes.owe_other_channel(session, message_id, user_id)
