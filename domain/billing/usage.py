"""What was used, by three accounts: our ledgers, our own calls and texts, and the vendors' logs.

Ours against ours is added up by the database; a vendor's log is read page by page through a port.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Protocol
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.billing.compare import Class, Difference, Found
from domain.database import SYSTEM, Begin
from domain.metering import use


@dataclass(frozen=True, slots=True, kw_only=True)
class Logged:
    """A call or text in its vendor's own log."""

    id: str
    amount: int
    """Seconds, or segments."""


class Log(Protocol):
    """A vendor's own log of what it did for us, newest first."""

    vendor: str
    what: use.What

    def since(self, moment: datetime) -> Iterable[Logged]:
        """Yield what has ended since then. Asks page by page."""
        ...


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
_LEDGER: Final = {
    use.What.CALL: text(
        "SELECT provider_call_id AS name, user_id, seconds AS amount FROM usage_calls"
        " WHERE provider = :vendor AND created_at > :since"
    ),
    use.What.TEXT: text(
        "SELECT provider_message_id AS name, user_id, segments AS amount FROM usage_sms"
        " WHERE provider = :vendor AND created_at > :since"
    ),
}
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


def logged(begin: Begin, log: Log, since: datetime) -> list[Found]:
    """Compare a vendor's own log with our ledger, both ways. Raises the three words."""
    theirs = {one.id: one.amount for one in log.since(since)}
    with begin(SYSTEM) as session:
        rows: Sequence[Any] = session.execute(
            _LEDGER[log.what], {"vendor": log.vendor, "since": since}
        ).all()
    ours = {row.name: row for row in rows}
    return [
        *(_unlogged(log, row) for name, row in ours.items() if name not in theirs),
        *(_unledgered(log, name, n) for name, n in theirs.items() if name not in ours),
        *(
            _differs(log, ours[name], amount)
            for name, amount in theirs.items()
            if name in ours and ours[name].amount != amount
        ),
    ]


def _unlogged(log: Log, row: Any) -> Found:  # noqa: ANN401  # a line of the ledger
    ours = {"amount": row.amount}
    subject = f"{log.vendor}:{row.name}"
    return row.user_id, Difference(kind=Class.UNLOGGED, subject=subject, ours=ours, theirs=None)


def _unledgered(log: Log, name: str, amount: int) -> Found:
    theirs = {"amount": amount}
    subject = f"{log.vendor}:{name}"
    return None, Difference(kind=Class.UNLEDGERED, subject=subject, ours=None, theirs=theirs)


def _differs(log: Log, row: Any, amount: int) -> Found:  # noqa: ANN401  # a line of the ledger
    return row.user_id, Difference(
        kind=Class.USAGE_DIFFERS,
        subject=f"{log.vendor}:{row.name}",
        ours={"amount": row.amount},
        theirs={"amount": amount},
    )
