"""What was used, by two accounts of ours: the ledgers, and the calls and texts themselves.

The third, vendors' own logs, is held against the ledgers in logs.py.
"""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.billing.compare import Class, Difference, Found
from domain.metering import use

_MISSING_CALLS: Final = text(
    "SELECT c.user_id, c.id, c.provider, c.provider_call_id AS name, c.duration AS amount"
    " FROM calls c WHERE c.provider_call_id IS NOT NULL AND c.duration IS NOT NULL"
    " AND c.status IN ('completed', 'failed', 'cancelled', 'no_answer', 'busy')"
    " AND c.created_at > :since AND (CAST(:user AS uuid) IS NULL OR c.user_id = :user)"
    " AND NOT EXISTS (SELECT 1 FROM usage_calls u WHERE u.provider = c.provider"
    "  AND u.provider_call_id = c.provider_call_id) ORDER BY c.id LIMIT :n"
)
_MISSING_TEXTS: Final = text(
    "SELECT m.user_id, m.id, m.provider, m.provider_message_id AS name,"
    " coalesce(m.segments, 1) AS amount, m.to_number FROM messages m"
    " WHERE m.channel = 'sms' AND m.direction = 'outbound' AND m.provider IS NOT NULL"
    " AND m.provider_message_id IS NOT NULL"
    " AND m.status IN ('sent', 'delivered', 'undelivered')"
    " AND m.sent_at > :since AND (CAST(:user AS uuid) IS NULL OR m.user_id = :user)"
    " AND NOT EXISTS (SELECT 1 FROM usage_sms u WHERE u.provider = m.provider"
    "  AND u.provider_message_id = m.provider_message_id) ORDER BY m.id LIMIT :n"
)
_LONGER: Final = text(
    "SELECT u.user_id, u.provider, u.provider_call_id AS name, u.seconds AS ours,"
    " c.duration AS theirs FROM usage_calls u JOIN calls c ON c.user_id = u.user_id"
    " AND c.provider = u.provider AND c.provider_call_id = u.provider_call_id"
    " WHERE u.created_at > :since AND c.duration IS NOT NULL AND c.duration <> u.seconds"
    " AND (CAST(:user AS uuid) IS NULL OR u.user_id = :user) ORDER BY u.id LIMIT :n"
)
MOST: Final = 10_000
"""Differences of one kind in one run; the next finds the rest."""


def missing(session: Session, since: datetime, user_id: UUID | None, *, heal: bool) -> list[Found]:
    """Find calls and texts of ours that stand in no ledger, and note their use."""
    bound = {"since": since, "user": user_id, "n": MOST}
    found: list[Found] = []
    for row in session.execute(_MISSING_CALLS, bound).all():
        found.append(_missing(row))
        if heal:
            use.note_heard(session, user_id=row.user_id, provider=row.provider, call_id=row.name)
    for row in session.execute(_MISSING_TEXTS, bound).all():
        found.append(_missing(row))
        if heal:
            used = use.TextUse(
                user_id=row.user_id,
                provider=row.provider,
                message_id=row.name,
                segments=row.amount,
                phone_number=row.to_number,
            )
            use.note_texts(session, [used])
    return found


def _missing(row: Any) -> Found:  # noqa: ANN401  # a row of the statements above
    return row.user_id, Difference(
        kind=Class.USAGE_MISSING,
        subject=f"{row.provider}:{row.name}",
        ours=None,
        theirs={"amount": row.amount},
    )


def longer(session: Session, since: datetime, user_id: UUID | None) -> list[Found]:
    """Find calls whose row says another length than the ledger: a person says which is right."""
    rows = session.execute(_LONGER, {"since": since, "user": user_id, "n": MOST})
    return [
        (
            row.user_id,
            Difference(
                kind=Class.USAGE_DIFFERS,
                subject=f"{row.provider}:{row.name}",
                ours={"amount": row.ours},
                theirs={"amount": row.theirs},
            ),
        )
        for row in rows
    ]
