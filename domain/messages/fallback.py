"""Going on with a message: by the other channel where one failed, in today's words where it waited.

Nothing is tried by another channel that somebody has told us to stop, nor what has lost its use.
"""

from dataclasses import replace
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from domain import zones
from domain.messages import outcomes, owing, phrasing, planning, rules, unsubscribing, wishes
from domain.messages.owing import EventRow
from domain.messages.post import Post
from domain.tables.messages import MessageStatus

NO_MORE: Final = {
    MessageStatus.BOUNCED.value: "bounce",
    MessageStatus.COMPLAINED.value: "complaint",
}
"""After such a letter no more are sent to its address."""

OTHER: Final = {"sms": "email", "email": "sms"}


def go_on(post: Post, session: Session, user_id: UUID, message_id: UUID) -> None:
    """Do what is owed for a message."""
    message = owing.message(session, message_id)
    if message is not None and message.channel == "email" and message.status in NO_MORE:
        unsubscribing.end_letters_of(
            session, post.keyring, message_id, user_id=user_id, reason=NO_MORE[message.status]
        )
    if message is None or message.event_id is None:
        return
    event = owing.event(session, message.event_id)
    if event is None:
        return
    if message.status == MessageStatus.PENDING:
        phrasing.reword(session, message_id, event, message.rule or "", message.channel)
    elif message.status in outcomes.GAVE_UP and message.status != MessageStatus.COMPLAINED:
        _by_other_channel(post, session, user_id, event, message)


def _by_other_channel(
    post: Post,
    session: Session,
    user_id: UUID,
    event: EventRow,
    message: object,
) -> None:
    rule = str(getattr(message, "rule", ""))
    until, now = getattr(message, "useful_until", None), event.now
    zone = zones.find(event.timezone)
    is_moved = getattr(message, "event_start", None) != event.start_time
    if zone is None or until is None or now >= until or is_moved or rule == rules.ON_MY_WAY:
        return
    other = OTHER[str(getattr(message, "channel", ""))]
    wanted = phrasing.wishes_of(event)
    if other in wanted.channels:
        return  # it goes by both anyway
    only = replace(wishes.Wishes(), channels=(other,))
    occasion = phrasing.occasion_of(rule, event, until)
    owed = [
        one
        for channel, to in planning.recipients(post.keyring, event, only)
        if channel == other
        for one in planning.owed(session, event, zone, occasion, channel=channel, to=to)
    ]
    owing.owe(session, user_id, owed)
