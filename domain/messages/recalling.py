"""Calling off what waits at its carrier: their stop, and the event's change, reach it there.

Asked in every sweep while a text waits, so a sweep that is missed costs nothing; what cannot be
called off any more has left, as any text that was sent.
"""

from typing import Any, Final

import structlog
from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.database import SYSTEM
from domain.errors import ProviderError
from domain.messages import judging, sending, store
from domain.messages.post import Post
from domain.metering import use
from domain.work import effects, errands
from domain.work.names import TaskName

log = structlog.get_logger("messages")

# Those that were handed over lately are found by when: it has its index.
_TO_RECALL: Final = text(
    "SELECT * FROM (SELECT w.id, w.user_id, w.provider_message_id AS reference,"  # noqa: S608  # our own states
    f" w.event_id, coalesce({store.VOID_WHEN}, CASE WHEN w.worded_zone <> (SELECT e.timezone"
    "  FROM events e WHERE e.id = w.event_id) THEN 'the place was changed' END) AS why"
    " FROM messages w WHERE w.status = 'sent' AND w.channel = 'sms'"
    " AND w.sent_at > (SELECT clock_timestamp()) - CAST(:waits AS interval)"
    " AND w.leaves_at > (SELECT clock_timestamp()) AND w.provider_message_id IS NOT NULL) AS r"
    " WHERE why IS NOT NULL LIMIT :n"
)
# As if it had never been sent: wanted again, it is owed as the same message.
_RECALL: Final = text(
    "UPDATE messages SET status = 'void', void_requested = true, last_error = :why,"
    " sent_at = NULL, leaves_at = NULL, provider_message_id = NULL"
    " WHERE id = :id AND status = 'sent' AND provider_message_id = :reference RETURNING provider"
)


def recall(post: Post, *, most: int = 100) -> int:
    """Call off what waits at a carrier and is not wanted any more; return how many were."""
    with post.begin(SYSTEM) as session:
        rows = session.execute(_TO_RECALL, {"n": most, "waits": judging.WAITS}).all()
    return sum(_recall(post, row) for row in rows)


def _recall(post: Post, row: Any) -> bool:  # noqa: ANN401  # a row of the statement above
    later = sending.texts_of(post, row.user_id).later
    try:
        is_off = later is not None and later.call_off(row.reference)
    except ProviderError as error:
        log.warning("message.not_recalled", message=str(row.id), why=str(error))
        return False
    if is_off:
        with post.begin(SYSTEM) as session:
            _note(session, row)
    return is_off


def _note(session: Session, row: Any) -> None:  # noqa: ANN401  # a row, by its columns
    bound = {"id": row.id, "why": row.why, "reference": row.reference}
    provider = session.scalar(_RECALL, bound)
    if provider is not None:
        use.take_back_text(session, provider=provider, name=row.reference)
        effects.undo(session, f"message:{row.id}", why=f"called off before it left: {row.why}")
        if row.event_id is not None:  # what is of use still, is owed in other words
            errands.owe_anew(session, TaskName.MESSAGES_PLAN, row.event_id, user_id=row.user_id)
